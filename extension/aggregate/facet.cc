// What the rewriter writes into statements over a table that can add its rows up
// (sql/rewrite/aggregate_rewriter.cc), in the place of count(), sum() and the like. Nobody else calls these.
//
// The first argument is what the table added up, for all rows of the group at once; the second the place of this
// aggregate there. Where the table has shown its rows one by one, the first argument is NULL, and the function does
// with the third one what SQLite's own does.
#include "extension/facet/facet.h"

#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "extension/aggregate/aggregation.h"
#include "extension/aggregate/packed_values.h"
#include "extension/aggregate/sum.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

using temporal::Collation;
using temporal::Value;
using AggregateFunction = Aggregation::Function;

// One group, or all rows.
struct Aggregated {
  bool is_whole = false;  // the table has added it up, and `best` is what came out
  bool is_overflow = false;
  Value best;  // least or greatest so far
  std::string bytes;
  Sum sum;
};

// SQLite gives memory of zeros for each group, and asks for the result of each.
struct Place {
  bool is_taken;
  alignas(Aggregated) std::byte bytes[sizeof(Aggregated)];
};

Aggregated& aggregated_of(sqlite3_context* context) {
  auto* const place = static_cast<Place*>(sqlite3_aggregate_context(context, sizeof(Place)));
  if (place == nullptr) throw std::bad_alloc();
  if (!std::exchange(place->is_taken, true)) return *new (place->bytes) Aggregated;
  return *std::launder(reinterpret_cast<Aggregated*>(place->bytes));
}

struct Destroy {
  void operator()(Aggregated* aggregated) const { aggregated->~Aggregated(); }
};
// Null where there was no row.
std::unique_ptr<Aggregated, Destroy> take_aggregated(sqlite3_context* context) {
  auto* const place = static_cast<Place*>(sqlite3_aggregate_context(context, 0));
  if (place == nullptr || !std::exchange(place->is_taken, false)) return nullptr;
  return std::unique_ptr<Aggregated, Destroy>(std::launder(reinterpret_cast<Aggregated*>(place->bytes)));
}

Status not_for_users() {
  return Status::invalid(
      "spectradb_summed() and its like are for statements that are rewritten: write sum(), count() …");
}

void keep(Aggregated& kept, const Value& value) {
  kept.bytes.assign(value.bytes);
  kept.best = value;
  kept.best.bytes = kept.bytes;
}

Status take_whole(const FunctionCall& call, Aggregated& kept) {
  const Value packed = from_sqlite(call.arguments[0]);
  int64_t place = sqlite3_value_int64(call.arguments[1]);
  std::string_view rest = packed.bytes;
  std::optional<PackedValue> value;
  if (packed.type == Value::Type::kBlob && place >= 0) {
    do {
      value = take_packed(rest);
    } while (value && place-- > 0);
  }
  if (!value) return not_for_users();
  if (kept.is_whole) return Status::corrupt("a table has added up a group twice");
  kept.is_whole = true;
  kept.is_overflow = value->is_overflow;
  keep(kept, value->value);
  return Status::ok();
}

// Of equal values the first one stays.
void take_best(Aggregated& kept, sqlite3_value* argument, bool is_max, Collation collation) {
  const Value value = from_sqlite(argument);
  if (value.is_null()) return;
  if (!kept.best.is_null()) {
    const int order = compare(value, kept.best, collation);
    if (is_max ? order <= 0 : order >= 0) return;
  }
  keep(kept, value);
}

void add_number(Sum& sum, sqlite3_value* argument, Adding adding) {
  switch (sqlite3_value_numeric_type(argument)) {
    case SQLITE_NULL:
      return;
    case SQLITE_INTEGER:
      return sum.add(int64_t{sqlite3_value_int64(argument)}, adding);
    default:
      return sum.add(sqlite3_value_double(argument), adding);
  }
}

template <AggregateFunction function>
Status take(const FunctionCall& call) {
  constexpr int kPlace = 2;
  constexpr int kColumn = 3;
  constexpr int kCollation = 4;
  constexpr bool is_best = function == AggregateFunction::kMin || function == AggregateFunction::kMax;
  const int wanted = is_best ? kCollation : function == AggregateFunction::kCount ? kPlace : kColumn;
  if (call.count < wanted) return not_for_users();
  Aggregated& kept = aggregated_of(call.context);
  if (sqlite3_value_type(call.arguments[0]) != SQLITE_NULL) return take_whole(call, kept);
  if constexpr (is_best) {
    const int64_t collation = sqlite3_value_int64(call.arguments[kColumn]);
    take_best(kept, call.arguments[kPlace], function == AggregateFunction::kMax,
              collation == 0   ? Collation::kBinary
              : collation == 1 ? Collation::kNoCase
                               : Collation::kRTrim);
  } else if constexpr (function == AggregateFunction::kCount) {
    if (call.count == kPlace || sqlite3_value_type(call.arguments[kPlace]) != SQLITE_NULL) ++kept.sum.count;
  } else {
    static const std::optional<Adding> adding = way_of_adding();
    if (!adding) return Status::invalid("this SQLite adds in a way that is not known");
    add_number(kept.sum, call.arguments[kPlace], *adding);
  }
  return Status::ok();
}

// What SQLite's own makes of the sum; it is not asked where the way of adding is unknown.
Value result_of(AggregateFunction function, const Sum& sum, Adding adding) {
  const double total = sum.total(adding);
  switch (function) {
    case AggregateFunction::kCount:
      return Value::of_integer(sum.count);
    case AggregateFunction::kTotal:
      return Value::of_real(total);
    case AggregateFunction::kAvg:
      return sum.count == 0 ? Value::null() : Value::of_real(total / static_cast<double>(sum.count));
    default:
      if (sum.count == 0) return Value::null();
      return sum.is_approximate ? Value::of_real(total) : Value::of_integer(sum.integer);
  }
}

template <AggregateFunction function>
Status give_result(const FunctionCall& call) {
  constexpr bool is_best = function == AggregateFunction::kMin || function == AggregateFunction::kMax;
  const auto kept = take_aggregated(call.context);
  const Adding adding = way_of_adding().value_or(Adding::kPlainly);
  if (kept == nullptr) {
    if (!is_best) give(call.context, result_of(function, Sum(), adding));
    return Status::ok();
  }
  const bool is_overflow =
      kept->is_overflow || (function == AggregateFunction::kSum && kept->sum.is_overflow);
  if (is_overflow) return Status::invalid("integer overflow");
  give(call.context, is_best || kept->is_whole ? kept->best : result_of(function, kept->sum, adding));
  return Status::ok();
}

template <AggregateFunction function>
constexpr Function aggregate(const char* name) {
  return {name, -1, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, nullptr, take<function>, give_result<function>};
}

constexpr Function kAggregateFunctions[] = {
    aggregate<AggregateFunction::kCount>("spectradb_counted"),
    aggregate<AggregateFunction::kSum>("spectradb_summed"),
    aggregate<AggregateFunction::kTotal>("spectradb_totalled"),
    aggregate<AggregateFunction::kAvg>("spectradb_averaged"),
    aggregate<AggregateFunction::kMin>("spectradb_least"),
    aggregate<AggregateFunction::kMax>("spectradb_greatest"),
};

constexpr Facet kAggregateFacet{.name = "aggregate", .functions = kAggregateFunctions};

}  // namespace

const Facet& facet_aggregate() { return kAggregateFacet; }

}  // namespace spectradb::extension
