#include "extension/read/scan_times.h"

#include <utility>
#include <vector>

#include "base/assert.h"
#include "extension/host/values.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"

namespace spectradb::extension {

using temporal::Period;
using temporal::Value;

namespace {

bool is_not_given(const Value& time) { return time.type == Value::Type::kBlob && time.bytes.empty(); }

}  // namespace

Status ScanTimes::read(const Plan& plan, sqlite3_value** arguments, bool needs_period, uint64_t snapshot) {
  snapshot_ = snapshot;
  shown_now_.reset();
  times_.callbacks = &table_.database().read_callbacks();
  const SessionTimes& session = table_.connection().part<SessionTimes>();
  const bool names_time = plan.as_of != Plan::kNone || plan.valid_at != Plan::kNone ||
                          plan.portion != Plan::kNone || session.as_of.is_set() || session.valid_at.is_set();
  if (names_time || is_time_given_) {
    is_time_given_ = names_time;
    keep_arguments(plan, arguments);
    system_range_.reset();
    valid_range_.reset();
    SPECTRADB_RETURN_IF_ERROR(read_system());
    times_ = temporal::ReadTimes{};
    times_.callbacks = &table_.database().read_callbacks();
    times_.system = system_.is_all ? temporal::SystemMode::kAll : temporal::SystemMode::kAt;
    times_.need_period = needs_period;
    SPECTRADB_RETURN_IF_ERROR(read_valid(plan.portion != Plan::kNone));
  } else {  // most often; all else stands as it was
    system_ = SystemTime{false, false, snapshot_};
    times_.need_period = needs_period;
  }
  // A clock may be behind.
  if (times_.valid == temporal::ValidMode::kNow && !table_.database().valid_horizons().is_empty())
    SPECTRADB_RETURN_IF_ERROR(
        check_valid_horizon(table_.schema(), valid_horizon_of(table_), table_.connection().statement_now()));
  return read_conditions(plan, arguments);
}

Value ScanTimes::kept(const Value& value, std::string& bytes) {
  Value kept = value;
  bytes.assign(value.bytes);
  kept.bytes = bytes;
  return kept;
}

void ScanTimes::keep_arguments(const Plan& plan, sqlite3_value** arguments) {
  const SessionTimes& session = table_.connection().part<SessionTimes>();
  const auto keep = [&](Given& given, int argument, const SessionTime& of_session) {
    given.is_argument = argument != Plan::kNone;
    given.argument = kept(given.is_argument ? from_sqlite(arguments[argument]) : Value::null(), given.bytes);
    const bool says_time = !is_not_given(given.argument) && !given.argument.is_null();
    if (says_time) {
      given.value = given.argument;
    } else {  // where the statement says nothing, the session may
      given.value = of_session.is_set() ? kept(of_session.value(), given.bytes) : Value::null();
    }
  };
  keep(as_of_, plan.as_of, session.as_of);
  keep(valid_at_, plan.valid_at, session.valid_at);
  portion_.value = kept(plan.portion == Plan::kNone ? Value::null() : from_sqlite(arguments[plan.portion]),
                        portion_.bytes);
}

Status ScanTimes::read_system() {
  const Value& given = as_of_.value;
  if (given.type == Value::Type::kBlob) {
    SPECTRADB_RETURN_IF_ERROR(read_range(given, true));
    system_ = SystemTime{true, true, snapshot_};
    return Status::ok();
  }
  const int64_t now_us = given.type == Value::Type::kText ? table_.connection().statement_now() : 0;
  SPECTRADB_ASSIGN_OR_RETURN(system_, to_system_time(table_.database(), given, snapshot_, now_us));
  return system_.is_given && !system_.is_all
             ? check_horizon(table_.schema().name, horizon_of(table_), system_.commit)
             : Status::ok();
}

Status ScanTimes::read_valid(bool is_portion) {
  const Value& given = valid_at_.value;
  reads_portion_ = false;
  if (is_portion) {
    const Value& portion = portion_.value;
    const std::optional<Period> window =
        portion.type == Value::Type::kBlob ? decode_period(portion.bytes) : std::nullopt;
    if (!window)
      return Status::invalid("_portion takes what spectradb_period(from, to) gives, not " + spelled(portion));
    SPECTRADB_RETURN_IF_ERROR(check_unit(table_.schema(), window->from));
    SPECTRADB_RETURN_IF_ERROR(check_unit(table_.schema(), window->to));
    SPECTRADB_RETURN_IF_ERROR(check_not_ended(table_.schema(), valid_horizon_of(table_), window->to.us));
    // WHERE and SET see the row's own period. Where they ask for none, what lies outside of the portion is of no matter.
    times_.valid =
        times_.need_period || window->is_empty() ? temporal::ValidMode::kAll : temporal::ValidMode::kWindow;
    times_.window = *window;
    reads_portion_ = true;
    return Status::ok();
  }
  if (given.type == Value::Type::kBlob) {
    times_.valid = temporal::ValidMode::kAll;
    return read_range(given, false);
  }
  if (is_all(given)) {
    times_.valid = temporal::ValidMode::kAll;
  } else if (!given.is_null()) {
    const int64_t now_us = given.type == Value::Type::kText ? table_.connection().statement_now() : 0;
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at, to_bound_of(table_.schema(), given, now_us));
    SPECTRADB_RETURN_IF_ERROR(check_valid_horizon(table_.schema(), valid_horizon_of(table_), at.us));
    times_.valid = temporal::ValidMode::kAt;
    times_.at_us = at.us;
  }
  return Status::ok();
}

// The bounds of a range in the axis' own numbers: commits, or microseconds.
Status ScanTimes::read_range(const Value& given, bool is_system) {
  std::optional<RangeText> text = decode_range(given.bytes);
  if (!text) return Status::invalid("cannot read " + spelled(given) + " as a time");
  Range range;
  range.form = text->form;
  const int64_t now_us = table_.connection().statement_now();
  std::vector<int64_t> times_us;  // of bounds that are text
  for (const auto& [bound, number] : {std::pair{&text->from, &range.from}, std::pair{&text->to, &range.to}}) {
    const Side side = range.form == RangeForm::kSymmetric ? Side::kEither
                      : number == &range.from             ? Side::kBeginning
                                                          : Side::kEnd;
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_open, is_unbounded(*bound, side));
    if (is_open) {
      if (side == Side::kEither && !bound->is_null())
        *number = temporal::infinity_of(bound->bytes) == temporal::Infinity::kEnd
                      ? temporal::kEndOfTime
                      : temporal::kBeginningOfTime;
      continue;
    }
    if (is_system) {
      SPECTRADB_ASSIGN_OR_RETURN(SystemTime time, to_commit(*bound, now_us));
      if (time.is_all)
        return Status::invalid("'all' is no bound of a range of system time; NULL is unbounded");
      SPECTRADB_RETURN_IF_ERROR(check_horizon(table_.schema().name, horizon_of(table_), time.commit));
      // What begins before a time may be the last commit before it, what begins at or after it is a later
      // one.
      const bool is_next = time.is_behind && (range.form == RangeForm::kContained
                                                  ? number == &range.from
                                                  : range.form == RangeForm::kFromTo && number == &range.to);
      *number = static_cast<int64_t>(time.commit) + (is_next ? 1 : 0);
      if (time.time_us) times_us.push_back(*time.time_us);
    } else {
      SPECTRADB_ASSIGN_OR_RETURN(temporal::Bound time, to_bound_of(table_.schema(), *bound, now_us));
      SPECTRADB_RETURN_IF_ERROR(check_valid_horizon(table_.schema(), valid_horizon_of(table_), time.us));
      *number = time.us;
    }
  }
  if (range.form == RangeForm::kFromTo && times_us.size() == 2 && times_us[0] >= times_us[1])
    range.to = range.from;  // empty, also where no commit lies between
  range.order();
  if (range.from == temporal::kBeginningOfTime) range.from.reset();
  if (range.to == temporal::kEndOfTime) range.to.reset();
  if (!text->is_only) {
    (is_system ? system_range_ : valid_range_) = range;
    return Status::ok();
  }
  return set_window(*text, range, now_us);
}

// FOR VALID_TIME ONLY: periods are cut to the window.
Status ScanTimes::set_window(const RangeText& text, const Range& range, int64_t now_us) {
  if (range.is_empty()) {
    return Status::invalid("FOR VALID_TIME ONLY: the window from " + spelled(text.from) + " to " +
                           spelled(text.to) + " is empty or reversed: its start must lie before its end");
  }
  const bool is_swapped = range.from && !*is_unbounded(text.from, Side::kEither) &&
                          to_bound(text.from, now_us)->us != *range.from;
  const bool as_text[2] = {text.from.type == Value::Type::kText, text.to.type == Value::Type::kText};
  times_.valid = temporal::ValidMode::kWindow;
  times_.window = Period{};
  if (range.from) times_.window.from = {*range.from, as_text[is_swapped ? 1 : 0]};
  if (range.to) {
    const bool is_closed = range.form == RangeForm::kBetween && *range.to < temporal::kEndOfTime - 1;
    times_.window.to = {*range.to + (is_closed ? 1 : 0), as_text[is_swapped ? 0 : 1]};
  }
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::ValidForm shown, table_.valid_form());
  times_.window = {in_form(times_.window.from, shown), in_form(times_.window.to, shown)};
  return Status::ok();
}

bool ScanTimes::is_instant() const {
  return times_.system == temporal::SystemMode::kAt &&
         (times_.valid == temporal::ValidMode::kNow || times_.valid == temporal::ValidMode::kAt);
}

bool ScanTimes::gives_period() const {
  if (cuts_periods()) return false;
  return times_.need_period || times_.valid == temporal::ValidMode::kAll ||
         times_.valid == temporal::ValidMode::kWindow || times_.system == temporal::SystemMode::kAll;
}

bool ScanTimes::is_asked(int column) {
  return column == kSystemArgument || column == kValidArgument || column == kAsOf || column == kValidAt ||
         column == kPortion;
}

void ScanTimes::give_now(sqlite3_context* context) {
  if (!shown_now_) {
    const temporal::Bound now = in_form({times_.callbacks->now(), true}, table_.schema().valid_form);
    if (now.as_text) now_text_ = temporal::format_instant(now.us);
    shown_now_ = now.as_text ? Value::text(now_text_) : Value::of_integer(now.us);
  }
  give(context, *shown_now_);
}

Status ScanTimes::give_asked(sqlite3_context* context, int column) {
  switch (column) {
    case kSystemArgument:
    case kValidArgument: {
      const Given& given = column == kSystemArgument ? as_of_ : valid_at_;
      if (given.argument.is_null() && given.is_argument) {
        return Status::invalid(
            "table " + table_.schema().name +
            ": NULL as an argument cannot be told from a time here; write x'' for a time that is not given");
      }
      give(context, given.argument);
      return Status::ok();
    }
    case kAsOf:
      if (!as_of_.value.is_null()) {  // as it was given: SQLite may compare it again
        give(context, as_of_.value);
      } else {
        sqlite3_result_int64(context, static_cast<sqlite3_int64>(system_.commit));
      }
      return Status::ok();
    case kValidAt:
      if (!valid_at_.value.is_null()) {
        give(context, valid_at_.value);
      } else if (times_.valid == temporal::ValidMode::kNow) {
        give_now(context);
      }
      return Status::ok();
    default:
      SPECTRADB_ASSERT(column == kPortion);
      give(context, portion_.value);
      return Status::ok();
  }
}

}  // namespace spectradb::extension
