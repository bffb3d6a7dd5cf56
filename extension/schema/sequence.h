// The counters of AUTOINCREMENT, which SQLite keeps in its own table sqlite_sequence. Temporal tables learn
// from their facts which keys ever existed; a table that was once an ordinary one, or whose highest rows were erased, also
// had keys that no fact shows. SQLite makes sqlite_sequence with the first table that has AUTOINCREMENT, and VACUUM leaves it
// out where none is left, so an empty one of ours stays beside the counters.
//
//   _spectradb_counters(no INTEGER PRIMARY KEY AUTOINCREMENT)                       made with the first counter that we write
//
// Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "extension/session/database.h"

namespace spectradb::extension {

// Returns the largest key that the table ever had, as far as SQLite counted; 0 where it did not count.
Result<int64_t> read_sequence(Database& database, const std::string& table);
Status write_sequence(Database& database, const std::string& table, int64_t highest_key);
Status remove_sequence(Database& database, const std::string& table);  // no-op without a counter

}  // namespace spectradb::extension
