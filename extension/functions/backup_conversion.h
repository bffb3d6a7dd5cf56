// The copy of a database in a backup's folder, before it takes its place, with its store in other storage: in the copy
// itself, as rows, or in a directory beside it. Nobody else has the copy open. Used by the thread that uses the connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"
#include "lsm/file/file.h"

namespace spectradb::extension {

struct CopiedDatabase {
  std::string file;
  std::string store;                       // the directory, if there is one
  std::shared_ptr<lsm::FileSystem> files;  // which makes it
};

// After either the copy is whole. What fails halfway is no copy. They give how many bytes the store has now.
Result<uint64_t> move_store_into(const CopiedDatabase& copy, const std::function<bool()>& is_interrupted);
Result<uint64_t> move_store_out(const CopiedDatabase& copy, const std::function<bool()>& is_interrupted);

}  // namespace spectradb::extension
