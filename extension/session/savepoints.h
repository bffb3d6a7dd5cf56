// The savepoints of an open transaction, by SQLite's levels, with a mark for each: how much had been written
// when it was opened. Used by the thread that uses the connection.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "base/assert.h"

namespace spectradb::extension {

// `Mark` is a place in what was written: a later one is greater, and Mark{} is before the first write.
template <typename Mark>
class Savepoints {
 public:
  // SQLite reports a savepoint once for each table that takes part, and to tables that join late with a later
  // mark: the first call counts. A table that joins late hears only of the innermost savepoint, which then
  // stands for the outer ones, too.
  void open(int level, const Mark& here) {
    for (int outer = 0; outer <= level; ++outer) by_level_.emplace(outer, here);
    SPECTRADB_ASSERT(are_in_order());
  }
  // Forgets the savepoint, and those inside it.
  void release(int level) noexcept { by_level_.erase(by_level_.lower_bound(level), by_level_.end()); }

  // Ends the savepoints inside the level and returns the level's mark; this level is then the innermost. A
  // negative level means the whole transaction: a SAVEPOINT that opened it has no level of its own. Returns
  // nothing where no open savepoint has so high a level: what was written belongs to the outer ones.
  std::optional<Mark> roll_back_to(int level) noexcept {
    if (level < 0) {
      by_level_.clear();
      return Mark{};
    }
    const auto first = by_level_.lower_bound(level);
    if (first == by_level_.end()) return std::nullopt;
    Mark there = first->second;
    by_level_.erase(std::next(first), by_level_.end());
    // Reuses the node for this level: memory for a new one may be lacking.
    auto node = by_level_.extract(first);
    node.key() = level;
    by_level_.insert(std::move(node));
    return there;
  }
  void clear() noexcept { by_level_.clear(); }

  bool stand_before_all_writes() const {
    return std::none_of(by_level_.begin(), by_level_.end(),
                        [](const auto& one) { return Mark{} < one.second; });
  }

 private:
  bool are_in_order() const {
    return std::is_sorted(by_level_.begin(), by_level_.end(),
                          [](const auto& one, const auto& other) { return one.second < other.second; });
  }

  std::map<int, Mark> by_level_;
};

}  // namespace spectradb::extension
