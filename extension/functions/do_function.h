// spectradb_do: maintenance as a statement that SQLite sees as a write, INSERT INTO spectradb_do VALUES
// ('compact'). To sqlite3_stmt_readonly() a SELECT of a function reads, whatever the function does; this form
// is refused where writes are. Used by the thread that uses the connection.
#pragma once

#include <span>

namespace spectradb::extension {

struct Module;

std::span<const Module> do_modules();

}  // namespace spectradb::extension
