// CREATE INDEX, DROP INDEX and REINDEX on temporal tables. SQLite refuses indexes on virtual tables, so the
// statement becomes one on the table itself, which carries the text:
//
//   CREATE INDEX i ON t (a, b)   ->   DELETE FROM "main"."t" WHERE _define = 'CREATE INDEX "i" ON "t" (a, b)'
//
// An index that needs hidden columns (sql/shape/expression.h) alters the table first:
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
  std::string name;        // the index; for REINDEX also a table
  std::string table;       // of CREATE INDEX
  std::string definition;  // for CREATE INDEX: what follows the table's name

  // An element of the definition: a column or an expression, and COLLATE, ASC or DESC behind it.
  struct Part {
    std::string value;
    std::string order;
    bool is_column = false;
  };
  std::vector<Part> parts;
  std::string condition;  // behind WHERE, or empty
  bool needs_columns() const;
};

// Returns the CREATE INDEX text, without IF NOT EXISTS, from the parts and the condition of a statement.
std::string text_of_index(const IndexStatement& statement);

// Returns nothing for every other statement, and for one that SQLite cannot read either.
std::optional<IndexStatement> read_index_statement(const Reader& reader, Span statement);

// Takes the statements that mean a temporal table.
extern const StatementForm kIndexStatementForm;

}  // namespace spectradb::sql
