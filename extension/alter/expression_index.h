// Indexes on expressions, and partial UNIQUE indexes: the table gets hidden generated columns for them
// (sql/shape/expression.h), and the index is on these. Used by the thread that uses the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/session/connection.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

// Does CREATE INDEX on the temporal table that `statement` names, in the database `schema`. An expression
// that already has a column shares it. All of it takes effect, or nothing.
Status create_expression_index(Connection& connection, const std::string& schema,
                               const sql::IndexStatement& statement);

// DROP INDEX leaves the columns, which prepared statements may name. This drops those that no index uses, for
// an ALTER TABLE that drops a column which they read.
Status drop_unused_expressions(Connection& connection, const std::string& schema, const std::string& table);

}  // namespace spectradb::extension
