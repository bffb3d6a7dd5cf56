// The mode and the owner of the files that a store makes on disk. SQLite gives its journals those of the
// database file; the store does so too, or root's maintenance would leave files that the service cannot use,
// and strangers could read what the database keeps from them. Any thread.
#pragma once

#include <sys/types.h>

#include "lsm/file/file.h"

namespace spectradb::lsm {

// Modes for open(2) and mkdir(2): nobody but the owner can use the file until settle() has given it its own.
inline constexpr mode_t kUnsettledFile = 0600;
inline constexpr mode_t kUnsettledDirectory = 0700;

// Gives an open file or directory the owner, as far as the process may. Where it may not give it the group,
// the group that it has gets no more than everybody.
void settle(int descriptor, const FileOwner& owner);

}  // namespace spectradb::lsm
