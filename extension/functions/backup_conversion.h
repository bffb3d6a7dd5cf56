// Moves the store of a database's copy to other storage before the copy takes its place: into the copy
// itself, as rows, or into a directory beside it. Nobody else has the copy open. Used by the thread that uses
// the connection.
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
  std::shared_ptr<lsm::FileSystem> files;  // makes the directory
};

// Both return how many bytes the store has now. After success the copy is complete; after a failure it is
// worthless.
Result<uint64_t> move_store_into(const CopiedDatabase& copy, const std::function<bool()>& is_interrupted);
Result<uint64_t> move_store_out(const CopiedDatabase& copy, const std::function<bool()>& is_interrupted);

}  // namespace spectradb::extension
