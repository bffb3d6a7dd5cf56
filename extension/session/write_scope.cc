#include "extension/session/write_scope.h"

#include <new>
#include <utility>

#include "base/assert.h"
#include "extension/facet/private_table.h"
#include "extension/host/retreat.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/row_set.h"

namespace spectradb::extension {

namespace {

constexpr const char* kWriteSavepoint = "_spectradb_write";

}  // namespace

WriteScope::WriteScope(Database& database)
    : database_(database),
      db_(database.connection().handle()),
      rollback_(db_, std::string("ROLLBACK TO ") + kWriteSavepoint),
      release_(db_, std::string("RELEASE ") + kWriteSavepoint),
      rows_around_(std::exchange(database.connection().part<RowSets>().written, nullptr)) {}

WriteScope::~WriteScope() {
  database_.connection().part<RowSets>().written = std::move(rows_around_);
  if (!is_open_ || sqlite3_get_autocommit(db_) != 0) return;  // the error has ended the transaction
  try {
    Status taken_back = rollback_.run();
    if (taken_back) taken_back = release_.run();
    // Where RELEASE could not commit, SQLite has taken everything back, but the transaction is still open.
    if (!taken_back && (is_outermost_ || taken_back.code() == Code::kInterrupted)) retreat(db_);
  } catch (const std::bad_alloc&) {  // of a message only: SQLite has noted the failure
  }
}

Status WriteScope::begin() {
  SPECTRADB_ASSERT(!is_open_);
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database_.has_store());
  is_outermost_ = sqlite3_get_autocommit(db_) != 0;
  SPECTRADB_RETURN_IF_ERROR(execute(db_, std::string("SAVEPOINT ") + kWriteSavepoint));
  is_open_ = true;
  // The lock comes first: a snapshot read before it could be too old to write on.
  if (!has_store) return Status::ok();
  return execute(db_, "UPDATE " + database_.qualified("_spectradb_meta") + " SET value = value WHERE 0");
}

Status WriteScope::annotate(std::string_view name, const temporal::Value& value) {
  Query query(db_, "INSERT INTO " + private_table("spectradb_annotations") + "(name, value) VALUES (?1, ?2)");
  return query.bind(1, name).bind(2, value).run();
}

Status WriteScope::keep() {
  SPECTRADB_ASSERT(is_open_);
  SPECTRADB_RETURN_IF_ERROR(release_.run());
  is_open_ = false;
  return Status::ok();
}

}  // namespace spectradb::extension
