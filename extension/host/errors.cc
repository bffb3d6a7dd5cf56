#include "extension/host/errors.h"

#include <cstring>

namespace spectradb::extension {

int sqlite_code(const Status& status) {
  switch (status.code()) {
    case Code::kOk:
      return SQLITE_OK;
    case Code::kBusy:
      return SQLITE_BUSY;
    case Code::kIo:
      return SQLITE_IOERR;
    case Code::kFull:
      return SQLITE_FULL;
    case Code::kCorrupt:
      return SQLITE_CORRUPT_VTAB;
    case Code::kInvalid:
      return SQLITE_ERROR;
    case Code::kConstraint:
      return SQLITE_CONSTRAINT;
    case Code::kReadOnly:
      return SQLITE_READONLY;
    case Code::kMissing:
      return SQLITE_CANTOPEN;
    case Code::kNoMemory:
      return SQLITE_NOMEM;
    case Code::kInterrupted:
      return SQLITE_INTERRUPT;
    case Code::kStale:
      return SQLITE_SCHEMA;
    case Code::kInternal:
      return SQLITE_INTERNAL;
  }
  return SQLITE_ERROR;
}

Status status_of_sqlite(sqlite3* db, int code) {
  const char* message = sqlite3_errmsg(db);
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return Status::ok();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Status::busy(message);
    case SQLITE_FULL:
      return {Code::kFull, message};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Status::corrupt(message);
    case SQLITE_CONSTRAINT:
      return Status::constraint(message);
    case SQLITE_READONLY:
      return Status::read_only(message);
    case SQLITE_CANTOPEN:
      return Status::missing(message);
    case SQLITE_NOMEM:
      return {Code::kNoMemory, message};
    case SQLITE_INTERRUPT:
      return {Code::kInterrupted, message};
    case SQLITE_IOERR:
      return Status::io(message);
    case SQLITE_SCHEMA:  // SQLite itself prepares once more
      return {Code::kStale, message};
    default:
      // What SQLite's parser was interrupted in, it calls an error of the text.
      if (std::strcmp(message, "interrupted") == 0) return {Code::kInterrupted, message};
      return Status::invalid(message);
  }
}

int report(sqlite3_vtab* table, const Status& status) {
  if (!status) {
    sqlite3_free(table->zErrMsg);
    table->zErrMsg = sqlite3_mprintf("%s", status.message().c_str());
  }
  return sqlite_code(status);
}

int report(char** message, const Status& status) {
  if (!status) {
    sqlite3_free(*message);
    *message = sqlite3_mprintf("%s", status.message().c_str());
  }
  return sqlite_code(status);
}

void report(sqlite3_context* context, const Status& status) {
  if (status) return;
  sqlite3_result_error(context, status.message().c_str(), -1);
  if (status.code() != Code::kInvalid)
    sqlite3_result_error_code(context, sqlite_code(status));  // keeps the text
}

}  // namespace spectradb::extension
