// Indexes on expressions, and UNIQUE ones that are partial: the table gets hidden generated columns for them
// (sql/shape/expression.h), which the index is then on. Used by the thread that uses the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/session/connection.h"
#include "sql/statements/index_statement.h"

namespace spectradb::extension {

// CREATE INDEX on the temporal table `statement` names, in the database `schema`. An expression that has a
// column already shares it. All of it takes effect, or nothing.
Status create_expression_index(Connection& connection, const std::string& schema,
                               const sql::IndexStatement& statement);

// DROP INDEX leaves the columns, which prepared statements may name. This drops those that no index uses, for
// an ALTER TABLE that drops what they read.
Status drop_unused_expressions(Connection& connection, const std::string& schema, const std::string& table);

}  // namespace spectradb::extension
