// Horizons of system time and of valid time: of the keys in a range, what was superseded by a commit, and what had
// ended by an instant, need not be kept, since nobody reads what was before. Merges that are given horizons leave
// it out. Where somebody has written down which versions go, merges leave out exactly these instead. Plain data;
// any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/base/retired_keys.h"

namespace spectradb::lsm {

inline constexpr int64_t kNoneHasEnded = INT64_MIN;

struct Horizon {
  KeyRange keys;
  uint64_t commit = 0;               // 0: all are kept, whatever has superseded them
  std::vector<std::string> kept;     // keys of the range that keep all their versions, in any order
  int64_t ended_by = kNoneHasEnded;  // the end of valid time up to which versions go
};

// What need not be kept of the versions of one key.
struct KeyHorizon {
  uint64_t commit = 0;
  int64_t ended_by = kNoneHasEnded;

  bool is_behind(uint64_t recency, int64_t valid_to) const {
    return recency <= commit || (valid_to <= ended_by && ended_by != kNoneHasEnded);
  }
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
  // the horizon of their key, or clear it, and with one of them all older ones of its key go; or they had ended by it.
  Horizons(std::vector<Horizon> horizons, std::vector<VersionId> versions);

  bool is_empty() const { return horizons_.empty() || (is_exact_ && versions_.empty()); }
  bool is_exact() const { return is_exact_; }
  const std::vector<Horizon>& ranges() const { return horizons_; }
  // Versions of this key that are behind it need not be kept.
  KeyHorizon of(std::string_view key) const;
  // Whether a merge leaves out a version of a key whose horizon is `of_key`.
  bool leave_out(const KeyHorizon& of_key, const VersionId& version, uint64_t recency,
                 int64_t valid_to) const;
  // Whether a merge has to know when a version of this key ends.
  bool asks_for_end(const KeyHorizon& of_key) const { return !is_exact_ && of_key.ended_by != kNoneHasEnded; }
  // Whether versions may go that nothing has superseded.
  bool may_take_current() const;
  // Whether a file may hold such a version: with keys from `first` to `last` (included), recencies from
  // `min_recency` on, and ends of valid time from `min_valid_to` on.
  bool may_reach(std::string_view first, std::string_view last, uint64_t min_recency,
                 int64_t min_valid_to) const;

 private:
  std::vector<Horizon>::const_iterator first_ending_behind(std::string_view key) const;

  std::vector<Horizon> horizons_;  // in the order of their keys
  bool is_exact_ = false;
  std::vector<VersionId> versions_;  // sorted
};

}  // namespace spectradb::lsm
