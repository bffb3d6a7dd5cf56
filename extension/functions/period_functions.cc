#include <deque>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "extension/functions/functions.h"
#include "extension/host/errors.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "temporal/row_json.h"
#include "temporal/steps.h"

namespace spectradb::extension {

using temporal::Aggregate;
using temporal::Period;
using temporal::PeriodValue;
using temporal::Value;

namespace {

// Reads two bounds, NULL meaning unbounded; kInvalid for an empty or reversed period.
Result<Period> period_of(const FunctionCall& call, int first) {
  sqlite3_value** const bounds = call.arguments + first;
  const Value from = from_sqlite(bounds[0]);
  const Value to = from_sqlite(bounds[1]);
  const bool may_be_now = from.type == Value::Type::kText || to.type == Value::Type::kText;
  Result<Period> period = to_period(from, to, may_be_now ? call.connection.statement_now() : 0);
  if (period && period->is_empty()) {
    return Status::invalid("the period from " + spelled(from) + " to " + spelled(to) +
                           " is empty or reversed: its start must lie before its end");
  }
  return period;
}

// ---- how two periods lie to each other

bool overlaps(const Period& a, const Period& b) { return a.overlaps(b); }
bool contains(const Period& a, const Period& b) { return a.from.us <= b.from.us && b.to.us <= a.to.us; }
bool during(const Period& a, const Period& b) { return contains(b, a); }
bool precedes(const Period& a, const Period& b) { return a.to.us <= b.from.us; }
bool succeeds(const Period& a, const Period& b) { return precedes(b, a); }
bool meets(const Period& a, const Period& b) { return a.to.us == b.from.us; }
bool met_by(const Period& a, const Period& b) { return meets(b, a); }
bool equals(const Period& a, const Period& b) { return contains(a, b) && contains(b, a); }
bool starts(const Period& a, const Period& b) { return a.from.us == b.from.us && a.to.us < b.to.us; }
bool finishes(const Period& a, const Period& b) { return a.to.us == b.to.us && a.from.us > b.from.us; }

// spectradb_overlaps(from1, to1, from2, to2) and its kin return 1 or 0.
template <bool (*kRelation)(const Period&, const Period&)>
Status relation(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const Period a, period_of(call, 0));
  SPECTRADB_ASSIGN_OR_RETURN(const Period b, period_of(call, 2));
  sqlite3_result_int(call.context, kRelation(a, b) ? 1 : 0);
  return Status::ok();
}

// spectradb_contains(from, to, instant) -> 1 or 0; NULL when the instant is not known
Status contains_instant(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const Period period, period_of(call, 0));
  const Value instant = from_sqlite(call.arguments[2]);
  if (instant.is_null()) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at, to_bound(instant, call.connection.statement_now()));
  sqlite3_result_int(call.context, period.contains(at.us) ? 1 : 0);
  return Status::ok();
}

const char* allen_name(const Period& a, const Period& b) {
  if (a.to.us < b.from.us) return "before";
  if (a.to.us == b.from.us) return "meets";
  if (b.to.us < a.from.us) return "after";
  if (b.to.us == a.from.us) return "met by";
  if (a.from.us == b.from.us) {
    return a.to.us == b.to.us ? "equals" : a.to.us < b.to.us ? "starts" : "started by";
  }
  if (a.to.us == b.to.us) return a.from.us > b.from.us ? "finishes" : "finished by";
  if (a.from.us < b.from.us) return a.to.us > b.to.us ? "contains" : "overlaps";
  return a.to.us < b.to.us ? "during" : "overlapped by";
}

// spectradb_allen(from1, to1, from2, to2) -> the name of the one relation of Allen's thirteen that holds
Status allen(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const Period a, period_of(call, 0));
  SPECTRADB_ASSIGN_OR_RETURN(const Period b, period_of(call, 2));
  sqlite3_result_text(call.context, allen_name(a, b), -1, SQLITE_STATIC);
  return Status::ok();
}

// ---- aggregates

// What an aggregate has gathered of one group.
struct Gathered {
  std::vector<Period> periods;
  std::vector<PeriodValue> values;
  std::deque<std::string> texts;  // of values; they stay where they are
  std::optional<Aggregate> aggregate;
};

Gathered& gathered(sqlite3_context* context) {
  auto** place = static_cast<Gathered**>(sqlite3_aggregate_context(context, sizeof(void*)));
  if (place == nullptr) throw std::bad_alloc();
  if (*place == nullptr) *place = new Gathered;
  return **place;
}

// Null for a group without rows.
std::unique_ptr<Gathered> take_gathered(sqlite3_context* context) {
  auto** place = static_cast<Gathered**>(sqlite3_aggregate_context(context, 0));
  return std::unique_ptr<Gathered>(place == nullptr ? nullptr : std::exchange(*place, nullptr));
}

void append_bound(std::string& json, const temporal::Bound& bound) {
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) {
    json += "null";
  } else if (bound.as_text) {
    temporal::append_json(json, Value::text(temporal::format_instant(bound.us)));
  } else {
    temporal::append_json(json, Value::of_integer(bound.us));
  }
}

// {"from":…,"to":…, without the brace at the end
void append_period(std::string& json, const Period& period) {
  json += json.size() > 1 ? ",{\"from\":" : "{\"from\":";
  append_bound(json, period.from);
  json += ",\"to\":";
  append_bound(json, period.to);
}

void give_json(sqlite3_context* context, const std::string& json) {
  sqlite3_result_text64(context, json.data(), json.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

Status coalesce_step(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const Period period, period_of(call, 0));
  gathered(call.context).periods.push_back(period);
  return Status::ok();
}

// spectradb_coalesce(from, to) -> a JSON array of the periods that all of the group cover together
Status coalesce_final(const FunctionCall& call) {
  const std::unique_ptr<Gathered> group = take_gathered(call.context);
  std::string json = "[";
  if (group != nullptr) {
    for (const Period& period : temporal::coalesced(std::move(group->periods))) {
      append_period(json, period);
      json += '}';
    }
  }
  give_json(call.context, json + ']');
  return Status::ok();
}

std::optional<Aggregate> aggregate_named(const Value& name) {
  static constexpr std::pair<const char*, Aggregate> kAggregates[] = {{"count", Aggregate::kCount},
                                                                      {"sum", Aggregate::kSum},
                                                                      {"avg", Aggregate::kAvg},
                                                                      {"min", Aggregate::kMin},
                                                                      {"max", Aggregate::kMax}};
  if (name.type != Value::Type::kText) return std::nullopt;
  for (const auto& [known, aggregate] : kAggregates) {
    if (sqlite3_stricmp(std::string(name.bytes).c_str(), known) == 0) return aggregate;
  }
  return std::nullopt;
}

Status steps_step(const FunctionCall& call) {
  Gathered& group = gathered(call.context);
  const Value name = from_sqlite(call.arguments[0]);
  const std::optional<Aggregate> aggregate = aggregate_named(name);
  if (!aggregate || (group.aggregate && group.aggregate != aggregate)) {
    return Status::invalid(
        "spectradb_steps takes 'count', 'sum', 'avg', 'min' or 'max', the same for all "
        "rows, not " +
        spelled(name));
  }
  group.aggregate = aggregate;
  SPECTRADB_ASSIGN_OR_RETURN(const Period period, period_of(call, 2));
  const bool is_number = *aggregate == Aggregate::kSum || *aggregate == Aggregate::kAvg;
  if (is_number && sqlite3_value_numeric_type(call.arguments[1]) != SQLITE_INTEGER &&
      sqlite3_value_type(call.arguments[1]) != SQLITE_NULL) {
    group.values.push_back({period, Value::of_real(sqlite3_value_double(call.arguments[1]))});
    return Status::ok();
  }
  Value value = from_sqlite(call.arguments[1]);
  if (value.is_null()) return Status::ok();
  if (!value.bytes.empty()) value.bytes = group.texts.emplace_back(value.bytes);
  group.values.push_back({period, value});
  return Status::ok();
}

// spectradb_steps(aggregate, value, from, to) -> a JSON array of periods and what the aggregate is in each
Status steps_final(const FunctionCall& call) {
  const std::unique_ptr<Gathered> group = take_gathered(call.context);
  std::string json = "[";
  if (group != nullptr && group->aggregate) {
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<temporal::Step> steps,
                               temporal::aggregate_steps(*group->aggregate, group->values));
    for (const temporal::Step& step : steps) {
      append_period(json, step.period);
      json += ",\"value\":";
      temporal::append_json(json, step.value);
      json += '}';
    }
  }
  give_json(call.context, json + ']');
  return Status::ok();
}

constexpr Function kFunctions[] = {
    {"spectradb_overlaps", 4, SQLITE_INNOCUOUS, relation<overlaps>},
    {"spectradb_contains", 4, SQLITE_INNOCUOUS, relation<contains>},
    {"spectradb_contains", 3, SQLITE_INNOCUOUS, contains_instant},
    {"spectradb_during", 4, SQLITE_INNOCUOUS, relation<during>},
    {"spectradb_precedes", 4, SQLITE_INNOCUOUS, relation<precedes>},
    {"spectradb_succeeds", 4, SQLITE_INNOCUOUS, relation<succeeds>},
    {"spectradb_meets", 4, SQLITE_INNOCUOUS, relation<meets>},
    {"spectradb_met_by", 4, SQLITE_INNOCUOUS, relation<met_by>},
    {"spectradb_equals", 4, SQLITE_INNOCUOUS, relation<equals>},
    {"spectradb_starts", 4, SQLITE_INNOCUOUS, relation<starts>},
    {"spectradb_finishes", 4, SQLITE_INNOCUOUS, relation<finishes>},
    {"spectradb_allen", 4, SQLITE_INNOCUOUS, allen},
    {"spectradb_coalesce", 2, SQLITE_INNOCUOUS, nullptr, coalesce_step, coalesce_final},
    {"spectradb_steps", 4, SQLITE_INNOCUOUS, nullptr, steps_step, steps_final},
};

}  // namespace

std::span<const Function> period_functions() { return kFunctions; }

}  // namespace spectradb::extension
