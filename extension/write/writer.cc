#include "extension/write/writer.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/lost_statements.h"
#include "extension/session/outlived_readers.h"
#include "extension/table/table.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/write/conflict_clause.h"
#include "extension/write/foreign_keys.h"
#include "lsm/memory/large_entries.h"
#include "sql/text/tokenizer.h"
#include "temporal/erase_by_option.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"
#include "temporal/row_codec.h"
#include "temporal/row_parts.h"

namespace spectradb::extension {

using temporal::Operation;
using temporal::Period;
using temporal::TableSchema;
using temporal::ValidForm;
using temporal::Value;

namespace {

constexpr int kOldIdentity = 0;  // places in xUpdate's arguments
constexpr int kNewIdentity = 1;
constexpr int kFirstColumn = 2;

// The end of a period that lasts until the key's next piece begins.
constexpr const char* kNext = "next";

// Says that a row is being written, until it goes, also by an exception.
class Writing {
 public:
  explicit Writing(bool* is_writing) : is_writing_(is_writing) { *is_writing_ = true; }
  ~Writing() { *is_writing_ = false; }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  bool* const is_writing_;
};

// Returns the form of the first bound of a period that has one.
ValidForm form_said_by(const Period& period) {
  const temporal::Bound& bound = period.from.us != temporal::kBeginningOfTime ? period.from : period.to;
  return bound.as_text ? ValidForm::kText : ValidForm::kInteger;
}

Status past_cannot_be_written(const TableSchema& schema, const char* what) {
  return Status::invalid("the past cannot be written: " + std::string(what) + " of table " + schema.name +
                         " is set by the commit; correct history by writing facts with a valid time");
}

}  // namespace

// What the statement has named or written out, so that NULL is meant there: _given = 4 * places + what.
// `what` is 1 for columns, 2 for columns and the period; `places` is the number of values that a row had when
// the text was rewritten, 0 if the table had not been altered (TableSchema::payload), since the text may be
// older than a column. The bits above 32 are Table::fingerprint(), in texts that are not stored.
struct Writer::Given {
  static Given all() { return {true, false, std::numeric_limits<int64_t>::max()}; }
  static Given from(sqlite3_value* value) {
    constexpr int64_t kWhat = 4;
    if (sqlite3_value_type(value) == SQLITE_NULL) return {};
    const int64_t given = sqlite3_value_int64(value) & 0xffffffff;
    return {true, given % kWhat == 2, given / kWhat};
  }

  bool is_given(const TableSchema& schema, size_t column) const {
    if (!has_columns || schema.columns[column].key_position >= 0) return has_columns;
    if (places == 0 || schema.payload.empty()) return !schema.columns[column].is_added;
    const auto place = std::find(schema.payload.begin(), schema.payload.end(), static_cast<int>(column));
    return place - schema.payload.begin() < places;
  }

  bool has_columns = false;
  bool has_period = false;
  int64_t places = 0;
};

Writer::Writer(Table& table)
    : table_(table),
      row_(table.schema().columns.size()),
      scratch_(table.schema().columns.size()),
      lost_(table.connection().part<LostStatements>()),
      outlived_(table.connection().part<OutlivedReaders>()),
      latest_(table.database()),
      unchanged_(table.database()),
      indexes_(table.database(), table.schema()),
      cuts_(table, latest_),
      integer_keys_(table, latest_),
      is_sealed_(!temporal::erase_by_of(table.definition().options).empty()) {}
Writer::~Writer() = default;

int Writer::update(int argument_count, sqlite3_value** arguments, sqlite3_int64* rowid) {
  if (is_writing_) {
    Writer inner(table_);
    inner.moved_in_ = table_.database().transaction();
    return inner.update(argument_count, arguments, rowid);
  }
  sqlite3* db = table_.connection().handle();
  *rowid = sqlite3_last_insert_rowid(db);  // stays, unless an integer key is written
  read_conflict_actions(argument_count, arguments);
  const auto write = [&] { return write_row(argument_count, arguments, rowid); };
  return code_of(write_whole(std::cref(write)));  // a reference, so that no row allocates
}

// Runs what writes a row, with all that follows from it. A row is written whole or not at all.
// SQLite has told of the transaction before, unless that has made the table.
Writer::Outcome Writer::write_whole(const std::function<Outcome()>& write) {
  Outcome outcome;
  outcome.status = table_.connection().check_process();
  if (outcome.status) outcome.status = check_session_writes(table_.connection());
  const bool is_outside = sqlite3_get_autocommit(table_.connection().handle()) != 0;
  const bool is_ended = is_outside && table_.database().batch() == nullptr;
  if (outcome.status && (is_ended || lost_.has_innermost())) {
    outcome.status = transaction_ended();
    lost_.innermost_fails();
  }
  if (outcome.status) outcome.status = table_.database().begin();
  if (outcome.status) outcome.status = cuts_.begin();
  if (outcome.status) outcome.status = find_references();
  if (outcome.status) {
    ReferenceRecorder& recorder = table_.database().foreign_keys().recorder();
    const ReferenceRecorder::Write writing(recorder);
    const uint32_t mark = table_.database().batch()->mark();
    transaction_ = table_.database().transaction();
    losses_ = lost_.count();
    const OutlivedReaders::Writing keeping(outlived_);
    {
      const Writing here(&is_writing_);
      outcome = write();
    }
    if (outcome.status && !cuts_.are_none()) {
      const ForeignKeyActions::Outcome followed = cuts_.follow();
      outcome = {followed.status, followed.constraint_code, true};
    }
    if (outcome.status) {
      const ForeignKeyActions::Outcome recorded = recorder.record();
      if (!recorded.status) outcome = {recorded.status, recorded.constraint_code, true};
    }
    if (Status lost = check_transaction(); !lost) {
      lost_.innermost_fails();
      outcome = {std::move(lost), SQLITE_CONSTRAINT, true};
    } else {
      const uint64_t spills = table_.database().spills();
      if (outcome.status) outcome.status = table_.database().make_room();
      if (table_.database().spills() != spills) latest_.let_go();
      if (!outcome.status) table_.database().take_back(mark);
    }
    if (!outcome.status) integer_keys_.forget();
  }
  clauses_.clear();
  unchanged_.let_go();
  return outcome;
}

Writer::Outcome Writer::write_row(int argument_count, sqlite3_value** arguments, sqlite3_int64* rowid) {
  is_series_ = false;
  replaces_reading_ = false;
  if (argument_count == 1) return erase(arguments[kOldIdentity]);
  if (sqlite3_value_type(arguments[kOldIdentity]) == SQLITE_NULL) return insert(arguments, rowid);
  ReferenceRecorder& recorder = table_.database().foreign_keys().recorder();
  const size_t first = recorder.touched();
  Outcome outcome = change(arguments);
  recorder.note_move(first);
  return outcome;
}

Status Writer::find_references() {
  present_ = table_.database().foreign_keys().present_of(table_);
  if (table_.definition().foreign_keys.empty()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(std::shared_ptr<const ForeignKeyLinks> found,
                             table_.database().foreign_keys().kept_by_sqlite(table_.schema().id));
  kept_by_sqlite_ = std::move(found);
  return Status::ok();
}

Result<RowIdentity> Writer::writable(sqlite3_value* identity) const {
  const Value value = from_sqlite(identity);
  std::optional<RowIdentity> row =
      value.type == Value::Type::kBlob ? decode_identity(value.bytes) : std::nullopt;
  if (!row || temporal::table_id_of(row->user_key) != table_.schema().id) {
    return Status::invalid("_key of table " + table_.schema().name + " is not one that a row of it had");
  }
  if (row->is_past) {
    return Status::invalid("the past cannot be written: a row of table " + table_.schema().name +
                           " read with a system time cannot be changed; write without AS OF");
  }
  return *row;
}

// UPDATE … FROM passes every column as if assigned; _given, which nobody assigns, reveals that.
bool Writer::assigns_all(sqlite3_value** columns) const {
  return sqlite3_value_nochange(columns[table_.visible_columns() + kGiven]) == 0;
}

Status Writer::refuse_read_only_columns(sqlite3_value** columns, bool is_update) const {
  const int visible = table_.visible_columns();
  if (is_update && assigns_all(columns)) return Status::ok();
  static constexpr HiddenColumn kReadOnly[] = {
      kSystemFrom, kSystemTo, kCommittedAt, kAsOf,     kValidAt, kPortion, kSystemArgument, kValidArgument,
      kDistance,   kK,        kEffort,      kRankedBy, kText,    kRank,    kMatch};
  for (const HiddenColumn column : kReadOnly) {
    sqlite3_value* value = columns[visible + column];
    const bool is_written =
        is_update ? sqlite3_value_nochange(value) == 0 : sqlite3_value_type(value) != SQLITE_NULL;
    if (!is_written) continue;
    if (column == kSystemFrom || column == kSystemTo || column == kCommittedAt || column == kAsOf) {
      return past_cannot_be_written(table_.schema(), hidden_name(column));
    }
    return Status::invalid(std::string(hidden_name(column)) + " of table " + table_.schema().name +
                           " cannot be written");
  }
  return Status::ok();
}

// SQLite knows no generated columns of virtual tables. Where all columns are passed as assigned, nothing can
// be told.
Status Writer::refuse_generated_columns(sqlite3_value** columns) const {
  const TableSchema& schema = table_.schema();
  if (assigns_all(columns)) return Status::ok();
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].is_generated && sqlite3_value_nochange(columns[i]) == 0)
      return Status::invalid("cannot UPDATE generated column \"" + schema.columns[i].name + "\"");
  }
  return Status::ok();
}

// A function of the application's, in a CHECK, a DEFAULT, the expression of an index or the statement, may have run
// ROLLBACK or ROLLBACK TO.
Status Writer::check_transaction() const {
  const bool is_same = table_.database().transaction() == transaction_ && lost_.count() == losses_;
  return is_same ? Status::ok() : transaction_ended();
}

Status Writer::transaction_ended() const {
  return Status::invalid("a row of table " + table_.schema().name +
                         " is not written: a function of the application has " + lost_.last_act());
}

Status Writer::ensure_judge() {
  if (judge_ != nullptr) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(std::unique_ptr<RowJudge> made, RowJudge::make(table_.definition()));
  judge_ = std::move(made);
  return Status::ok();
}

// Columns of a key are NOT NULL, unless it is the integer key.
bool Writer::is_required(size_t column) const {
  const temporal::Column& checked = table_.schema().columns[column];
  return checked.not_null || (!table_.schema().has_integer_key && checked.key_position >= 0);
}

// Fills row_ with the given values, as the columns' affinities store them, and with DEFAULTs for values that
// were not given.
Writer::Outcome Writer::read_row(sqlite3_value** columns, const Given& given) {
  const TableSchema& schema = table_.schema();
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const temporal::Column& column = schema.columns[i];
    Value value = from_sqlite(columns[i]);
    if (unchanged_.has(columns[i]) && !column.is_generated) {
      Result<Value> kept = unchanged_.column(i);
      if (!kept) return {kept.status()};
      value = *kept;
    }
    if (value.is_null() && wants_default(i, given.is_given(schema, i))) {
      Result<Value> computed = compute_default(i);
      if (!computed) return {computed.status()};
      value = *computed;
    }
    row_[i] = temporal::apply_affinity(value, column.affinity, scratch_[i]);
  }
  return {check_transaction()};
}

// Whether NULL in a column is to be its DEFAULT. Without the rewriter, a column that was not named and NULL look the
// same: the DEFAULT is the better guess.
bool Writer::wants_default(size_t i, bool is_given) const {
  return table_.schema().columns[i].default_sql &&
         (!is_given || (is_required(i) && on_null(i) == ConflictAction::kReplace));
}

Result<Value> Writer::compute_default(size_t i) {
  SPECTRADB_RETURN_IF_ERROR(ensure_judge());
  Result<Value> value = judge_->default_value(static_cast<int>(i));
  SPECTRADB_RETURN_IF_ERROR(check_transaction());
  return value;
}

// Sets the integer key, where the table has one: the given one, or the next free one.
Writer::Outcome Writer::assign_key(const Value& rowid) {
  const TableSchema& schema = table_.schema();
  if (!schema.has_integer_key) return {};
  Value key = schema.key_columns.empty() ? Value::null() : row_[static_cast<size_t>(schema.key_columns[0])];
  if (key.is_null()) key = rowid;
  std::string scratch;
  key = temporal::apply_affinity(key, temporal::Affinity::kInteger, scratch);
  if (key.is_null()) {
    Result<int64_t> next = integer_keys_.next();
    if (!next) return {next.status()};
    key = Value::of_integer(*next);
  }
  if (key.type != Value::Type::kInteger) return {Status::constraint("datatype mismatch"), SQLITE_MISMATCH};
  integer_key_ = key.integer;
  if (!schema.key_columns.empty()) row_[static_cast<size_t>(schema.key_columns[0])] = key;
  return {};
}

// Puts a written period into the table's form. If no bound was written yet, the first one decides it.
Status Writer::put_in_form(Period& period) {
  if (period.from.us == temporal::kBeginningOfTime && period.to.us == temporal::kEndOfTime)
    return Status::ok();
  Result<ValidForm> form = table_.valid_form();
  if (!form) return form.status();
  if (*form == ValidForm::kOpen) form = form_said_by(period);
  period = {in_form(period.from, *form), in_form(period.to, *form)};
  for (const temporal::Bound& bound : {period.from, period.to}) {
    const bool is_unbounded = bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime;
    if (*form != ValidForm::kText || is_unbounded || bound.as_text) continue;
    return Status::invalid("the time " + std::to_string(bound.us) + " has no text, and table " +
                           table_.schema().name +
                           " shows its times as texts, of the years 0000 to 9999: make it WITH SYSTEM "
                           "VERSIONING (valid_form = integer) if its times are other numbers");
  }
  return Status::ok();
}

Status Writer::append(std::string_view key, const Period& period, Operation operation) {
  if (!table_.database().valid_horizons().is_empty())
    SPECTRADB_RETURN_IF_ERROR(check_not_ended(table_.schema(), valid_horizon_of(table_), period.to.us));
  if (table_.schema().valid_form == ValidForm::kOpen && period != Period{}) {
    table_.database().valid_forms().decide(table_.schema().id, form_said_by(period),
                                           table_.database().batch()->mark());
  }
  if (kept_by_sqlite_ != nullptr || present_ != nullptr)
    table_.database().foreign_keys().recorder().touch(kept_by_sqlite_, present_, key);
  SPECTRADB_RETURN_IF_ERROR(
      indexes_.record(table_.indexes(), key, period, operation == Operation::kPut ? &row_ : nullptr));
  SPECTRADB_RETURN_IF_ERROR(check_transaction());
  if (is_sealed_ && operation == Operation::kPut) return append_sealed(key, period);
  // The row is the end of its fact. Large values are copied straight into the batch.
  fact_.clear();
  std::vector<temporal::LeftOut> large_values;
  temporal::encode_fact(fact_, {period, operation, {}});
  if (operation == Operation::kPut) temporal::encode_row(fact_, table_.schema(), row_, &large_values);
  const lsm::VersionBounds bounds{period.from.us, period.to.us};
  if (large_values.empty()) {
    table_.database().batch()->put(key, fact_, bounds);
  } else {
    lsm::put_parts(*table_.database().batch(), key, temporal::join_parts(fact_, large_values), bounds);
  }
  return Status::ok();
}

Status Writer::append_sealed(std::string_view key, const Period& period) {
  row_bytes_.clear();
  temporal::encode_row(row_bytes_, table_.schema(), row_);
  fact_.clear();
  temporal::encode_fact(fact_, {period, Operation::kPut, {}});
  SPECTRADB_RETURN_IF_ERROR(table_.database().subjects().seal(fact_, table_.schema().name, key, row_bytes_));
  table_.database().batch()->put(key, fact_, {period.from.us, period.to.us});
  return Status::ok();
}

// Sets the end of a reading whose key is key_. One that replaces another ends with it. Pieces of a series
// mostly follow each other without a gap: then one or two lookups at an instant suffice, and no other fact of
// the key is read.
Status Writer::end_at_next(Period& period) {
  const auto piece_at = [&](int64_t us) -> Result<std::optional<Period>> {
    SPECTRADB_ASSIGN_OR_RETURN(temporal::RowCursor* const rows, latest_.at_instant(us));
    rows->seek_point(key_);
    SPECTRADB_RETURN_IF_ERROR(rows->status());
    return rows->valid() ? std::optional<Period>(rows->row().valid) : std::nullopt;
  };
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<Period> around, piece_at(period.from.us));
  std::optional<temporal::Bound> end;
  if (around) {
    replaces_reading_ = around->from.us == period.from.us;
    end = around->to;
    const bool may_be_gap = !replaces_reading_ && end->us < period.to.us;
    if (may_be_gap) {
      SPECTRADB_ASSIGN_OR_RETURN(const std::optional<Period> next, piece_at(end->us));
      if (!next) end.reset();
    }
  }
  if (!end) {
    SPECTRADB_ASSIGN_OR_RETURN(end, begin_of_next(period, around ? around->to : period.from));
  }
  if (end->us < period.to.us) period.to = *end;
  SPECTRADB_ASSERT(!period.is_empty());
  return put_in_form(period);
}

// Returns where the key's first piece begins at `after` or later, or the end of the period where none does.
Result<temporal::Bound> Writer::begin_of_next(const Period& period, const temporal::Bound& after) {
  SPECTRADB_ASSIGN_OR_RETURN(temporal::RowCursor* const rows, latest_.in({after, period.to}));
  rows->seek_point(key_);
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  return rows->valid() ? rows->row().valid.from : period.to;
}

Writer::Outcome Writer::insert(sqlite3_value** arguments, sqlite3_int64* rowid) {
  const TableSchema& schema = table_.schema();
  const int visible = table_.visible_columns();
  sqlite3_value** columns = arguments + kFirstColumn;
  if (Status status = refuse_read_only_columns(columns, false); !status) return {status};
  if (const Value said = from_sqlite(columns[visible + kGiven]); said.type == Value::Type::kText)
    return replay(columns, said.bytes);
  for (int i = 0; i < visible; ++i) {
    const temporal::Column& column = schema.columns[static_cast<size_t>(i)];
    if (column.is_generated && sqlite3_value_type(columns[i]) != SQLITE_NULL)
      return {Status::invalid("cannot INSERT into generated column \"" + column.name + "\"")};
  }
  const Value from = from_sqlite(columns[visible + kValidFrom]);
  Value to = from_sqlite(columns[visible + kValidTo]);
  const bool until_next = to.type == Value::Type::kText && sql::equals_word(to.bytes, kNext);
  if (until_next) to = Value::null();
  is_series_ = until_next || schema.on_insert == temporal::OnInsert::kSeries;
  Connection& connection = table_.connection();
  const bool has_text = from.type == Value::Type::kText || to.type == Value::Type::kText;
  const Given given = Given::from(columns[visible + kGiven]);
  const bool is_from_now = from.is_null() && to.is_null() && !until_next &&
                           schema.valid_default == temporal::ValidDefault::kNow && !given.has_period;
  const int64_t now_us = has_text || is_from_now ? connection.statement_now() : 0;
  Result<Period> period = to_period_of(schema, from, to, now_us);
  if (!period) return {period.status()};
  if (is_from_now) period->from = {now_us, true};
  if (Status status = put_in_form(*period); !status) return {status};
  if (period->is_empty()) {
    return {Status::invalid("the valid period from " + spelled(from) + " to " + spelled(to) +
                            " is empty: its start must lie before its end")};
  }
  if (Outcome outcome = read_row(columns, given); !outcome.status) return outcome;
  if (Outcome outcome = assign_key(from_sqlite(columns[visible + kRowid])); !outcome.status) return outcome;
  if (Outcome outcome = check_and_encode(); !outcome.status) return outcome;
  if (is_series_) {
    if (Status status = end_at_next(*period); !status) return {status};
  }
  bool is_done = false;
  Outcome outcome = on_conflict(columns[visible + kUpsert], *period, is_done, rowid);
  if (is_done) return outcome;
  outcome = put_row(*period);
  if (outcome.status && schema.has_integer_key) *rowid = integer_key_;
  return outcome;
}

// Checks the row in row_ by itself, and makes its key.
Writer::Outcome Writer::check_and_encode() {
  if (Outcome outcome = check_row(); !outcome.status) return outcome;
  key_.clear();
  temporal::encode_key(key_, table_.schema(), row_, integer_key_);
  return {};
}

// Writes the row in row_ and key_, once all constraints allow it.
Writer::Outcome Writer::put_row(const Period& period) {
  if (Outcome outcome = check_constraints(key_, period, false); !outcome.status) return outcome;
  if (may_append()) {
    const bool is_replace = on_taken_key() == ConflictAction::kReplace;
    if (Status status = cuts_.note(key_, period, is_replace ? nullptr : &period, row_); !status)
      return {status};
  }
  if (Status status = append(key_, period, Operation::kPut); !status) return {status};
  remember_written(period);
  if (!table_.schema().has_integer_key) return {};
  integer_keys_.inserted(integer_key_);
  return {};
}

// Sets the key that an UPDATE gives the row: assigned through its columns, or through rowid.
Writer::Outcome Writer::change_key(sqlite3_value** columns, std::string_view old_key) {
  const TableSchema& schema = table_.schema();
  if (!schema.has_integer_key) return {};
  std::string scratch;
  std::string_view rest = old_key.substr(sizeof(uint32_t));
  Result<Value> old = temporal::take_key_value(rest, scratch);
  if (!old) return {old.status()};
  Value key = schema.key_columns.empty() ? *old : row_[static_cast<size_t>(schema.key_columns[0])];
  sqlite3_value* rowid = columns[table_.visible_columns() + kRowid];
  if (sqlite3_value_nochange(rowid) == 0) {
    const Value assigned = from_sqlite(rowid);
    if (assigned.type != Value::Type::kInteger || assigned.integer != old->integer) key = assigned;
  }
  key = temporal::apply_affinity(key, temporal::Affinity::kInteger, scratch);
  if (key.type != Value::Type::kInteger) return {Status::constraint("datatype mismatch"), SQLITE_MISMATCH};
  integer_key_ = key.integer;
  if (!schema.key_columns.empty()) row_[static_cast<size_t>(schema.key_columns[0])] = key;
  return {};
}

Writer::Outcome Writer::change(sqlite3_value** arguments) {
  const TableSchema& schema = table_.schema();
  const int visible = table_.visible_columns();
  Result<RowIdentity> old = writable(arguments[kOldIdentity]);
  if (!old) return {old.status()};
  if (Status status = put_in_form(old->piece); !status) return {status};
  if (from_sqlite(arguments[kNewIdentity]).bytes != from_sqlite(arguments[kOldIdentity]).bytes) {
    return {Status::invalid("_key of table " + schema.name +
                            " cannot be written; change the key columns instead")};
  }
  sqlite3_value** columns = arguments + kFirstColumn;
  if (Status status = refuse_read_only_columns(columns, true); !status) return {status};
  if (Status status = refuse_generated_columns(columns); !status) return {status};
  const bool is_replace = on_taken_key() == ConflictAction::kReplace;
  if (may_replace() || assigns_all(columns) || moved_in_ == table_.database().transaction()) {
    // An earlier row of the same UPDATE may have replaced this row. And UPDATE … FROM passes a row once for
    // each match: the first one may have given it another key. Newer releases of SQLite do not show that it is
    // one.
    Result<temporal::RowCursor*> rows = latest_.in(old->piece);
    if (!rows) return {rows.status()};
    (*rows)->seek_point(old->user_key);
    if (!(*rows)->valid()) return {(*rows)->status()};
  }
  Period period = old->piece;
  const bool sets_from = sqlite3_value_nochange(columns[visible + kValidFrom]) == 0;
  const bool sets_to = sqlite3_value_nochange(columns[visible + kValidTo]) == 0;
  if (sets_from || sets_to) {
    const Value from = sets_from ? from_sqlite(columns[visible + kValidFrom]) : Value::null();
    const Value to = sets_to ? from_sqlite(columns[visible + kValidTo]) : Value::null();
    Result<Period> assigned = to_period_of(schema, from, to, table_.connection().statement_now());
    if (!assigned) return {assigned.status()};
    if (Status status = put_in_form(*assigned); !status) return {status};
    if (sets_from) period.from = assigned->from;
    if (sets_to) period.to = assigned->to;
    if (period.is_empty()) {
      return {Status::invalid("the valid period that UPDATE gives a row of table " + schema.name +
                              " is empty or reversed")};
    }
    if (old->is_portion) {
      if (!assigns_all(columns))
        return {Status::invalid("_valid_from and _valid_to of table " + schema.name +
                                " cannot be assigned inside FOR PORTION OF: the portion says the period")};
      period = old->piece;  // UPDATE … FROM passes the row's own period, which nobody assigned
    }
  }
  const Result<bool> is_there = unchanged_.find(schema, columns, *old);
  if (!is_there || !*is_there) return {is_there.status()};
  if (Outcome outcome = read_row(columns, Given::all()); !outcome.status) return outcome;
  if (Outcome outcome = change_key(columns, old->user_key); !outcome.status) return outcome;
  if (Outcome outcome = check_row(); !outcome.status) return outcome;
  key_.clear();
  temporal::encode_key(key_, schema, row_, integer_key_);
  const bool is_same_place = key_ == old->user_key && period == old->piece;
  if (Status status = cuts_.note(old->user_key, old->piece, &period, row_); !status) return {status};
  if (!is_same_place) {
    moved_in_ = table_.database().transaction();
    if (Status status = append(old->user_key, old->piece, Operation::kDelete); !status) return {status};
  }
  if (Outcome outcome = check_constraints(key_, period, is_same_place); !outcome.status) return outcome;
  if (is_same_place && may_replace()) {  // what refers to a displaced row, and goes with it, may be this row
    Result<temporal::RowCursor*> rows = latest_.in(old->piece);
    if (!rows) return {rows.status()};
    (*rows)->seek_point(key_);
    if (!(*rows)->valid()) return {(*rows)->status()};
  }
  if (!is_same_place && is_replace) {
    if (key_ == old->user_key) {  // pieces of the row's own key are no other row's
      if (Status status = cuts_.note(key_, period, nullptr, row_); !status) return {status};
    } else {
      if (Status status = cuts_.note_displaced(key_, period); !status) return {status};
      if (Outcome outcome = follow_displaced(); !outcome.status) return outcome;
    }
  }
  if (Status status = append(key_, period, Operation::kPut); !status) return {status};
  remember_written(period);
  integer_keys_.forget();
  return {};
}

Writer::Outcome Writer::erase(sqlite3_value* identity) {
  Result<RowIdentity> old = writable(identity);
  if (!old) return {old.status()};
  if (Status status = put_in_form(old->piece); !status) return {status};
  if (Status status = remember_erased(*old); !status) return {status};
  if (Status status = cuts_.note(old->user_key, old->piece, nullptr, row_); !status) return {status};
  integer_keys_.forget();
  return {append(old->user_key, old->piece, Operation::kDelete)};
}

}  // namespace spectradb::extension
