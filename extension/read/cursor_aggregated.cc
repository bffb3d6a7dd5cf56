// A scan whose rows are added up: all are read when it begins, and the cursor shows one row for each group
// (extension/aggregate/groups.h).
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/schema/hidden_columns.h"
#include "temporal/row_run.h"

namespace spectradb::extension {

using temporal::Value;

Status Cursor::begin_aggregation(const Plan& plan, sqlite3_value** arguments) {
  if (plan.match.column != Plan::kNone || !plan.matched.conditions.empty() || times_.reads_portion())
    return Status::invalid("_aggregate of table " + table_.schema().name +
                           " is for statements that are rewritten, and not for MATCH or FOR PORTION OF");
  const std::optional<Adding> adding = way_of_adding();
  if (!adding) return Status::invalid("this SQLite adds in a way that is not known");
  SPECTRADB_ASSIGN_OR_RETURN(Aggregation how,
                             read_aggregation(from_sqlite(arguments[plan.aggregate]), table_.schema()));
  groups_ = std::make_unique<Groups>(std::move(how), table_.schema(), *adding, table_.connection().handle());
  return Status::ok();
}

Status Cursor::aggregate(const Plan& plan) {
  const bool is_plain = entries_ == nullptr && !descending_ && plan.turn == 0 && times_.is_instant() &&
                        !times_.has_conditions() && !times_.gives_period() &&
                        (plan.order.empty() || !ranges_.are_widened());
  if (is_plain) {
    SPECTRADB_RETURN_IF_ERROR(add_plain_rows());
  } else {
    SPECTRADB_RETURN_IF_ERROR(add_rows(plan));
  }
  at_end_ = groups_->is_at_end();
  return Status::ok();
}

Status Cursor::add_plain_rows() {
  if (groups_->counts_rows()) return count_plain_rows();
  const auto find = [this](int column, const Value** value) { return reader_.find(column, value); };
  const auto take = [&](std::string_view user_key, std::string_view payload) {
    reader_.bind(user_key, payload);
    return groups_->add(find);
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

Status Cursor::add_rows(const Plan& plan) {
  if (entries_ == nullptr && ranges_.are_widened() && !plan.order.empty())
    SPECTRADB_RETURN_IF_ERROR(put_in_order(plan));
  if (ranges_.ranges().empty()) return Status::ok();
  is_distinct_ = false;
  range_ = 0;
  SPECTRADB_RETURN_IF_ERROR(seek_range());
  SPECTRADB_RETURN_IF_ERROR(settle());
  const auto find = [this](int column, const Value** value) { return find_value(column, value); };
  while (!at_end_) {
    SPECTRADB_RETURN_IF_ERROR(groups_->add(find));
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
  } else if (hidden == kAggregated) {
    give(context, Value::blob(groups_->result()));
  } else if (hidden == kAggregation) {
    const Aggregation& how = groups_->how();
    give(context, how.is_given_as_text ? Value::text(how.given) : Value::blob(how.given));
  } else if (hidden == kKey) {
    give(context, Value::blob(groups_->key()));
  }
  return Status::ok();
}

}  // namespace spectradb::extension
