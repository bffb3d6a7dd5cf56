// Turns the arguments of USING spectradb(…) into a TableSchema. SQLite itself reads the column definitions:
// they are given to an ordinary table in a private in-memory database, whose pragmas then say what they mean.
// The same private table judges rows where native checks do not suffice (CHECK, generated columns), and
// computes DEFAULT expressions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facet/column_type.h"
#include "extension/host/api.h"
#include "extension/host/query.h"
#include "extension/schema/conflict_actions.h"
#include "temporal/index_schema.h"
#include "temporal/schema.h"

namespace spectradb::extension {

struct UniqueConstraint {
  std::string name;         // the name of SQLite's index for it
  bool is_primary = false;  // the PRIMARY KEY
  std::vector<temporal::IndexPart> parts;
  ConflictAction on_conflict = ConflictAction::kAbort;
};

enum class KeyAction : uint8_t { kNone, kRestrict, kCascade, kSetNull, kSetDefault };

struct ForeignKey {
  std::string parent;                       // a table of the same database
  std::vector<int> columns;                 // the referring columns
  std::vector<std::string> parent_columns;  // empty: the parent's PRIMARY KEY
  KeyAction on_delete = KeyAction::kNone;
  KeyAction on_update = KeyAction::kNone;
  bool is_deferred = false;  // DEFERRABLE INITIALLY DEFERRED
};

// A hidden column that an index needs, with what it computes.
struct MadeColumn {
  std::string expression;  // empty: a column of the user's
  // Whether the expression is compared under another collation than BINARY, which SQLite forgets for hidden
  // columns.
  bool has_collation = false;
};

// A column whose type belongs to a facet.
struct CheckedColumn {
  int column = 0;
  std::shared_ptr<const ColumnCheck> check;
};

struct Definition {
  temporal::TableSchema schema;      // without id
  std::vector<std::string> columns;  // the column and constraint definitions, as written
  std::vector<std::string> options;  // the options, as written
  // How `columns` stand in the text that SQLite keeps.
  temporal::DefinitionForm form = temporal::DefinitionForm::kPlain;
  bool declares_document = false;        // `columns` has the doc of a document table
  bool declares_form = false;            // the option valid_form is given
  bool needs_judge = false;              // rows must pass RowJudge
  std::vector<MadeColumn> made_columns;  // by column
  std::vector<CheckedColumn> checked_columns;
  // These are in the order in which SQLite checks them; an integer key is not among them.
  std::vector<UniqueConstraint> unique_constraints;
  std::vector<ForeignKey> foreign_keys;
  ConflictActions conflict_actions;  // of constraints
  sqlite3* host = nullptr;           // the connection whose functions and collations the expressions use
  std::string missing_function;      // a function that they call, and the host did not have; empty for none
};

// Expressions may use the functions and collations of `host`, the application's connection.
Result<Definition> read_definition(const std::string& table_name, const std::vector<std::string>& arguments,
                                   sqlite3* host);

// kInvalid for functions that nobody has, and for definitions that SQLite reads but temporal tables cannot
// follow: ON CONFLICT actions that do not go together. Call it where a table is made or altered; existing
// tables must stay readable.
Status check_available(const Definition& definition);

// kInvalid where the PRIMARY KEY compares a column in another way than the column says: keys are encoded for the
// column's collation. Call it where a table is made.
Status check_key_collations(const Definition& definition);

// Returns the column definitions for a private database, all of the table's columns included: where the
// user's words do not name the document of a document table, it comes second.
std::vector<std::string> definitions_with_document(const Definition& definition);

// Returns what stood behind the column definitions of an ordinary table with this definition: WITHOUT ROWID, or
// nothing.
std::string_view behind_columns(const Definition& definition);

// Returns the CREATE TABLE text for sqlite3_declare_vtab; its columns are in the order of
// extension/schema/declared_columns.h.
std::string declaration(const Definition& definition);

// One table's judge. Used by the thread that uses the connection.
class RowJudge {
 public:
  // kIgnored skips checks, for rows that were written under an earlier definition.
  enum class Checks : uint8_t { kMade, kIgnored };
  static Result<std::unique_ptr<RowJudge>> make(const Definition& definition, Checks checks = Checks::kMade);
  ~RowJudge();
  RowJudge(const RowJudge&) = delete;
  RowJudge& operator=(const RowJudge&) = delete;

  // Checks `row` (one entry a visible column) and fills in its generated columns. kConstraint with SQLite's
  // own sentence when a constraint fails. The bytes of generated values live until the next call.
  Status judge(std::vector<temporal::Value>& row);

  // The value of a column's DEFAULT; the bytes live until the next call for this column.
  Result<temporal::Value> default_value(int column);

 private:
  RowJudge() = default;

  sqlite3* db_ = nullptr;
  std::vector<int> inserted_;  // columns that INSERT names: all but generated ones
  std::vector<int> generated_;
  std::unique_ptr<Query> begin_;
  std::unique_ptr<Query> insert_;
  std::unique_ptr<Query> computed_;  // null without generated columns
  std::unique_ptr<Query> clear_;
  std::vector<std::unique_ptr<Query>> defaults_;  // one a column, null without DEFAULT
};

}  // namespace spectradb::extension
