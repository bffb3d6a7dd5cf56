// ALTER TABLE on temporal tables. SQLite itself edits the definition, in a private database. Rows stay as
// they were written, and the table remembers the layout of its older rows
// (extension/schema/column_catalog.h).
#pragma once

#include <span>

#include "base/status.h"
#include "extension/facet/function.h"
#include "extension/schema/definition.h"
#include "extension/session/connection.h"
#include "sql/statements/alter_statement.h"

namespace spectradb::extension {

class Table;

// Does ADD, RENAME and DROP COLUMN.
Status alter_columns(Connection& connection, const Table& table, const sql::AlterStatement& statement);

// ADD SYSTEM VERSIONING on an ordinary table (add_versioning.cc): a temporal table with the same rows and
// indexes takes its place. One commit.
Status add_versioning(Connection& connection, const sql::AlterStatement& statement);

// An ordinary table gets the name of a temporal one that this transaction dropped, or a temporal table is
// dropped whose name an ordinary one has: either way the ordinary table becomes temporal, and the history
// continues in it.
Status let_succeed(Connection& connection, const sql::AlterStatement& statement);

// spectradb_alter('ALTER TABLE …') returns NULL. It does each of these and CREATE INDEX, also in hosts
// without the prepare hook.
std::span<const Function> alter_functions();

}  // namespace spectradb::extension
