#include "extension/facets/undo/blame.h"

#include <optional>

#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/commit_notes.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/commit_times.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/times/system_time.h"
#include "extension/times/time_collation.h"
#include "extension/times/valid_forms.h"
#include "temporal/fact.h"
#include "temporal/row_codec.h"
#include "temporal/row_json.h"

namespace spectradb::extension::undo {

using temporal::Value;

namespace {

constexpr const char* kBlame = "spectradb_blame";

enum BlameColumn : int {
  kColumnName,
  kValue,
  kCommitNo,
  kCommittedAt,
  kNotes,
  kTableArgument,
  kKeyArgument,
  kSchemaArgument
};
constexpr int kBlameArguments = 3;
constexpr int kSchemaPlace = 2;
constexpr double kBlameCost = 50;
constexpr int64_t kBlameRows = 10;

constexpr const char* kBlameDeclaration =
    "CREATE TABLE x(column_name TEXT, value, commit_no INTEGER, committed_at TEXT "
    "COLLATE " SPECTRADB_TIME_COLLATION
    ", notes TEXT, of_table HIDDEN, of_key HIDDEN, schema HIDDEN, PRIMARY KEY (column_name, of_table, "
    "of_key, schema)) WITHOUT ROWID";

// Holds the value of a column, and the commit since which it has this value.
struct Given {
  int column = 0;
  Value value;  // its bytes are not set
  std::string bytes;
  uint64_t commit = 0;
  bool is_found = false;  // older facts gave another value

  bool is(const Value& other) const {
    return value.type == other.type && value.integer == other.integer && bytes == other.bytes &&
           temporal::compare(Value::of_real(value.real), Value::of_real(other.real),
                             temporal::Collation::kBinary) == 0;
  }
};

class BlameCursor final : public GatheredCursor<Given> {
 public:
  explicit BlameCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status column(sqlite3_context* context, int index) override;

 private:
  Result<uint64_t> system_commit(const FactReader& reader) const;
  Result<int64_t> valid_instant() const;
  Status walk(std::string_view user_key);
  Status take_row(uint64_t commit);
  Result<bool> take_older(uint64_t commit);
  bool is_hidden(int column) const {
    return !table_->hidden.empty() && table_->hidden[static_cast<size_t>(column)];
  }
  Status give_notes(sqlite3_context* context, uint64_t commit);

  Connection& connection_;
  std::unique_ptr<TemporalTable> table_;
  std::unique_ptr<temporal::RowReader> row_;
  uint64_t horizon_ = 0;
};

Status BlameCursor::filter(const FunctionArguments& arguments) {
  start_over();
  if (arguments.argument(0) == nullptr || arguments.argument(1) == nullptr)
    return Status::invalid("spectradb_blame needs a table and a key: spectradb_blame('t', 1)");
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::string schema,
      schema_of_argument(connection_, arguments.argument(kSchemaPlace), kBlame, arguments.schema(), ""));
  SPECTRADB_ASSIGN_OR_RETURN(
      TemporalTable table,
      find_temporal_table(connection_, from_sqlite(arguments.argument(0)), schema, kBlame));
  row_.reset();
  table_ = std::make_unique<TemporalTable>(std::move(table));
  row_ = std::make_unique<temporal::RowReader>(table_->schema);
  if (table_->hides_key())
    return Status::invalid("spectradb_blame: the key of table " + table_->schema.name +
                           " may not be read: not authorized");
  SPECTRADB_ASSIGN_OR_RETURN(const KeyWanted wanted,
                             key_of_argument(table_->schema, from_sqlite(arguments.argument(1))));
  return wanted.user_key ? walk(*wanted.user_key) : Status::ok();
}

Result<uint64_t> BlameCursor::system_commit(const FactReader& reader) const {
  if (!connection_.part<SessionTimes>().as_of.is_set()) return reader.last_commit();
  SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time,
                             to_system_time(reader.database(), connection_.part<SessionTimes>().as_of.value(),
                                            reader.snapshot(), connection_.statement_now()));
  if (time.is_all) return Status::invalid("spectradb_blame: the session reads all system time: say one");
  return time.commit;
}

Result<int64_t> BlameCursor::valid_instant() const {
  const Value given = connection_.part<SessionTimes>().valid_at.value();
  if (is_all(given)) return Status::invalid("spectradb_blame: the session reads all valid time: say one");
  int64_t at_us = connection_.statement_now();
  if (!given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at, to_bound_of(table_->schema, given, at_us));
    at_us = at.us;
  }
  SPECTRADB_RETURN_IF_ERROR(check_valid_horizon(*table_, at_us));
  return at_us;
}

// Walks from the newest fact that holds at this valid time to the older ones, as long as they may have given a
// value that is still there. Keeps nothing of a row but the values that the newest one shows.
Status BlameCursor::walk(std::string_view user_key) {
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(table_->database));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, system_commit(reader));
  horizon_ = horizon_of(*table_);
  SPECTRADB_RETURN_IF_ERROR(check_horizon(table_->schema.name, horizon_, last));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t instant, valid_instant());
  const auto versions = reader.versions(0, UINT64_MAX);
  for (versions->seek_key(user_key); versions->valid(); versions->next()) {
    SPECTRADB_RETURN_IF_ERROR(reader.check_interrupted());
    if (versions->commit() > last || reader.is_later(versions->commit(), versions->ordinal())) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Fact fact, temporal::decode_fact(versions->value()));
    if (!fact.valid.contains(instant)) continue;
    if (fact.operation == temporal::Operation::kDelete) break;
    row_->bind(user_key, fact.payload);
    if (rows().empty()) {
      SPECTRADB_RETURN_IF_ERROR(take_row(versions->commit()));
      continue;
    }
    SPECTRADB_ASSIGN_OR_RETURN(const bool goes_on, take_older(versions->commit()));
    if (!goes_on) break;
  }
  return versions->status();
}

Status BlameCursor::take_row(uint64_t commit) {
  const std::vector<temporal::Column>& columns = table_->schema.columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].is_hidden) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, row_->column(static_cast<int>(i)));
    Given& given = rows().emplace_back();
    given.column = static_cast<int>(i);
    given.bytes = value.bytes;
    given.value = value;
    given.value.bytes = {};
    given.commit = commit;
  }
  return Status::ok();
}

// Returns whether an even older fact may have given a value.
Result<bool> BlameCursor::take_older(uint64_t commit) {
  bool goes_on = false;
  for (Given& given : rows()) {
    if (given.is_found) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, row_->column(given.column));
    given.is_found = !given.is(value);
    if (!given.is_found) given.commit = commit;
    goes_on = goes_on || !given.is_found;
  }
  return goes_on;
}

Status BlameCursor::give_notes(sqlite3_context* context, uint64_t commit) {
  Database& database = *table_->database;
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_notes, database.has_notes());
  if (!has_notes) return Status::ok();
  Query notes(connection_.handle(), "SELECT name, value FROM " + database.qualified(CommitNotes::kTable) +
                                        " WHERE commit_no = ?1 ORDER BY name");
  notes.bind(1, static_cast<int64_t>(commit));
  std::string json;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_row, notes.step());
    if (!has_row) break;
    json += json.empty() ? '{' : ',';
    temporal::append_json(json, from_sqlite(sqlite3_column_value(notes.statement(), 0)));
    json += ':';
    temporal::append_json(json, from_sqlite(sqlite3_column_value(notes.statement(), 1)));
  }
  if (json.empty()) return Status::ok();
  json += '}';
  sqlite3_result_text64(context, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

Status BlameCursor::column(sqlite3_context* context, int index) {
  const Given& given = current();
  if (index == kColumnName) {
    const std::string& name = table_->schema.columns[static_cast<size_t>(given.column)].name;
    sqlite3_result_text64(context, name.data(), name.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  }
  if (is_hidden(given.column)) return Status::ok();  // the time of its changes would reveal something
  if (index == kValue) {
    Value value = given.value;
    value.bytes = given.bytes;
    give(context, value);
  }
  // By then an older fact may have given it, which is retired.
  if (given.commit <= horizon_) return Status::ok();
  if (index == kCommitNo) sqlite3_result_int64(context, static_cast<sqlite3_int64>(given.commit));
  if (index == kCommittedAt) return CommitTimes(*table_->database).give(context, given.commit);
  return index == kNotes ? give_notes(context, given.commit) : Status::ok();
}

}  // namespace

constinit const TableFunction kBlameTable = {
    kBlame,
    kBlameDeclaration,
    kTableArgument,
    kBlameArguments,
    [](FunctionPlanner& planner) { planner.answer(kBlameCost, kBlameRows, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<BlameCursor>(connection);
    }};

}  // namespace spectradb::extension::undo
