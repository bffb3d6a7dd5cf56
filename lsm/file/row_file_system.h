// SSTables as rows of a database (block_rows.h), for callers that write and open them by name. The file
// system has no other files. A file must be written in the same pieces in which it is read:
// SstableOptions::is_written_by_blocks. remove() does nothing: the store decides when rows go, since
// readers and savepoints may still need them. One thread.
#pragma once

#include <memory>

#include "lsm/file/block_rows.h"
#include "lsm/file/file.h"

namespace spectradb::lsm {

std::shared_ptr<FileSystem> row_file_system(std::shared_ptr<BlockRowsLink> link);

}  // namespace spectradb::lsm
