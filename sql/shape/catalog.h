// What the rewriter must know about names. The layer that has a database implements it, so sql/ never sees an
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

// A function by which an index of a column orders rows: f(column, value), or f(column, value, 'literal').
struct RankingCall {
  std::string_view function;  // these texts outlive all statements
  std::string_view literal;   // empty: the function takes two arguments
};

struct ColumnInfo {
  std::string name;
  std::string default_sql;  // the DEFAULT expression, empty for none
  bool is_generated = false;
  bool is_key = false;             // part of the PRIMARY KEY
  bool is_nullable_first = false;  // the first column of an index, and may be NULL
  std::string expression = {};     // for a hidden column that an index made: what it computes
  bool has_collation = false;      // the expression is compared under a collation that the column lacks
  std::vector<RankingCall> ranked_by = {};
};

struct Relation {
  RelationKind kind = RelationKind::kNone;
  std::vector<ColumnInfo> columns;  // kTemporal: the columns that the user sees or indexes, in order
  std::string view_select;          // kView: the text of its CREATE VIEW statement, as SQLite stores it
  std::string schema;  // where it was found; may be left empty for main and temp, and where the caller named
                       // the schema
  size_t known_columns =
      0;  // kTemporal, altered: what a statement that is rewritten now says it knew (_given)
  bool starts_now = false;  // kTemporal: an INSERT without a period starts now
  // kTemporal: a positive hash of the columns and their DEFAULTs, by which the table knows a text that was
  // written for others (_given); 0 for none.
  int32_t fingerprint = 0;
  // kTemporal, where a ranking function orders a column: the hidden column of the distance, and the one that
  // names the function.
  std::string distance_column = {};
  std::string ranked_by_column = {};
  // kTemporal: whether constraints of the definition say ON CONFLICT, and which action of theirs the table
  // cannot carry out by itself: IGNORE, FAIL or ROLLBACK, empty for none.
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

// Stands for an argument that a text leaves out in front of a time: a blob of these bytes.
inline constexpr std::string_view kNoArgument = "spectradb: no argument";

// Which arguments of a table-valued function are times.
struct TimeArguments {
  std::optional<size_t> place[2];  // by Axis, among those in parentheses
};

// A temporal table that the open transaction dropped.
struct DroppedRelation {
  std::string options;  // "on_insert = append", as in its definition
};

class Catalog {
 public:
  virtual ~Catalog() = default;
  // Looks a name up. `schema` is empty when the text names none: then SQLite's order of search applies (temp,
  // main, attached). Names are unquoted.
  virtual Relation find(std::string_view schema, std::string_view name) = 0;
  // The statement forms to ask; the default knows only those of sql/ (sql/statements/statement_form.h).
  virtual const StatementForms& forms() const;
  // Finds an index that CREATE INDEX made on a temporal table; `schema` as for find().
  virtual std::optional<IndexPlace> find_index(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return std::nullopt;
  }
  // Finds the table of that name that the open transaction dropped: a new table would continue it.
  virtual std::optional<DroppedRelation> find_dropped(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return std::nullopt;
  }
  // Returns the name that a temporal table had when the open transaction began, if it has another one now and
  // an ordinary table has taken that name.
  virtual std::optional<std::string> find_replacement(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return std::nullopt;
  }
  // Reports an INSERT of all rows that a query gives: `columns` of the target (empty: all) are filled from
  // the columns `sources` of one table ("*": all; an empty string where the value is no column).
  struct NamedTable {
    std::string schema;  // empty when the text names none
    std::string name;
  };
  virtual void note_copy(const NamedTable& target, const std::vector<std::string>& columns,
                         const NamedTable& source, const std::vector<std::string>& sources) {
    (void)target, (void)columns, (void)source, (void)sources;
  }
  // Reports that SQLite will rename an ordinary table, or a column of it (empty: the table itself), or drop it or the column
  // (`to` is empty).
  virtual void note_alteration(const NamedTable& table, const std::string& column, const std::string& to) {
    (void)table, (void)column, (void)to;
  }
  // Returns the function that schema.spectradb_… stands for, which takes the schema as its first argument.
  // Empty when there is none.
  virtual std::string function_in_schema(std::string_view function) {
    (void)function;
    return {};
  }
  // Says which arguments of a table-valued function of the extension are times; nullopt for all other names.
  virtual std::optional<TimeArguments> time_arguments(std::string_view function) {
    (void)function;
    return std::nullopt;
  }
  // Checks text of a schema (a DEFAULT, a view) that is about to become part of the user's statement, where
  // SQLite no longer knows that somebody else may have written it. kInvalid when it calls what a schema may
  // not call; `owner` says whose text it is.
  virtual Status check_stored(std::string_view schema, std::string_view text, const std::string& owner) {
    (void)schema, (void)text, (void)owner;
    return Status::ok();
  }
  // Checks a view that is about to be replaced by its query. kInvalid when SQLite itself refuses to read it.
  virtual Status check_view(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return Status::ok();
  }
  // Checks a table that is about to be dropped. kConstraint when temporal tables refer to it: they would not learn of
  // the drop of an ordinary one, and SQLite shows no message where a virtual table refuses it.
  virtual Status check_drop(std::string_view schema, std::string_view name) {
    (void)schema, (void)name;
    return Status::ok();
  }
  // Explains how a table came to be ordinary although its text means a temporal one, or that a temporal one of its name
  // was dropped, which may be of a name that nothing has; and the way out, as the rest of a message. Empty for others.
  virtual std::string why_ordinary(std::string_view schema, std::string_view table) {
    (void)schema, (void)table;
    return {};
  }
  // Whether a temporal table is to be asked for the number of its rows: it has so many that this takes less time, count() is
  // SQLite's own, and nobody wants to be asked about it.
  virtual bool may_count(std::string_view schema, std::string_view table) {
    (void)schema, (void)table;
    return false;
  }
  // Whether an ordinary table has a column of that name; true where that is unknown.
  virtual bool may_have_column(std::string_view schema, std::string_view table, std::string_view column) {
    (void)schema, (void)table, (void)column;
    return true;
  }
};

}  // namespace spectradb::sql
