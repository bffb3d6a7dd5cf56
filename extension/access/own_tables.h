// Checks that nobody has tampered with our own tables in a database. A trigger on one of them would run
// inside our statements: it could make a commit vanish, or use the very tables that wait for it. A view in
// the place of a table could do the same. Used by the thread that uses the connection.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "extension/host/query.h"

namespace spectradb::extension {

class OwnTables {
 public:
  OwnTables(sqlite3* db, const std::string& schema);

  // kCorrupt when something else than a table has one of the names. Call it before any of them is read.
  Status check_kinds();
  // kInvalid when one of them has a trigger. Call it before any of them is written; it is cheap while the
  // schema does not change.
  Status check_triggers();

 private:
  sqlite3* db_;
  const std::string schema_;
  Query version_;
  std::optional<int64_t> checked_version_;
};

}  // namespace spectradb::extension
