// Recency: from which commit on a version is superseded, that is, nothing of it is visible any more. The
// layer that can read values tells it; lsm files versions accordingly (history.h) and lets readers at or
// beyond that commit pass them by.
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

// What is known of a version once the newer ones of its key are.
struct Standing {
  VersionBounds valid{INT64_MIN, INT64_MAX};
  // The least commit up to which newer versions cover its whole period; a greater one is allowed (it costs
  // speed), a smaller one never.
  uint64_t recency = kNeverSuperseded;
  // Shows nothing itself and covers every older version wholly: once no older version is left in the current
  // files, readers at its commit or later do not need it.
  bool clears_key = false;
};

// Fed the versions of one key after the other, of each key from the newest to the oldest. Some newest or
// oldest ones, or some that are superseded, may be missing. One thread.
class RecencyTracker {
 public:
  virtual ~RecencyTracker() = default;
  virtual void begin_key() = 0;
  virtual Standing add(uint64_t commit, std::string_view value) = 0;
};

}  // namespace spectradb::lsm
