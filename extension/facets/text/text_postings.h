// The entries of the terms of a query: keys of rows, and where a term is in each. Used by one thread.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facet/matcher.h"
#include "extension/facets/text/text_index.h"
#include "lsm/base/key_order.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

// Returns a key of the index with this id.
std::string key_under(uint32_t id, std::string_view key);

// Holds the entries of one term: keys of rows, ascending and each once, and where the term is in each row.
class Postings {
 public:
  size_t size() const { return list_.size(); }
  size_t bytes() const { return list_.capacity() * sizeof(Posting) + bytes_.capacity(); }  // of memory, about
  std::string_view key(size_t i) const { return key_of(list_[i]); }
  std::string_view payload(size_t i) const {
    return {bytes_.data() + list_[i].at + list_[i].key_size, list_[i].payload_size};
  }
  void add(std::string_view key, std::string_view payload) {
    list_.push_back(
        {bytes_.size(), static_cast<uint32_t>(key.size()), static_cast<uint32_t>(payload.size())});
    bytes_.append(key).append(payload);
  }
  // Returns the place of the first entry from `place` on whose key is not below `key`: goes on in steps of
  // doubling length, and then by halves of the last one.
  size_t find(std::string_view key, size_t place) const {
    size_t low = place;
    size_t high = place;
    for (size_t step = 1; high < size() && lsm::compare_keys(this->key(high), key) < 0; step *= 2) {
      low = high + 1;
      high = std::min(size(), high + step);
    }
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (lsm::compare_keys(this->key(middle), key) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
  // Merges the entries of several words, which come word after word: makes one of those that have the same
  // key.
  Status merge() {
    std::stable_sort(list_.begin(), list_.end(), [this](const Posting& a, const Posting& b) {
      return lsm::compare_keys(key_of(a), key_of(b)) < 0;
    });
    Postings merged;
    TextPositions positions;
    for (size_t i = 0; i < list_.size();) {
      const std::string_view first = key(i);
      size_t end = i + 1;
      while (end < list_.size() && key(end) == first) ++end;
      if (end == i + 1) {
        merged.add(first, payload(i));
      } else {
        positions.clear();
        for (size_t j = i; j < end; ++j) SPECTRADB_RETURN_IF_ERROR(decode_positions(payload(j), &positions));
        std::sort(positions.begin(), positions.end());
        positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
        merged.add(first, encode_positions(positions));
      }
      i = end;
    }
    *this = std::move(merged);
    return Status::ok();
  }

 private:
  struct Posting {
    size_t at;  // of the key in bytes_, behind which the payload stands
    uint32_t key_size;
    uint32_t payload_size;
  };
  std::string_view key_of(const Posting& posting) const {
    return {bytes_.data() + posting.at, posting.key_size};
  }

  std::vector<Posting> list_;
  std::string bytes_;
};

// The list of each term; none is null.
using PostingLists = std::vector<std::shared_ptr<const Postings>>;

// Walks several lists of keys in parallel, key by key. Where some lists must have each key, the shortest of
// them leads, and the others are searched from where they are: a short list costs what is in it, however long
// the others are.
class KeysTogether {
 public:
  // `needed`: the lists that must have a key; none: every key of any list is visited.
  KeysTogether(const PostingLists& lists, std::vector<size_t> needed);

  // Returns false at the end.
  bool next() { return needed_.empty() ? next_of_any() : next_of_needed(); }
  std::string_view key() const { return key_; }
  const std::vector<bool>& has() const { return has_; }  // for each list, whether it has the key
  std::string_view payload(size_t list) const { return lists_[list]->payload(at_[list]); }

 private:
  bool next_of_any();
  bool next_of_needed();

  const PostingLists& lists_;
  std::vector<size_t> needed_;  // the shortest list first
  std::vector<size_t> at_;
  std::vector<bool> has_;
  std::string_view key_;
};

// Reads what the index shows at one instant of both times. Keys come without the index's id. `space` and `kept`
// outlive it.
class PostingReader {
 public:
  PostingReader(const MatchSpace& space, KeptPostings& kept);

  // About how many entries there are, for choosing what to read.
  uint64_t estimate(std::string_view from, std::string_view to) const;
  // Returns the entries of one word if they were kept, else null.
  std::shared_ptr<const Postings> find_kept(std::string_view from) { return kept_.find(from); }
  // Reads the entries of one word; `is_merged`: of several words, each key once.
  Result<std::shared_ptr<const Postings>> read(std::string_view from, std::string_view to, bool is_merged);
  // Reads of the entries that begin with `word` those of these keys.
  Result<std::shared_ptr<const Postings>> seek(const Postings& keys, std::string_view word);

 private:
  temporal::ReadTimes times_of(const MatchSpace& space);

  const MatchSpace& space_;
  KeptPostings& kept_;
  temporal::ReadCallbacks callbacks_;
  bool has_met_periods_ = false;  // some facts hold at this instant of valid time, and not at others
  temporal::RowCursor cursor_;
};

}  // namespace spectradb::extension
