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
  std::string column;             // the first one of vectors
  std::string partition;          // of its index: the one column; empty where there is none
  std::vector<std::string> keys;  // the columns of the key but for that one; empty: the rowid
};

// `name` as a function is given it: 't' or 'schema.t', or a table of `schema` where there is one. kInvalid where there is none, or it has no vectors.
Result<SearchedTable> find_searched_table(Connection& connection, const temporal::Value& name,
                                          const std::string& schema, const char* function);

}  // namespace spectradb::extension
