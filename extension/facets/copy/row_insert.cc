#include "extension/facets/copy/row_insert.h"

#include <algorithm>

#include "extension/table/table.h"

namespace spectradb::extension::copy {

using temporal::Value;

namespace {

// Every 16th row goes by the statement, so that a host's progress handler, which counts SQLite's steps, can stop COPY:
// with one every 1,000 steps, after 400 rows.
constexpr uint64_t kRowsOfAStatement = 16;

ConflictAction action_of(CopyOptions::OnConflict on_conflict) {
  switch (on_conflict) {
    case CopyOptions::OnConflict::kIgnore:
      return ConflictAction::kIgnore;
    case CopyOptions::OnConflict::kReplace:
      return ConflictAction::kReplace;
    case CopyOptions::OnConflict::kError:
      break;
  }
  return ConflictAction::kAbort;
}

}  // namespace

RowInsert::RowInsert(Connection& connection, const CopyTarget& target, CopyOptions::OnConflict on_conflict)
    : connection_(connection), target_(target), on_conflict_(on_conflict), values_(target.columns.size()) {}

Status RowInsert::prepare() { return statement_.prepare(connection_.handle(), target_.insert); }

void RowInsert::clear() { std::fill(values_.begin(), values_.end(), Value::null()); }

// The first row shows that the INSERT is allowed, and begins the table's part of the transaction.
Result<bool> RowInsert::insert() {
  if (writer_ == nullptr || rows_ % kRowsOfAStatement == 0) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_written, insert_by_statement());
    if (rows_++ == 0) find_writer();
    return is_written;
  }
  ++rows_;
  for (size_t place = 0; place < values_.size(); ++place) row_[columns_[place]] = values_[place];
  return writer_->insert_plain(row_, action_of(on_conflict_));
}

Result<bool> RowInsert::insert_by_statement() {
  for (size_t place = 0; place < values_.size(); ++place)
    statement_.bind(static_cast<int>(place) + 1, values_[place]);
  sqlite3* const db = connection_.handle();
  const int before = sqlite3_total_changes(db);
  SPECTRADB_RETURN_IF_ERROR(statement_.run());
  return on_conflict_ != CopyOptions::OnConflict::kIgnore || sqlite3_total_changes(db) != before;
}

// The writer takes rows whose columns the file gives, beside those that are NULL unless they are given.
void RowInsert::find_writer() {
  Writer* const writer = Writer::of(connection_, target_.schema, target_.table);
  if (writer == nullptr || !writer->takes_plain_rows()) return;
  const std::vector<temporal::Column>& columns = writer->table().schema().columns;
  std::vector<size_t> places;
  for (const TargetColumn& given : target_.columns) {
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const temporal::Column& each) {
      return sqlite3_stricmp(each.name.c_str(), given.name.c_str()) == 0;
    });
    if (column == columns.end()) return;  // a time, or the number of a row
    places.push_back(static_cast<size_t>(column - columns.begin()));
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool is_given = std::find(places.begin(), places.end(), i) != places.end();
    if (!is_given && columns[i].default_sql) return;
  }
  columns_ = std::move(places);
  row_.assign(columns.size(), Value::null());
  writer_ = writer;
}

}  // namespace spectradb::extension::copy
