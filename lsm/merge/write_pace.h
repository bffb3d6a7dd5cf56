// Slows commits down while flushes and compactions fall behind: each commit waits a little, by its bytes,
// so that none has to wait for a whole memtable. The time that background work takes for a byte is
// measured; while three memtables wait, commits bring no more bytes than background work can take. The
// caller locks, and sleeps.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace spectradb::lsm {

// How much waits for background work.
struct Backlog {
  size_t memtables = 0;     // full ones
  size_t level0_files = 0;  // in the shard that has most
};

class WritePace {
 public:
  using Duration = std::chrono::nanoseconds;

  // Background work took `busy` and, if it ended with a flush, moved so many bytes of memtables. Without a
  // flush the time is added to the next one.
  void worked(uint64_t bytes, Duration busy);

  // Adds the wait that a commit of so many bytes owes, and returns how long to sleep now: zero until the
  // sum is worth a sleep. `level0_files` is the knob of that name.
  Duration pause(uint64_t bytes, const Backlog& backlog, uint64_t level0_files);
  void slept(Duration duration);  // the actual time, which is seldom the requested one
  Duration slept() const { return slept_; }

 private:
  double busy_ns_ = 0;  // a fading sum over the last flushes and the merges between them
  double bytes_ = 0;    // bytes of the same flushes
  double unflushed_ns_ = 0;
  double owed_ns_ = 0;
  Duration slept_{0};
};

}  // namespace spectradb::lsm
