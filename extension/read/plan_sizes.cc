#include "extension/read/plan_sizes.h"

#include <algorithm>
#include <limits>

#include "extension/read/key_ranges.h"

namespace spectradb::extension {

namespace {

// A range that seems to hold so many times what an empty one seems to hold may hold next to nothing.
constexpr uint64_t kRoughParts = 3;
constexpr double kLimit = 100;  // rows; assumed where LIMIT is a parameter

sqlite3_value* literal(sqlite3_index_info* info, int constraint) {
  sqlite3_value* value = nullptr;
  return sqlite3_vtab_rhs_value(info, constraint, &value) == SQLITE_OK ? value : nullptr;
}

// Collects the literals by argument of xFilter. Returns false when a bound of `plan` is no literal.
bool literals_of(const Plan& plan, sqlite3_index_info* info, std::vector<sqlite3_value*>& values) {
  std::vector<int> bounds{plan.lower.argument, plan.upper.argument, plan.prefix_pattern};
  for (const Plan::KeyValue& value : plan.key) {
    if (value.is_list) return false;
    bounds.push_back(value.argument);
  }
  values.assign(static_cast<size_t>(info->nConstraint), nullptr);
  bool is_bounded = plan.is_not_null;
  for (const int argument : bounds) {
    if (argument == Plan::kNone) continue;
    is_bounded = true;
    sqlite3_value*& value = values[static_cast<size_t>(argument)];
    for (int i = 0; i < info->nConstraint; ++i) {
      if (info->aConstraintUsage[i].argvIndex == argument + 1) value = literal(info, i);
    }
    if (value == nullptr) return false;
  }
  return is_bounded;
}

sqlite3_uint64 bit_of(int column) {
  return column < 0 ? 0 : sqlite3_uint64{1} << std::min(column, kSharedBit);
}

}  // namespace

std::optional<lsm::RangeSize> size_by_literals(const Plan& plan, const temporal::TableSchema& schema,
                                               const temporal::IndexSchema* index, const Measure& measure,
                                               std::optional<double> rows_of_value,
                                               sqlite3_index_info* info) {
  std::vector<sqlite3_value*> values;
  if (!literals_of(plan, info, values)) return std::nullopt;
  KeyRanges ranges(schema);
  if (!ranges.build(plan, values.data(), index)) return std::nullopt;
  lsm::RangeSize sum{};
  for (const KeyRange& range : ranges.ranges()) {
    if (range.is_point) return std::nullopt;
    lsm::RangeSize size = measure(range.lower, range.upper);
    if (rows_of_value && !plan.is_bounded() && static_cast<double>(size.current) > *rows_of_value &&
        size.current <= kRoughParts * measure(range.lower, range.lower).current)
      size.current = static_cast<uint64_t>(*rows_of_value);
    sum.current += size.current;
    sum.superseded += size.superseded;
  }
  return sum;
}

double wanted_rows(sqlite3_index_info* info) {
  double limit = std::numeric_limits<double>::infinity();
  double offset = 0;
  sqlite3_uint64 asked = 0;  // the columns of conditions and order
  for (int i = 0; i < info->nConstraint; ++i) {
    const sqlite3_index_info::sqlite3_index_constraint& constraint = info->aConstraint[i];
    const bool is_limit = constraint.op == SQLITE_INDEX_CONSTRAINT_LIMIT;
    if (!is_limit && constraint.op != SQLITE_INDEX_CONSTRAINT_OFFSET) {
      asked |= bit_of(constraint.iColumn);
      continue;
    }
    sqlite3_value* const given = literal(info, i);
    const double value = given != nullptr ? static_cast<double>(sqlite3_value_int64(given)) : kLimit;
    if (value >= 0) (is_limit ? limit : offset) = value;
  }
  if (info->nOrderBy == 1 && sqlite3_vtab_distinct(info) == 0) {
    asked |= bit_of(info->aOrderBy[0].iColumn);
    if ((info->colUsed & ~asked) == 0) limit = std::min(limit, 1.0);
  }
  return limit + offset;
}

}  // namespace spectradb::extension
