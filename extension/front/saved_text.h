// The text that SQLite keeps with a prepared statement, to prepare it again when the schema has changed. The
// connection's thread only.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

// Exchanges the texts of two statements: what sqlite3_sql() shows, and what SQLite prepares next time. Their
// programs do not change, and SQLite, which allocated both texts, still frees them. SQLite has no call for
// this. So the place of the text in a statement is found by searching for the pointer that sqlite3_sql()
// returns; it is believed where it is the same in both and sqlite3_sql() agrees afterwards. Returns false,
// and changes nothing, where it is not found.
bool exchange_saved_texts(sqlite3_stmt* one, sqlite3_stmt* other);

}  // namespace spectradb::extension
