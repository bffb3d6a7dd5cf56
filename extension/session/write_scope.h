// What a function writes in the course of a SELECT, whole or not at all: a savepoint of the open transaction, or a
// transaction of its own, which takes the write lock before anything is read, under busy_timeout. What RETURNING shows of
// the statement around it is not touched. Used by the thread that uses the connection.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/query.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Connection;
class Database;
class RowSet;

class WriteScope {
 public:
  // Without keep(), all is taken back at its end.
  explicit WriteScope(Database& database);
  ~WriteScope();
  WriteScope(const WriteScope&) = delete;
  WriteScope& operator=(const WriteScope&) = delete;

  Status begin();
  // As spectradb_annotate() does, of the transaction that this is in.
  Status annotate(std::string_view name, const temporal::Value& value);
  // No statement that writes may be under way. kBusy leaves it as it was before begin().
  Status keep();

 private:
  Database& database_;
  sqlite3* db_;
  Query rollback_;
  Query release_;
  Query end_;
  std::shared_ptr<RowSet> rows_around_;
  bool is_open_ = false;
  bool is_outermost_ = false;
};

}  // namespace spectradb::extension
