// What the rewriter writes into statements whose aggregates a table makes by itself
// (sql/rewrite/aggregate_rewriter.cc). Nobody else calls these.
#include "extension/facet/facet.h"

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "extension/aggregate/aggregation.h"
#include "extension/aggregate/packed_values.h"
#include "extension/host/values.h"

namespace spectradb::extension {

namespace {

using temporal::Value;

// spectradb_aggregate(text, values …) -> what _aggregate takes
Status give_aggregation(const FunctionCall& call) {
  std::vector<Value> given;
  for (int i = 0; i < call.count; ++i) given.push_back(from_sqlite(call.arguments[i]));
  const std::string packed = pack_aggregation(given);
  sqlite3_result_blob64(call.context, packed.data(), packed.size(), SQLITE_TRANSIENT);
  return Status::ok();
}

// The one row of a group, or of all rows.
struct Aggregated {
  Value value;
  std::string bytes;
  bool is_overflow = false;
};

Status read_aggregated(const FunctionCall& call, Aggregated& read) {
  const Value packed = from_sqlite(call.arguments[0]);
  int64_t place = sqlite3_value_int64(call.arguments[1]);
  std::string_view rest = packed.bytes;
  std::optional<PackedValue> value;
  if (packed.type == Value::Type::kBlob && place >= 0) {
    do {
      value = take_packed(rest);
    } while (value && place-- > 0);
  }
  if (!value)
    return Status::invalid(
        "spectradb_aggregated() is for statements that are rewritten: write sum(), count() …");
  read.value = value->value;
  read.bytes.assign(value->value.bytes);
  read.is_overflow = value->is_overflow;
  return Status::ok();
}

// spectradb_aggregated(_aggregated, place [, column]); the column is not used.
Status take_aggregated(const FunctionCall& call) {
  if (call.count < 2) return Status::invalid("it takes what a table added up, and a place in it");
  auto** kept = static_cast<Aggregated**>(sqlite3_aggregate_context(call.context, sizeof(Aggregated*)));
  if (kept == nullptr) throw std::bad_alloc();
  if (*kept != nullptr) return Status::corrupt("a table has added up a group twice");
  *kept = new Aggregated;
  return read_aggregated(call, **kept);
}

Status give_result(const FunctionCall& call, const Value& of_nothing) {
  auto** kept = static_cast<Aggregated**>(sqlite3_aggregate_context(call.context, 0));
  const std::unique_ptr<Aggregated> read(kept == nullptr ? nullptr : std::exchange(*kept, nullptr));
  if (read == nullptr) {
    give(call.context, of_nothing);
    return Status::ok();
  }
  if (read->is_overflow) return Status::invalid("integer overflow");
  Value value = read->value;
  value.bytes = read->bytes;
  give(call.context, value);
  return Status::ok();
}

Status give_aggregated(const FunctionCall& call) { return give_result(call, Value::null()); }
Status give_counted(const FunctionCall& call) { return give_result(call, Value::of_integer(0)); }
Status give_totalled(const FunctionCall& call) { return give_result(call, Value::of_real(0)); }

constexpr int kFlags = SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
constexpr Function kAggregateFunctions[] = {
    {"spectradb_aggregate", -1, kFlags, give_aggregation},
    {"spectradb_aggregated", -1, kFlags, nullptr, take_aggregated, give_aggregated},
    {"spectradb_counted", -1, kFlags, nullptr, take_aggregated, give_counted},
    {"spectradb_totalled", -1, kFlags, nullptr, take_aggregated, give_totalled},
};

constexpr Facet kAggregateFacet{.name = "aggregate", .functions = kAggregateFunctions};

}  // namespace

const Facet& facet_aggregate() { return kAggregateFacet; }

}  // namespace spectradb::extension
