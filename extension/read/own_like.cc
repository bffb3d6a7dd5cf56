#include "extension/read/own_like.h"

#include "extension/host/query.h"

namespace spectradb::extension {

bool has_own_like(sqlite3* db) {
  Query others(
      db, "SELECT count(*) FROM pragma_function_list WHERE name = 'like' COLLATE NOCASE AND NOT builtin");
  const Result<bool> row = others.step();
  return row && *row && others.integer(0) == 0;
}

}  // namespace spectradb::extension
