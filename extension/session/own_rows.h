// What spectradb_check() says of our own tables in SQLite's file: one that is gone, commits that are missing or twice
// there, and rows that are not what was committed (row_seal.h). Used by the thread that uses the connection.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;

// Names of ours that a database with temporal tables lacks, a sentence each. Nothing else can be read then.
Result<std::vector<std::string>> missing_own_tables(Database& database);
Result<std::vector<std::string>> own_row_problems(Database& database);

// Seals the row of a commit as it stands.
Status seal_anew(Database& database, uint64_t commit);

}  // namespace spectradb::extension
