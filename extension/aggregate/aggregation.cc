#include "extension/aggregate/aggregation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extension/aggregate/packed_values.h"

namespace spectradb::extension {

using temporal::Affinity;
using temporal::TableSchema;
using temporal::Value;

namespace {

struct NamedFunction {
  std::string_view name;
  Aggregation::Function function;
};
constexpr NamedFunction kFunctions[] = {
    {"count", Aggregation::Function::kCount}, {"sum", Aggregation::Function::kSum},
    {"total", Aggregation::Function::kTotal}, {"avg", Aggregation::Function::kAvg},
    {"min", Aggregation::Function::kMin},     {"max", Aggregation::Function::kMax}};

struct NamedComparison {
  std::string_view name;
  Aggregation::Comparison comparison;
};
constexpr NamedComparison kComparisons[] = {
    {"=", Aggregation::Comparison::kEqual},   {"<>", Aggregation::Comparison::kUnequal},
    {"<", Aggregation::Comparison::kLess},    {"<=", Aggregation::Comparison::kLessOrEqual},
    {">", Aggregation::Comparison::kGreater}, {">=", Aggregation::Comparison::kGreaterOrEqual},
    {"is", Aggregation::Comparison::kIs},     {"isnot", Aggregation::Comparison::kIsNot}};

// Takes words and names off a text.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  bool is_at_end() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size()));
    return rest_.empty();
  }
  // All up to a blank or a name in quotes.
  std::string_view word() {
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \""));
    rest_.remove_prefix(word.size());
    return word;
  }
  bool is_at_name() const { return !rest_.empty() && rest_.front() == '"'; }
  std::optional<std::string> name() {
    std::string name;
    for (size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"' && (i + 1 == rest_.size() || rest_[i + 1] != '"')) {
        rest_.remove_prefix(i + 1);
        return name;
      }
      if (rest_[i] == '"') ++i;
      name += rest_[i];
    }
    return std::nullopt;
  }

 private:
  std::string_view rest_;
};

Status unreadable(const TableSchema& schema) {
  return Status::invalid("_aggregate of table " + schema.name +
                         " says how its rows are added up: statements that are rewritten write it");
}

class AggregationReader {
 public:
  explicit AggregationReader(const TableSchema& schema) : schema_(schema) {}

  Result<Aggregation> read(const Value& how) {
    result_.given = std::string(how.bytes);
    result_.is_given_as_text = how.type == Value::Type::kText;
    std::string_view text = how.bytes;
    std::string_view values;
    if (how.type == Value::Type::kBlob) {
      values = how.bytes;
      const std::optional<PackedValue> packed = take_packed(values);
      if (!packed || packed->value.type != Value::Type::kText) return unreadable(schema_);
      text = packed->value.bytes;
    } else if (how.type != Value::Type::kText) {
      return unreadable(schema_);
    }
    for (Words words(text); !words.is_at_end();)
      if (!read_part(words, values)) return failure_ ? unreadable(schema_) : failure_;
    if (result_.aggregates.empty()) return unreadable(schema_);
    for (Aggregation::Condition& condition : result_.conditions) condition.value.bytes = condition.bytes;
    return std::move(result_);
  }

 private:
  bool read_part(Words& words, std::string_view& values) {
    const std::string_view word = words.word();
    int column = Aggregation::kNoColumn;
    if (words.is_at_name()) {
      const std::optional<std::string> name = words.name();
      if (!name) return false;
      column = column_of(*name);
      if (column == Aggregation::kNoColumn) return false;
    }
    if (word == "by" && column != Aggregation::kNoColumn) {
      result_.groups.push_back(column);
      return true;
    }
    if (word == "where" && column != Aggregation::kNoColumn)
      return read_condition(column, words.word(), values);
    const auto* const function = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                              [&](const NamedFunction& each) { return each.name == word; });
    if (function == std::end(kFunctions)) return false;
    if (column == Aggregation::kNoColumn && function->function != Aggregation::Function::kCount) return false;
    result_.aggregates.push_back({function->function, column});
    return true;
  }

  int column_of(const std::string& name) {
    const auto& columns = schema_.columns;
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
    if (found != columns.end()) return static_cast<int>(found - columns.begin());
    failure_ = Status::invalid("no such column: " + schema_.name + "." + name);
    return Aggregation::kNoColumn;
  }

  // SQLite gives the constant the affinity of the column: a number for all that are numeric, else text.
  bool read_condition(int column, std::string_view word, std::string_view& values) {
    const auto* const comparison =
        std::find_if(std::begin(kComparisons), std::end(kComparisons),
                     [&](const NamedComparison& each) { return each.name == word; });
    const std::optional<PackedValue> packed = take_packed(values);
    if (comparison == std::end(kComparisons) || !packed || packed->is_overflow) return false;
    const temporal::Column& compared = schema_.columns[static_cast<size_t>(column)];
    const Affinity affinity = compared.affinity == Affinity::kBlob || compared.affinity == Affinity::kText
                                  ? compared.affinity
                                  : Affinity::kNumeric;
    std::string scratch;
    const Value value = apply_affinity(packed->value, affinity, scratch);
    result_.conditions.push_back(
        {column, comparison->comparison, value, std::string(value.bytes), compared.collation});
    return true;
  }

  const TableSchema& schema_;
  Aggregation result_;
  Status failure_;
};

}  // namespace

bool Aggregation::Condition::is_met_by(const Value& of_row) const {
  if (comparison == Comparison::kIs || comparison == Comparison::kIsNot)
    return (compare(of_row, value, collation) == 0) == (comparison == Comparison::kIs);
  if (of_row.is_null() || value.is_null()) return false;
  const int order = of_row.type == Value::Type::kInteger && value.type == Value::Type::kInteger
                        ? (of_row.integer < value.integer   ? -1
                           : of_row.integer > value.integer ? 1
                                                            : 0)
                        : compare(of_row, value, collation);
  switch (comparison) {
    case Comparison::kEqual:
      return order == 0;
    case Comparison::kUnequal:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessOrEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

Result<Aggregation> read_aggregation(const Value& how, const TableSchema& schema) {
  return AggregationReader(schema).read(how);
}

std::string pack_aggregation(const std::vector<Value>& text_and_values) {
  std::string packed;
  for (const Value& value : text_and_values) append_packed(packed, value);
  return packed;
}

}  // namespace spectradb::extension
