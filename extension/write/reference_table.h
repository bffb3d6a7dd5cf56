// One foreign key of a temporal table whose parent is an ordinary table. SQLite itself keeps it: what the rows refer to
// stands in an ordinary table of our own, which has the foreign key as it was declared,
//
//   _spectradb_references_<table>_<place>(row_no INTEGER PRIMARY KEY, is_taken, k0, k1, …, c0, c1, …,
//       FOREIGN KEY (c0, c1, …) REFERENCES parent …)
//
// a row for each key (k0, …) of the temporal table and each combination of values (c0, …) that it has at any valid time:
// a row of an ordinary table stands for all of it. So immediate and deferred checks, REPLACE, DROP TABLE and savepoints are SQLite's
// own, also in hosts that have no extension. What ON DELETE and ON UPDATE do to these rows, triggers on them do to the
// temporal ones, key by key: SQLite counts what refers to nothing by the statement, so inside of one nobody else may
// settle it. Rows that we take away are marked first, so that the triggers know. Used by the thread that uses the
// connection.
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
#include "lsm/memory/write_batch.h"

namespace spectradb::extension {

class Database;

class ReferenceTable {
 public:
  struct Row {
    int64_t number;
    KeptValues values;
  };

  // The foreign key is the one of that place in the definition of its table. Both stay alive.
  ReferenceTable(Database& database, const ForeignKeyLink& link, size_t place);

  // Makes it with what the rows refer to, where it is not, and its triggers as they must be. Inside a write
  // transaction; once in each costs little. kInvalid: somebody else has made a table of its name.
  Status ensure();
  bool is_there() const;
  // With what the rows refer to, which is not checked.
  Status fill();
  // kInvalid: SQLite cannot check the foreign key.
  Status check_declared();
  // kConstraint: rows that refer to nothing.
  Status check_rows();

  // Whether it has rows, and SQLite would act on them.
  Result<bool> would_miss_drop();
  // The key is one that the store has rows under.
  Result<std::vector<Row>> rows_of(std::string_view key);
  // SQLite checks it: kConstraint, and sqlite3_extended_errcode() is SQLITE_CONSTRAINT_FOREIGNKEY.
  Result<int64_t> add(std::string_view key, const std::vector<temporal::Value>& values);
  Status remove(int64_t number);
  // A statement with triggers keeps the temporal table that they write.
  void forget_statements() { remove_.reset(); }

  // Of a table that goes or changes its columns.
  static Status drop_all(Database& database, uint32_t table_id);
  // Those that no foreign key needs any more: SQLite lets nobody drop a table while it commits.
  static Status empty_others(Database& database, const std::vector<std::string>& needed);
  // Of a table that goes on under another number. They are to be filled again.
  static Status hand_over(Database& database, uint32_t from_id, uint32_t to_id);
  // The parent's name, which may have changed since the foreign key was declared.
  static Result<std::string> parent_of(Database& database, const std::string& name);
  static Result<std::vector<std::string>> names_of(Database& database, std::optional<uint32_t> table_id);
  const std::string& name() const { return name_; }

 private:
  Status make();
  static Status empty(Database& database, const std::string& name);
  Status check_triggers();
  struct Trigger {
    std::string name;
    std::string sql;
  };
  Result<std::string> definition();  // up to the parent's name
  std::vector<Trigger> triggers() const;
  std::string columns() const;  // c0, c1, …
  std::string rowid_name() const;
  size_t key_parts() const;
  Status bind_key(Query& query, std::string_view key) const;
  bool has_action() const;
  Status failed(const std::vector<temporal::Value>& values) const;

  Database& database_;
  const ForeignKeyLink& link_;
  const std::string name_;
  std::shared_ptr<lsm::WriteBatch> ensured_;  // in which it was found to be as it must
  uint64_t ensured_rollbacks_ = 0;
  std::optional<int64_t> checked_version_;  // of the schema, whose triggers were looked at
  std::unique_ptr<Query> find_;
  std::unique_ptr<Query> add_;
  std::unique_ptr<Query> remove_;
  std::unique_ptr<Query> mark_;
};

}  // namespace spectradb::extension
