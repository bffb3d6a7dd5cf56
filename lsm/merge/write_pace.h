// How commits are slowed down while flushes and compactions fall behind: each waits a little, by its bytes,
// so that none has to wait for a whole memtable. What background work takes a byte is measured; while three
// memtables wait, commits bring no more bytes than it can take. The caller locks, and sleeps.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace spectradb::lsm {

// What waits for background work.
struct Backlog {
  size_t memtables = 0;     // full ones
  size_t level0_files = 0;  // of the shard that has most
};

class WritePace {
 public:
  using Duration = std::chrono::nanoseconds;

  // Background work took so long and, with a flush at its end, so many bytes of memtables. Without a flush
  // the time counts for the next one.
  void worked(uint64_t bytes, Duration busy);

  // Adds what a commit of so many bytes owes, and gives what is to be slept now: nothing, until it is worth
  // it. `level0_files` is the knob of that name.
  Duration pause(uint64_t bytes, const Backlog& backlog, uint64_t level0_files);
  void slept(Duration duration);  // which is seldom what was asked for
  Duration slept() const { return slept_; }

 private:
  double busy_ns_ = 0;  // of the last flushes and what was merged between them, fading
  double bytes_ = 0;    // of the same
  double unflushed_ns_ = 0;
  double owed_ns_ = 0;
  Duration slept_{0};
};

}  // namespace spectradb::lsm
