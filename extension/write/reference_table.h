// One foreign key of a temporal table whose parent is an ordinary table. SQLite itself enforces it: an
// ordinary table of our own has the values that refer, with the foreign key as it was declared,
//
//   _spectradb_references_<table>_<place>(row_no INTEGER PRIMARY KEY, is_taken, k0, k1, …, c0, c1, …,
//       FOREIGN KEY (c0, c1, …) REFERENCES parent …)
//
// with a row for each key (k0, …) of the temporal table and each combination of values (c0, …) that the key
// has at any valid time: a row of an ordinary table stands for all of them. So immediate and deferred checks,
// REPLACE, DROP TABLE and savepoints are SQLite's own, also in hosts without the extension. What ON DELETE
// and ON UPDATE do to these rows, triggers on them do to the temporal ones, key by key. Rows that we remove are
// marked first, so that the triggers know.
//
// SQLite counts dangling references by statement: what a statement of ours inside another one settles, the outer
// one still counts. So a trigger writes the rows of its key itself, in this table and in those of the temporal table's
// other foreign keys (siblings), in these steps:
//
//   is_taken = 1   for the rows that the temporal row may need no more, and, added, those that it may need now
//   the temporal row is deleted or changed, piece by piece; at each the recorder makes is_taken 2 where the rest needs
//                  the row, and 1 where it does not, and leaves the row
//   1 is deleted, 2 becomes NULL, which all other rows have
//
// Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/query.h"
#include "extension/schema/definition.h"
#include "extension/write/foreign_key_link.h"

namespace spectradb::extension {

class Database;

class ReferenceTable {
 public:
  struct Row {
    int64_t number;
    int64_t mark;  // is_taken, 0 for NULL
    KeptValues values;
  };
  // Another foreign key of the same temporal table that is kept so.
  struct Sibling {
    std::string name;
    std::vector<int> columns;  // of the temporal table
  };

  // `place` is the foreign key's place in the definition of its table. `database` and `link` stay alive.
  ReferenceTable(Database& database, const ForeignKeyLink& link, size_t place);

  // The triggers write these tables, too.
  void set_siblings(std::vector<Sibling> siblings) { siblings_ = std::move(siblings); }
  // Makes the table where it is missing, filled with the references. Call it inside a write transaction.
  Status make_if_missing();
  // Does that, and makes the triggers right. Call it when the siblings are made, inside a write transaction;
  // further calls in it are cheap. kInvalid when somebody else has made a table of its name.
  Status ensure();
  bool is_there() const;
  // Fills the table with the references, without checking them.
  Status fill();
  Status fill_anew();
  Result<size_t> count();  // of the rows
  // kInvalid when SQLite cannot check the foreign key.
  Status check_declared();
  // kConstraint when rows refer to nothing.
  Status check_rows();

  // Whether the table has rows, and SQLite would act on them.
  Result<bool> would_miss_drop();
  // `key` is the key under which the store has rows.
  Result<std::vector<Row>> rows_of(std::string_view key);
  // Adds a reference. SQLite checks it: kConstraint, and sqlite3_extended_errcode() is
  // SQLITE_CONSTRAINT_FOREIGNKEY.
  Result<int64_t> add(std::string_view key, const std::vector<temporal::Value>& values);
  Status remove(int64_t number);
  static constexpr int64_t kSuperfluous = 1;
  static constexpr int64_t kNeeded = 2;
  Status mark(int64_t number, int64_t mark);
  // Finalizes a statement whose triggers would keep the temporal table that they write.
  void forget_statements() { remove_.reset(); }

  // For a table that is dropped or changes its columns.
  static Status drop_all(Database& database, uint32_t table_id);
  // Empties tables that no foreign key needs any more: SQLite lets nobody drop a table during COMMIT.
  static Status empty_others(Database& database, const std::vector<std::string>& needed);
  // For a table that continues under another id. The new tables must be filled again.
  static Status hand_over(Database& database, uint32_t from_id, uint32_t to_id);
  // Returns the parent's present name, which may have changed since the foreign key was declared.
  static Result<std::string> parent_of(Database& database, const std::string& name);
  static Result<std::vector<std::string>> names_of(Database& database, std::optional<uint32_t> table_id);
  const std::string& name() const { return name_; }

 private:
  bool is_ensured() const;  // for the open transaction
  Status make();
  static Status empty(Database& database, const std::string& name);
  Status check_triggers();
  struct Trigger {
    std::string name;
    std::string sql;
  };
  Result<std::string> definition();  // up to the parent's name
  std::vector<Trigger> triggers() const;
  // What the triggers do to a sibling's rows before they change the temporal row, and to any table's afterwards. With
  // `is_update`, it has the values NEW.c0, … then.
  std::string mark_rows_of(const Sibling& sibling, bool is_update) const;
  std::string settle_rows_of(const std::string& table, bool is_update) const;
  // The condition for the rows of the trigger's key, or of what an action may have made of it.
  std::string has_key(bool is_new) const;
  std::string new_key_part(size_t part) const;
  std::optional<size_t> place_of(int column) const;  // among the columns that refer
  bool changes_key() const;
  std::string columns() const;  // c0, c1, …
  size_t key_parts() const;
  Status bind_key(Query& query, std::string_view key) const;
  bool has_action() const;
  Status failed(const std::vector<temporal::Value>& values) const;

  Database& database_;
  const ForeignKeyLink& link_;
  const std::string name_;
  std::vector<Sibling> siblings_;
  uint64_t ensured_ = 0;  // the transaction for which ensure() has succeeded
  uint64_t ensured_rollbacks_ = 0;
  std::optional<int64_t> checked_version_;  // the schema version whose triggers were checked
  std::unique_ptr<Query> find_;
  std::unique_ptr<Query> add_;
  std::unique_ptr<Query> remove_;
  std::unique_ptr<Query> mark_;
};

}  // namespace spectradb::extension
