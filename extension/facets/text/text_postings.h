// The entries of the terms of a query: keys of rows, and where a term is in each. Used by one thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facet/matcher.h"
#include "extension/facets/text/text_index.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

// Returns a key of the index with this id.
std::string key_under(uint32_t id, std::string_view key);

// Holds the entries of one term: keys of rows, ascending and each once, and where the term is in each row.
class Postings {
 public:
  size_t size() const { return list_.size(); }
  std::string_view key(size_t i) const { return view(list_[i].key, list_[i].key_size); }
  std::string_view payload(size_t i) const { return view(list_[i].payload, list_[i].payload_size); }
  void add(std::string_view key, std::string_view payload) {
    list_.push_back({bytes_.size(), bytes_.size() + key.size(), key.size(), payload.size()});
    bytes_.append(key).append(payload);
  }
  // Merges the entries of several words, which come word after word: makes one of those that have the same
  // key.
  Status merge() {
    std::stable_sort(list_.begin(), list_.end(),
                     [this](const Posting& a, const Posting& b) { return key_of(a) < key_of(b); });
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
    size_t key;
    size_t payload;
    size_t key_size;
    size_t payload_size;
  };
  std::string_view view(size_t begin, size_t size) const {
    return std::string_view(bytes_).substr(begin, size);
  }
  std::string_view key_of(const Posting& posting) const { return view(posting.key, posting.key_size); }

  std::vector<Posting> list_;
  std::string bytes_;
};

// Walks several lists of keys in parallel, key by key.
class KeysTogether {
 public:
  explicit KeysTogether(const std::vector<Postings>& lists) : lists_(lists), at_(lists.size(), 0) {}

  // Returns false at the end.
  bool next() {
    bool is_any = false;
    for (size_t i = 0; i < lists_.size(); ++i) {
      if (is_begun_ && has(i)) ++at_[i];
    }
    for (size_t i = 0; i < lists_.size(); ++i) {
      if (at_[i] == lists_[i].size()) continue;
      const std::string_view key = lists_[i].key(at_[i]);
      if (!is_any || key < next_) next_ = key;
      is_any = true;
    }
    key_ = next_;
    is_begun_ = true;
    return is_any;
  }
  std::string_view key() const { return key_; }
  bool has(size_t list) const {
    return at_[list] < lists_[list].size() && lists_[list].key(at_[list]) == key_;
  }
  std::string_view payload(size_t list) const { return lists_[list].payload(at_[list]); }

 private:
  const std::vector<Postings>& lists_;
  std::vector<size_t> at_;
  std::string_view next_;
  std::string_view key_;
  bool is_begun_ = false;
};

// Reads what the index shows at one instant of both times. Keys come without the index's id.
class PostingReader {
 public:
  explicit PostingReader(const MatchSpace& space);

  // About how many entries there are, for choosing what to read.
  uint64_t estimate(std::string_view from, std::string_view to) const;
  // Reads the entries of one word; `is_merged`: of several words, each key once.
  Status read(std::string_view from, std::string_view to, bool is_merged, Postings* list);
  // Reads of the entries that begin with `word` those of these keys.
  Status seek(const Postings& keys, std::string_view word, Postings* list);

 private:
  const MatchSpace& space_;
  temporal::RowCursor cursor_;
};

}  // namespace spectradb::extension
