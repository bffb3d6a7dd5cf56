// Tells processes apart after fork(), which copies the memory of open stores, but neither their threads nor
// their lock. So nothing that was opened before a fork may be used after it.
#pragma once

#include <cstdint>

namespace spectradb::extension {

// Counts the forks that lead to this process since the extension was loaded. Any thread; cheap.
uint64_t process_generation();

}  // namespace spectradb::extension
