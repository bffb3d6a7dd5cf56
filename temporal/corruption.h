// The one place where a format reader of this room gives up on bytes: set a breakpoint on corrupt_bytes().
// The message says what was wrong and which check found it; the store adds file and offset where it knows
// them.
#pragma once

#include <string_view>

#include "base/status.h"

namespace spectradb::temporal {

Status corrupt_bytes(std::string_view what, const char* file, int line);

}  // namespace spectradb::temporal

#define SPECTRADB_CORRUPT_BYTES(what) ::spectradb::temporal::corrupt_bytes((what), __FILE__, __LINE__)
