// INSERT … ON CONFLICT. A row is not inserted if its key, or its values of a UNIQUE constraint, are visible
// somewhere in its valid period. DO UPDATE then updates the pieces in the way, clipped to that period, as
// UPDATE … FOR PORTION OF VALID_TIME does, and inserts the row for the parts of the period where nothing is.
// Also collects the rows for RETURNING.
#include <algorithm>
#include <charconv>
#include <utility>

#include "extension/access/gate.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/row_set.h"
#include "extension/session/upsert.h"
#include "extension/table/table.h"
#include "extension/write/conflict_clause.h"
#include "extension/write/foreign_keys.h"
#include "extension/write/writer.h"
#include "sql/shape/conflict_words.h"
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

// Asks the host's authorizer as SQLite does for an UPDATE. Columns that it wants ignored keep their values.
Status ask_to_update(const Table& table, const Upsert& upsert) {
  for (const int column : upsert.columns) {
    if (ask_column(table, column) == SQLITE_DENY) return Status::invalid("not authorized");
  }
  return Status::ok();
}

}  // namespace

struct Writer::Piece {
  Period period;
  std::shared_ptr<RowSet> row;  // null where DO NOTHING leaves it as it is
};

struct Writer::KeyedPiece {
  std::string key;
  Piece piece;
};

// Shows `see` the pieces of the key in the period, as they were before the row that is being written.
Status Writer::see_pieces(std::string_view key, const Period& period,
                          const std::function<Status(const temporal::ResolvedRow&)>& see) {
  Database& database = table_.database();
  SPECTRADB_ASSIGN_OR_RETURN(lsm::Store * store, database.store());
  lsm::CursorOptions options;
  options.max_commit = database.own_commit() - 1;
  options.own = database.batch().get();
  options.own_commit = database.own_commit();
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kWindow;
  times.window = period;
  temporal::RowCursor rows(database.shown(store->new_cursor(options)), times);
  for (rows.seek_point(key); rows.valid(); rows.next()) SPECTRADB_RETURN_IF_ERROR(see(rows.row()));
  return rows.status();
}

// Adds the piece of the key to `rows`.
Status Writer::add_piece(std::string_view key, const temporal::ResolvedRow& piece, RowSet& rows) const {
  const TableSchema& schema = table_.schema();
  temporal::RowReader reader(schema);
  reader.bind(key, piece.payload);
  std::vector<Value> values(schema.columns.size());
  for (size_t i = 0; i < values.size(); ++i) {
    SPECTRADB_ASSIGN_OR_RETURN(Value value, reader.column(static_cast<int>(i)));
    values[i] = value;
  }
  int64_t integer_key = 0;
  if (schema.has_integer_key && schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(int64_t hidden, reader.hidden_key());
    integer_key = hidden;
  } else if (schema.has_integer_key) {
    integer_key = values[static_cast<size_t>(schema.key_columns[0])].integer;
  }
  rows.add(table_, values, integer_key, piece.system_from, piece.valid);
  return Status::ok();
}

// The pieces that a row to be inserted conflicts with, and the clause that says what happens to them.
struct Writer::Conflicts {
  const ConflictClause* clause = nullptr;  // null: no clause is about them
  std::vector<KeyedPiece> pieces;
};

// The hidden column _upsert has the clauses, separated by semicolons: each is the number of an upsert, or 0
// for DO NOTHING, then a colon and the columns of ON CONFLICT (…).
Status Writer::read_conflict_clauses(sqlite3_value* given) {
  if (sqlite3_value_type(given) != SQLITE_TEXT) {
    const std::string number = std::to_string(sqlite3_value_int64(given));
    return read_conflict_clause(number);
  }
  std::string_view text = from_sqlite(given).bytes;
  if (text.ends_with(sql::kSaidByUser) || text.ends_with(sql::kSaidByDefinition)) text.remove_suffix(1);
  if (text.ends_with(';')) text.remove_suffix(1);
  if (text.empty()) return Status::ok();
  for (;;) {
    const size_t end = std::min(text.find(';'), text.size());
    SPECTRADB_RETURN_IF_ERROR(read_conflict_clause(text.substr(0, end)));
    if (end == text.size()) return Status::ok();
    text.remove_prefix(end + 1);
  }
}

Status Writer::read_conflict_clause(std::string_view text) {
  ConflictClause clause;
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  bool is_read = error == std::errc() && (at == end || *at == ':');
  if (is_read && at != end) clause.columns.emplace();
  while (is_read && at != end) {
    int column = 0;
    const auto [behind, problem] = std::from_chars(at + 1, end, column);
    is_read = problem == std::errc() && column >= 0 && column < table_.visible_columns() &&
              (behind == end || *behind == ',');
    clause.columns->push_back(column);
    at = behind;
  }
  if (is_read && number != 0) clause.update = table_.connection().part<Upserts>().find(number);
  if (!is_read || (number != 0 && clause.update == nullptr))
    return Status::invalid("_upsert of table " + table_.schema().name +
                           " takes what spectradb_upsert() gives");
  if (clause.columns) std::sort(clause.columns->begin(), clause.columns->end());
  if (clause.update != nullptr) SPECTRADB_RETURN_IF_ERROR(ask_to_update(table_, *clause.update));
  clauses_.push_back(std::move(clause));
  return Status::ok();
}

// Returns the places of the UNIQUE indexes, and the key behind them all, in the order in which SQLite checks
// them.
std::vector<size_t> Writer::unique_constraints() const {
  const size_t key = table_.indexes().size();
  std::vector<size_t> constraints;
  for (size_t i = 0; i <= key; ++i) {
    if (i == indexes_before_key()) constraints.push_back(key);
    if (i < key && table_.indexes()[i].is_unique) constraints.push_back(i);
  }
  return constraints;
}

bool Writer::is_about(const ConflictClause& clause, size_t constraint) const {
  if (!clause.columns) return true;
  std::vector<int> columns;
  if (constraint == table_.indexes().size()) {
    columns = table_.schema().key_columns;
  } else {
    for (const temporal::IndexPart& part : table_.indexes()[constraint].parts) columns.push_back(part.column);
  }
  std::sort(columns.begin(), columns.end());
  return columns == *clause.columns;
}

// A large value is copied once: from what was read into the row set that DO UPDATE reads.
Result<std::vector<Writer::KeyedPiece>> Writer::rows_in_the_way(size_t constraint, const Period& period,
                                                                bool is_update) {
  std::vector<KeyedPiece> found;
  const auto add = [&](const std::string& key, const Period& window) {
    return see_pieces(key, window, [&](const temporal::ResolvedRow& row) -> Status {
      Piece& piece = found.emplace_back(KeyedPiece{key, {row.valid, nullptr}}).piece;
      if (!is_update) return Status::ok();
      piece.row = std::make_shared<RowSet>();
      return add_piece(key, row, *piece.row);
    });
  };
  if (constraint == table_.indexes().size()) {
    if (!is_series_ || replaces_reading_) SPECTRADB_RETURN_IF_ERROR(add(key_, period));
    return found;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<IndexWriter::Conflict> conflicts,
                             indexes_.conflicts(table_.indexes()[constraint], {}, period, row_));
  for (const IndexWriter::Conflict& conflict : conflicts)
    SPECTRADB_RETURN_IF_ERROR(add(conflict.user_key, conflict.piece));
  return found;
}

// The first constraint that the row would break decides. As in SQLite, constraints that clauses name come
// first, in the clauses' order; a clause that names none is about all others.
Result<Writer::Conflicts> Writer::find_conflicts(const Period& period) {
  std::vector<size_t> constraints = unique_constraints();
  for (const ConflictClause& clause : clauses_) {
    bool is_known = !clause.columns;
    for (size_t i = 0; i <= table_.indexes().size() && !is_known; ++i) {
      const bool is_unique = i == table_.indexes().size() || table_.indexes()[i].is_unique;
      is_known = is_unique && is_about(clause, i);
    }
    if (!is_known)
      return Status::invalid(
          "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint of table " +
          table_.schema().name);
  }
  for (const ConflictClause& clause : clauses_) {
    for (auto constraint = constraints.begin(); constraint != constraints.end();) {
      if (!is_about(clause, *constraint)) {
        ++constraint;
        continue;
      }
      SPECTRADB_ASSIGN_OR_RETURN(std::vector<KeyedPiece> pieces,
                                 rows_in_the_way(*constraint, period, clause.update != nullptr));
      if (!pieces.empty()) return Conflicts{&clause, std::move(pieces)};
      constraint = constraints.erase(constraint);
    }
  }
  return Conflicts{};
}

// The row that an upsert was given, and how far it has come.
struct Writer::UpsertRun {
  RowSet excluded;
  bool is_inserted = false;  // in some part of the period
};

namespace {

// Returns the parts of `period` that no piece covers, in order.
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

// row_ and key_ hold the row to be inserted. With is_done it must not be inserted, and the result is the
// outcome.
Writer::Outcome Writer::on_conflict(sqlite3_value* given, const Period& period, bool& is_done,
                                    sqlite3_int64* rowid) {
  is_counted_ = false;
  clauses_.clear();
  if (sqlite3_value_type(given) == SQLITE_NULL) return {};
  is_done = true;
  if (Status status = read_conflict_clauses(given); !status) return {status};
  const Result<Conflicts> conflicts = find_conflicts(period);
  if (!conflicts) return {conflicts.status()};
  is_done = conflicts->clause != nullptr;
  if (!is_done || conflicts->clause->update == nullptr) return {};
  UpsertRun run;
  run.excluded.add(table_, row_, integer_key_, table_.database().own_commit(), period);
  Outcome outcome = upsert(run, *conflicts, period);
  integer_keys_.forget();
  if (outcome.status && run.is_inserted && table_.schema().has_integer_key) *rowid = integer_key_;
  return outcome;
}

// Updates pieces that are in the way, and inserts the row where nothing is.
Writer::Outcome Writer::upsert(UpsertRun& run, const Conflicts& conflicts, const Period& period) {
  std::vector<Period> covered;
  for (const auto& [key, piece] : conflicts.pieces) {
    covered.push_back(piece.period);
    key_ = key;
    Outcome outcome;
    if (Status status = update_piece(*conflicts.clause->update, piece, run.excluded, outcome); !status)
      return {status};
    if (!outcome.status) return outcome;
  }
  // Before the table's horizon nothing is shown, and so nothing is missing.
  const Period shown = table_.database().valid_horizons().behind(table_.schema().id, period);
  for (const Period& gap : gaps_between(std::move(covered), shown.is_empty() ? period : shown)) {
    if (Outcome outcome = insert_in_gap(run, gap); !outcome.status) return outcome;
  }
  return {};
}

// Some other constraint than the one that left the gap may conflict there.
Writer::Outcome Writer::insert_in_gap(UpsertRun& run, const Period& gap) {
  const RowSet::Row& given = run.excluded.rows().front();
  for (size_t i = 0; i < row_.size(); ++i) row_[i] = given.value(i);
  integer_key_ = given.integer_key;
  key_.clear();
  temporal::encode_key(key_, table_.schema(), row_, integer_key_);
  const Result<Conflicts> conflicts = find_conflicts(gap);
  if (!conflicts) return {conflicts.status()};
  if (conflicts->clause != nullptr)
    return conflicts->clause->update == nullptr ? Outcome{} : upsert(run, *conflicts, gap);
  run.is_inserted = true;
  return put_row(gap);
}

// Updates the piece, whose key is key_, if DO UPDATE's condition holds for it. Gives up large values that are assigned
// as soon as there are new ones.
Status Writer::update_piece(const Upsert& upsert, const Piece& piece, const RowSet& excluded,
                            Outcome& outcome) {
  Connection& connection = table_.connection();
  const TableSchema& schema = table_.schema();
  const std::string old_key = key_;
  const std::shared_ptr<RowSet>& existing = piece.row;
  const RowSet::Row& row = existing->rows().front();
  for (size_t i = 0; i < schema.columns.size(); ++i) row_[i] = row.value(i);
  integer_key_ = row.integer_key;
  sqlite3_stmt* query = upsert.query;
  const int64_t existing_number = connection.part<RowSets>().keep(existing);
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
    existing->let_go(column);
  }
  if (schema.has_integer_key && !schema.key_columns.empty()) {
    const Value& key = row_[static_cast<size_t>(schema.key_columns[0])];
    if (key.type != Value::Type::kInteger) {
      outcome = {Status::constraint("datatype mismatch"), SQLITE_MISMATCH};
      return Status::ok();
    }
    integer_key_ = key.integer;
  }
  const bool asked =
      std::exchange(asks_definition_, false);  // DO UPDATE aborts, whatever the definition says
  const ConflictAction said = std::exchange(said_, ConflictAction::kAbort);
  Status status = store_updated(piece, old_key, outcome);
  asks_definition_ = asked;
  said_ = said;
  return status;
}

// Stores the row in row_, into which DO UPDATE has turned the piece.
Status Writer::store_updated(const Piece& piece, const std::string& old_key, Outcome& outcome) {
  outcome = check_row();
  if (!outcome.status) return Status::ok();
  key_.clear();
  temporal::encode_key(key_, table_.schema(), row_, integer_key_);
  const bool is_same_place = key_ == old_key;
  SPECTRADB_RETURN_IF_ERROR(cuts_.note(old_key, piece.period, &piece.period, row_));
  ReferenceRecorder& recorder = table_.database().foreign_keys().recorder();
  const size_t first = recorder.touched();
  if (!is_same_place) SPECTRADB_RETURN_IF_ERROR(append(old_key, piece.period, temporal::Operation::kDelete));
  outcome = check_constraints(key_, piece.period, is_same_place);
  if (!outcome.status) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(append(key_, piece.period, temporal::Operation::kPut));
  if (!is_same_place) recorder.note_move(first);
  remember_written(piece.period);
  return Status::ok();
}

// Keeps the row in row_ for RETURNING.
void Writer::remember_written(const Period& period) {
  const std::shared_ptr<RowSet>& rows = table_.connection().part<RowSets>().written;
  if (rows == nullptr || (rows->is_counting() && is_counted_)) return;
  rows->add(table_, row_, integer_key_, table_.database().own_commit(), period,
            &table_.connection().part<RowSets>());
  is_counted_ = true;
}

// Keeps the row that a DELETE is about to remove.
Status Writer::remember_erased(const RowIdentity& row) {
  const std::shared_ptr<RowSet>& rows = table_.connection().part<RowSets>().written;
  if (rows == nullptr) return Status::ok();
  return see_pieces(row.user_key, row.piece, [&](const temporal::ResolvedRow& piece) {
    return add_piece(row.user_key, piece, *rows);
  });
}

}  // namespace spectradb::extension
