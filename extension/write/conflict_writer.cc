// INSERT … ON CONFLICT: a row whose key, or whose values in a UNIQUE constraint, are visible somewhere in its
// valid period is not inserted. DO UPDATE then updates what is in the way, clipped to that period, as UPDATE
// … FOR PORTION OF VALID_TIME does, and inserts the row for the parts of the period where nothing is. And what
// RETURNING is told.
#include <algorithm>
#include <charconv>

#include "extension/access/gate.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/row_set.h"
#include "extension/session/upsert.h"
#include "extension/table/table.h"
#include "extension/write/writer.h"
#include "temporal/key_codec.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::TableSchema;
using temporal::Value;

namespace {

int ask_column(const Table& table, int column) {
  const Gate* gate = Gate::of(table.connection().handle());
  if (gate == nullptr) return SQLITE_OK;
  return gate->ask(SQLITE_UPDATE, table.schema().name.c_str(),
                   table.schema().columns[static_cast<size_t>(column)].name.c_str(),
                   table.database().schema().c_str());
}

// SQLite asks this of an UPDATE. Columns that the host wants ignored keep their values.
Status ask_to_update(const Table& table, const Upsert& upsert) {
  for (const int column : upsert.columns) {
    if (ask_column(table, column) == SQLITE_DENY) return Status::invalid("not authorized");
  }
  return Status::ok();
}

}  // namespace

struct Writer::Piece {
  Period period;
  uint64_t system_from = 0;
  std::string payload;
};

struct Writer::KeyedPiece {
  std::string key;
  Piece piece;
};

Result<std::vector<Writer::Piece>> Writer::pieces_in_the_way(std::string_view key, const Period& period) {
  Database& database = table_.database();
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database.store());
  lsm::CursorOptions options;
  options.max_commit = database.own_commit() - 1;
  options.own = database.batch().get();
  options.own_commit = database.own_commit();
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kWindow;
  times.window = period;
  temporal::RowCursor rows(store->new_cursor(options), times);
  std::vector<Piece> pieces;
  for (rows.seek_point(key); rows.valid(); rows.next())
    pieces.push_back({rows.row().valid, rows.row().system_from, std::string(rows.row().payload)});
  SPECTRADB_RETURN_IF_ERROR(rows.status());
  return pieces;
}

// The hidden column _upsert: the number of an upsert, 0 for DO NOTHING; behind a colon the columns of ON
// CONFLICT (…).
Status Writer::read_conflict_clause(sqlite3_value* given, std::optional<std::vector<int>>& columns) {
  upsert_.reset();
  columns.reset();
  int64_t number = sqlite3_value_int64(given);
  if (sqlite3_value_type(given) == SQLITE_TEXT) {
    const std::string_view text = from_sqlite(given).bytes;
    const size_t colon = text.find(':');
    const char* const end = text.data() + text.size();
    bool is_read =
        std::from_chars(text.data(), end, number).ec == std::errc() && colon != std::string_view::npos;
    columns.emplace();
    for (const char* from = text.data() + colon + 1; is_read && from < end;) {
      int column = 0;
      const auto [behind, error] = std::from_chars(from, end, column);
      is_read = error == std::errc() && column >= 0 && column < table_.visible_columns();
      columns->push_back(column);
      from = behind + 1;
    }
    if (!is_read) number = -1;
  }
  if (number == 0) return Status::ok();
  upsert_ = table_.connection().part<Upserts>().find(number);
  if (upsert_ != nullptr) return ask_to_update(table_, *upsert_);
  return Status::invalid("_upsert of table " + table_.schema().name + " takes what spectradb_upsert() gives");
}

// What the row to be inserted conflicts with, of the constraints that the clause is about: the key, or the
// first UNIQUE one.
Result<std::vector<Writer::KeyedPiece>> Writer::find_conflicts(const std::optional<std::vector<int>>& columns,
                                                               const Period& period) {
  const auto is_about = [&columns](std::vector<int> constraint) {
    if (!columns) return true;
    std::vector<int> wanted = *columns;
    std::sort(constraint.begin(), constraint.end());
    std::sort(wanted.begin(), wanted.end());
    return constraint == wanted;
  };
  std::vector<KeyedPiece> found;
  const auto add = [&](const std::string& key, const Period& window) -> Status {
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<Piece> pieces, pieces_in_the_way(key, window));
    for (Piece& piece : pieces) found.push_back({key, std::move(piece)});
    return Status::ok();
  };
  bool is_known = !columns;
  for (size_t i = 0; i <= table_.indexes().size() && found.empty(); ++i) {
    if (i == indexes_before_key() && is_about(table_.schema().key_columns)) {
      is_known = true;
      if (!is_series_ || replaces_reading_) SPECTRADB_RETURN_IF_ERROR(add(key_, period));
    }
    if (i == table_.indexes().size() || !found.empty()) break;
    const temporal::IndexSchema& index = table_.indexes()[i];
    std::vector<int> parts;
    for (const temporal::IndexPart& part : index.parts) parts.push_back(part.column);
    if (!index.is_unique || !is_about(parts)) continue;
    is_known = true;
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<IndexWriter::Conflict> conflicts,
                               indexes_.conflicts(index, {}, period, row_));
    for (const IndexWriter::Conflict& conflict : conflicts)
      SPECTRADB_RETURN_IF_ERROR(add(conflict.user_key, conflict.piece));
  }
  if (is_known) return found;
  return Status::invalid("ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint of table " +
                         table_.schema().name);
}

// The row that an upsert was given, and how far it came.
struct Writer::UpsertRun {
  std::optional<std::vector<int>> columns;  // of ON CONFLICT (…)
  RowSet excluded;
  bool is_inserted = false;  // somewhere in the period
};

namespace {

// The parts of `period` that no piece covers, in their order.
std::vector<Period> gaps_between(std::vector<Period> pieces, const Period& period) {
  std::sort(pieces.begin(), pieces.end(),
            [](const Period& a, const Period& b) { return a.from.us < b.from.us; });
  std::vector<Period> gaps;
  temporal::Bound reached = period.from;
  for (const Period& piece : pieces) {
    if (piece.from.us > reached.us) gaps.push_back({reached, piece.from});
    if (piece.to.us > reached.us) reached = piece.to;
  }
  if (reached.us < period.to.us) gaps.push_back({reached, period.to});
  return gaps;
}

}  // namespace

// With the row that is to be inserted in row_ and key_. is_done: it is not to be inserted, and this is the
// outcome.
Writer::Outcome Writer::on_conflict(sqlite3_value* given, const Period& period, bool& is_done,
                                    sqlite3_int64* rowid) {
  is_counted_ = false;
  if (sqlite3_value_type(given) == SQLITE_NULL) {
    upsert_.reset();
    return {};
  }
  is_done = true;
  UpsertRun run;
  if (Status status = read_conflict_clause(given, run.columns); !status) return {status};
  const Result<std::vector<KeyedPiece>> conflicts = find_conflicts(run.columns, period);
  if (!conflicts) return {conflicts.status()};
  is_done = !conflicts->empty();
  if (!is_done || upsert_ == nullptr) return {};
  run.excluded.add(table_, row_, integer_key_, table_.database().own_commit(), period);
  Outcome outcome = upsert(run, *conflicts, period);
  highest_key_.reset();
  if (outcome.status && run.is_inserted && table_.schema().has_integer_key) *rowid = integer_key_;
  return outcome;
}

// Updates what is in the way, and inserts the row where nothing is.
Writer::Outcome Writer::upsert(UpsertRun& run, const std::vector<KeyedPiece>& conflicts,
                               const Period& period) {
  std::vector<Period> covered;
  for (const auto& [key, piece] : conflicts) {
    covered.push_back(piece.period);
    key_ = key;
    Outcome outcome;
    if (Status status = update_piece(*upsert_, piece, run.excluded, outcome); !status) return {status};
    if (!outcome.status) return outcome;
  }
  for (const Period& gap : gaps_between(std::move(covered), period)) {
    if (Outcome outcome = insert_in_gap(run, gap); !outcome.status) return outcome;
  }
  return {};
}

// Another constraint than the one that left the gap may have something in the way there.
Writer::Outcome Writer::insert_in_gap(UpsertRun& run, const Period& gap) {
  const RowSet::Row& given = run.excluded.rows().front();
  for (size_t i = 0; i < row_.size(); ++i) row_[i] = given.value(i);
  integer_key_ = given.integer_key;
  key_.clear();
  temporal::encode_key(key_, table_.schema(), row_, integer_key_);
  const Result<std::vector<KeyedPiece>> conflicts = find_conflicts(run.columns, gap);
  if (!conflicts) return {conflicts.status()};
  if (!conflicts->empty()) return upsert(run, *conflicts, gap);
  run.is_inserted = true;
  return put_row(gap);
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
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader.column(static_cast<int>(i)));
    row_[i] = value;
  }
  if (schema.has_integer_key && schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t hidden, reader.hidden_key());
    integer_key_ = hidden;
  } else if (schema.has_integer_key) {
    integer_key_ = row_[static_cast<size_t>(schema.key_columns[0])].integer;
  }
  auto existing = std::make_shared<RowSet>();
  existing->add(table_, row_, integer_key_, piece.system_from, piece.period);
  sqlite3_stmt* query = upsert.query;
  const int64_t existing_number = connection.part<RowSets>().keep(std::move(existing));
  const int64_t excluded_number = connection.part<RowSets>().keep(std::make_shared<RowSet>(excluded));
  sqlite3_bind_int64(query, upsert.first_set, existing_number);
  sqlite3_bind_int64(query, upsert.first_set + 1, excluded_number);
  struct Done {
    ~Done() {
      sqlite3_reset(query);
      connection.part<RowSets>().take(existing_number, table);
      connection.part<RowSets>().take(excluded_number, table);
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
    if (ask_column(table_, upsert.columns[i]) != SQLITE_OK) continue;
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
  SPECTRADB_RETURN_IF_ERROR(cuts_.note(old_key, piece.period, &piece.period, row_));
  if (!is_same_place) SPECTRADB_RETURN_IF_ERROR(append(old_key, piece.period, temporal::Operation::kDelete));
  outcome = check_constraints(key_, piece.period, is_same_place);
  if (!outcome.status) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(append(key_, piece.period, temporal::Operation::kPut));
  remember_written(piece.period);
  return Status::ok();
}

// The row in row_, for RETURNING.
void Writer::remember_written(const Period& period) {
  const std::shared_ptr<RowSet>& rows = table_.connection().part<RowSets>().written;
  if (rows == nullptr || (rows->is_counting() && is_counted_)) return;
  rows->add(table_, row_, integer_key_, table_.database().own_commit(), period);
  is_counted_ = true;
}

// The row that a DELETE is about to take away.
Status Writer::remember_erased(const RowIdentity& row) {
  const std::shared_ptr<RowSet>& rows = table_.connection().part<RowSets>().written;
  if (rows == nullptr) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(std::vector<Piece> pieces, pieces_in_the_way(row.user_key, row.piece));
  const TableSchema& schema = table_.schema();
  for (const Piece& piece : pieces) {
    temporal::RowReader reader(schema);
    reader.bind(row.user_key, piece.payload);
    std::vector<Value> values(schema.columns.size());
    for (size_t i = 0; i < values.size(); ++i) {
      SPECTRADB_ASSIGN_OR_RETURN(Value value, reader.column(static_cast<int>(i)));
      values[i] = value;
    }
    int64_t integer_key = 0;
    if (schema.has_integer_key && schema.key_columns.empty()) {
      SPECTRADB_ASSIGN_OR_RETURN(const int64_t hidden, reader.hidden_key());
      integer_key = hidden;
    } else if (schema.has_integer_key) {
      integer_key = values[static_cast<size_t>(schema.key_columns[0])].integer;
    }
    rows->add(table_, values, integer_key, piece.system_from, piece.period);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
