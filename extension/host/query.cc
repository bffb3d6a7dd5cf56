#include "extension/host/query.h"

#include <new>

#include "extension/host/author.h"
#include "extension/host/errors.h"
#include "extension/host/own_limits.h"

namespace spectradb::extension {

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

namespace {

// Traces and profiles of the host's show our statements among the user's: this is how they are told apart.
constexpr std::string_view kMark = "/* spectradb */ ";

}  // namespace

// The text is whole before anything is prepared: what takes a change back wants no memory of ours.
Query::Query(sqlite3* db, std::string sql, Author author) : db_(db), sql_(std::move(sql)), author_(author) {
  sql_.insert(0, kMark);
}

Status Query::prepare() {
  if (statement_ != nullptr || !failure_) return failure_;
  const AuthorScope ours(author_);
  const OwnLimits limits(db_);
  int code = sqlite3_prepare_v3(db_, sql_.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  return code == SQLITE_OK ? Status::ok() : status_of_sqlite(db_, code);
}

Status Query::prepare_anew() {
  sqlite3_finalize(statement_);
  statement_ = nullptr;
  return prepare();
}

// A value that is not bound would be NULL: the statement must not run.
void Query::note(int code) {
  if (code != SQLITE_OK) failure_ = status_of_sqlite(db_, code);
}

Query& Query::bind(int index, int64_t value) {
  if (failure_ = prepare(); failure_) note(sqlite3_bind_int64(statement_, index, value));
  return *this;
}

Query& Query::bind(int index, std::string_view text) {
  if (failure_ = prepare(); failure_) {
    const OwnLimits limits(db_);
    note(sqlite3_bind_text64(statement_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
  return *this;
}

Query& Query::bind(int index, const temporal::Value& value) {
  switch (value.type) {
    case temporal::Value::Type::kInteger:
      return bind(index, value.integer);
    case temporal::Value::Type::kText:
      return bind(index, value.bytes);
    case temporal::Value::Type::kBlob:
      return bind_blob(index, value.bytes);
    case temporal::Value::Type::kReal:
      if (failure_ = prepare(); failure_) sqlite3_bind_double(statement_, index, value.real);
      return *this;
    case temporal::Value::Type::kNull:
      if (failure_ = prepare(); failure_) sqlite3_bind_null(statement_, index);
      return *this;
  }
  return *this;
}

Query& Query::bind_blob(int index, std::string_view bytes) {
  if (failure_ = prepare(); failure_) {
    const OwnLimits limits(db_);
    note(sqlite3_bind_blob64(statement_, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT));
  }
  return *this;
}

Result<bool> Query::step() {
  SPECTRADB_RETURN_IF_ERROR(prepare());
  const AuthorScope ours(author_, sql_.c_str());  // it may be prepared anew
  const OwnLimits limits(db_);
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  Status status = code == SQLITE_DONE ? Status::ok() : status_of_sqlite(db_, code);
  sqlite3_reset(statement_);
  if (!status) return status;
  return false;
}

Status Query::run() {
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, step());
    if (!row) return Status::ok();
  }
}

void Query::reset() {
  failure_ = Status::ok();
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

std::string_view Query::blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return size == 0 ? std::string_view() : std::string_view(static_cast<const char*>(bytes), size);
}

std::string Query::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr && !is_null(column)) throw std::bad_alloc();  // as the string below might
  return bytes == nullptr ? std::string()
                          : std::string(reinterpret_cast<const char*>(bytes),
                                        static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

Status execute(sqlite3* db, const std::string& sql) { return Query(db, sql).run(); }

}  // namespace spectradb::extension
