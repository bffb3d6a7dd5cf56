// ALTER TABLE on temporal tables, which SQLite refuses for virtual tables, and ADD SYSTEM VERSIONING, which
// makes an ordinary table temporal. They become a query without rows, whose condition does the work:
//
//   ALTER TABLE t ADD c INT   ->   SELECT 1 WHERE spectradb_alter('ALTER TABLE "main"."t" ADD COLUMN c INT')
//
// Only in a statement that reads no table does SQLite let a function drop one.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "sql/shape/catalog.h"
#include "sql/statements/statement_form.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

struct AlterStatement {
  enum class Kind {
    kAddColumn,
    kRenameColumn,
    kDropColumn,
    kAddVersioning,
    kDropVersioning,
    kRenameTable,  // of an ordinary table, to the name of a temporal one that this transaction dropped
    kDropTable     // of a temporal table whose name an ordinary one has taken
  };
  Kind kind = Kind::kAddColumn;
  std::string schema;  // empty when the text names none
  std::string table;
  std::string column;    // for RENAME and DROP COLUMN, as written
  std::string new_name;  // for RENAME, as written
  // For ADD COLUMN; for ADD SYSTEM VERSIONING the options: "on_insert = append", or nothing.
  std::string definition;
  bool is_like_versioning = false;  // ADD of a column that is named as a slip of ADD SYSTEM VERSIONING
};

// Returns nothing for every other statement, and for one that SQLite cannot read either.
std::optional<AlterStatement> read_alter_statement(const Reader& reader, Span statement);

// Whether the statement makes an ordinary table continue a temporal one. `relation` is the statement's table.
bool is_succession(const AlterStatement& statement, const Relation& relation, Catalog& catalog);

// Returns what follows the table's name.
std::string action_of(const AlterStatement& statement);

// Takes the statements that SQLite cannot carry out by itself. kInvalid for what no table can do.
extern const StatementForm kAlterStatementForm;

// Splits "a INT, b TEXT CHECK (b IN (1, 2))" at commas outside parentheses.
std::vector<std::string> split_list(std::string_view text);

}  // namespace spectradb::sql
