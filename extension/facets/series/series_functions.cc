#include "extension/facets/series/series_functions.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "extension/facet/function_error.h"
#include "extension/facets/series/width.h"
#include "extension/facets/series/zone.h"
#include "extension/host/instants.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "temporal/calendar.h"

namespace spectradb::extension::series {

using temporal::Bound;
using temporal::Value;

namespace {

constexpr double kUsPerSecond = temporal::kUsPerSecond;

Result<Bound> time_of(const FunctionCall& call, int argument) {
  const Value value = from_sqlite(call.arguments[argument]);
  return to_bound(value, value.type == Value::Type::kText ? call.connection.statement_now() : 0);
}

bool is_null(const FunctionCall& call, int argument) {
  return sqlite3_value_type(call.arguments[argument]) == SQLITE_NULL;
}

// Reads a reading as a number; refuses text that is no number, because it cannot be added up.
Result<double> number_of(const FunctionCall& call, int argument) {
  const int type = sqlite3_value_numeric_type(call.arguments[argument]);
  if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) return sqlite3_value_double(call.arguments[argument]);
  return Status::invalid(spelled(from_sqlite(call.arguments[argument])) + " is no number");
}

// ---- spectradb_bucket(width, time [, origin [, zone]]) -> the time at which the bucket starts

constexpr const char* kBucket = "spectradb_bucket";

Status bucket_of(const FunctionCall& call) {
  if (call.count < 2 || call.count > 4)
    return Status::invalid(
        "it takes a width and a time, and may take an origin and a zone: (width, time, origin, zone)");
  if (is_null(call, 0) || is_null(call, 1)) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const Width width, read_width(from_sqlite(call.arguments[0])));
  SPECTRADB_ASSIGN_OR_RETURN(const Bound time, time_of(call, 1));
  if (width.is_number && time.as_text)
    return Status::invalid("the time is text, and the width " + std::to_string(width.us) +
                           " a number: write '15 minutes', '1 day' or '1 month'");
  int64_t origin = default_origin(width);
  if (call.count > 2 && !is_null(call, 2)) {
    SPECTRADB_ASSIGN_OR_RETURN(const Bound given, time_of(call, 2));
    origin = given.us;
  }
  if (call.count < 4 || is_null(call, 3)) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t start, bucket_start(time.us, width, origin));
    give_time(call.context, start, time.as_text);
    return Status::ok();
  }
  const Value zone_name = from_sqlite(call.arguments[3]);
  if (zone_name.type != Value::Type::kText) return Status::invalid(spelled(zone_name) + " is no time zone");
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<const Zone> zone,
                             Zone::find(std::string(zone_name.bytes)));
  SPECTRADB_RETURN_IF_ERROR(check_local(time.us));
  int64_t start = 0;
  if (width.is_of_days()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t local,
                               bucket_start(time.us + zone->offset_us(time.us), width, origin));
    SPECTRADB_RETURN_IF_ERROR(check_local(local));
    start = zone->to_utc(local);
  } else {  // elapsed time since the origin, so that no change of the clocks makes a bucket longer, shorter or another's
    SPECTRADB_RETURN_IF_ERROR(check_local(origin));
    SPECTRADB_ASSIGN_OR_RETURN(start, bucket_start(time.us, width, zone->to_utc(origin)));
  }
  give_time(call.context, start, time.as_text);
  return Status::ok();
}

Status bucket(const FunctionCall& call) {
  const Status status = bucket_of(call);
  return status ? status : in_function(kBucket, status);
}

// ---- the state of aggregates

template <typename T>
T& state_of(const FunctionCall& call) {
  auto** place = static_cast<T**>(sqlite3_aggregate_context(call.context, sizeof(T*)));
  if (place == nullptr) throw std::bad_alloc();
  if (*place == nullptr) *place = new T;
  return **place;
}

// Returns null for a group without a step. The final function must call it, whatever came before.
template <typename T>
std::unique_ptr<T> take_state(const FunctionCall& call) {
  auto** place = static_cast<T**>(sqlite3_aggregate_context(call.context, 0));
  return std::unique_ptr<T>(place == nullptr ? nullptr : std::exchange(*place, nullptr));
}

// ---- spectradb_first(value, time), spectradb_last(value, time) -> the value of the least, of the greatest time

struct Extreme {
  sqlite3_value* value = nullptr;
  int64_t us = 0;

  Extreme() = default;
  ~Extreme() { sqlite3_value_free(value); }
  Extreme(const Extreme&) = delete;
  Extreme& operator=(const Extreme&) = delete;
};

// Of rows with equal times the first one gives the first value, and the last one the last value.
template <bool kIsLast>
Status extreme_step(const FunctionCall& call) {
  if (is_null(call, 1)) return Status::ok();
  const Result<Bound> time = time_of(call, 1);
  if (!time) return in_function(kIsLast ? "spectradb_last" : "spectradb_first", time.status());
  auto& extreme = state_of<Extreme>(call);
  const bool is_beaten =
      extreme.value == nullptr || (kIsLast ? time->us >= extreme.us : time->us < extreme.us);
  if (!is_beaten) return Status::ok();
  sqlite3_value* copy = sqlite3_value_dup(call.arguments[0]);
  if (copy == nullptr) throw std::bad_alloc();
  sqlite3_value_free(std::exchange(extreme.value, copy));
  extreme.us = time->us;
  return Status::ok();
}

Status extreme_final(const FunctionCall& call) {
  const std::unique_ptr<Extreme> extreme = take_state<Extreme>(call);
  if (extreme != nullptr && extreme->value != nullptr) sqlite3_result_value(call.context, extreme->value);
  return Status::ok();
}

// ---- readings in the order of their times

struct Reading {
  int64_t us;
  double value;
};

struct Readings {
  std::vector<Reading> all;
  std::optional<int64_t> at_us;  // the time to interpolate at

  void sort() {
    std::stable_sort(all.begin(), all.end(), [](const Reading& a, const Reading& b) { return a.us < b.us; });
  }
};

double seconds(int64_t from_us, int64_t to_us) {
  return (static_cast<double>(to_us) - static_cast<double>(from_us)) / kUsPerSecond;
}

// ---- spectradb_rate(counter, time) -> how much it grew a second; where it fell it was reset to 0 in between

Status rate_step(const FunctionCall& call) {
  if (is_null(call, 0) || is_null(call, 1)) return Status::ok();
  const Result<double> value = number_of(call, 0);
  if (!value) return in_function("spectradb_rate", value.status());
  const Result<Bound> time = time_of(call, 1);
  if (!time) return in_function("spectradb_rate", time.status());
  state_of<Readings>(call).all.push_back({time->us, *value});
  return Status::ok();
}

Status rate_final(const FunctionCall& call) {
  const std::unique_ptr<Readings> readings = take_state<Readings>(call);
  if (readings == nullptr) return Status::ok();
  readings->sort();
  const std::vector<Reading>& all = readings->all;
  const double duration = all.empty() ? 0 : seconds(all.front().us, all.back().us);
  if (duration <= 0) return Status::ok();
  double growth = 0;
  for (size_t i = 1; i < all.size(); ++i) {
    const double step = all[i].value - all[i - 1].value;
    growth += step >= 0 ? step : all[i].value;
  }
  sqlite3_result_double(call.context, growth / duration);
  return Status::ok();
}

// ---- spectradb_interpolate(time, value, at) -> on the line between the readings before and behind it

Status interpolate_step(const FunctionCall& call) {
  const char* const name = "spectradb_interpolate";
  if (is_null(call, 2)) return Status::ok();
  const Result<Bound> at = time_of(call, 2);
  if (!at) return in_function(name, at.status());
  auto& readings = state_of<Readings>(call);
  if (readings.at_us && *readings.at_us != at->us)
    return in_function(name, Status::invalid("one group is asked for one time only, and this one for two"));
  readings.at_us = at->us;
  if (is_null(call, 0) || is_null(call, 1)) return Status::ok();
  const Result<Bound> time = time_of(call, 0);
  if (!time) return in_function(name, time.status());
  const Result<double> value = number_of(call, 1);
  if (!value) return in_function(name, value.status());
  readings.all.push_back({time->us, *value});
  return Status::ok();
}

Status interpolate_final(const FunctionCall& call) {
  const std::unique_ptr<Readings> readings = take_state<Readings>(call);
  if (readings == nullptr || !readings->at_us) return Status::ok();
  readings->sort();
  const int64_t at = *readings->at_us;
  const std::vector<Reading>& all = readings->all;
  const auto behind = std::upper_bound(all.begin(), all.end(), at,
                                       [](int64_t us, const Reading& one) { return us < one.us; });
  if (behind == all.begin()) return Status::ok();
  const Reading& before = *std::prev(behind);
  if (before.us == at) {
    sqlite3_result_double(call.context, before.value);
  } else if (behind != all.end()) {
    const double part = seconds(before.us, at) / seconds(before.us, behind->us);
    sqlite3_result_double(call.context, before.value + (behind->value - before.value) * part);
  }
  return Status::ok();
}

// ---- spectradb_twa(value, from, to) -> the mean, each value weighted by how long it was true

struct Weighted {
  double sum = 0;
  double duration = 0;
};

Status twa_step(const FunctionCall& call) {
  const char* const name = "spectradb_twa";
  if (is_null(call, 0)) return Status::ok();
  const Result<double> value = number_of(call, 0);
  if (!value) return in_function(name, value.status());
  if (is_null(call, 1) || is_null(call, 2))
    return in_function(
        name, Status::invalid("a period is unbounded, and has no length: cut it by FOR VALID_TIME ONLY "
                              "FROM … TO …"));
  const Value from = from_sqlite(call.arguments[1]);
  const Value to = from_sqlite(call.arguments[2]);
  const bool may_be_now = from.type == Value::Type::kText || to.type == Value::Type::kText;
  const Result<temporal::Period> period =
      to_period(from, to, may_be_now ? call.connection.statement_now() : 0);
  if (!period) return in_function(name, period.status());
  if (period->is_empty())
    return in_function(name, Status::invalid("the period from " + spelled(from) + " to " + spelled(to) +
                                             " is empty or reversed: its start must lie before its end"));
  auto& weighted = state_of<Weighted>(call);
  const double duration = seconds(period->from.us, period->to.us);
  weighted.sum += *value * duration;
  weighted.duration += duration;
  return Status::ok();
}

Status twa_final(const FunctionCall& call) {
  const std::unique_ptr<Weighted> weighted = take_state<Weighted>(call);
  if (weighted != nullptr && weighted->duration > 0)
    sqlite3_result_double(call.context, weighted->sum / weighted->duration);
  return Status::ok();
}

constexpr int kSeriesPure = SQLITE_INNOCUOUS;

constexpr Function kSeriesFunctions[] = {
    {kBucket, -1, kSeriesPure, bucket},
    {"spectradb_first", 2, kSeriesPure, nullptr, extreme_step<false>, extreme_final},
    {"spectradb_last", 2, kSeriesPure, nullptr, extreme_step<true>, extreme_final},
    {"spectradb_rate", 2, kSeriesPure, nullptr, rate_step, rate_final},
    {"spectradb_interpolate", 3, kSeriesPure, nullptr, interpolate_step, interpolate_final},
    {"spectradb_twa", 3, kSeriesPure, nullptr, twa_step, twa_final},
};

}  // namespace

std::span<const Function> series_functions() { return kSeriesFunctions; }

void give_time(sqlite3_context* context, int64_t us, bool as_text) {
  // A text of another year could not be read back.
  if (!as_text || !temporal::is_in_readable_years(us)) return sqlite3_result_int64(context, us);
  give_instant(context, us);
}

Status check_local(int64_t us) {
  if (temporal::is_in_readable_years(us)) return Status::ok();
  return Status::invalid("local time is told of the years 0000 to 9999, and " + std::to_string(us) +
                         " (microseconds since 1970) lies beyond them");
}

}  // namespace spectradb::extension::series
