// Which rows a scan leaves out: by ranges of its times, and by what WHERE says of the periods.
#include <algorithm>
#include <cmath>
#include <limits>

#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/read/scan_times.h"
#include "extension/times/horizon.h"
#include "temporal/time_order.h"

namespace spectradb::extension {

using temporal::Infinity;
using temporal::Value;

namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr double kTwoTo63 = 9223372036854775808.0;

TimePlace place_of_real(double real) {
  if (real >= kTwoTo63) return {kMost, true};
  if (real < -kTwoTo63) return {kLeast, false};
  const double whole = std::floor(real);
  return {static_cast<int64_t>(whole), whole != real};
}

// What numbers and blobs, which all values of other types come before, are on both axes.
std::optional<TimePlace> place_of_no_text(const Value& value) {
  if (value.type == Value::Type::kInteger) return TimePlace{value.integer, false};
  if (value.type == Value::Type::kReal) return place_of_real(value.real);
  if (value.type == Value::Type::kBlob) return TimePlace{kMost, true};
  return std::nullopt;
}

// Integers come before texts. Bounds that are shown as texts compare with what is no time as with any text.
TimePlace place_of_other_text(const Value& value) { return {kMost, true, std::string(value.bytes)}; }

}  // namespace

// A system time of the statement. The facts of the open transaction are of now: times from now on have them
// behind them.
Result<SystemTime> ScanTimes::to_commit(const Value& value, int64_t now_us) {
  Database& database = table_.database();
  Result<SystemTime> time = to_system_time(database, value, snapshot_, now_us);
  if (time && database.batch() != nullptr && time->time_us.value_or(now_us - 1) >= now_us) {
    time->commit = database.own_commit();
    time->is_behind = *time->time_us > now_us;
  }
  return time;
}

// The place of a value that is not NULL. Decimal text is a number, as everywhere where SQLite compares; but bounds
// that are shown as texts compare with a year as with any text.
Result<TimePlace> ScanTimes::place_of(HiddenColumn column, const Value& value) {
  const bool is_valid_time = column == kValidFrom || column == kValidTo;
  const auto check = [&](int64_t number) {
    return is_valid_time ? check_unit(table_.schema(), {number, false}) : Status::ok();
  };
  if (const std::optional<TimePlace> place = place_of_no_text(value)) {
    SPECTRADB_RETURN_IF_ERROR(check(place->number));
    return *place;
  }
  if (const Infinity infinity = temporal::infinity_of(value.bytes); infinity != Infinity::kNone)
    return TimePlace{infinity == Infinity::kEnd ? kMost : kLeast, false};
  if (const std::optional<int64_t> number = commit_number(value)) {
    SPECTRADB_RETURN_IF_ERROR(check(*number));
    TimePlace place{*number, false};
    if (is_valid_time && temporal::is_year(value.bytes)) place.text = std::string(value.bytes);
    return place;
  }
  const bool needs_now = temporal::names_now(value.bytes) || table_.database().batch() != nullptr;
  const int64_t now_us = needs_now ? table_.connection().statement_now() : 0;
  const Result<int64_t> us = temporal::parse_instant(value.bytes, now_us);
  if (!us) return place_of_other_text(value);
  if (is_valid_time) return TimePlace{*us, false};
  SPECTRADB_ASSIGN_OR_RETURN(const SystemTime time, to_commit(value, now_us));
  return TimePlace{static_cast<int64_t>(time.commit), time.is_behind};
}

Status ScanTimes::add_condition(const Plan::PeriodBound& bound, sqlite3_value* given) {
  const auto column = static_cast<HiddenColumn>(bound.column);
  std::vector<TimePlace> places;
  const auto add = [&](sqlite3_value* sqlite_value) -> Status {
    const Value value = from_sqlite(sqlite_value);
    if (value.is_null()) return Status::ok();
    SPECTRADB_ASSIGN_OR_RETURN(const TimePlace place, place_of(column, value));
    places.push_back(place);
    return Status::ok();
  };
  const bool is_null_test =
      bound.op == SQLITE_INDEX_CONSTRAINT_ISNULL || bound.op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
  if (!bound.is_list) {
    if (!is_null_test) SPECTRADB_RETURN_IF_ERROR(add(given));
  } else {
    sqlite3_value* value = nullptr;
    int code = sqlite3_vtab_in_first(given, &value);
    for (; code == SQLITE_OK; code = sqlite3_vtab_in_next(given, &value))
      SPECTRADB_RETURN_IF_ERROR(add(value));
    if (code != SQLITE_DONE) return status_of_sqlite(table_.connection().handle(), code);
  }
  conditions_.add(column, bound.op, std::move(places));
  return Status::ok();
}

// What WHERE says of the periods, and what both it and the ranges let the store leave out.
Status ScanTimes::read_conditions(const Plan& plan, sqlite3_value** arguments) {
  conditions_.clear();
  for (const Plan::PeriodBound& bound : plan.periods)
    SPECTRADB_RETURN_IF_ERROR(add_condition(bound, arguments[bound.argument]));
  const bool reads_all = times_.system == temporal::SystemMode::kAll;
  horizon_ = reads_all ? horizon_of(table_) : 0;
  if (horizon_ > 0 && reads_behind_horizons(table_.connection())) horizon_ = 0;
  has_conditions_ =
      !conditions_.is_empty() || system_range_ || valid_range_ || reads_portion_ || horizon_ > 0;
  max_commit_ = system_.commit;
  times_.min_commit = conditions_.min_commit();
  if (!reads_all) return Status::ok();
  times_.after_commit = std::max(conditions_.after_commit(snapshot_), std::min(horizon_, snapshot_));
  max_commit_ = conditions_.end_by_commit(snapshot_);
  if (!system_range_) return Status::ok();
  const auto commit = [](int64_t number) { return static_cast<uint64_t>(number); };
  if (system_range_->form == RangeForm::kContained) {  // what begins later neither shows nor ends a row
    if (system_range_->to) max_commit_ = std::min(max_commit_, commit(*system_range_->to));
    if (system_range_->from) times_.min_commit = std::max(times_.min_commit, commit(*system_range_->from));
  } else if (system_range_->from) {
    times_.after_commit = std::max(times_.after_commit, std::min(snapshot_, commit(*system_range_->from)));
  }
  return Status::ok();
}

// Whether the row's periods are in the ranges that were asked for.
bool ScanTimes::meets_conditions(const temporal::ResolvedRow& row) const {
  if (!conditions_.admits(row)) return false;
  // All system time begins at the horizon: only some of what had ended by then may be there.
  if (row.system_to != 0 && row.system_to <= horizon_) return false;
  if (system_range_) {
    std::optional<int64_t> ends;
    if (row.system_to != 0) ends = static_cast<int64_t>(row.system_to);
    if (!system_range_->admits(static_cast<int64_t>(row.system_from), ends)) return false;
  }
  if (reads_portion_ &&
      (row.valid.from.us >= times_.window.to.us || row.valid.to.us <= times_.window.from.us))
    return false;
  if (valid_range_) {
    std::optional<int64_t> begins;
    std::optional<int64_t> ends;
    if (row.valid.from.us != temporal::kBeginningOfTime) begins = row.valid.from.us;
    if (row.valid.to.us != temporal::kEndOfTime) ends = row.valid.to.us;
    if (!valid_range_->admits(begins, ends)) return false;
  }
  return true;
}

}  // namespace spectradb::extension
