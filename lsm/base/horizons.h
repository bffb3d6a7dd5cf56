// Horizons of system time: of the keys in a range, what was superseded by a commit need not be kept, since
// nobody reads what was before it. Merges that are given horizons leave it out. Plain data; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/base/retired_keys.h"

namespace spectradb::lsm {

struct Horizon {
  KeyRange keys;
  uint64_t commit = 0;
  std::vector<std::string> kept;  // keys of the range that keep all their versions, in any order
};

class Horizons {
 public:
  Horizons() = default;
  explicit Horizons(std::vector<Horizon> horizons);  // whose ranges are disjoint

  bool is_empty() const { return horizons_.empty(); }
  // Versions of this key with a recency up to this commit need not be kept; 0: all are.
  uint64_t of(std::string_view key) const;
  // Whether a file may hold such a version: with keys from `first` to `last` (included) and recencies from
  // `min_recency` on.
  bool may_reach(std::string_view first, std::string_view last, uint64_t min_recency) const;

 private:
  std::vector<Horizon>::const_iterator first_ending_behind(std::string_view key) const;

  std::vector<Horizon> horizons_;  // in the order of their keys
};

}  // namespace spectradb::lsm
