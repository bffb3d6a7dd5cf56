// The counters of AUTOINCREMENT, which SQLite keeps in its own table sqlite_sequence. Temporal tables know from
// their facts which keys there ever were; one that was an ordinary table has had keys, too, that no fact tells.
// Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "extension/session/database.h"

namespace spectradb::extension {

// The largest key that the table was ever given, as far as SQLite counted; 0 where it did not.
Result<int64_t> read_sequence(Database& database, const std::string& table);
Status write_sequence(Database& database, const std::string& table, int64_t highest_key);
Status remove_sequence(Database& database, const std::string& table);  // where there is one

}  // namespace spectradb::extension
