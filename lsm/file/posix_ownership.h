// The mode and the owner of the files that a store makes on disk. SQLite gives its journals the mode and
// owner of the database file, and the store does the same. Otherwise root's maintenance would leave files
// that the service cannot use, and strangers could read what the database file hides from them. Any
// thread.
#pragma once

#include <sys/types.h>

#include "lsm/file/file.h"

namespace spectradb::lsm {

// Modes for open(2) and mkdir(2): nobody but the owner can use the file until settle() has given it its own.
inline constexpr mode_t kUnsettledFile = 0600;
inline constexpr mode_t kUnsettledDirectory = 0700;

// Gives an open file or directory the owner, as far as the process may. Where the process may not set the
// group, the group that the file has gets no more rights than everybody has.
void settle(int descriptor, const FileOwner& owner);

}  // namespace spectradb::lsm
