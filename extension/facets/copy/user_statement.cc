#include "extension/facets/copy/user_statement.h"

#include "extension/front/prepare.h"
#include "extension/host/errors.h"

namespace spectradb::extension::copy {

namespace {

int prepare_plain(sqlite3* db, const char* sql, int bytes, unsigned int flags, sqlite3_stmt** out,
                  const char** tail) {
  return sqlite3_prepare_v3(db, sql, bytes, flags, out, tail);
}

}  // namespace

Status UserStatement::prepare(sqlite3* db, const std::string& sql) {
  db_ = db;
  const char* tail = nullptr;
  code_ = prepare_temporal(prepare_plain, Way::kInterface, db, sql.c_str(), -1, 0, &statement_, &tail);
  if (code_ != SQLITE_OK) return status_of_sqlite(db, code_);
  if (statement_ == nullptr) return Status::invalid("COPY: the query is empty");
  return Status::ok();
}

void UserStatement::bind(int index, const temporal::Value& value) {
  switch (value.type) {
    case temporal::Value::Type::kNull:
      sqlite3_bind_null(statement_, index);
      break;
    case temporal::Value::Type::kInteger:
      sqlite3_bind_int64(statement_, index, value.integer);
      break;
    case temporal::Value::Type::kReal:
      sqlite3_bind_double(statement_, index, value.real);
      break;
    case temporal::Value::Type::kText:
      sqlite3_bind_text64(statement_, index, value.bytes.data(), value.bytes.size(), SQLITE_STATIC,
                          SQLITE_UTF8);
      break;
    case temporal::Value::Type::kBlob:
      sqlite3_bind_blob64(statement_, index, value.bytes.data(), value.bytes.size(), SQLITE_STATIC);
      break;
  }
}

Result<bool> UserStatement::step() {
  code_ = before_step(statement_);
  if (code_ == SQLITE_OK) code_ = sqlite3_step(statement_);
  if (code_ == SQLITE_ROW) return true;
  if (code_ == SQLITE_DONE) return false;
  code_ = sqlite3_extended_errcode(db_);
  return status_of_sqlite(db_, code_);
}

Status UserStatement::run() {
  for (;;) {
    const Result<bool> row = step();
    if (row && *row) continue;
    sqlite3_reset(statement_);
    return row.status();
  }
}

}  // namespace spectradb::extension::copy
