#include "lsm/base/retired_keys.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace spectradb::lsm {

void RetiredKeys::add(KeyRange range) {
  SPECTRADB_ASSERT(range.from < range.to);
  const auto first = std::partition_point(ranges_.begin(), ranges_.end(),
                                          [&](const KeyRange& known) { return known.to < range.from; });
  auto last = first;
  for (; last != ranges_.end() && last->from <= range.to; ++last) {
    range.from = std::min(range.from, last->from);
    range.to = std::max(range.to, last->to);
  }
  ranges_.insert(ranges_.erase(first, last), std::move(range));
}

const KeyRange* RetiredKeys::first_ending_behind(std::string_view key) const {
  const auto range = std::partition_point(ranges_.begin(), ranges_.end(),
                                          [&](const KeyRange& known) { return known.to <= key; });
  return range == ranges_.end() ? nullptr : &*range;
}

bool RetiredKeys::contains(std::string_view key) const { return overlaps(key, key); }

bool RetiredKeys::contains(const KeyRange& range) const {
  const KeyRange* known = first_ending_behind(range.from);
  return known != nullptr && known->from <= range.from && range.to <= known->to;
}

bool RetiredKeys::overlaps(std::string_view first, std::string_view last) const {
  const KeyRange* range = first_ending_behind(first);
  return range != nullptr && range->from <= last;
}

bool RetiredKeys::covers(std::string_view first, std::string_view last) const {
  const KeyRange* range = first_ending_behind(first);
  return range != nullptr && range->from <= first && last < range->to;
}

}  // namespace spectradb::lsm
