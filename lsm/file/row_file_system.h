// SSTables as rows of a database (block_rows.h), for who writes and opens them by name. It has no other files, and a
// file must be written in pieces that are read as they were written: SstableOptions::is_written_by_blocks. Removing
// does nothing: whose rows go when is for the store to say, since readers and savepoints may still want them. One thread.
#pragma once

#include <memory>

#include "lsm/file/block_rows.h"
#include "lsm/file/file.h"

namespace spectradb::lsm {

std::shared_ptr<FileSystem> row_file_system(std::shared_ptr<BlockRowsLink> link);

}  // namespace spectradb::lsm
