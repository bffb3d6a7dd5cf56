// Ordinary tables that REFERENCE temporal ones: their definitions name the table that stands for the temporal
// one (extension/write/present_table.h). Used by the thread that uses the connection.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/schema/schema_change.h"
#include "extension/session/connection.h"
#include "sql/statements/alter_statement.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

// Called when a table has become temporal: tables that refer to it go on doing so. kInvalid names tables
// about which SQLite does not tell enough.
Status adopt_referring(SchemaChange& change, Connection& connection, Database& database,
                       const std::string& parent);

// Returns a definition's text with the names of temporal tables as users know them.
std::string with_temporal_parents(std::string_view definition);

// Does CREATE TABLE, or ALTER TABLE ADD COLUMN, for an ordinary table that refers to temporal ones.
Status create_referring(Connection& connection, const sql::Reader& reader);
Status add_referring_column(Connection& connection, const sql::AlterStatement& statement);

}  // namespace spectradb::extension
