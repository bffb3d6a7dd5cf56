// Stands for a temporal table to which ordinary tables refer. SQLite accepts no virtual table as the parent
// of a foreign key. So where an ordinary table REFERENCES a temporal one, its definition names an ordinary
// table of our own instead,
//
//   _spectradb_present_<table>(row_key BLOB NOT NULL UNIQUE, columns of the key and of UNIQUE constraints, …)
//
// with the rows that the temporal table shows in the present: visible at the latest commit, and valid when
// they were last written. SQLite enforces the foreign key as it was declared, with its actions, also in hosts
// without the extension. The table is made with the first table that refers to it, and the writer keeps it up
// to date (reference_recorder.h). Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/host/query.h"
#include "extension/schema/definition.h"
#include "extension/session/latest_rows.h"
#include "extension/write/foreign_key_link.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

class Database;

class PresentTable {
 public:
  // `database` stays alive.
  PresentTable(Database& database, const Definition& definition,
               const std::vector<temporal::IndexSchema>& indexes);

  // Makes the table and fills it. Call it inside a write transaction.
  Status make();
  // Whether the existing table is as make() would make it: it has all columns that may be referred to.
  Result<bool> is_complete() const;
  // Of one that is there: UNIQUE indexes may have come since it was made. They count when a table refers to them, which
  // makes it anew.
  void keep_columns_there();

  // A row that is written, as it is and as it will be.
  struct Row {
    std::string key;  // without the table's id
    bool was_there = false;
    bool is_same = false;
    std::optional<KeptValues> values;  // none: the row will not exist
  };
  Result<Row> look(LatestRows& latest, std::string_view key);
  // A row as it stands here.
  struct Standing {
    bool is_there;
    bool is_right;
  };
  // Compares a row with what the table shows at any instant of valid time between two; `rows` are at all valid time.
  Result<Standing> compare(temporal::RowCursor& rows, std::string_view key, int64_t from_us, int64_t to_us);
  Result<size_t> count();  // of the rows
  // Whether an earlier release made it for a key that took integers only, and may have other values now: INTEGER
  // PRIMARY KEY DESC.
  bool takes_integers_only() const;
  // Foreign keys that refer to the row act at once, or refuse: kConstraint. With `displaces`, rows in its way are
  // deleted, and those that refer to them are told.
  Status write(const Row& row, bool displaces);
  // Replaces two writes: the row continues under another key.
  Status move(const Row& from, const Row& to, bool displaces);
  Status remove(std::string_view key);
  // Finalizes statements: one on a table that others refer to may act on temporal tables, which it then keeps
  // alive.
  void forget_statements();

  static bool is_there(Database& database, const std::string& table);
  static bool has_column(Database& database, const std::string& table, const std::string& column);
  static std::string name_of(const std::string& table);
  // Returns the temporal table for which the ordinary one of this name stands.
  static std::optional<std::string> table_of(std::string_view name);
  static Status drop(Database& database, const std::string& table);
  static Status rename(Database& database, const std::string& from, const std::string& to);
  // Tables that refer to the column follow.
  static Status rename_column(Database& database, const std::string& table, const std::string& from,
                              const std::string& to);

 private:
  std::string definition() const;
  Status check_all_kept() const;
  std::string column_list() const;
  Result<KeptValues> values_of(temporal::RowReader& reader, const temporal::ResolvedRow& row) const;
  Result<std::optional<KeptValues>> find(std::string_view row_key);
  // Names the way out where the table that an earlier release made is what refuses.
  Status explained(Status status) const;
  // Runs a statement that is kept, but is nobody else's meanwhile.
  Status run(std::unique_ptr<Query>& kept, const std::function<std::string()>& sql,
             const std::function<void(Query&)>& bind);
  Status put(const std::string& key, const KeptValues& values, bool displaces);

  Database& database_;
  const temporal::TableSchema schema_;
  std::vector<std::vector<int>> unique_;  // the key, if there is one, and UNIQUE constraints
  std::vector<int> columns_;              // all columns of unique_
  std::unique_ptr<Query> find_;
  std::unique_ptr<Query> insert_[2];  // the second one displaces
  std::unique_ptr<Query> update_[2];
  std::unique_ptr<Query> remove_;
};

}  // namespace spectradb::extension
