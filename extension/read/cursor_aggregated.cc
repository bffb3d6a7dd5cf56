// A scan whose rows are added up: all are read when it begins, and the cursor shows one row for each group
// (extension/aggregate/groups.h). Where that cannot be, or is no gain, it shows the rows as any scan does, and the
// functions of extension/aggregate/facet.cc add them up.
#include <algorithm>

#include "extension/access/gate.h"
#include "extension/aggregate/many_groups.h"
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/schema/hidden_columns.h"
#include "temporal/row_run.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr uint32_t kRowsBetweenQuestions = 1024;  // whether the statement is interrupted

// Whether the plan has all values that rows are to be compared with. SQLite may have found out that a comparison is
// always true, or never, and left it out.
bool has_all_conditions(std::vector<Aggregation::Comparison> wanted, const Plan& plan) {
  std::vector<Aggregation::Comparison> had;
  for (const Plan::Compared& compared : plan.compared) had.push_back({compared.column, compared.op});
  std::sort(wanted.begin(), wanted.end());
  std::sort(had.begin(), had.end());
  return wanted == had;
}

// Rows come in the order of a group, or one by one of each.
bool is_ordered(const Plan& plan) { return !plan.order.empty() || plan.turn != 0 || plan.distinct != 0; }

// Whether a host wants to be asked about each column, or while SQLite takes its steps, of which there are few.
bool is_watched(sqlite3* db) {
  const Gate* const gate = Gate::of(db);
  return gate == nullptr || gate->has_host() || gate->may_have_progress();
}

}  // namespace

// Decides whether rows are added up, and reads how.
Status Cursor::begin_aggregation(const Plan& plan, sqlite3_value** arguments) {
  const Value given = from_sqlite(arguments[plan.aggregate]);
  given_.assign(given.bytes);
  SPECTRADB_ASSIGN_OR_RETURN(Aggregation how, read_aggregation(given, table_.schema()));
  if (plan.match.column != Plan::kNone || !plan.matched.conditions.empty() || times_.reads_portion())
    return Status::invalid("_given of table " + table_.schema().name +
                           " is for statements that are rewritten, and not for MATCH or FOR PORTION OF");
  const std::optional<Adding> adding = way_of_adding();
  if (!adding || is_ordered(plan) || !has_all_conditions(how.comparisons, plan) ||
      is_watched(table_.connection().handle()))
    return Status::ok();
  for (const Plan::Compared& compared : plan.compared)
    how.add_condition({compared.column, compared.op}, from_sqlite(arguments[compared.argument]),
                      table_.schema());
  const uint64_t rows = how.groups.empty() ? 0 : table_.size().current;
  groups_ =
      std::make_unique<Groups>(std::move(how), table_.schema(), *adding, table_.connection().handle(), rows);
  return Status::ok();
}

// Afterwards there are no groups_ where rows are to be shown nevertheless.
Status Cursor::aggregate() {
  const bool is_plain =
      entries_ == nullptr && times_.is_instant() && !times_.has_conditions() && !times_.gives_period();
  const Status added = is_plain ? add_plain_rows() : add_rows();
  if (groups_->are_too_many()) {
    if (groups_->how().groups.size() == 1)
      table_.connection().part<ManyGroups>().add(table_.schema().name, groups_->how().groups.front());
    groups_.reset();
    at_end_ = true;
    return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(added);
  at_end_ = groups_->is_at_end();
  return Status::ok();
}

// The reading ends where groups are too many.
Status Cursor::go_on_adding() const {
  return groups_->are_too_many() ? Status::invalid("groups are too many") : Status::ok();
}

Status Cursor::add_plain_rows() {
  if (groups_->counts_rows()) return count_plain_rows();
  const auto find = [this](int column, const Value** value) { return reader_.find(column, value); };
  const auto take = [&](std::string_view user_key, std::string_view payload) {
    reader_.bind(user_key, payload);
    SPECTRADB_RETURN_IF_ERROR(groups_->add(find));
    return go_on_adding();
  };
  temporal::RowRun run(*rows_, &table_.database().read_callbacks());
  for (const KeyRange& range : ranges_.ranges()) {
    if (!range.is_point) {
      SPECTRADB_RETURN_IF_ERROR(run.read(range.lower, range.upper, take));
      continue;
    }
    rows_->seek_point(range.lower);
    if (rows_->valid()) SPECTRADB_RETURN_IF_ERROR(take(rows_->row().user_key, rows_->row().payload));
    SPECTRADB_RETURN_IF_ERROR(rows_->status());
  }
  return Status::ok();
}

Status Cursor::count_plain_rows() {
  int64_t rows = 0;
  const auto take = [&rows](std::string_view, std::string_view) {
    ++rows;
    return Status::ok();
  };
  temporal::RowRun run(*rows_, &table_.database().read_callbacks());
  for (const KeyRange& range : ranges_.ranges()) {
    if (!range.is_point) {
      SPECTRADB_RETURN_IF_ERROR(run.read(range.lower, range.upper, take));
      continue;
    }
    rows_->seek_point(range.lower);
    rows += rows_->valid() ? 1 : 0;
    SPECTRADB_RETURN_IF_ERROR(rows_->status());
  }
  groups_->add_count(rows);
  return Status::ok();
}

Status Cursor::add_rows() {
  range_ = 0;
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  SPECTRADB_RETURN_IF_ERROR(settle());
  const auto find = [this](int column, const Value** value) { return find_value(column, value); };
  for (uint32_t rows = 1; !at_end_; ++rows) {
    SPECTRADB_RETURN_IF_ERROR(groups_->add(find));
    SPECTRADB_RETURN_IF_ERROR(go_on_adding());
    if (rows % kRowsBetweenQuestions == 0 && table_.database().is_interrupted())
      return {Code::kInterrupted, "interrupted"};
    advance();
    SPECTRADB_RETURN_IF_ERROR(settle());
  }
  return Status::ok();
}

// Finds a column of the current row, in the entry or in the row itself.
Status Cursor::find_value(int column, const Value** value) {
  if (are_entries_rows_ && !is_row_found_) {
    *value = nullptr;
    SPECTRADB_RETURN_IF_ERROR(entries_->reader().find(column, value));
    if (*value != nullptr) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_there, fetch_row());
    if (!is_there) return Status::corrupt("a row vanished while it was read");
  }
  if (!is_bound_) {
    reader_.bind(rows_->row().user_key, rows_->row().payload);
    is_bound_ = true;
  }
  return reader_.find(column, value);
}

Status Cursor::aggregated_column(sqlite3_context* context, int index) {
  const int hidden = index - visible_;
  if (hidden < 0) {
    give(context, groups_->column(index));
  } else if (ScanTimes::is_asked(hidden)) {
    return times_.give_asked(context, hidden);
  } else if (hidden == kUpsert) {
    const std::string result = groups_->result();
    sqlite3_result_blob64(context, result.data(), result.size(), SQLITE_TRANSIENT);
  } else if (hidden == kGiven) {
    give(context, Value::text(given_));
  } else if (hidden == kKey) {
    give(context, Value::blob(groups_->key()));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
