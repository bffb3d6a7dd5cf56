// What the text of a CREATE INDEX, or a UNIQUE constraint, means for a temporal table.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/schema/definition.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

// The PRIMARY KEY and the UNIQUE constraints of the table in a private database, in the order in which SQLite
// checks them.
Result<std::vector<UniqueConstraint>> read_unique_constraints(sqlite3* db,
                                                              const temporal::TableSchema& schema);

// The columns of an index; `text` is what stands behind the table's name: "(a, b DESC)". It may be partial,
// and holds every row all the same: SQLite does not tell virtual tables enough to know that a query needs no
// others. kInvalid with SQLite's sentence for what SQLite refuses, with our own for what temporal tables
// cannot have.
Result<std::vector<temporal::IndexPart>> read_index_parts(const Definition& definition,
                                                          const std::string& name, bool is_unique,
                                                          const std::string& text);

}  // namespace spectradb::extension
