#include "extension/access/sole_use.h"

#include "extension/host/observer.h"
#include "extension/host/query.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/store_location.h"

namespace spectradb::extension {

bool runs_alone(sqlite3* db) {
  int running = 0;
  for (sqlite3_stmt* one = sqlite3_next_stmt(db, nullptr); one != nullptr; one = sqlite3_next_stmt(db, one))
    running += sqlite3_stmt_busy(one) != 0 ? 1 : 0;
  return running <= 1 && sqlite3_txn_state(db, nullptr) == SQLITE_TXN_NONE;
}

Result<bool> begin_log_anew(sqlite3* db, LogStart log) {
  Query checkpoint(
      db, log == LogStart::kTruncate ? "PRAGMA wal_checkpoint(TRUNCATE)" : "PRAGMA wal_checkpoint(RESTART)");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, checkpoint.step());
  return !row || checkpoint.integer(0) == 0;
}

// In rollback mode the exclusive lock tells that nobody reads. A checkpoint lets the write-ahead log begin
// anew only when nobody reads what it has copied, or what was there before.
Result<bool> has_readers(Database& database, LogStart log) {
  Connection& connection = database.connection();
  if (is_in_memory(connection.handle(), database.schema())) return false;
  Observer observer(connection.handle(), database.schema(), connection.busy_timeout_ms());
  if (!observer.is_open()) return Status::io("the database file cannot be opened a second time");
  if (Status locked = execute(observer.handle(), "BEGIN EXCLUSIVE"); !locked) {
    if (locked.code() == Code::kBusy) return true;
    return locked;
  }
  SPECTRADB_RETURN_IF_ERROR(execute(observer.handle(), "ROLLBACK"));
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_begun, begin_log_anew(observer.handle(), log));
  return !is_begun;
}

}  // namespace spectradb::extension
