// Tells whether what was read of a table or an index may have been erased since, or be of commits that are the
// database's no longer (Database::history()). Erasures take facts from any commit, and need not make one: of a row that
// was deleted before. Used by the thread that uses the connection.
#pragma once

#include <cstdint>

#include "base/status.h"

namespace spectradb::extension {

class Database;

class ErasureMark {
 public:
  // Returns true where something was erased, or commits were exchanged, since the last call. Facts of an erasure that has begun go later, so
  // what is read meanwhile is good for one question: each call returns true. For calls inside a statement.
  Result<bool> has_moved(Database& database);

 private:
  uint64_t history_ = 0;     // at the last call
  int64_t newest_ = 0;       // at the last call; 0: there was none
  bool is_erasing_ = false;  // facts of one that had begun may have been there
};

}  // namespace spectradb::extension
