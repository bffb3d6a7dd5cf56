#include "extension/facets/text/text_postings.h"

#include <utility>

#include "temporal/index_schema.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

namespace {

constexpr size_t kTextIdBytes = sizeof(uint32_t);

}  // namespace

std::string key_under(uint32_t id, std::string_view key) {
  std::string whole;
  temporal::append_table_id(whole, id);
  return whole.append(key);
}

KeysTogether::KeysTogether(const PostingLists& lists, std::vector<size_t> needed)
    : lists_(lists), needed_(std::move(needed)), at_(lists.size(), 0), has_(lists.size(), false) {
  std::sort(needed_.begin(), needed_.end(),
            [&lists](size_t a, size_t b) { return lists[a]->size() < lists[b]->size(); });
}

bool KeysTogether::next_of_any() {
  bool is_any = false;
  for (size_t i = 0; i < lists_.size(); ++i) {
    if (has_[i]) ++at_[i];
    has_[i] = false;
    if (at_[i] == lists_[i]->size()) continue;
    const std::string_view key = lists_[i]->key(at_[i]);
    const int order = is_any ? lsm::compare_keys(key, key_) : -1;
    if (order > 0) continue;
    if (order < 0) {
      key_ = key;
      std::fill(has_.begin(), has_.begin() + static_cast<std::ptrdiff_t>(i), false);
    }
    has_[i] = true;
    is_any = true;
  }
  return is_any;
}

bool KeysTogether::next_of_needed() {
  const size_t leader = needed_.front();
  if (has_[leader]) ++at_[leader];
  size_t agreeing = 0;
  while (agreeing < needed_.size()) {
    if (at_[leader] == lists_[leader]->size()) return false;
    key_ = lists_[leader]->key(at_[leader]);
    for (agreeing = 1; agreeing < needed_.size(); ++agreeing) {
      const size_t list = needed_[agreeing];
      at_[list] = lists_[list]->find(key_, at_[list]);
      if (at_[list] == lists_[list]->size()) return false;
      const std::string_view key = lists_[list]->key(at_[list]);
      if (key == key_) continue;
      at_[leader] = lists_[leader]->find(key, at_[leader]);
      break;
    }
  }
  for (size_t i = 0; i < lists_.size(); ++i) {
    at_[i] = lists_[i]->find(key_, at_[i]);
    has_[i] = at_[i] < lists_[i]->size() && lists_[i]->key(at_[i]) == key_;
  }
  return true;
}

PostingReader::PostingReader(const MatchSpace& space, KeptPostings& kept)
    : space_(space), kept_(kept), cursor_(space.store.new_cursor(space.options), times_of(space)) {}

// Sets times at which the instant of valid time is asked for, and so noticed, once a fact depends on it.
temporal::ReadTimes PostingReader::times_of(const MatchSpace& space) {
  temporal::ReadTimes times = space.times;
  callbacks_.is_interrupted = times.callbacks->is_interrupted;
  callbacks_.now = [this, given = space.times] {
    has_met_periods_ = true;
    return given.valid == temporal::ValidMode::kAt ? given.at_us : given.callbacks->now();
  };
  times.valid = temporal::ValidMode::kNow;
  times.callbacks = &callbacks_;
  return times;
}

uint64_t PostingReader::estimate(std::string_view from, std::string_view to) const {
  return space_.store.range_size(key_under(space_.index.id, from), key_under(space_.index.id, to)).current;
}

Result<std::shared_ptr<const Postings>> PostingReader::read(std::string_view from, std::string_view to,
                                                            bool is_merged) {
  auto list = std::make_shared<Postings>();
  for (cursor_.seek(key_under(space_.index.id, from), key_under(space_.index.id, to), false); cursor_.valid();
       cursor_.next()) {
    const std::string_view entry = cursor_.row().user_key.substr(kTextIdBytes);
    size_t size = from.size();
    if (is_merged) {
      SPECTRADB_ASSIGN_OR_RETURN(const temporal::PartsExtent extent,
                                 temporal::extent_of_parts(entry, space_.index.entry_parts()));
      size = extent.size;
    }
    list->add(entry.substr(size), cursor_.row().payload);
  }
  SPECTRADB_RETURN_IF_ERROR(cursor_.status());
  if (is_merged) SPECTRADB_RETURN_IF_ERROR(list->merge());
  if (!has_met_periods_) kept_.keep(from, list);
  return std::shared_ptr<const Postings>(std::move(list));
}

Result<std::shared_ptr<const Postings>> PostingReader::seek(const Postings& keys, std::string_view word) {
  auto list = std::make_shared<Postings>();
  std::string key = key_under(space_.index.id, word);
  const size_t size = key.size();
  for (size_t i = 0; i < keys.size(); ++i) {
    key.resize(size);
    key.append(keys.key(i));
    cursor_.seek_point(key);
    if (cursor_.valid()) list->add(keys.key(i), cursor_.row().payload);
    SPECTRADB_RETURN_IF_ERROR(cursor_.status());
  }
  return std::shared_ptr<const Postings>(std::move(list));
}

}  // namespace spectradb::extension
