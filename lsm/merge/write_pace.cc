#include "lsm/merge/write_pace.h"

#include <algorithm>

namespace spectradb::lsm {
namespace {

constexpr double kFading = 0.75;                 // the part of the measured past that each flush keeps
constexpr double kLeastPause_ns = 200'000;       // a sleep takes some 60 µs more than it should
constexpr double kLongestPause_ns = 50'000'000;  // for one commit
// Up to here commits do not wait: one memtable is being flushed, one is full.
constexpr double kFreeMemtables = 2;
constexpr double kMemtablesAtPace = 3;     // from here on commits are as slow as background work
constexpr double kLevel0FilesFree = 4;     // times the knob: bursts below it do not wait
constexpr double kLevel0FilesAtPace = 10;  // times the knob: as kMemtablesAtPace

// Returns which part of the background time for its bytes a commit waits: 0 at `free`, 1 at `at_pace`.
double part(double value, double free, double at_pace) {
  return std::max(0.0, (value - free) / (at_pace - free));
}

}  // namespace

void WritePace::worked(uint64_t bytes, Duration busy) {
  unflushed_ns_ += static_cast<double>(busy.count());
  if (bytes == 0) return;
  busy_ns_ = busy_ns_ * kFading + unflushed_ns_;
  bytes_ = bytes_ * kFading + static_cast<double>(bytes);
  unflushed_ns_ = 0;
}

WritePace::Duration WritePace::pause(uint64_t bytes, const Backlog& backlog, uint64_t level0_files) {
  const auto knob = static_cast<double>(level0_files);
  const double wanted =
      part(static_cast<double>(backlog.memtables), kFreeMemtables, kMemtablesAtPace) +
      part(static_cast<double>(backlog.level0_files), kLevel0FilesFree * knob, kLevel0FilesAtPace * knob);
  if (wanted == 0 || bytes_ == 0) {
    owed_ns_ = 0;
    return Duration(0);
  }
  owed_ns_ = std::min(owed_ns_ + wanted * static_cast<double>(bytes) * busy_ns_ / bytes_, kLongestPause_ns);
  return Duration(owed_ns_ < kLeastPause_ns ? 0 : static_cast<int64_t>(owed_ns_));
}

void WritePace::slept(Duration duration) {
  slept_ += duration;
  owed_ns_ -= static_cast<double>(duration.count());
}

}  // namespace spectradb::lsm
