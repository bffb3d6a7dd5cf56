#include <algorithm>

#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/host/instants.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/database.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/clock_readings.h"
#include "extension/times/time_collation.h"
#include "temporal/row_json.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr const char* kName = "spectradb_commits";

enum CommitsColumn : int {
  kCommitNo,
  kCommittedAt,
  kNotes,
  kClockAt,
  kClockJump,
  kWasCommittedAt,
  kSchemaArgument
};

constexpr const char* kDeclaration =
    "CREATE TABLE x(commit_no INTEGER PRIMARY KEY, committed_at TEXT COLLATE " SPECTRADB_TIME_COLLATION
    ", notes TEXT, clock_at TEXT COLLATE " SPECTRADB_TIME_COLLATION
    ", clock_jump INTEGER, was_committed_at TEXT COLLATE " SPECTRADB_TIME_COLLATION
    ", schema HIDDEN) WITHOUT ROWID";

constexpr int kDescendingFlag = 1;
constexpr double kMicrosecondsOfSecond = 1e6;

constexpr double kScanCost = 1e5;
constexpr int64_t kScanRows = 100'000;
constexpr int kCommitsFraction = 10;  // of the rows, where commits are limited

class CommitsCursor final : public FunctionCursor {
 public:
  explicit CommitsCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status next() override;
  bool at_end() const override { return commits_ == nullptr; }
  Status column(sqlite3_context* context, int index) override;

 private:
  Status give_notes(sqlite3_context* context);
  Status give_clock(sqlite3_context* context, int index);
  Result<ClockReadings::Reading> reading();

  Connection& connection_;
  std::shared_ptr<Database> database_;
  std::unique_ptr<Query> commits_;  // null at the end
  std::unique_ptr<Query> notes_;    // of one commit; null until asked for, or without notes
  bool has_asked_for_notes_ = false;
  std::unique_ptr<ClockReadings> readings_;  // null until asked for
};

void give_time(sqlite3_context* context, std::optional<int64_t> time_us) {
  if (time_us) give_instant(context, *time_us);
}

Status CommitsCursor::filter(const FunctionArguments& arguments) {
  commits_.reset();
  notes_.reset();
  has_asked_for_notes_ = false;
  readings_.reset();
  SPECTRADB_ASSIGN_OR_RETURN(
      std::string schema, schema_of_argument(connection_, arguments.argument(0), kName, arguments.schema()));
  database_ = connection_.database(schema);
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database_->last_commit());
  const uint64_t greatest = std::min(last, arguments.max_commit());
  if (greatest == 0) return Status::ok();
  const bool is_descending = arguments.flags() == kDescendingFlag;
  commits_ = std::make_unique<Query>(
      connection_.handle(), "SELECT commit_no, time_us FROM " + CommitTable::relation(database_->schema()) +
                                " WHERE commit_no BETWEEN ?1 AND ?2 ORDER BY commit_no" +
                                (is_descending ? " DESC" : ""));
  commits_->bind(1, static_cast<int64_t>(arguments.min_commit())).bind(2, static_cast<int64_t>(greatest));
  return next();
}

Status CommitsCursor::next() {
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, commits_->step());
  if (!row) commits_.reset();
  return Status::ok();
}

Status CommitsCursor::give_notes(sqlite3_context* context) {
  if (!has_asked_for_notes_) {
    has_asked_for_notes_ = true;
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_notes, database_->has_notes());
    if (has_notes) {
      notes_ = std::make_unique<Query>(connection_.handle(), "SELECT name, value FROM " +
                                                                 database_->qualified("_spectradb_notes") +
                                                                 " WHERE commit_no = ?1 ORDER BY name");
    }
  }
  if (notes_ == nullptr) return Status::ok();
  QueryScope scope(*notes_);
  notes_->bind(1, commits_->integer(0));
  std::string json;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, notes_->step());
    if (!row) break;
    json += json.empty() ? '{' : ',';
    temporal::append_json(json, from_sqlite(sqlite3_column_value(notes_->statement(), 0)));
    json += ':';
    temporal::append_json(json, from_sqlite(sqlite3_column_value(notes_->statement(), 1)));
  }
  if (json.empty()) return Status::ok();
  json += '}';
  sqlite3_result_text64(context, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

Result<ClockReadings::Reading> CommitsCursor::reading() {
  if (readings_ == nullptr)
    readings_ = std::make_unique<ClockReadings>(connection_.handle(), database_->schema());
  const auto commit = static_cast<uint64_t>(commits_->integer(0));
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<ClockReadings::Reading> kept, readings_->find(commit));
  if (kept) return *kept;
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> before_us, database_->commit_time_us(commit - 1));
  const int64_t time_us = commits_->integer(1);
  if (needs_reading(time_us, before_us)) return ClockReadings::Reading{};
  return ClockReadings::Reading{time_us, std::nullopt};
}

Status CommitsCursor::give_clock(sqlite3_context* context, int index) {
  SPECTRADB_ASSIGN_OR_RETURN(const ClockReadings::Reading kept, reading());
  if (index == kClockAt) give_time(context, kept.clock_us);
  if (index == kWasCommittedAt) give_time(context, kept.was_us);
  if (index != kClockJump) return Status::ok();
  const int64_t time_us = commits_->integer(1);
  const int64_t clock_us = kept.clock_us.value_or(time_us);
  const auto give_seconds = [&](int64_t later_us, int64_t earlier_us) {
    const double seconds =
        (static_cast<double>(later_us) - static_cast<double>(earlier_us)) / kMicrosecondsOfSecond;
    sqlite3_result_int64(context, static_cast<int64_t>(seconds));
  };
  const int64_t now_us = wall_clock_us();
  if (is_jump(clock_us, time_us) || is_jump(time_us, clock_us)) {
    give_seconds(clock_us, time_us);
  } else if (is_jump(time_us, now_us)) {
    give_seconds(time_us, now_us);
  }
  return Status::ok();
}

Status CommitsCursor::column(sqlite3_context* context, int index) {
  if (index == kCommitNo) sqlite3_result_int64(context, commits_->integer(0));
  if (index == kCommittedAt) give_time(context, commits_->integer(1));
  if (index == kClockAt || index == kClockJump || index == kWasCommittedAt) return give_clock(context, index);
  return index == kNotes ? give_notes(context) : Status::ok();
}

void plan(FunctionPlanner& planner) {
  planner.take_commits(kCommitNo);
  const FunctionPlanner::Order order = planner.order_by({kCommitNo});
  if (order != FunctionPlanner::Order::kNone) planner.consume_order();
  const int fraction = planner.has_commits() ? kCommitsFraction : 1;
  planner.answer(kScanCost / fraction, kScanRows / fraction,
                 order == FunctionPlanner::Order::kDescending ? kDescendingFlag : 0);
}

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kSchemaArgument,
                                     1,
                                     plan,
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<CommitsCursor>(connection);
                                     }};

}  // namespace

const TableFunction& commits_table() { return kFunction; }

}  // namespace spectradb::extension
