// ALTER TABLE on temporal tables, which SQLite refuses for virtual tables, and ADD SYSTEM VERSIONING, which
// makes an ordinary table temporal. They become a query without a row, whose condition does the work:
//
//   ALTER TABLE t ADD c INT   ->   SELECT 1 WHERE spectradb_alter('ALTER TABLE "main"."t" ADD COLUMN c INT')
//
// A statement that reads no table is the only one in which SQLite lets a function drop one.
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
    kRenameTable,  // of an ordinary one, to the name of one that this transaction dropped: it goes on as that
    kDropTable     // of a temporal one, whose name an ordinary one has taken: the same
  };
  Kind kind = Kind::kAddColumn;
  std::string schema;  // empty when the text names none
  std::string table;
  std::string column;    // of RENAME and DROP COLUMN, as written
  std::string new_name;  // of RENAME, as written
  std::string
      definition;  // of ADD COLUMN; of ADD SYSTEM VERSIONING the options: "on_insert = append", or nothing
};

// Nothing for every other statement, and for what SQLite cannot read either.
std::optional<AlterStatement> read_alter_statement(const Reader& reader, Span statement);

// Whether the statement lets an ordinary table take the place of a temporal one. `relation` is its table.
bool is_succession(const AlterStatement& statement, const Relation& relation, Catalog& catalog);

// What stands behind the table's name.
std::string action_of(const AlterStatement& statement);

// Those that SQLite cannot do by itself. kInvalid for what no table can do.
extern const StatementForm kAlterStatementForm;

// The elements of "a INT, b TEXT CHECK (b IN (1, 2))": what is parted by commas outside parentheses.
std::vector<std::string> split_list(std::string_view text);

}  // namespace spectradb::sql
