// Where std::bad_alloc becomes a Status: in work of the background, and where what was begun must be undone.
// Elsewhere it passes through, to the one place that tells SQLite of it (extension/host/errors.h).
#pragma once

#include <new>

#include "base/status.h"

namespace spectradb::lsm {

template <typename Body>
Status no_memory_as_status(Body&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return {Code::kNoMemory, "out of memory"};
  }
}

}  // namespace spectradb::lsm
