// Tells whether a connection has a database for itself, as what takes history out of its files needs. Used by the thread that
// uses the connection.
#pragma once

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Database;

// How the write-ahead log begins anew once nobody reads it.
enum class LogStart { kRestart, kTruncate };

// Whether the statement that calls is the only one that runs on the connection, and has read no table.
bool runs_alone(sqlite3* db);

// Copies the write-ahead log into the database and lets it begin anew; nothing happens where there is none. False: somebody
// reads it.
Result<bool> begin_log_anew(sqlite3* db, LogStart log);

// Whether somebody reads the database who may have an older snapshot. Waits as long as the host's busy timeout says. kIo where
// the database cannot be opened a second time.
Result<bool> has_readers(Database& database, LogStart log);

}  // namespace spectradb::extension
