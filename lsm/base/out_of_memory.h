// Turns std::bad_alloc into a Status: in background work, and where something that was begun must be
// undone. Elsewhere the exception passes through to the one place that reports it to SQLite
// (extension/host/errors.h).
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
