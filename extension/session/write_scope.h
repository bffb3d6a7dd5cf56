// Makes what a function writes during a SELECT happen whole or not at all. Uses a savepoint of the open
// transaction, or a transaction of its own, which takes the write lock before it reads, under busy_timeout.
// Does not touch what RETURNING of the surrounding statement shows. Used by the thread that uses the
// connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/own_savepoint.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Connection;
class Database;
class RowSet;

class WriteScope {
 public:
  // Unless keep() succeeds, the destructor takes everything back; where the scope was interrupted, or memory was
  // lacking, the whole transaction, as SQLite does it for a statement that writes.
  explicit WriteScope(Database& database);
  ~WriteScope();
  WriteScope(const WriteScope&) = delete;
  WriteScope& operator=(const WriteScope&) = delete;

  Status begin();
  // Annotates the transaction that this scope is in, as spectradb_annotate() does.
  Status annotate(std::string_view name, const temporal::Value& value);
  // Fails where a function of the application has rolled back what the scope's statements wrote.
  Status check() const;
  // No writing statement may be running. kBusy leaves the scope open, to be kept later or taken back.
  Status keep();

 private:
  Database& database_;
  sqlite3* db_;
  OwnSavepoint savepoint_;
  std::shared_ptr<RowSet> rows_around_;
  uint64_t losses_ = 0;  // LostStatements::count() when it began
};

}  // namespace spectradb::extension
