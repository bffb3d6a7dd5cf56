// From the arguments of USING spectradb(…) to a TableSchema. SQLite itself reads the column definitions: they
// are given to an ordinary table in a private in-memory database, whose pragmas then say what they mean. The
// same private table judges rows where native checks do not suffice (CHECK, generated columns), and computes
// DEFAULT expressions.
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
  std::string name;         // of SQLite's index for it
  bool is_primary = false;  // the PRIMARY KEY
  std::vector<temporal::IndexPart> parts;
  ConflictAction on_conflict = ConflictAction::kAbort;
};

enum class KeyAction : uint8_t { kNone, kRestrict, kCascade, kSetNull, kSetDefault };

struct ForeignKey {
  std::string parent;                       // a table of the same database
  std::vector<int> columns;                 // that refer
  std::vector<std::string> parent_columns;  // empty: the parent's PRIMARY KEY
  KeyAction on_delete = KeyAction::kNone;
  KeyAction on_update = KeyAction::kNone;
  bool is_deferred = false;  // DEFERRABLE INITIALLY DEFERRED
};

// What a hidden column computes for an index.
struct MadeColumn {
  std::string expression;  // empty: a column of the user's
  // Whether the expression is compared under another collation than BINARY. SQLite forgets the collations of
  // hidden columns.
  bool has_collation = false;
};

// A column whose type is a facet's.
struct CheckedColumn {
  int column = 0;
  std::shared_ptr<const ColumnCheck> check;
};

struct Definition {
  temporal::TableSchema schema;          // without id
  std::vector<std::string> columns;      // the column and constraint definitions, as written
  std::vector<std::string> options;      // the options, as written
  bool declares_document = false;        // `columns` has the doc of a document table
  bool declares_form = false;            // the option valid_form
  bool needs_judge = false;              // rows must pass RowJudge
  std::vector<MadeColumn> made_columns;  // by column
  std::vector<CheckedColumn> checked_columns;
  std::vector<UniqueConstraint> unique_constraints;  // as SQLite checks them; without an integer key
  std::vector<ForeignKey> foreign_keys;
  ConflictActions conflict_actions;  // of constraints
  sqlite3* host = nullptr;           // whose functions and collations the expressions use
  std::string missing_function;      // that they call, and the host did not have; empty for none
};

// The functions and collations that it names are those of `host`, the application's connection.
Result<Definition> read_definition(const std::string& table_name, const std::vector<std::string>& arguments,
                                   sqlite3* host);

// kInvalid for functions that nobody has, and for what SQLite reads and temporal tables do not do: actions ON CONFLICT
// that do not go together. Asked where a table is made or altered, as one that is there must stay readable.
Status check_available(const Definition& definition);

// The columns for a private database that has all of the table's: where the user's words do not name the
// document of a document table, it is the second one.
std::vector<std::string> definitions_with_document(const Definition& definition);

// The CREATE TABLE text for sqlite3_declare_vtab: the columns in the order of extension/schema/declared_columns.h.
std::string declaration(const Definition& definition);

// One table's judge. Used by the thread that uses the connection.
class RowJudge {
 public:
  // Checks::kIgnored: for rows that were written under an earlier definition.
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
  std::vector<int> inserted_;  // the columns that INSERT names: all but the generated ones
  std::vector<int> generated_;
  std::unique_ptr<Query> begin_;
  std::unique_ptr<Query> insert_;
  std::unique_ptr<Query> computed_;  // null where nothing is generated
  std::unique_ptr<Query> clear_;
  std::vector<std::unique_ptr<Query>> defaults_;  // one a column, null without DEFAULT
};

}  // namespace spectradb::extension
