// Recency: the commit from which on a version is superseded, that is, nothing of it is visible any more.
// The layer that can read values computes it. lsm puts versions into current or history files accordingly
// (history.h), and readers at or beyond that commit skip them.
#pragma once

#include <cstdint>
#include <string_view>

namespace spectradb::lsm {

inline constexpr uint64_t kNeverSuperseded = UINT64_MAX;

// Bounds of valid time, microseconds, half-open; INT64_MIN and INT64_MAX for unbounded.
struct VersionBounds {
  int64_t valid_from;
  int64_t valid_to;
};

// What is known of a version once all newer versions of its key are known.
struct Standing {
  VersionBounds valid{INT64_MIN, INT64_MAX};
  // The least commit up to which newer versions cover the version's whole period. A greater number is
  // allowed (it costs speed), a smaller one is not.
  uint64_t recency = kNeverSuperseded;
  // True when the version shows nothing itself and covers every older version wholly. Once no older
  // version is left in the current files, readers at its commit or later do not need it.
  bool clears_key = false;
};

// Gets the versions of one key after the other, those of each key from the newest to the oldest. Some of
// the newest or oldest versions, or superseded ones, may be missing. One thread.
class RecencyTracker {
 public:
  virtual ~RecencyTracker() = default;
  virtual void begin_key() = 0;
  virtual Standing add(uint64_t commit, std::string_view value) = 0;
};

}  // namespace spectradb::lsm
