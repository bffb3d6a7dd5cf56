// CREATE INDEX, DROP INDEX and REINDEX on temporal tables. SQLite refuses indexes on virtual tables, so they
// become a statement on the table itself, which hands it the text:
//
//   CREATE INDEX i ON t (a, b)   ->   DELETE FROM "main"."t" WHERE _define = 'CREATE INDEX "i" ON "t" (a, b)'
#pragma once

#include <optional>
#include <string>

#include "lsm/status.h"
#include "sql/catalog.h"
#include "sql/reader.h"

namespace spectradb::sql {

struct IndexStatement {
  enum class Kind { kCreate, kDrop, kReindex };
  Kind kind = Kind::kCreate;
  bool is_unique = false;
  bool if_not_exists = false;
  std::string schema;      // empty when the text names none
  std::string name;        // of the index; of REINDEX also a table's
  std::string table;       // of CREATE INDEX
  std::string definition;  // of CREATE INDEX: what stands behind the table's name
};

// Nothing for every other statement, and for what SQLite cannot read either.
std::optional<IndexStatement> read_index_statement(const Reader& reader, Span statement);

// The text to use instead where a temporal table is meant; nothing where SQLite knows better.
Result<std::optional<std::string>> temporal_index_statement(const Reader& reader, Span statement,
                                                            Catalog& catalog);

}  // namespace spectradb::sql
