// Finds a table with vectors by its name, and what a search of it needs. Used by the thread that uses the
// connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "extension/session/database.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct SearchedTable {
  std::shared_ptr<Database> database;
  std::string name;
  std::string column;             // the first column of vectors
  std::string partition;          // the one column that partitions its index; empty where there is none
  std::vector<std::string> keys;  // the key's other columns; empty: the rowid
};

// Finds the table. `name` is what the function got: 't' or 'schema.t', or a table of `schema` where that is
// given. kInvalid where there is no such table, or it has no vectors.
Result<SearchedTable> find_searched_table(Connection& connection, const temporal::Value& name,
                                          const std::string& schema, const char* function);

}  // namespace spectradb::extension
