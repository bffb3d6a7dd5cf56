#include "extension/aggregate/aggregation.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "extension/host/api.h"

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
  unsigned char op;
};
constexpr NamedComparison kComparisons[] = {
    {"=", SQLITE_INDEX_CONSTRAINT_EQ},          {"<>", SQLITE_INDEX_CONSTRAINT_NE},
    {"<", SQLITE_INDEX_CONSTRAINT_LT},          {"<=", SQLITE_INDEX_CONSTRAINT_LE},
    {">", SQLITE_INDEX_CONSTRAINT_GT},          {">=", SQLITE_INDEX_CONSTRAINT_GE},
    {"is", SQLITE_INDEX_CONSTRAINT_IS},         {"isnot", SQLITE_INDEX_CONSTRAINT_ISNOT},
    {"isnull", SQLITE_INDEX_CONSTRAINT_ISNULL}, {"notnull", SQLITE_INDEX_CONSTRAINT_ISNOTNULL}};

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

class AggregationReader {
 public:
  explicit AggregationReader(const TableSchema& schema) : schema_(schema) {}

  Result<Aggregation> read(const Value& how) {
    if (how.type != Value::Type::kText) return unreadable();
    for (Words words(how.bytes); !words.is_at_end();)
      if (!read_part(words)) return unreadable();
    if (result_.aggregates.empty()) return unreadable();
    return std::move(result_);
  }

 private:
  Status unreadable() const {
    return Status::invalid("_given of table " + schema_.name +
                           " is for statements that are rewritten: leave it out of the WHERE");
  }

  bool read_part(Words& words) {
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
    if (word == "where" && column != Aggregation::kNoColumn) return read_comparison(column, words.word());
    const auto* const function = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                              [&](const NamedFunction& each) { return each.name == word; });
    if (function == std::end(kFunctions)) return false;
    if (column == Aggregation::kNoColumn && function->function != Aggregation::Function::kCount) return false;
    result_.aggregates.push_back({function->function, column});
    return true;
  }

  int column_of(const std::string& name) const {
    const auto& columns = schema_.columns;
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
    return found == columns.end() ? Aggregation::kNoColumn : static_cast<int>(found - columns.begin());
  }

  bool read_comparison(int column, std::string_view word) {
    const auto* const comparison =
        std::find_if(std::begin(kComparisons), std::end(kComparisons),
                     [&](const NamedComparison& each) { return each.name == word; });
    if (comparison == std::end(kComparisons)) return false;
    result_.comparisons.push_back({column, comparison->op});
    return true;
  }

  const TableSchema& schema_;
  Aggregation result_;
};

int order_of(const Value& of_row, const Value& value, temporal::Collation collation) {
  if (of_row.type != Value::Type::kInteger || value.type != Value::Type::kInteger)
    return compare(of_row, value, collation);
  return of_row.integer < value.integer ? -1 : of_row.integer > value.integer ? 1 : 0;
}

}  // namespace

bool Aggregation::Condition::is_met_by(const Value& of_row) const {
  switch (comparison.op) {
    case SQLITE_INDEX_CONSTRAINT_ISNULL:
      return of_row.is_null();
    case SQLITE_INDEX_CONSTRAINT_ISNOTNULL:
      return !of_row.is_null();
    case SQLITE_INDEX_CONSTRAINT_IS:
      return compare(of_row, value, collation) == 0;
    case SQLITE_INDEX_CONSTRAINT_ISNOT:
      return compare(of_row, value, collation) != 0;
    default:
      break;
  }
  if (of_row.is_null() || value.is_null()) return false;
  const int order = order_of(of_row, value, collation);
  switch (comparison.op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
      return order == 0;
    case SQLITE_INDEX_CONSTRAINT_NE:
      return order != 0;
    case SQLITE_INDEX_CONSTRAINT_LT:
      return order < 0;
    case SQLITE_INDEX_CONSTRAINT_LE:
      return order <= 0;
    case SQLITE_INDEX_CONSTRAINT_GT:
      return order > 0;
    default:
      return order >= 0;
  }
}

void Aggregation::add_condition(const Comparison& comparison, const Value& value, const TableSchema& schema) {
  const temporal::Column& compared = schema.columns[static_cast<size_t>(comparison.column)];
  const bool is_numeric = compared.affinity != Affinity::kBlob && compared.affinity != Affinity::kText;
  std::string scratch;
  const Value meant = apply_affinity(value, is_numeric ? Affinity::kNumeric : compared.affinity, scratch);
  conditions.push_back({comparison, meant, std::string(meant.bytes), compared.collation});
  for (Condition& condition : conditions) condition.value.bytes = condition.bytes;  // they may have moved
}

Result<Aggregation> read_aggregation(const Value& how, const TableSchema& schema) {
  return AggregationReader(schema).read(how);
}

}  // namespace spectradb::extension
