// The text that SQLite keeps with a prepared statement, to prepare it again when the schema has changed. The
// connection's thread only.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

// Gives each of two statements the other's text: what sqlite3_sql() shows and SQLite prepares next time. The
// program of neither changes, and each text is still freed by the one who made it, SQLite. SQLite has no
// call for this, so the place of the text inside of a statement is found by looking for what sqlite3_sql()
// returns, and believed where it is the same in both and sqlite3_sql() agrees afterwards. False, and nothing
// is changed, where it is not found.
bool exchange_saved_texts(sqlite3_stmt* one, sqlite3_stmt* other);

}  // namespace spectradb::extension
