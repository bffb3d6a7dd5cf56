// spectradb_do runs maintenance as a statement that SQLite takes for a write: INSERT INTO spectradb_do VALUES
// ('compact'). sqlite3_stmt_readonly() takes a SELECT of a function for a read, whatever the function does;
// this form is refused where writes are. Used by the thread that uses the connection.
#pragma once

#include <span>

namespace spectradb::extension {

struct Module;

std::span<const Module> do_modules();

}  // namespace spectradb::extension
