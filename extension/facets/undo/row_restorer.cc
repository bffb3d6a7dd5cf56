#include "extension/facets/undo/row_restorer.h"

#include <algorithm>

#include "base/assert.h"
#include "extension/access/gate.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"

namespace spectradb::extension::undo {

using temporal::Value;

namespace {

// Marks NULL as given in every column and as a bound, whatever the table's defaults are
// (extension/write/writer.cc, Given).
constexpr int64_t kAllGiven = 0xfffffffe;

constexpr int kPortionPlace = 1;
constexpr int kFirstPlace = 2;  // the first parameter after the portion

Value value_of(const temporal::Bound& bound, std::string& text) {
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) return Value::null();
  if (!bound.as_text) return Value::of_integer(bound.us);
  text = temporal::format_instant(bound.us);
  return Value::text(text);
}

// Returns the name of the hidden key of a table without a key (extension/schema/hidden_columns.h).
std::string name_of_hidden_key(const temporal::TableSchema& schema) {
  const bool is_taken = std::any_of(
      schema.columns.begin(), schema.columns.end(),
      [](const temporal::Column& column) { return sqlite3_stricmp(column.name.c_str(), "rowid") == 0; });
  return is_taken ? hidden_name(kRowid) : "rowid";
}

}  // namespace

RowRestorer::RowRestorer(const TemporalTable& table)
    : table_(table), db_(table.database->connection().handle()), row_(table.schema) {
  for (size_t i = 0; i < table.schema.columns.size(); ++i) {
    if (!table.schema.columns[i].is_generated && !table.schema.columns[i].is_hidden)
      columns_.push_back(static_cast<int>(i));
  }
}

Status RowRestorer::ask(const std::string& sql) const { return ask_for_statement(db_, sql); }

std::string RowRestorer::condition(int first) const {
  std::string text;
  if (table_.schema.key_columns.empty())
    return name_of_hidden_key(table_.schema) + " = ?" + std::to_string(first);
  for (const int column : table_.schema.key_columns) {
    text += (text.empty() ? "" : " AND ") + quoted(table_.schema.columns[static_cast<size_t>(column)].name) +
            " = ?" + std::to_string(first++);
  }
  return text;
}

Status RowRestorer::bind_key(Query& query, int first) {
  if (table_.schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row_.hidden_key());
    query.bind(first, number);
    return Status::ok();
  }
  for (const int column : table_.schema.key_columns) {
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, row_.column(column));
    query.bind(first++, value);
  }
  return Status::ok();
}

Status RowRestorer::bind_columns(Query& query, int first) {
  for (const int column : columns_) {
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, row_.column(column));
    query.bind(first++, value);
  }
  return Status::ok();
}

Status RowRestorer::write(const RevertedPiece& piece) {
  SPECTRADB_ASSERT(!piece.valid.is_empty());
  row_.bind(piece.user_key, piece.payload);
  const std::string target = table_.database->qualified(table_.schema.name);
  if (piece.write == RevertedPiece::Write::kInsert) return insert(piece);
  if (piece.write == RevertedPiece::Write::kDelete) return change(piece, delete_, "DELETE FROM " + target);
  std::string sets;
  int place = kFirstPlace;
  for (const int column : columns_) {
    sets += (sets.empty() ? "" : ", ") + quoted(table_.schema.columns[static_cast<size_t>(column)].name) +
            " = ?" + std::to_string(place++);
  }
  return change(piece, update_, "UPDATE " + target + " SET " + sets);
}

Status RowRestorer::insert(const RevertedPiece& piece) {
  if (insert_ == nullptr) {
    std::string names =
        std::string(hidden_name(kGiven)) + ", " + hidden_name(kValidFrom) + ", " + hidden_name(kValidTo);
    std::string places = "?1, ?2, ?3";
    int place = 4;
    if (table_.schema.key_columns.empty()) {
      names += ", " + name_of_hidden_key(table_.schema);
      places += ", ?" + std::to_string(place++);
    }
    for (const int column : columns_) {
      names += ", " + quoted(table_.schema.columns[static_cast<size_t>(column)].name);
      places += ", ?" + std::to_string(place++);
    }
    const std::string sql = "INSERT INTO " + table_.database->qualified(table_.schema.name) + " (" + names +
                            ") VALUES (" + places + ")";
    SPECTRADB_RETURN_IF_ERROR(ask(sql));
    insert_ = std::make_unique<Query>(db_, sql);
  }
  std::string from;
  std::string to;
  insert_->bind(1, kAllGiven).bind(2, value_of(piece.valid.from, from)).bind(3, value_of(piece.valid.to, to));
  int place = 4;
  if (table_.schema.key_columns.empty()) SPECTRADB_RETURN_IF_ERROR(bind_key(*insert_, place++));
  SPECTRADB_RETURN_IF_ERROR(bind_columns(*insert_, place));
  return insert_->run();
}

// Makes an UPDATE or DELETE of the piece alone.
Status RowRestorer::change(const RevertedPiece& piece, std::unique_ptr<Query>& query,
                           const std::string& verb) {
  const bool is_update = piece.write == RevertedPiece::Write::kUpdate;
  const int key_place = kFirstPlace + (is_update ? static_cast<int>(columns_.size()) : 0);
  if (query == nullptr) {
    const std::string sql = verb + " WHERE " + hidden_name(kPortion) + " = ?1 AND " + condition(key_place);
    SPECTRADB_RETURN_IF_ERROR(ask(sql));
    query = std::make_unique<Query>(db_, sql);
  }
  const std::string portion = encode_period(piece.valid);
  query->bind_blob(kPortionPlace, portion);
  if (is_update) SPECTRADB_RETURN_IF_ERROR(bind_columns(*query, kFirstPlace));
  SPECTRADB_RETURN_IF_ERROR(bind_key(*query, key_place));
  return query->run();
}

}  // namespace spectradb::extension::undo
