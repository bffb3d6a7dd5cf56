// Reads what the text of a CREATE INDEX, or a UNIQUE constraint, means for a temporal table.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/schema/definition.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

class Connection;

// Returns the PRIMARY KEY and the UNIQUE constraints of the table in a private database, in the order in
// which SQLite checks them.
Result<std::vector<UniqueConstraint>> read_unique_constraints(sqlite3* db,
                                                              const temporal::TableSchema& schema);

// Reads the definition of an index with a name and is_unique; `text` is what follows the table's name: "(a, b
// DESC)". Sets the parts, the kind and its maker. A partial index holds every row all the same, since SQLite
// tells virtual tables too little to know that a query needs no others. kInvalid with SQLite's sentence for
// what SQLite refuses, with our own for what temporal tables cannot have. Where the index is made,
// `remembered` is set to an option that its definition must keep, if its kind has one.
Status read_index_definition(Connection& connection, const Definition& definition, const std::string& text,
                             temporal::IndexSchema* index, std::string* remembered = nullptr);

// The same for an index that was made before, as its table was. Where that has columns alone it asks no SQLite.
Status read_known_index_definition(Connection& connection, const Definition& definition,
                                   const std::string& text, temporal::IndexSchema* index);

}  // namespace spectradb::extension
