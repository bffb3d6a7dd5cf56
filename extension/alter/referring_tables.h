// Ordinary tables that REFERENCE temporal ones: their definitions name what stands for the temporal table in the present
// (extension/write/present_table.h). Used by the thread that uses the connection.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/schema/schema_change.h"
#include "extension/session/connection.h"
#include "sql/statements/alter_statement.h"
#include "sql/text/reader.h"

namespace spectradb::extension {

// A table has become temporal: those that refer to it go on to do so. kInvalid names tables of which SQLite does not
// tell enough.
Status adopt_referring(SchemaChange& change, Connection& connection, Database& database,
                       const std::string& parent);

// The text of a definition, with the names of temporal tables as their users know them.
std::string with_temporal_parents(std::string_view definition);

// CREATE TABLE, or ALTER TABLE ADD COLUMN, of an ordinary table that refers to temporal ones.
Status create_referring(Connection& connection, const sql::Reader& reader);
Status add_referring_column(Connection& connection, const sql::AlterStatement& statement);

}  // namespace spectradb::extension
