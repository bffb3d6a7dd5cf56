// What this process has of the allocator, and the most that it had: a program that links this has its own malloc,
// which libraries and the extension bind to (the program exports it). Sanitizers have
// allocators of their own; their hooks count there. Requests that failed count, too. Any thread.
#pragma once

#include <cstdint>

namespace spectradb::tests {

void begin_counting();        // from what is allocated now
uint64_t most_bytes_since();  // the most at a time, beyond what there was when counting began

}  // namespace spectradb::tests
