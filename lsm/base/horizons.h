// Horizons of system time: of the keys in a range, what was superseded by a commit need not be kept, since
// nobody reads what was before it. Merges that are given horizons leave it out. Where somebody has written down
// which versions go, merges leave out exactly these instead. Plain data; any thread.
#pragma once

#include <compare>
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

// Ordinals are unique in a commit, so this tells one version from all others of a store.
struct VersionId {
  uint64_t commit = 0;
  uint32_t ordinal = 0;

  auto operator<=>(const VersionId&) const = default;
};

class Horizons {
 public:
  Horizons() = default;
  explicit Horizons(std::vector<Horizon> horizons);  // whose ranges are disjoint
  // Of the keys in these ranges exactly these versions go, whatever merges know of their recency. They are superseded by
  // the horizon of their key, or clear it; with one of them all older ones of its key go.
  Horizons(std::vector<Horizon> horizons, std::vector<VersionId> versions);

  bool is_empty() const { return horizons_.empty() || (is_exact_ && versions_.empty()); }
  bool is_exact() const { return is_exact_; }
  const std::vector<Horizon>& ranges() const { return horizons_; }
  // Versions of this key with a recency up to this commit need not be kept; 0: all are.
  uint64_t of(std::string_view key) const;
  // Whether a merge leaves out a version of a key whose horizon is `of_key`.
  bool leave_out(uint64_t of_key, const VersionId& version, uint64_t recency) const;
  // Whether a file may hold such a version: with keys from `first` to `last` (included) and recencies from
  // `min_recency` on.
  bool may_reach(std::string_view first, std::string_view last, uint64_t min_recency) const;

 private:
  std::vector<Horizon>::const_iterator first_ending_behind(std::string_view key) const;

  std::vector<Horizon> horizons_;  // in the order of their keys
  bool is_exact_ = false;
  std::vector<VersionId> versions_;  // sorted
};

}  // namespace spectradb::lsm
