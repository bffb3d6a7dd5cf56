// Random bytes that nobody can guess, from the system: ids of stores, salts. Any thread.
#pragma once

#include <cerrno>
#include <cstddef>

#include "base/platform.h"
#include "base/status.h"

namespace spectradb {

// At most 256 bytes. Fails with kIo where the system gives none.
inline Status fill_with_random(char* bytes, size_t size_bytes) {
  for (size_t filled = 0; filled < size_bytes;) {
    const ssize_t got = system_random(bytes + filled, size_bytes - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::io("the system gives no random bytes");
    filled += static_cast<size_t>(got);
  }
  return Status::ok();
}

}  // namespace spectradb
