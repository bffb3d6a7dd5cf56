#include "extension/host/own_savepoint.h"

#include <new>

#include "base/assert.h"
#include "extension/host/retreat.h"

namespace spectradb::extension {

OwnSavepoint::OwnSavepoint(sqlite3* db, const std::string& schema, const std::string& name)
    : db_(db),
      begin_(db, "SAVEPOINT " + name),
      rollback_(db, "ROLLBACK TO " + name),
      release_(db, "RELEASE " + name),
      guard_(db, "SELECT 1 FROM " + quoted(schema) + ".sqlite_master") {}

OwnSavepoint::~OwnSavepoint() {
  if (is_open_) (void)take_back();
}

Status OwnSavepoint::open() {
  SPECTRADB_ASSERT(!is_open_);
  for (Query* query : {&begin_, &rollback_, &release_, &guard_}) SPECTRADB_RETURN_IF_ERROR(query->prepare());
  is_outermost_ = sqlite3_get_autocommit(db_) != 0;
  SPECTRADB_RETURN_IF_ERROR(begin_.run());
  is_open_ = true;
  return Status::ok();
}

Status OwnSavepoint::guard() {
  SPECTRADB_ASSERT(is_open_);
  return guard_.step().status();
}

Status OwnSavepoint::keep() {
  SPECTRADB_ASSERT(is_open_);
  SPECTRADB_RETURN_IF_ERROR(release_.run());
  is_open_ = false;
  guard_.reset();
  return Status::ok();
}

Status OwnSavepoint::take_back() {
  Status taken_back = Status::ok();
  if (sqlite3_get_autocommit(db_) == 0) {  // otherwise the error has ended the transaction
    try {
      taken_back = rollback_.run();
      if (taken_back) taken_back = release_.run();
    } catch (const std::bad_alloc&) {  // of a message only: SQLite has noted the failure
      taken_back = Status(Code::kNoMemory, {});
    }
  }
  guard_.reset();
  // Where RELEASE could not commit, SQLite has taken everything back, but the transaction is still open.
  if (!taken_back && (is_outermost_ || taken_back.code() == Code::kInterrupted)) retreat(db_);
  is_open_ = !taken_back && sqlite3_get_autocommit(db_) == 0;
  return taken_back;
}

}  // namespace spectradb::extension
