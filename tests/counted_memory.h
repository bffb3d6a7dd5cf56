// Counts what this process has taken of the allocator, and the most that it ever had. A program that links
// this has its own malloc, which libraries and the extension bind to, because the program exports it.
// Sanitizers have allocators of their own, whose hooks count there. Requests that failed count, too. Any
// thread may call this.
#pragma once

#include <cstdint>

namespace spectradb::tests {

void begin_counting();        // begins with what is allocated now
uint64_t most_bytes_since();  // the most at any time, beyond what there was when counting began

}  // namespace spectradb::tests
