// The collation of columns that show times: _valid_from, _valid_to, _committed_at and those of the
// table-valued functions. Comparisons that SQLite makes itself, since no constraint passes them down (OR,
// CASE, HAVING …), then order texts of times as times (temporal/time_order.h). Used by the thread that uses
// the connection.
#pragma once

#include "base/status.h"

// Parts of CREATE TABLE texts: for a visible column what follows its type, and for hidden columns the whole
// type. SQLite keeps a column's name, type and collation in one buffer, cuts HIDDEN out of the type there,
// and then looks for the collation one byte behind the rest of the type, inside what was cut. After "TEXT"
// and "" it finds the names below, so the collation is registered under these, too. An SQLite without this
// fault would find the declared names.
#define SPECTRADB_TIME_COLLATION "spectradb_time"
#define SPECTRADB_HIDDEN_TEXT_TIME "HIDDEN TEXT COLLATE \"N TEXT\""
#define SPECTRADB_HIDDEN_TIME "HIDDEN COLLATE \"IDDEN\""

namespace spectradb::extension {

class Connection;

// Whether sqlite3_vtab_collation() returns the collation's name here.
bool is_time_collation(const char* name);

// Call it before any table is connected. The connection outlives the collation.
Status register_time_collation(Connection& connection);

}  // namespace spectradb::extension
