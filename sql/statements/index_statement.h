// CREATE INDEX, DROP INDEX and REINDEX on temporal tables. SQLite refuses indexes on virtual tables, so they
// become a statement on the table itself, which hands it the text:
//
//   CREATE INDEX i ON t (a, b)   ->   DELETE FROM "main"."t" WHERE _define = 'CREATE INDEX "i" ON "t" (a, b)'
//
// One that needs hidden columns (sql/shape/expression.h) alters the table first:
//
//   CREATE INDEX i ON t (a + b)
//     ->   SELECT 1 WHERE spectradb_alter('CREATE INDEX "main"."i" ON "t" (a + b)')
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/statements/statement_form.h"
#include "sql/text/reader.h"

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

  // What the definition lists: a column, or an expression, and COLLATE, ASC or DESC behind it.
  struct Part {
    std::string value;
    std::string order;
    bool is_column = false;
  };
  std::vector<Part> parts;
  std::string condition;  // behind WHERE, or empty
  bool needs_columns() const;
};

// As CREATE INDEX, without IF NOT EXISTS: the parts and the condition of a statement.
std::string text_of_index(const IndexStatement& statement);

// Nothing for every other statement, and for what SQLite cannot read either.
std::optional<IndexStatement> read_index_statement(const Reader& reader, Span statement);

// Those that mean a temporal table.
extern const StatementForm kIndexStatementForm;

}  // namespace spectradb::sql
