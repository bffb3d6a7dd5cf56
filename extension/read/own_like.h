// Tells whether LIKE is SQLite's own: hosts may put a function of theirs in its place (sqlite3_create_function), which may
// take other letters for alike.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

// False, too, where SQLite was built without PRAGMA function_list, or memory is lacking.
bool has_own_like(sqlite3* db);

}  // namespace spectradb::extension
