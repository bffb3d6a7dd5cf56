#include <algorithm>

#include "extension/functions/functions.h"
#include "extension/functions/table_function.h"
#include "extension/host/values.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/times/time_collation.h"
#include "temporal/ascending_rows.h"
#include "temporal/difference.h"
#include "temporal/fact.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::DifferingPiece;
using temporal::Value;

namespace {

constexpr const char* kName = "spectradb_diff";

enum DiffColumn : int {
  kOperation,
  kDifferingKey,
  kBefore,
  kAfter,
  kPieceFrom,
  kPieceTo,
  kTableArgument,
  kFromArgument,
  kToArgument,
  kValidArgumentOfDiff,
  kSchemaArgument,
  kPiece,
};
constexpr int kArguments = 5;

constexpr const char* kDeclaration =
    "CREATE TABLE x(operation TEXT, key, before TEXT, after TEXT, _valid_from "
    "COLLATE " SPECTRADB_TIME_COLLATION ", _valid_to COLLATE " SPECTRADB_TIME_COLLATION
    ", of_table HIDDEN, "
    "from_time HIDDEN, to_time HIDDEN, valid_time HIDDEN, schema HIDDEN, _piece BLOB HIDDEN PRIMARY KEY) "
    "WITHOUT ROWID";

constexpr double kCost = 1e5;
constexpr int64_t kRows = 100'000;
constexpr double kPointCost = 20;
constexpr int64_t kPointRows = 2;
constexpr size_t kLargeRowBytes = 1u << 20;

class DiffCursor final : public FunctionCursor {
 public:
  explicit DiffCursor(Connection& connection) : connection_(connection) {}

  Status filter(const FunctionArguments& arguments) override;
  Status next() override {
    ++place_;
    return settle();
  }
  bool at_end() const override { return at_end_; }
  Status column(sqlite3_context* context, int index) override;

 private:
  Result<uint64_t> commit_of(sqlite3_value* argument, bool present_is_meant);
  Status read_valid_time(sqlite3_value* argument);
  Result<bool> read_key();
  Status read_rows();
  void find_changed();
  Status settle();
  Status give_row(sqlite3_context* context, const temporal::RowsOfKey& rows,
                  const temporal::RowsOfKey::Row* row);
  const DifferingPiece& piece() const { return pieces_[place_]; }

  Connection& connection_;
  FactReader reader_;
  std::unique_ptr<TemporalTable> table_;
  std::unique_ptr<RowCells> cells_;
  std::unique_ptr<temporal::Difference> difference_;
  std::unique_ptr<lsm::VersionCursor> changed_;  // finds the keys with facts between the two times
  std::unique_ptr<temporal::AscendingRows> earlier_;
  std::unique_ptr<temporal::RowCursor> later_;
  bool is_backwards_ = false;                  // what is called `before` is the later of both times
  std::unique_ptr<lsm::VersionCursor> again_;  // reads large rows
  std::string upper_;                          // of all keys
  uint64_t min_commit_ = 0;
  std::optional<int64_t> valid_at_;  // none: all valid time
  std::string user_key_;             // that was read last; empty before the first
  bool is_let_go_ = false;           // changed_ does not stand there any more
  temporal::RowsOfKey before_;
  temporal::RowsOfKey after_;
  std::vector<DifferingPiece> pieces_;
  size_t place_ = 0;
  bool at_end_ = true;
};

Result<uint64_t> DiffCursor::commit_of(sqlite3_value* argument, bool present_is_meant) {
  const SessionTime& session = connection_.part<SessionTimes>().as_of;
  Value given = argument == nullptr ? Value::null() : from_sqlite(argument);
  if (given.is_null() && !present_is_meant)
    return Status::invalid(
        "spectradb_diff needs the time to compare with: spectradb_diff('t', 5) for all since commit 5");
  if (given.is_null() && !session.is_set()) return reader_.last_commit();
  if (given.is_null()) given = session.value();
  SPECTRADB_ASSIGN_OR_RETURN(SystemTime time, to_system_time(reader_.database(), given, reader_.snapshot(),
                                                             connection_.statement_now()));
  if (time.is_all)
    return Status::invalid("spectradb_diff: 'all' is no system time; name a commit, or a time as text");
  return time.commit;
}

Status DiffCursor::read_valid_time(sqlite3_value* argument) {
  Value given = argument == nullptr ? Value::null() : from_sqlite(argument);
  if (given.is_null()) given = connection_.part<SessionTimes>().valid_at.value();
  valid_at_.reset();
  if (is_all(given)) return Status::ok();
  if (given.is_null()) {
    valid_at_ = connection_.statement_now();
    return Status::ok();
  }
  SPECTRADB_ASSIGN_OR_RETURN(temporal::Bound at,
                             to_bound_of(table_->schema, given, connection_.statement_now()));
  SPECTRADB_RETURN_IF_ERROR(check_valid_horizon(*table_, at.us));
  valid_at_ = at.us;
  return Status::ok();
}

Status DiffCursor::filter(const FunctionArguments& arguments) {
  at_end_ = true;
  sqlite3_value* name = arguments.argument(0);
  if (name == nullptr)
    return Status::invalid("spectradb_diff needs a table and a time: spectradb_diff('t', 5)");
  constexpr int kSchemaPlace = 4;
  SPECTRADB_ASSIGN_OR_RETURN(
      std::string schema,
      schema_of_argument(connection_, arguments.argument(kSchemaPlace), kName, arguments.schema(), ""));
  SPECTRADB_ASSIGN_OR_RETURN(TemporalTable table,
                             find_temporal_table(connection_, from_sqlite(name), schema, kName));
  cells_.reset();
  difference_.reset();
  table_ = std::make_unique<TemporalTable>(std::move(table));
  cells_ = std::make_unique<RowCells>(*table_);
  difference_ = std::make_unique<temporal::Difference>(table_->schema);
  SPECTRADB_RETURN_IF_ERROR(reader_.open(table_->database));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t from, commit_of(arguments.argument(1), false));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t to, commit_of(arguments.argument(2), true));
  // Commit 0 is the empty database, whatever was retired.
  const uint64_t earlier = std::min(from, to);
  SPECTRADB_RETURN_IF_ERROR(check_horizon(*table_, earlier == 0 ? std::max(from, to) : earlier));
  SPECTRADB_RETURN_IF_ERROR(read_valid_time(arguments.argument(3)));

  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  is_backwards_ = to < from;
  later_ = reader_.rows(std::max(from, to), times);
  again_ = reader_.versions(0, UINT64_MAX);
  min_commit_ = std::min(from, to) + 1;
  std::string lower;
  temporal::append_table_id(lower, table_->schema.id);
  upper_ = temporal::after_prefix(lower);
  if (sqlite3_value* key = arguments.key(); key != nullptr) {
    std::optional<KeyWanted> wanted = key_of_comparison(table_->schema, from_sqlite(key));
    if (wanted && !wanted->user_key) return Status::ok();
    if (wanted) {
      lower = *wanted->user_key;
      upper_ = temporal::after_prefix(lower);
    }
  }
  earlier_ = std::make_unique<temporal::AscendingRows>(reader_.rows(earlier, times),
                                                       reader_.rows(earlier, times), upper_);
  changed_ = reader_.versions(min_commit_, std::max(from, to));
  changed_->seek(lower);
  user_key_.clear();
  place_ = 0;
  pieces_.clear();
  return settle();
}

// Finds the differences of the next key with facts between the two times; returns false when there is none.
Result<bool> DiffCursor::read_key() {
  find_changed();
  while (changed_->valid() && changed_->commit() < min_commit_ && changed_->user_key() < upper_)
    changed_->next();
  if (!changed_->valid()) {
    SPECTRADB_RETURN_IF_ERROR(changed_->status());
    return false;
  }
  if (changed_->user_key() >= upper_) return false;
  user_key_.assign(changed_->user_key());
  SPECTRADB_RETURN_IF_ERROR(read_rows());
  pieces_.clear();
  place_ = 0;
  SPECTRADB_RETURN_IF_ERROR(difference_->find(user_key_, before_, after_, *again_, pieces_));
  return true;
}

// changed_ stands at the newest fact of the key. If that is for all time, it is all that the key shows at the later
// time.
Status DiffCursor::read_rows() {
  temporal::RowsOfKey& earlier = is_backwards_ ? after_ : before_;
  temporal::RowsOfKey& later = is_backwards_ ? before_ : after_;
  const std::string_view value = changed_->value();
  is_let_go_ = value.size() >= kLargeRowBytes;
  if (!is_let_go_ && temporal::is_row_for_all_time(value)) {
    later.set(user_key_, changed_->commit(), changed_->ordinal(), value.substr(1));
    return earlier_->read(user_key_, earlier);
  }
  if (is_let_go_) changed_->seek_key({});  // so that it keeps no large row meanwhile
  SPECTRADB_RETURN_IF_ERROR(later.read(*later_, user_key_));
  return earlier_->read(user_key_, earlier);
}

// Leaves the key that was read last, if there was one.
void DiffCursor::find_changed() {
  if (user_key_.empty()) return;
  if (before_.has_left_out() || after_.has_left_out()) again_->seek_key({});  // else it keeps a large row
  if (is_let_go_) {
    changed_->seek(user_key_ + '\0');
  } else {
    changed_->next_key();
  }
}

Status DiffCursor::settle() {
  for (;;) {
    for (; place_ < pieces_.size(); ++place_) {
      at_end_ = false;
      if (!valid_at_ || piece().valid.contains(*valid_at_)) return Status::ok();
    }
    at_end_ = true;
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    SPECTRADB_ASSIGN_OR_RETURN(const bool found, read_key());
    if (!found) return Status::ok();
  }
}

Status DiffCursor::give_row(sqlite3_context* context, const temporal::RowsOfKey& rows,
                            const temporal::RowsOfKey::Row* row) {
  if (row == nullptr) return Status::ok();
  if (row->is_left_out) sqlite3_result_null(context);  // frees the last row's text before this one is read
  SPECTRADB_ASSIGN_OR_RETURN(const std::string_view payload, rows.payload(*row, *again_));
  return cells_->give_row(context, user_key_, payload);
}

Status DiffCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kOperation:
      sqlite3_result_text(context,
                          piece().before == nullptr  ? "insert"
                          : piece().after == nullptr ? "delete"
                                                     : "update",
                          -1, SQLITE_STATIC);
      return Status::ok();
    case kDifferingKey:
      return cells_->give_key(context, user_key_);
    case kBefore:
      return give_row(context, before_, piece().before);
    case kAfter:
      return give_row(context, after_, piece().after);
    case kPieceFrom:
      give_bound(context, in_form(piece().valid.from, table_->schema.valid_form));
      return Status::ok();
    case kPieceTo:
      give_bound(context, in_form(piece().valid.to, table_->schema.valid_form));
      return Status::ok();
    case kPiece: {
      const std::string identity = encode_period(piece().valid) + user_key_;
      sqlite3_result_blob64(context, identity.data(), identity.size(), SQLITE_TRANSIENT);
      return Status::ok();
    }
    default:
      return Status::ok();
  }
}

void plan(FunctionPlanner& planner) {
  const bool is_point = planner.take_key(kDifferingKey);
  planner.answer(is_point ? kPointCost : kCost, is_point ? kPointRows : kRows, 0);
}

constexpr TableFunction kFunction = {kName,
                                     kDeclaration,
                                     kTableArgument,
                                     kArguments,
                                     plan,
                                     [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                       return std::make_unique<DiffCursor>(connection);
                                     }};

}  // namespace

const TableFunction& diff_table() { return kFunction; }

}  // namespace spectradb::extension
