// A temporal table as ordinary tables can refer to it. SQLite takes a virtual table for no parent of a foreign key; so
// where an ordinary table REFERENCES a temporal one, its definition names, in the parent's place, an ordinary table of our
// own,
//
//   _spectradb_present_<table>(row_key BLOB NOT NULL UNIQUE, columns of the key and of UNIQUE constraints, …)
//
// which has the rows that the temporal one shows in the present: visible at the latest commit, and valid when they were
// last written. SQLite keeps the foreign key as it was declared, with its actions, also in hosts that have no extension.
// Made with the first table that refers to it, and kept as the rows are by the writer (reference_recorder.h). Used by
// the thread that uses the connection.
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
#include "extension/session/latest_rows.h"
#include "extension/write/foreign_key_link.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

class Database;

class PresentTable {
 public:
  // The database stays alive.
  PresentTable(Database& database, const Definition& definition,
               const std::vector<temporal::IndexSchema>& indexes);

  // With the rows that are there. Inside a write transaction.
  Status make();
  // Whether one that is there has all columns that may be referred to.
  Result<bool> is_complete() const;
  // Of one that is there: UNIQUE indexes may have come since it was made. They count when a table refers to them, which
  // makes it anew.
  void keep_columns_there();

  // A row that is written, as it is and as it shall be.
  struct Row {
    std::string key;  // without the table's id
    bool was_there = false;
    bool is_same = false;
    std::optional<KeptValues> values;  // none: it shall not be there
  };
  Result<Row> look(LatestRows& latest, std::string_view key);
  // Foreign keys that refer to it act at once, or refuse it: kConstraint.
  Status write(const Row& row);
  // Instead of both: the row goes on under another key.
  Status move(const Row& from, const Row& to);
  // A statement on a table that others refer to may act on temporal ones, which it then keeps.
  void forget_statements();

  static bool is_there(Database& database, const std::string& table);
  static std::string name_of(const std::string& table);
  // The temporal table that an ordinary one of this name stands for.
  static std::optional<std::string> table_of(std::string_view name);
  static Status drop(Database& database, const std::string& table);
  static Status rename(Database& database, const std::string& from, const std::string& to);
  // Tables that refer to it follow.
  static Status rename_column(Database& database, const std::string& table, const std::string& from,
                              const std::string& to);

 private:
  std::string definition() const;
  Status check_all_kept() const;
  std::string column_list() const;
  Result<KeptValues> values_of(temporal::RowReader& reader, const temporal::ResolvedRow& row) const;
  Status put(const std::string& key, const KeptValues& values);

  Database& database_;
  const temporal::TableSchema schema_;
  std::vector<std::vector<int>> unique_;  // the key, where there is one, and UNIQUE constraints
  std::vector<int> columns_;              // of them
  std::unique_ptr<Query> find_;
  std::unique_ptr<Query> insert_;
  std::unique_ptr<Query> update_;
  std::unique_ptr<Query> remove_;
};

}  // namespace spectradb::extension
