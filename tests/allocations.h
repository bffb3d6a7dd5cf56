// Lets memory run out. A program that links this has its own malloc, which fails when it is told to;
// SQLite's library, the extension and the C++ library use it, because the program exports it. It does not
// work with sanitizers, which have their own malloc.
#pragma once

#include <cstdint>

namespace spectradb::tests {

enum class Failing : uint8_t {
  kOnce,        // one allocation fails, then memory is there again
  kFromThenOn,  // all allocations fail until stop_failing()
};
enum class Threads : uint8_t { kThis, kOthers };

// From now on the allocation with this number fails; the allocations of those threads are counted from 1.
void fail_allocation(uint64_t number, Failing failing, Threads threads);
// Returns how many have failed since.
uint64_t stop_failing();

}  // namespace spectradb::tests
