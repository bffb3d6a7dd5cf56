#include "extension/facets/vector/vector_functions.h"

#include <cmath>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "extension/facet/function_error.h"
#include "extension/facets/vector/distance.h"
#include "extension/facets/vector/given_vector.h"
#include "extension/facets/vector/vector.h"
#include "extension/facets/vector/vector_json.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

bool is_any_null(const FunctionCall& call) {
  for (int i = 0; i < call.count; ++i)
    if (sqlite3_value_type(call.arguments[i]) == SQLITE_NULL) return true;
  return false;
}

void give_blob(sqlite3_context* context, const std::string& bytes) { give(context, Value::blob(bytes)); }

// Returns the elements of an argument, all of them finite.
Result<std::vector<float>> finite_floats(GivenVector& given) {
  SPECTRADB_ASSIGN_OR_RETURN(const VectorView view, given.view());
  SPECTRADB_RETURN_IF_ERROR(check_finite(view));
  std::vector<float> floats(view.dimensions);
  decode(view, floats);
  return floats;
}

// ---- functions that make vectors

constexpr const char* maker_of(Element element) {
  switch (element) {
    case Element::kFloat16:
      return "spectradb_vector_f16";
    case Element::kInt8:
      return "spectradb_vector_i8";
    case Element::kBit:
      return "spectradb_vector_bit";
    default:
      return "spectradb_vector";
  }
}

// spectradb_vector(x), and _f16, _i8, _bit -> BLOB. A vector that has such elements already is returned
// unchanged.
template <Element kElement>
Status make_vector(const FunctionCall& call) {
  if (is_any_null(call)) return Status::ok();
  GivenVector given(call, 0);
  const Result<VectorView> view = given.view();
  if (!view) return in_function(maker_of(kElement), view.status());
  if (view->element == kElement && sqlite3_value_type(call.arguments[0]) == SQLITE_BLOB) {
    if (const Status status = check_finite(*view); !status) return in_function(maker_of(kElement), status);
    sqlite3_result_value(call.context, call.arguments[0]);
    return Status::ok();
  }
  const Result<std::vector<float>> floats = finite_floats(given);
  if (!floats) return in_function(maker_of(kElement), floats.status());
  const Result<std::string> bytes = encode(*floats, kElement);
  if (!bytes) return in_function(maker_of(kElement), bytes.status());
  give_blob(call.context, *bytes);
  return Status::ok();
}

// spectradb_vector_to_json(x) -> text
Status vector_to_json(const FunctionCall& call) {
  if (is_any_null(call)) return Status::ok();
  GivenVector given(call, 0);
  const Result<std::vector<float>> floats = finite_floats(given);
  if (!floats) return in_function("spectradb_vector_to_json", floats.status());
  give(call.context, Value::text(json_of_vector(*floats)));
  return Status::ok();
}

// spectradb_vector_dims(x) -> integer
Status vector_dims(const FunctionCall& call) {
  if (is_any_null(call)) return Status::ok();
  GivenVector given(call, 0);
  const Result<VectorView> view = given.view();
  if (!view) return in_function("spectradb_vector_dims", view.status());
  sqlite3_result_int64(call.context, static_cast<int64_t>(view->dimensions));
  return Status::ok();
}

// spectradb_vector_normalize(x) -> BLOB of float32, of length 1; zeros stay zeros
Status vector_normalize(const FunctionCall& call) {
  if (is_any_null(call)) return Status::ok();
  GivenVector given(call, 0);
  Result<std::vector<float>> floats = finite_floats(given);
  if (!floats) return in_function("spectradb_vector_normalize", floats.status());
  double squares = 0;
  for (const float number : *floats) squares += double{number} * number;
  const double length = std::sqrt(squares);
  if (length > 0)
    for (float& number : *floats) number = static_cast<float>(number / length);
  give_blob(call.context, *encode(*floats, Element::kFloat32));
  return Status::ok();
}

// spectradb_vector_add(a, b) -> BLOB of float32
Status vector_add(const FunctionCall& call) {
  constexpr const char* kName = "spectradb_vector_add";
  if (is_any_null(call)) return Status::ok();
  GivenVector first(call, 0);
  GivenVector second(call, 1);
  Result<std::vector<float>> sum = finite_floats(first);
  if (!sum) return in_argument(kName, 0, sum.status());
  const Result<std::vector<float>> added = finite_floats(second);
  if (!added) return in_argument(kName, 1, added.status());
  if (sum->size() != added->size()) return in_function(kName, unequal_dimensions(sum->size(), added->size()));
  for (size_t i = 0; i < sum->size(); ++i) (*sum)[i] += (*added)[i];
  if (!check_finite(VectorView::of(*sum)))
    return in_function(kName, Status::invalid("the sum is beyond the range of float32"));
  give_blob(call.context, *encode(*sum, Element::kFloat32));
  return Status::ok();
}

// ---- spectradb_vector_mean(x), an aggregate -> BLOB of float32; NULL of no vectors

struct Mean {
  std::vector<double> sums;
  int64_t count = 0;
};

constexpr const char* kMeanName = "spectradb_vector_mean";

Status mean_step(const FunctionCall& call) {
  if (is_any_null(call)) return Status::ok();
  GivenVector given(call, 0, false);
  const Result<std::vector<float>> floats = finite_floats(given);
  if (!floats) return in_function(kMeanName, floats.status());
  auto** place = static_cast<Mean**>(sqlite3_aggregate_context(call.context, sizeof(void*)));
  if (place == nullptr) throw std::bad_alloc();
  if (*place == nullptr) *place = new Mean;
  Mean& mean = **place;
  if (mean.count == 0) mean.sums.resize(floats->size());
  if (mean.sums.size() != floats->size())
    return in_function(kMeanName, unequal_dimensions(mean.sums.size(), floats->size()));
  for (size_t i = 0; i < floats->size(); ++i) mean.sums[i] += (*floats)[i];
  ++mean.count;
  return Status::ok();
}

Status mean_final(const FunctionCall& call) {
  auto** place = static_cast<Mean**>(sqlite3_aggregate_context(call.context, 0));
  const std::unique_ptr<Mean> mean(place == nullptr ? nullptr : std::exchange(*place, nullptr));
  if (mean == nullptr || mean->count == 0) return Status::ok();
  std::vector<float> floats;
  for (const double sum : mean->sums)
    floats.push_back(static_cast<float>(sum / static_cast<double>(mean->count)));
  give_blob(call.context, *encode(floats, Element::kFloat32));
  return Status::ok();
}

// ---- distances

Status give_distance(const FunctionCall& call, const char* function, std::optional<Metric> metric) {
  GivenVector first(call, 0);
  GivenVector second(call, 1);
  const Result<VectorView> a = first.view();
  if (!a) return in_argument(function, 0, a.status());
  const Result<VectorView> b = second.view();
  if (!b) return in_argument(function, 1, b.status());
  if (!metric) metric = default_metric(*a, *b);
  const Result<double> found = distance(*a, *b, *metric);
  if (!found) return in_function(function, found.status());
  if (*metric == Metric::kHamming) {
    sqlite3_result_int64(call.context, static_cast<int64_t>(*found));
  } else {
    sqlite3_result_double(call.context, *found);
  }
  return Status::ok();
}

// spectradb_distance(a, b)
Status default_distance(const FunctionCall& call) {
  return is_any_null(call) ? Status::ok() : give_distance(call, "spectradb_distance", std::nullopt);
}

// spectradb_distance(a, b, metric)
Status named_distance(const FunctionCall& call) {
  constexpr int kMetricArgument = 2;
  if (is_any_null(call)) return Status::ok();
  const Value name = from_sqlite(call.arguments[kMetricArgument]);
  const std::optional<Metric> metric =
      name.type == Value::Type::kText ? metric_named(name.bytes) : std::nullopt;
  if (!metric)
    return Status::invalid("spectradb_distance takes 'cosine', 'l2', 'dot' or 'hamming', not " +
                           spelled(name));
  return give_distance(call, "spectradb_distance", metric);
}

constexpr const char* name_of_distance(Metric metric) {
  switch (metric) {
    case Metric::kCosine:
      return "spectradb_distance_cosine";
    case Metric::kL2:
      return "spectradb_distance_l2";
    case Metric::kDot:
      return "spectradb_distance_dot";
    default:
      return "spectradb_distance_hamming";
  }
}

template <Metric kMetric>
Status one_distance(const FunctionCall& call) {
  return is_any_null(call) ? Status::ok() : give_distance(call, name_of_distance(kMetric), kMetric);
}

constexpr int kVectorPure = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
constexpr Function kVectorFunctions[] = {
    {"spectradb_vector", 1, kVectorPure, make_vector<Element::kFloat32>},
    {"spectradb_vector_f16", 1, kVectorPure, make_vector<Element::kFloat16>},
    {"spectradb_vector_i8", 1, kVectorPure, make_vector<Element::kInt8>},
    {"spectradb_vector_bit", 1, kVectorPure, make_vector<Element::kBit>},
    {"spectradb_vector_to_json", 1, kVectorPure, vector_to_json},
    {"spectradb_vector_dims", 1, kVectorPure, vector_dims},
    {"spectradb_vector_normalize", 1, kVectorPure, vector_normalize},
    {"spectradb_vector_add", 2, kVectorPure, vector_add},
    {"spectradb_vector_mean", 1, kVectorPure, nullptr, mean_step, mean_final},
    {"spectradb_distance", 2, kVectorPure, default_distance},
    {"spectradb_distance", 3, kVectorPure, named_distance},
    {name_of_distance(Metric::kCosine), 2, kVectorPure, one_distance<Metric::kCosine>},
    {name_of_distance(Metric::kL2), 2, kVectorPure, one_distance<Metric::kL2>},
    {name_of_distance(Metric::kDot), 2, kVectorPure, one_distance<Metric::kDot>},
    {name_of_distance(Metric::kHamming), 2, kVectorPure, one_distance<Metric::kHamming>},
};

}  // namespace

std::span<const Function> vector_functions() { return kVectorFunctions; }

}  // namespace spectradb::extension
