// spectradb_history(table [, key [, schema]]): every fact of a table, key by key, oldest first; a delete has
// a row for each piece that it took away.
#include <string>

#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/host/values.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/commit_times.h"
#include "extension/times/horizon.h"
#include "extension/times/time_collation.h"
#include "temporal/fact_history.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::ToldFact;
using temporal::Value;

namespace {

constexpr const char* kName = "spectradb_history";

enum HistoryColumn : int {
  kCommitNo,
  kCommittedAt,
  kOperation,
  kHistoryKey,
  kRow,
  kFactValidFrom,
  kFactValidTo,
  kFactSystemFrom,
  kFactSystemTo,
  kTableArgument,
  kKeyArgument,
  kSchemaArgument,
  kOrdinal,  // and above 32 bits the piece of what a delete took away
};

constexpr const char* kDeclaration =
    "CREATE TABLE x(commit_no INTEGER, committed_at TEXT COLLATE " SPECTRADB_TIME_COLLATION
    ", operation TEXT, key, row TEXT, "
    "_valid_from COLLATE " SPECTRADB_TIME_COLLATION ", _valid_to COLLATE " SPECTRADB_TIME_COLLATION
    ", _system_from INTEGER, _system_to INTEGER, of_table HIDDEN, of_key HIDDEN, "
    "schema HIDDEN, _ordinal INTEGER HIDDEN, PRIMARY KEY (commit_no, _ordinal)) WITHOUT ROWID";

constexpr int kArguments = 3;

constexpr int kDescendingFlag = 1;

constexpr double kScanCost = 1e6;
constexpr int64_t kScanRows = 1'000'000;
constexpr double kPointCost = 20;
constexpr int64_t kPointRows = 10;
constexpr int kCommitsFraction = 10;  // of the rows, where commits are limited

class HistoryCursor final : public FunctionCursor {
 public:
  explicit HistoryCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status next() override {
    ++place_;
    return settle();
  }
  bool at_end() const override { return at_end_; }
  Status column(sqlite3_context* context, int index) override;

 private:
  // A shown row: a fact, or a piece that a delete took away.
  struct Told {
    size_t fact = 0;
    int64_t piece = -1;  // its place in FactHistory::deleted(); -1 for a put, or a delete of nothing
    int64_t nth = 0;     // place among the pieces of its delete
  };

  Status open_scan();
  Result<bool> read_key();  // reads the facts of the next key; false when there is none
  Status give_row_of(sqlite3_context* context, const ToldFact& told);
  Status settle();  // moves to the first wanted fact from place_ on
  void tell_rows();
  const Told& told() const { return is_descending_ ? told_[told_.size() - 1 - place_] : told_[place_]; }
  const ToldFact& fact() const { return history_.facts()[told().fact]; }
  const temporal::DeletedPiece* piece() const {
    return told().piece < 0 ? nullptr : &history_.deleted()[static_cast<size_t>(told().piece)];
  }
  const temporal::Period& valid() const { return piece() == nullptr ? fact().valid : piece()->valid; }

  Connection& connection_;
  FactReader reader_;
  std::unique_ptr<TemporalTable> table_;
  std::unique_ptr<RowCells> cells_;
  std::unique_ptr<CommitTimes> times_;
  std::unique_ptr<lsm::VersionCursor> versions_;  // of all commits
  std::unique_ptr<lsm::VersionCursor> again_;     // reads what the history has left out; made when needed
  std::unique_ptr<lsm::VersionCursor> changed_;   // finds keys with facts of the wanted commits
  std::optional<std::string> point_;              // set when only one key is wanted
  std::string upper_;                             // of all keys of the table
  std::string user_key_;
  temporal::ValidHorizons key_horizons_;  // where one key is read
  temporal::FactHistory history_;
  std::vector<Told> told_;  // of the key
  size_t place_ = 0;
  uint64_t min_commit_ = 0;
  uint64_t max_commit_ = 0;
  bool is_descending_ = false;
  bool at_end_ = true;
};

Status HistoryCursor::filter(const FunctionArguments& arguments) {
  at_end_ = true;
  sqlite3_value* name = arguments.argument(0);
  if (name == nullptr)
    return Status::invalid("spectradb_history needs the name of a table: spectradb_history('t')");
  SPECTRADB_ASSIGN_OR_RETURN(std::string schema, schema_of_argument(connection_, arguments.argument(2), kName,
                                                                    arguments.schema(), ""));
  SPECTRADB_ASSIGN_OR_RETURN(TemporalTable table,
                             find_temporal_table(connection_, from_sqlite(name), schema, kName));
  cells_.reset();
  table_ = std::make_unique<TemporalTable>(std::move(table));
  cells_ = std::make_unique<RowCells>(*table_);
  SPECTRADB_RETURN_IF_ERROR(reader_.open(table_->database));
  times_ = std::make_unique<CommitTimes>(*table_->database);
  is_descending_ = arguments.flags() == kDescendingFlag;
  min_commit_ = arguments.min_commit();
  max_commit_ = arguments.max_commit();
  point_.reset();
  if (sqlite3_value* key = arguments.argument(1); key != nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(KeyWanted wanted, key_of_argument(table_->schema, from_sqlite(key)));
    if (!wanted.user_key || table_->hides_key()) return Status::ok();
    point_ = std::move(wanted.user_key);
  }
  if (sqlite3_value* key = arguments.key(); key != nullptr && !point_) {
    std::optional<KeyWanted> wanted = key_of_comparison(table_->schema, from_sqlite(key));
    if (wanted && !wanted->user_key) return Status::ok();
    if (wanted) point_ = std::move(wanted->user_key);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t horizon, point_ ? horizon_of_key(*table_, *point_)
                                                            : Result<uint64_t>(horizon_of(*table_)));
  SPECTRADB_RETURN_IF_ERROR(begin_behind_horizon(table_->schema.name, horizon, &min_commit_, max_commit_));
  if (point_) {
    SPECTRADB_ASSIGN_OR_RETURN(key_horizons_, valid_horizons_of_key(*table_, *point_));
    reader_.show_from(&key_horizons_);
  }
  if (min_commit_ > std::min(max_commit_, reader_.last_commit())) return Status::ok();
  return open_scan();
}

Status HistoryCursor::open_scan() {
  versions_ = reader_.versions(0, UINT64_MAX);
  again_.reset();
  changed_.reset();
  std::string lower;
  temporal::append_table_id(lower, table_->schema.id);
  upper_ = temporal::after_prefix(lower);
  if (point_) {
    versions_->seek_key(*point_);
  } else if (min_commit_ > 1) {
    changed_ = reader_.versions(min_commit_, max_commit_);
    changed_->seek(lower);
  } else {
    versions_->seek(lower);
  }
  SPECTRADB_ASSIGN_OR_RETURN(const bool found, read_key());
  at_end_ = !found;
  return at_end_ ? Status::ok() : settle();
}

Result<bool> HistoryCursor::read_key() {
  if (changed_ != nullptr) {
    while (changed_->valid() && changed_->commit() < min_commit_ && changed_->user_key() < upper_)
      changed_->next();
    if (!changed_->valid()) {
      SPECTRADB_RETURN_IF_ERROR(changed_->status());
      return false;
    }
    if (changed_->user_key() >= upper_) return false;
    versions_->seek_key(changed_->user_key());
    changed_->next_key();
  }
  if (!versions_->valid()) {
    SPECTRADB_RETURN_IF_ERROR(versions_->status());
    return false;
  }
  if (versions_->user_key() >= upper_) return false;
  user_key_.assign(versions_->user_key());
  SPECTRADB_RETURN_IF_ERROR(history_.read(*versions_));
  tell_rows();
  place_ = 0;
  return true;
}

void HistoryCursor::tell_rows() {
  told_.clear();
  const std::vector<temporal::DeletedPiece>& deleted = history_.deleted();
  size_t piece = 0;
  for (size_t i = 0; i < history_.facts().size(); ++i) {
    if (piece == deleted.size() || deleted[piece].fact != i) told_.push_back({i, -1, 0});
    for (int64_t nth = 0; piece < deleted.size() && deleted[piece].fact == i; ++piece, ++nth)
      told_.push_back({i, static_cast<int64_t>(piece), nth});
  }
}

Status HistoryCursor::settle() {
  for (;;) {
    for (; place_ < told_.size(); ++place_) {
      const uint64_t commit = fact().commit;
      if (commit >= min_commit_ && commit <= max_commit_ && !reader_.is_later(commit, fact().ordinal))
        return Status::ok();
    }
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    SPECTRADB_ASSIGN_OR_RETURN(const bool found, read_key());
    at_end_ = !found;
    if (at_end_) return Status::ok();
  }
}

Status HistoryCursor::give_row_of(sqlite3_context* context, const ToldFact& told) {
  if (told.is_left_out && again_ == nullptr) again_ = reader_.versions(0, UINT64_MAX);
  if (told.is_left_out) sqlite3_result_null(context);  // frees the last row's text before this one is read
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload, told.is_left_out
                                                                 ? history_.payload_of(told, *again_)
                                                                 : Result<std::string_view>(told.payload));
  return cells_->give_row(context, user_key_, payload);
}

Status HistoryCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kCommitNo:
    case kFactSystemFrom:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(fact().commit));
      return Status::ok();
    case kCommittedAt:
      return times_->give(context, fact().commit);
    case kOperation:
      sqlite3_result_text(context, operation_name(fact().change), -1, SQLITE_STATIC);
      return Status::ok();
    case kHistoryKey:
      return cells_->give_key(context, user_key_);
    case kRow:
      if (piece() != nullptr) return give_row_of(context, history_.facts()[piece()->shown]);
      if (fact().change == temporal::Change::kDelete) return Status::ok();
      return give_row_of(context, fact());
    case kFactValidFrom:
      give_bound(context, in_form(valid().from, table_->schema.valid_form));
      return Status::ok();
    case kFactValidTo:
      give_bound(context, in_form(valid().to, table_->schema.valid_form));
      return Status::ok();
    case kFactSystemTo:
      if (const uint64_t commit = piece() == nullptr ? fact().superseded_by : piece()->superseded_by;
          commit != 0)
        sqlite3_result_int64(context, static_cast<sqlite3_int64>(commit));
      return Status::ok();
    case kOrdinal:
      sqlite3_result_int64(context, fact().ordinal + (told().nth << 32));
      return Status::ok();
    default:
      return Status::ok();
  }
}

void plan(FunctionPlanner& planner) {
  const bool is_point = planner.take_key(kHistoryKey) || planner.has_argument(1);
  planner.take_commits(kCommitNo);
  planner.take_commits(kFactSystemFrom);
  int flags = 0;
  // The facts of one key are in the order of their commits.
  const FunctionPlanner::Order order = planner.has_argument(1)
                                           ? planner.order_by({kCommitNo, kFactSystemFrom})
                                           : FunctionPlanner::Order::kNone;
  if (order != FunctionPlanner::Order::kNone) planner.consume_order();
  if (order == FunctionPlanner::Order::kDescending) flags = kDescendingFlag;
  const int fraction = planner.has_commits() ? kCommitsFraction : 1;
  planner.answer((is_point ? kPointCost : kScanCost) / fraction, is_point ? kPointRows : kScanRows / fraction,
                 flags);
}

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kTableArgument,
                                     kArguments,
                                     plan,
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<HistoryCursor>(connection);
                                     }};

}  // namespace

const TableFunction& history_table() { return kFunction; }

}  // namespace spectradb::extension
