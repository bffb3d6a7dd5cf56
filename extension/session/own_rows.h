// What spectradb_check() finds in our own tables in SQLite's file: missing tables, commits that are missing
// or there twice, and rows that differ from what was committed (row_seal.h). Used by the thread that uses the
// connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Database;

// Returns a sentence for each of our tables that a database with temporal tables lacks. If any, nothing else
// can be read.
Result<std::vector<std::string>> missing_own_tables(Database& database);
Result<std::vector<std::string>> own_row_problems(Database& database);

// The commits whose rows differ from their seals, or have lost them, ascending; and how many other things are wrong
// with rows of commits.
struct BrokenCommits {
  std::vector<uint64_t> numbers;
  size_t others = 0;
};
Result<BrokenCommits> broken_commits(Database& database);

// Computes the seal of a commit with this row, and its notes and clock as they are now.
Result<int64_t> seal_with(Database& database, uint64_t commit, const temporal::Value& time,
                          const temporal::Value& frame);
// Computes it of the commit's row as it is now, too; nullopt: there is no such commit.
Result<std::optional<int64_t>> seal_of_commit(Database& database, uint64_t commit);
// Seals the row of a commit as it is now.
Status seal_anew(Database& database, uint64_t commit);

}  // namespace spectradb::extension
