// The one place that reports wrong bytes on disk: set a breakpoint on corruption() to stop at every
// detection.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace spectradb::lsm {

// kCorrupt, naming the file and the offset; `what` completes "<path> is damaged at byte <offset>: …".
Status corruption(const std::string& path, uint64_t offset, std::string_view what);

}  // namespace spectradb::lsm
