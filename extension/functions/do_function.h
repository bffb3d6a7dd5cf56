// spectradb_do: maintenance as a statement that SQLite sees as a write, INSERT INTO spectradb_do VALUES
// ('compact'). To sqlite3_stmt_readonly() a SELECT of a function reads, whatever the function does; this form
// is refused where writes are. Used by the thread that uses the connection.
#pragma once

#include "base/status.h"

namespace spectradb::extension {

class Connection;

Status register_do_table(Connection& connection);

}  // namespace spectradb::extension
