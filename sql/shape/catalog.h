// What the rewriter must know about names, answered by whoever has a database at hand. sql/ never sees an
// sqlite3*.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace spectradb::sql {

class StatementForms;

enum class RelationKind { kNone, kOrdinary, kTemporal, kView };  // kNone: no such table or view

// Of a column: f(column, value) or f(column, value, 'literal') is what an index finds rows in the order of.
struct RankingCall {
  std::string_view function;  // these texts outlive all statements
  std::string_view literal;   // empty: the function takes two arguments
};

struct ColumnInfo {
  std::string name;
  std::string default_sql;  // the DEFAULT expression, empty for none
  bool is_generated = false;
  bool is_key = false;             // part of the PRIMARY KEY
  bool is_nullable_first = false;  // may be NULL, and is the first column of an index
  std::string expression = {};     // of a hidden column that an index made: what it computes
  bool has_collation = false;      // which that is compared under, and the column not
  std::vector<RankingCall> ranked_by = {};
};

struct Relation {
  RelationKind kind = RelationKind::kNone;
  std::vector<ColumnInfo> columns;  // kTemporal: those that the user sees or indexes, in order
  std::string view_select;          // kView: the text of its CREATE VIEW statement, as SQLite stores it
  std::string schema;  // where it was found; may be left empty for main and temp, and where the caller named
                       // the schema
  size_t known_columns =
      0;  // kTemporal, altered: what a statement that is rewritten now says it knew (_given)
  bool starts_now = false;  // kTemporal: an INSERT without a period means from now on
  // kTemporal: of the columns and their DEFAULTs, positive, so that the table knows a text that says others
  // (_given); 0 for none.
  int32_t fingerprint = 0;
  // kTemporal, where a column is ranked by something: the hidden columns that are ordered by, and that say by what.
  std::string distance_column = {};
  std::string ranked_by_column = {};
  // kTemporal: whether constraints say ON CONFLICT in the definition; and what of that the table cannot do by itself:
  // IGNORE, FAIL or ROLLBACK, empty for none.
  bool has_conflict_actions = false;
  std::string conflict_word = {};
  // kTemporal with an integer key: the names it answers to in a list of columns.
  std::vector<std::string> integer_key_names = {};
};

// Where an index of a temporal table is.
struct IndexPlace {
  std::string schema;
  std::string table;
};

// A temporal table that the open transaction dropped.
struct DroppedRelation {
  std::string options;  // "on_insert = append", as its definition had them
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  // `schema` is empty when the text names none (then SQLite's order of search: temp, main, attached). Names
  // are unquoted.
  virtual Relation find(std::string_view schema, std::string_view name) = 0;
  // Which statements are somebody's as a whole; sql/'s own without an answer (sql/statements/statement_form.h).
  virtual const StatementForms& forms() const;
  // Of an index that CREATE INDEX made on a temporal table; `schema` as above.
  virtual std::optional<IndexPlace> find_index(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return std::nullopt;
  }
  // What a table of that name would succeed: one that was dropped in the open transaction.
  virtual std::optional<DroppedRelation> find_dropped(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return std::nullopt;
  }
  // The name that a temporal table had when the open transaction began, if it was another one and an ordinary
  // table has that name now.
  virtual std::optional<std::string> find_replacement(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return std::nullopt;
  }
  // An INSERT of all rows that a query gives: `columns` of the target (empty: all) are filled from the columns
  // `sources` of one table ("*": all; empty where one is no column).
  virtual void note_copy(std::string_view target, const std::vector<std::string>& columns,
                         std::string_view source, const std::vector<std::string>& sources) {
    (void)target, (void)columns, (void)source, (void)sources;
  }
  // The function that spectradb_…, called behind the name of a schema, stands for: it takes the schema as its
  // first argument. Empty when there is none.
  virtual std::string function_in_schema(std::string_view function) {
    (void)function;
    return {};
  }
  // Text of a schema (a DEFAULT, a view) that is about to become part of the user's statement, where SQLite no longer
  // knows that somebody else may have written it. kInvalid: it calls what a schema may not call; `owner` says whose
  // text it is.
  virtual Status check_stored(std::string_view schema, std::string_view text, const std::string& owner) {
    (void)schema, (void)text, (void)owner;
    return Status::ok();
  }
  // A view that is about to be replaced by its query. kInvalid: SQLite itself refuses to read it.
  virtual Status check_view(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return Status::ok();
  }
  // An ordinary table that is about to be dropped. kConstraint: temporal ones refer to it, and would not hear of it.
  virtual Status check_drop(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return Status::ok();
  }
  // Of an ordinary table: how it came to be one though the text that made it means a temporal one, and the way out,
  // to follow a message; empty for others.
  virtual std::string why_ordinary(std::string_view schema, std::string_view table) {
    (void)schema, (void)table;
    return {};
  }
  // Whether an ordinary table has a column of that name; true where it is not known.
  virtual bool may_have_column(std::string_view schema, std::string_view table, std::string_view column) {
    (void)schema, (void)table, (void)column;
    return true;
  }
};

}  // namespace spectradb::sql
