#include <algorithm>
#include <deque>

#include "extension/functions/commit_texts.h"
#include "extension/functions/covered_pieces.h"
#include "extension/functions/facts_in_order.h"
#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/erasures.h"
#include "extension/session/fact_reader.h"
#include "extension/session/pager_mark.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/commit_cursor.h"
#include "extension/times/commit_times.h"
#include "extension/times/horizon.h"
#include "extension/times/time_collation.h"

namespace spectradb::extension {

using temporal::Fact;

namespace {

constexpr const char* kName = "spectradb_changes";

enum ChangesColumn : int {
  kCommitNo,
  kCommittedAt,
  kTableName,
  kOperation,
  kChangedKey,
  kRow,
  kFactValidFrom,
  kFactValidTo,
  kTableArgument,
  kSinceArgument,
  kSchemaArgument,
  kOrdinal,
  kBeforeRow,
  kPieces,
  kCommitNotes,
  kCursor,
};
constexpr int kArguments = 3;

constexpr const char* kDeclaration =
    "CREATE TABLE x(commit_no INTEGER, committed_at TEXT COLLATE " SPECTRADB_TIME_COLLATION
    ", table_name TEXT, operation TEXT, key, row TEXT, "
    "_valid_from COLLATE " SPECTRADB_TIME_COLLATION ", _valid_to COLLATE " SPECTRADB_TIME_COLLATION
    ", of_table HIDDEN, since HIDDEN, schema HIDDEN, _ordinal INTEGER HIDDEN, before TEXT HIDDEN, pieces "
    "TEXT "
    "HIDDEN, commit_notes TEXT HIDDEN, cursor TEXT HIDDEN, "
    "PRIMARY KEY (commit_no, _ordinal)) WITHOUT ROWID";

constexpr double kCost = 1e5;
constexpr int64_t kRows = 100'000;
constexpr int kCommitsFraction = 10;  // assumed part of the rows, for `since` and for each limit of commits

// Where a database was last found without erasures behind its newest commit: asked of SQLite's schema, that is a fifth
// of a poll.
struct NoErasures {
  std::weak_ptr<Database> database;
  PagerMark at;
};

class ChangesCursor final : public FunctionCursor {
 public:
  explicit ChangesCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status next() override;
  bool at_end() const override { return facts_.at_end() && erasures_.empty(); }
  Status column(sqlite3_context* context, int index) override;

 private:
  Result<bool> is_nothing_new(const FunctionArguments& arguments, const std::shared_ptr<Database>& database);
  Result<bool> has_no_erasures(const std::shared_ptr<Database>& database, uint64_t behind);
  Status find_tables(const FunctionArguments& arguments);
  Status find_erasures(const FunctionArguments& arguments, uint64_t since);
  Status next_fact();
  // Whether the row is an erasure; those of a commit come before its facts.
  bool is_erasure() const {
    return !erasures_.empty() && (facts_.at_end() || told_in(erasures_.front()) <= facts_.commit());
  }
  // An erasure that made no commit is told in the last one until there is another.
  uint64_t told_in(const Erasures::Made& erasure) const {
    return std::min(erasure.after_commit + 1, reader_.snapshot());
  }
  uint64_t commit() const { return is_erasure() ? told_in(erasures_.front()) : facts_.commit(); }
  Status give_erasure(sqlite3_context* context, int index);
  // Most columns are of the fact, which is read once for all of them.
  Status find_fact() {
    if (fact_) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const std::string_view value, facts_.value());
    SPECTRADB_ASSIGN_OR_RETURN(fact_, temporal::decode_fact(value));
    return Status::ok();
  }
  Status give_operation(sqlite3_context* context, const Fact& fact);
  Status find_covered(const Fact& fact);
  Status give_of_commit(sqlite3_context* context, int index);

  Connection& connection_;
  FactReader reader_;
  std::vector<TemporalTable> tables_;
  std::vector<uint64_t> horizons_;                // of the tables
  std::vector<std::unique_ptr<RowCells>> cells_;  // of the tables
  std::unique_ptr<CommitTimes> times_;
  std::unique_ptr<lsm::VersionCursor> older_;  // reads what a fact did, when asked
  FactsInOrder facts_;
  std::optional<Fact> fact_;                                 // of the row, when asked
  std::deque<Erasures::Made> erasures_;                      // from the row on
  bool shows_covered_ = false;                               // whether a column of covered_ is used
  std::vector<std::unique_ptr<CoveredPieces>> covered_;      // by table, when asked
  std::optional<std::pair<uint64_t, uint32_t>> covered_by_;  // the fact that covered_ is about
  std::unique_ptr<CommitTexts> commit_texts_;                // when asked
};

Status ChangesCursor::find_tables(const FunctionArguments& arguments) {
  cells_.clear();
  tables_.clear();
  sqlite3_value* name = arguments.argument(0);
  if (name != nullptr && sqlite3_value_type(name) != SQLITE_NULL) {
    SPECTRADB_ASSIGN_OR_RETURN(std::string schema, schema_of_argument(connection_, arguments.argument(2),
                                                                      kName, arguments.schema(), ""));
    SPECTRADB_ASSIGN_OR_RETURN(TemporalTable table,
                               find_temporal_table(connection_, from_sqlite(name), schema, kName));
    tables_.push_back(std::move(table));
  } else {
    SPECTRADB_ASSIGN_OR_RETURN(std::string schema, schema_of_argument(connection_, arguments.argument(2),
                                                                      kName, arguments.schema()));
    SPECTRADB_ASSIGN_OR_RETURN(std::vector<TemporalTable> tables, temporal_tables_of(connection_, schema));
    tables_ = std::move(tables);
  }
  for (const TemporalTable& table : tables_) cells_.push_back(std::make_unique<RowCells>(table));
  return Status::ok();
}

// Whoever follows a database asks again and again, mostly before there is anything new. That is found without its
// tables. Where false is returned, the whole way has the answer, or the error.
Result<bool> ChangesCursor::is_nothing_new(const FunctionArguments& arguments,
                                           const std::shared_ptr<Database>& database) {
  const temporal::Value since = arguments.value(1);
  if (database->store_if_open() == nullptr || database->batch() != nullptr) return false;
  const Result<uint64_t> found = database->snapshot();
  if (!found) return false;
  const uint64_t snapshot = *found;
  const std::optional<int64_t> number = commit_number(since);
  const std::optional<CommitCursor> cursor = number ? std::nullopt : read_commit_cursor(since);
  if (!(number && static_cast<uint64_t>(*number) == snapshot) && !(cursor && cursor->commit == snapshot))
    return false;
  if (cursor && database->store_if_open()->frame_of(snapshot) != cursor->token) return false;
  return has_no_erasures(database, snapshot);
}

Result<bool> ChangesCursor::has_no_erasures(const std::shared_ptr<Database>& database, uint64_t behind) {
  sqlite3* const db = connection_.handle();
  NoErasures& none = connection_.part<NoErasures>();
  const bool is_reading = sqlite3_txn_state(db, database->schema().c_str()) == SQLITE_TXN_READ;
  if (is_reading && none.database.lock() == database && none.at.holds(db, database->schema())) return true;
  // The snapshot was asked for by a statement, so SQLite's schema is that of now.
  Erasures erasures(*database);
  bool is_none = !erasures.are_known();
  if (!is_none) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Erasures::Made> made, erasures.made_behind(behind));
    is_none = made.empty();
  }
  none = {};
  if (is_reading && is_none) none = {database, PagerMark(db, database->schema())};
  return is_none;
}

Status ChangesCursor::filter(const FunctionArguments& arguments) {
  older_.reset();
  shows_covered_ = arguments.flags() != 0;
  covered_.clear();
  covered_by_.reset();
  commit_texts_.reset();
  erasures_.clear();
  fact_.reset();
  facts_ = FactsInOrder();
  std::shared_ptr<Database> database;  // is kept for what follows
  if (arguments.value(0).is_null() && !arguments.value(1).is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(
        const std::string schema,
        schema_of_argument(connection_, arguments.argument(2), kName, arguments.schema()));
    database = connection_.database(schema);
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_nothing, is_nothing_new(arguments, database));
    if (is_nothing) return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(find_tables(arguments));
  if (tables_.empty()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(reader_.open(tables_[0].database));
  times_ = std::make_unique<CommitTimes>(reader_.database());
  uint64_t min_commit = arguments.min_commit();
  if (sqlite3_value* given = arguments.argument(1);
      given != nullptr && sqlite3_value_type(given) != SQLITE_NULL) {
    SPECTRADB_ASSIGN_OR_RETURN(SystemTime time,
                               to_system_time(reader_.database(), from_sqlite(given), reader_.snapshot(),
                                              connection_.statement_now()));
    if (time.is_all)
      return Status::invalid("spectradb_changes: 'all' is no time; leave it out for all changes");
    min_commit = std::max(min_commit, time.commit + 1);
    SPECTRADB_RETURN_IF_ERROR(find_erasures(arguments, time.commit));
  }
  std::vector<uint32_t> ids;
  horizons_.clear();
  uint64_t first_commit = UINT64_MAX;
  for (const TemporalTable& table : tables_) {
    ids.push_back(table.schema.id);
    uint64_t first_of_table = min_commit;
    horizons_.push_back(horizon_of(table));
    SPECTRADB_RETURN_IF_ERROR(
        begin_behind_horizon(table.schema.name, horizons_.back(), &first_of_table, arguments.max_commit()));
    first_commit = std::min(first_commit, first_of_table);
  }
  facts_.open(reader_, std::move(ids), std::max(first_commit, uint64_t{1}), arguments.max_commit());
  return next_fact();
}

// Who reads on from a commit may have what was erased behind it.
Status ChangesCursor::find_erasures(const FunctionArguments& arguments, uint64_t since) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Erasures::Made> made,
                             Erasures(reader_.database()).made_behind(since));
  const bool is_of_one = !arguments.value(0).is_null();
  for (const Erasures::Made& erasure : made) {
    const uint64_t commit = told_in(erasure);
    if (commit < arguments.min_commit() || commit > arguments.max_commit()) continue;
    if (is_of_one && erasure.table_id != tables_[0].schema.id) continue;
    erasures_.push_back(erasure);
  }
  return Status::ok();
}

Status ChangesCursor::next() {
  if (!is_erasure()) return next_fact();
  erasures_.pop_front();
  return Status::ok();
}

// Passes over what single tables have retired.
Status ChangesCursor::next_fact() {
  fact_.reset();
  do {
    SPECTRADB_RETURN_IF_ERROR(facts_.next());
  } while (!facts_.at_end() && facts_.commit() <= horizons_[facts_.table()]);
  return Status::ok();
}

Status ChangesCursor::give_operation(sqlite3_context* context, const Fact& fact) {
  if (shows_covered_ && fact.operation == temporal::Operation::kPut) {  // the key is sought once for both
    SPECTRADB_RETURN_IF_ERROR(find_covered(fact));
    const bool is_update = covered_[facts_.table()]->has_pieces();
    sqlite3_result_text(context,
                        operation_name(is_update ? temporal::Change::kUpdate : temporal::Change::kInsert), -1,
                        SQLITE_STATIC);
    return Status::ok();
  }
  if (older_ == nullptr) older_ = reader_.versions(0, UINT64_MAX);
  SPECTRADB_ASSIGN_OR_RETURN(
      temporal::Change change,
      temporal::change_of(*older_, facts_.user_key(), facts_.commit(), facts_.ordinal(), fact));
  sqlite3_result_text(context, operation_name(change), -1, SQLITE_STATIC);
  return Status::ok();
}

// Finds what the fact replaced where it is valid; two columns show it.
Status ChangesCursor::find_covered(const Fact& fact) {
  const std::pair<uint64_t, uint32_t> position(facts_.commit(), facts_.ordinal());
  if (covered_by_ == position) return Status::ok();
  if (older_ == nullptr) older_ = reader_.versions(0, UINT64_MAX);
  covered_.resize(tables_.size());
  std::unique_ptr<CoveredPieces>& pieces = covered_[facts_.table()];
  if (pieces == nullptr) pieces = std::make_unique<CoveredPieces>(tables_[facts_.table()]);
  covered_by_.reset();
  SPECTRADB_RETURN_IF_ERROR(
      pieces->find(*older_, facts_.user_key(), facts_.commit(), facts_.ordinal(), fact.valid));
  covered_by_ = position;
  return Status::ok();
}

Status ChangesCursor::give_of_commit(sqlite3_context* context, int index) {
  if (commit_texts_ == nullptr) commit_texts_ = std::make_unique<CommitTexts>(reader_.database());
  SPECTRADB_ASSIGN_OR_RETURN(const std::string* const text, index == kCursor
                                                                ? commit_texts_->cursor(commit())
                                                                : commit_texts_->notes(commit()));
  if (!text->empty())
    sqlite3_result_text64(context, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

// Of which row it was nobody can tell: its name is a surrogate, and spectradb_erased() has what stays of its facts.
Status ChangesCursor::give_erasure(sqlite3_context* context, int index) {
  const Erasures::Made& erasure = erasures_.front();
  switch (index) {
    case kTableName:
      sqlite3_result_text(context, erasure.table.c_str(), -1, SQLITE_TRANSIENT);
      break;
    case kOperation:
      sqlite3_result_text(context, "erase", -1, SQLITE_STATIC);
      break;
    case kChangedKey:
      sqlite3_result_text(context, erasure.surrogate.c_str(), -1, SQLITE_TRANSIENT);
      break;
    case kOrdinal:
      sqlite3_result_int64(context, -erasure.number);
      break;
    default:
      break;
  }
  return Status::ok();
}

Status ChangesCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kCommitNo:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(commit()));
      return Status::ok();
    case kCommittedAt:
      return times_->give(context, commit());
    case kCommitNotes:
    case kCursor:
      return give_of_commit(context, index);
    default:
      break;
  }
  if (is_erasure()) return give_erasure(context, index);
  switch (index) {
    case kTableName: {
      const std::string& name = tables_[facts_.table()].schema.name;
      sqlite3_result_text(context, name.data(), static_cast<int>(name.size()), SQLITE_TRANSIENT);
      return Status::ok();
    }
    case kChangedKey:
      return cells_[facts_.table()]->give_key(context, facts_.user_key());
    case kOrdinal:
      sqlite3_result_int64(context, facts_.ordinal());
      return Status::ok();
    default:
      break;
  }
  SPECTRADB_RETURN_IF_ERROR(find_fact());
  const Fact& found = *fact_;
  switch (index) {
    case kOperation:
      return give_operation(context, found);
    case kRow:
      if (found.operation == temporal::Operation::kDelete) return Status::ok();
      return cells_[facts_.table()]->give_row(context, facts_.user_key(), found.payload);
    case kBeforeRow:
    case kPieces: {
      SPECTRADB_RETURN_IF_ERROR(find_covered(found));
      CoveredPieces& pieces = *covered_[facts_.table()];
      return index == kPieces ? pieces.give_all(context, *older_) : pieces.give_first(context, *older_);
    }
    case kFactValidFrom:
      give_bound(context, in_form(found.valid.from, tables_[facts_.table()].schema.valid_form));
      return Status::ok();
    case kFactValidTo:
      give_bound(context, in_form(found.valid.to, tables_[facts_.table()].schema.valid_form));
      return Status::ok();
    default:
      return Status::ok();
  }
}

void plan(FunctionPlanner& planner) {
  planner.take_commits(kCommitNo);
  if (planner.order_by({kCommitNo}) == FunctionPlanner::Order::kAscending) planner.consume_order();
  const int since = planner.has_argument(1) ? kCommitsFraction : 1;
  const int fraction = planner.has_commits() ? since * kCommitsFraction : since;
  const bool shows_covered = planner.uses(kBeforeRow) || planner.uses(kPieces);
  planner.answer(kCost / fraction, kRows / fraction, shows_covered ? 1 : 0);
}

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kTableArgument,
                                     kArguments,
                                     plan,
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<ChangesCursor>(connection);
                                     }};

}  // namespace

const TableFunction& changes_table() { return kFunction; }

}  // namespace spectradb::extension
