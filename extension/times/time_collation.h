// The collation of the columns that show times: _valid_from, _valid_to, _committed_at and those of the table-valued
// functions. What no constraint hands down (OR, CASE, HAVING …) SQLite compares itself; with it, texts of times
// compare as times there (temporal/time_order.h).
// Used by the thread that uses the connection.
#pragma once

#include "base/status.h"

// Parts of CREATE TABLE texts: of a column that is seen, what stands behind its type, and the whole type of hidden
// columns. SQLite keeps name, type and collation of a column in one buffer, cuts HIDDEN out of the type there,
// and then finds the collation one byte behind what is left of the type: in the rest of what was cut. "TEXT" and
// "" leave these rests, so that the collation is registered under their names, too. Were SQLite mended, it would
// find the names that are declared.
#define SPECTRADB_TIME_COLLATION "spectradb_time"
#define SPECTRADB_HIDDEN_TEXT_TIME "HIDDEN TEXT COLLATE \"N TEXT\""
#define SPECTRADB_HIDDEN_TIME "HIDDEN COLLATE \"IDDEN\""

namespace spectradb::extension {

class Connection;

// Whether it is the name of the collation, as sqlite3_vtab_collation() gives it.
bool is_time_collation(const char* name);

// Before any table is connected. The connection outlives the collation.
Status register_time_collation(Connection& connection);

}  // namespace spectradb::extension
