// What spectradb_check() finds in our own tables in SQLite's file: missing tables, commits that are missing
// or there twice, and rows that differ from what was committed (row_seal.h). Used by the thread that uses the
// connection.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;

// Returns a sentence for each of our tables that a database with temporal tables lacks. If any, nothing else
// can be read.
Result<std::vector<std::string>> missing_own_tables(Database& database);
Result<std::vector<std::string>> own_row_problems(Database& database);

// Seals the row of a commit as it is now.
Status seal_anew(Database& database, uint64_t commit);

}  // namespace spectradb::extension
