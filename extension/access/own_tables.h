// What somebody may have made of our own tables in a database. A trigger on one of them runs inside our statements: it
// could make a commit vanish, or use the very tables that wait for it. A view in place of one could do the same. Used by
// the thread that uses the connection.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "extension/host/query.h"

namespace spectradb::extension {

class OwnTables {
 public:
  OwnTables(sqlite3* db, const std::string& schema);

  // kCorrupt: one of them is no table. Before any is read.
  Status check_kinds();
  // kInvalid: one of them has a trigger. Before any is written; costs little where the schema has not changed.
  Status check_triggers();

 private:
  sqlite3* db_;
  const std::string schema_;
  Query version_;
  std::optional<int64_t> checked_version_;
};

}  // namespace spectradb::extension
