// RowJudge: SQLite itself says what rows of a definition may hold, and computes what is generated.
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/schema/definition.h"
#include "extension/schema/twin.h"

namespace spectradb::extension {

using temporal::Column;
using temporal::TableSchema;
using temporal::Value;

namespace {

// The expression is put into a view, so that SQLite knows a schema calls the functions. (Where the host has
// an automatic extension, a private database has its functions, and ours.)
Result<std::string> query_of_default(sqlite3* host, sqlite3* db, size_t column, const std::string& text) {
  const std::string query = "SELECT (" + text + ")";
  if (text.find('(') == std::string::npos) return query;
  const std::string view = quoted("_spectradb_default_" + std::to_string(column));
  SPECTRADB_RETURN_IF_ERROR(execute(db, "CREATE VIEW " + view + " AS " + query));
  const std::string made = "SELECT * FROM " + view;
  // Other errors are reported when somebody needs the value.
  const Status lent = LentFunctions(host, db).with_functions([&] { return Query(db, made).prepare(); });
  if (lent.code() == Code::kNoMemory) return lent;
  return made;
}

void bind_value(sqlite3_stmt* statement, int index, const Value& value) {
  switch (value.type) {
    case Value::Type::kNull:
      sqlite3_bind_null(statement, index);
      break;
    case Value::Type::kInteger:
      sqlite3_bind_int64(statement, index, value.integer);
      break;
    case Value::Type::kReal:
      sqlite3_bind_double(statement, index, value.real);
      break;
    case Value::Type::kText:
      sqlite3_bind_text64(statement, index, value.bytes.data(), value.bytes.size(), SQLITE_STATIC,
                          SQLITE_UTF8);
      break;
    case Value::Type::kBlob:
      sqlite3_bind_blob64(statement, index, value.bytes.empty() ? "" : value.bytes.data(), value.bytes.size(),
                          SQLITE_STATIC);
      break;
  }
}

}  // namespace

Result<std::unique_ptr<RowJudge>> RowJudge::make(const Definition& definition, Checks checks) {
  const TableSchema& schema = definition.schema;
  SPECTRADB_ASSIGN_OR_RETURN(Twin twin, Twin::make(schema.name, definition.columns, definition.host));
  if (checks == Checks::kIgnored)
    SPECTRADB_RETURN_IF_ERROR(execute(twin.db(), "PRAGMA ignore_check_constraints = 1"));
  std::unique_ptr<RowJudge> judge(new RowJudge);
  judge->db_ = twin.release();
  std::string names;
  std::string places;
  std::string generated;
  judge->defaults_.resize(schema.columns.size());
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const Column& column = schema.columns[i];
    if (column.default_sql) {
      SPECTRADB_ASSIGN_OR_RETURN(std::string query,
                                 query_of_default(definition.host, judge->db_, i, *column.default_sql));
      judge->defaults_[i] = std::make_unique<Query>(judge->db_, std::move(query));
    }
    if (column.is_generated) {
      judge->generated_.push_back(static_cast<int>(i));
      generated += (generated.empty() ? "" : ", ") + quoted(column.name);
    }
    if (column.is_generated || (column.is_json && !definition.declares_document)) continue;
    judge->inserted_.push_back(static_cast<int>(i));
    names += (names.empty() ? "" : ", ") + quoted(column.name);
    places += places.empty() ? "?" : ", ?";
  }
  judge->insert_ = std::make_unique<Query>(
      judge->db_, "INSERT OR ABORT INTO " + quoted(schema.name) + "(" + names + ") VALUES (" + places + ")");
  if (!generated.empty()) {
    judge->computed_ =
        std::make_unique<Query>(judge->db_, "SELECT " + generated + " FROM " + quoted(schema.name));
  }
  judge->begin_ = std::make_unique<Query>(judge->db_, "BEGIN");
  judge->clear_ = std::make_unique<Query>(judge->db_, "DELETE FROM " + quoted(schema.name));
  return judge;
}

RowJudge::~RowJudge() {
  begin_.reset();
  insert_.reset();
  computed_.reset();
  clear_.reset();
  defaults_.clear();
  sqlite3_close(db_);
}

Status RowJudge::judge(std::vector<Value>& row) {
  insert_->reset();
  if (computed_ != nullptr) computed_->reset();
  SPECTRADB_RETURN_IF_ERROR(insert_->prepare());
  // One transaction for all rows, which is never committed, takes half the time of two for each row.
  if (sqlite3_get_autocommit(db_) != 0) SPECTRADB_RETURN_IF_ERROR(begin_->run());
  SPECTRADB_RETURN_IF_ERROR(clear_->run());
  for (size_t i = 0; i < inserted_.size(); ++i) {
    bind_value(insert_->statement(), static_cast<int>(i) + 1, row[static_cast<size_t>(inserted_[i])]);
  }
  Result<bool> stored = insert_->step();
  if (!stored) {
    return stored.status().code() == Code::kInvalid && sqlite3_errcode(db_) == SQLITE_MISMATCH
               ? Status::constraint(stored.status().message())
               : stored.status();
  }
  if (computed_ == nullptr) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const bool computed, computed_->step());
  if (!computed) return Status::corrupt("a row vanished while it was judged");
  for (size_t i = 0; i < generated_.size(); ++i) {
    row[static_cast<size_t>(generated_[i])] =
        from_sqlite(sqlite3_column_value(computed_->statement(), static_cast<int>(i)));
  }
  return Status::ok();
}

Result<Value> RowJudge::default_value(int column) {
  Query& query = *defaults_[static_cast<size_t>(column)];
  query.reset();
  Result<bool> row = query.step();
  if (!row) return row.status();
  return from_sqlite(sqlite3_column_value(query.statement(), 0));
}

}  // namespace spectradb::extension
