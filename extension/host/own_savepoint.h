// A savepoint of our own: what is done while it is open is kept, or is taken back whatever goes wrong. Where there is no
// memory to take it back, or the connection is interrupted, the whole transaction is taken back, the user's part too, as
// SQLite does it. Used by the thread that uses the connection.
//
// Once an allocation of SQLite's has failed, SQLite prepares and runs nothing more until the user's statement ends. But
// if a statement that has read ends then, SQLite rolls back: guard() starts one.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/query.h"

namespace spectradb::extension {

class OwnSavepoint {
 public:
  // `name` is an SQL name that no other open savepoint of ours has.
  OwnSavepoint(sqlite3* db, const std::string& schema, const std::string& name);
  ~OwnSavepoint();  // takes back what was not kept
  OwnSavepoint(const OwnSavepoint&) = delete;
  OwnSavepoint& operator=(const OwnSavepoint&) = delete;

  // Begins a transaction where none is open. kBusy while a writing statement runs: SQLite opens no savepoint then.
  Status open();
  // Reads from now on. Call it before the first write, and behind the write lock where that is to be taken. No table can
  // be dropped afterwards (SchemaChange drops some in spite of its own guard).
  Status guard();
  // kBusy leaves the savepoint open, to be kept later or taken back.
  Status keep();
  // Returns what kept it from being taken back: then it stays open, unless the transaction is over, too.
  Status take_back();
  bool is_open() const { return is_open_; }

 private:
  sqlite3* db_;
  Query begin_;
  Query rollback_;
  Query release_;
  Query guard_;
  bool is_open_ = false;
  bool is_outermost_ = false;  // the savepoint began the transaction
};

}  // namespace spectradb::extension
