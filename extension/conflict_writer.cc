// INSERT … ON CONFLICT: a row whose key is visible somewhere in its valid period is not inserted. DO UPDATE
// then updates what is in the way, clipped to that period, as UPDATE … FOR PORTION OF VALID_TIME does. And
// what RETURNING is told.
#include "extension/errors.h"
#include "extension/hidden_columns.h"
#include "extension/table.h"
#include "extension/values.h"
#include "extension/writer.h"
#include "temporal/key_codec.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

struct Writer::Piece {
  Period period;
  uint64_t system_from = 0;
  std::string payload;
};

Result<std::vector<Writer::Piece>> Writer::pieces_in_the_way(std::string_view key, const Period& period) {
  Database& database = table_.database();
  Result<lsm::Store*> store = database.store();
  if (!store) return store.status();
  lsm::CursorOptions options;
  options.max_commit = database.own_commit() - 1;
  options.own = database.batch().get();
  options.own_commit = database.own_commit();
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kWindow;
  times.window = period;
  temporal::RowCursor rows((*store)->new_cursor(options), times);
  std::vector<Piece> pieces;
  for (rows.seek_point(key); rows.valid(); rows.next())
    pieces.push_back({rows.row().valid, rows.row().system_from, std::string(rows.row().payload)});
  SPECTRADB_RETURN_IF_ERROR(rows.status());
  return pieces;
}

// With the row that is to be inserted in row_ and key_. is_done: it is not to be inserted, and this is the
// outcome.
Writer::Outcome Writer::on_conflict(sqlite3_value* upsert, const Period& period, bool& is_done) {
  upsert_.reset();
  if (sqlite3_value_type(upsert) == SQLITE_NULL) return {};
  const int64_t number = sqlite3_value_int64(upsert);
  if (number != 0) {
    upsert_ = table_.connection().upserts.find(number);
    is_done = upsert_ == nullptr;
    if (is_done)
      return {Status::invalid("_upsert of table " + table_.schema().name +
                              " takes what spectradb_upsert() gives")};
  }
  Result<std::vector<Piece>> pieces = pieces_in_the_way(key_, period);
  is_done = !pieces || !pieces->empty();
  if (!is_done) return {};
  if (!pieces) return {pieces.status()};
  if (upsert_ == nullptr) return {};
  RowSet excluded;
  excluded.add(table_, row_, integer_key_, table_.database().own_commit(), period);
  const std::string key = key_;
  for (const Piece& piece : *pieces) {
    key_ = key;
    Outcome outcome;
    if (Status status = update_piece(*upsert_, piece, excluded, outcome); !status) return {status};
    if (!outcome.status) return outcome;
  }
  highest_key_.reset();
  return {};
}

// Updates the piece, whose key is key_, if the condition of DO UPDATE holds for it.
Status Writer::update_piece(const Upsert& upsert, const Piece& piece, const RowSet& excluded,
                            Outcome& outcome) {
  Connection& connection = table_.connection();
  const TableSchema& schema = table_.schema();
  const std::string old_key = key_;
  temporal::RowReader reader(schema);
  reader.bind(old_key, piece.payload);
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    Result<Value> value = reader.column(static_cast<int>(i));
    if (!value) return value.status();
    row_[i] = *value;
  }
  if (schema.has_integer_key && schema.key_columns.empty()) {
    Result<int64_t> hidden = reader.hidden_key();
    if (!hidden) return hidden.status();
    integer_key_ = *hidden;
  } else if (schema.has_integer_key) {
    integer_key_ = row_[static_cast<size_t>(schema.key_columns[0])].integer;
  }
  auto existing = std::make_shared<RowSet>();
  existing->add(table_, row_, integer_key_, piece.system_from, piece.period);
  sqlite3_stmt* query = upsert.query;
  const int64_t existing_number = connection.row_sets.keep(std::move(existing));
  const int64_t excluded_number = connection.row_sets.keep(std::make_shared<RowSet>(excluded));
  sqlite3_bind_int64(query, upsert.first_set, existing_number);
  sqlite3_bind_int64(query, upsert.first_set + 1, excluded_number);
  struct Done {
    ~Done() {
      sqlite3_reset(query);
      connection.row_sets.take(existing_number, table);
      connection.row_sets.take(excluded_number, table);
    }
    sqlite3_stmt* query;
    Connection& connection;
    const Table& table;
    int64_t existing_number;
    int64_t excluded_number;
  } done{query, connection, table_, existing_number, excluded_number};
  const int code = sqlite3_step(query);
  if (code != SQLITE_ROW) return status_of_sqlite(connection.handle(), code);
  if (sqlite3_column_int(query, 0) == 0) return Status::ok();
  for (size_t i = 0; i < upsert.columns.size(); ++i) {
    const auto column = static_cast<size_t>(upsert.columns[i]);
    const Value value = from_sqlite(sqlite3_column_value(query, static_cast<int>(i) + 1));
    row_[column] = temporal::apply_affinity(value, schema.columns[column].affinity, scratch_[column]);
  }
  if (schema.has_integer_key && !schema.key_columns.empty()) {
    const Value& key = row_[static_cast<size_t>(schema.key_columns[0])];
    if (key.type != Value::Type::kInteger) {
      outcome = {Status::constraint("datatype mismatch"), SQLITE_MISMATCH};
      return Status::ok();
    }
    integer_key_ = key.integer;
  }
  outcome = check_row();
  if (!outcome.status) return Status::ok();
  key_.clear();
  temporal::encode_key(key_, schema, row_, integer_key_);
  const bool is_same_place = key_ == old_key;
  if (!is_same_place) SPECTRADB_RETURN_IF_ERROR(append(old_key, piece.period, temporal::Operation::kDelete));
  outcome = check_constraints(key_, piece.period, is_same_place);
  if (!outcome.status) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(append(key_, piece.period, temporal::Operation::kPut));
  remember_written(piece.period);
  return Status::ok();
}

// The row in row_, for RETURNING.
void Writer::remember_written(const Period& period) {
  if (const std::shared_ptr<RowSet>& rows = table_.connection().written_rows; rows != nullptr)
    rows->add(table_, row_, integer_key_, table_.database().own_commit(), period);
}

// The row that a DELETE is about to take away.
Status Writer::remember_erased(const RowIdentity& row) {
  const std::shared_ptr<RowSet>& rows = table_.connection().written_rows;
  if (rows == nullptr) return Status::ok();
  Result<std::vector<Piece>> pieces = pieces_in_the_way(row.user_key, row.piece);
  if (!pieces) return pieces.status();
  const TableSchema& schema = table_.schema();
  for (const Piece& piece : *pieces) {
    temporal::RowReader reader(schema);
    reader.bind(row.user_key, piece.payload);
    std::vector<Value> values(schema.columns.size());
    for (size_t i = 0; i < values.size(); ++i) {
      Result<Value> value = reader.column(static_cast<int>(i));
      if (!value) return value.status();
      values[i] = *value;
    }
    int64_t integer_key = 0;
    if (schema.has_integer_key && schema.key_columns.empty()) {
      Result<int64_t> hidden = reader.hidden_key();
      if (!hidden) return hidden.status();
      integer_key = *hidden;
    } else if (schema.has_integer_key) {
      integer_key = values[static_cast<size_t>(schema.key_columns[0])].integer;
    }
    rows->add(table_, values, integer_key, piece.system_from, piece.period);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
