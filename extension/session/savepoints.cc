#include "extension/session/savepoints.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"

namespace spectradb::extension {

void Savepoints::open(int level, const Savepoint& here) {
  for (int outer = 0; outer <= level; ++outer) by_level_.emplace(outer, here);
  SPECTRADB_ASSERT(are_in_order());
}

void Savepoints::release(int level) noexcept {
  by_level_.erase(by_level_.lower_bound(level), by_level_.end());
}

std::optional<Savepoint> Savepoints::roll_back_to(int level) noexcept {
  if (level < 0) {
    by_level_.clear();
    return Savepoint{};
  }
  const auto first = by_level_.lower_bound(level);
  if (first == by_level_.end()) return std::nullopt;
  Savepoint there = first->second;
  by_level_.erase(std::next(first), by_level_.end());
  auto node = by_level_.extract(first);  // it stands for this level, without a new node that memory may lack
  node.key() = level;
  by_level_.insert(std::move(node));
  return there;
}

bool Savepoints::stand_before_all_writes() const {
  return std::all_of(by_level_.begin(), by_level_.end(),
                     [](const auto& one) { return one.second.mark == 0; });
}

bool Savepoints::are_in_order() const {
  return std::is_sorted(by_level_.begin(), by_level_.end(), [](const auto& one, const auto& other) {
    return one.second.mark < other.second.mark;
  });
}

}  // namespace spectradb::extension
