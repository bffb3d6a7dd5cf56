// The tokens of commits, as far as a store's log still has their frames. It repairs what the coordinator says of
// its commits. Reading only; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/status.h"
#include "lsm/file/file.h"

namespace spectradb::lsm {

// By commit. A segment that cannot be read, or is another store's, counts as empty; behind a damaged frame nothing
// of a segment is read. The frame of an attempt that did not become a commit may be among them, with a later number.
Result<std::map<uint64_t, uint64_t>> tokens_of_log(FileSystem& file_system, const std::string& directory,
                                                   uint64_t seed);

}  // namespace spectradb::lsm
