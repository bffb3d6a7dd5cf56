// Memory that runs out: a program that links this has its own malloc, to which SQLite's library, the
// extension and the C++ library come (the program exports it), and which fails when it is told to. Not with
// sanitizers, which have their own.
#pragma once

#include <cstdint>

namespace spectradb::tests {

enum class Failing : uint8_t {
  kOnce,        // one allocation, then memory is there again
  kFromThenOn,  // until stop_failing()
};
enum class Threads : uint8_t { kThis, kOthers };

// From now on the allocation with this number (from 1) fails, of those that the threads make.
void fail_allocation(uint64_t number, Failing failing, Threads threads);
// How many have failed since.
uint64_t stop_failing();

}  // namespace spectradb::tests
