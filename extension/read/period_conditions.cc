#include "extension/read/period_conditions.h"

#include <algorithm>

#include "extension/host/api.h"
#include "temporal/instant.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

// -1, 0 or 1 for values of one type that has an order here: integers and texts.
int compare(const Value& a, const Value& b) {
  if (a.type == Value::Type::kInteger) return a.integer < b.integer ? -1 : a.integer > b.integer ? 1 : 0;
  const int order = a.bytes.compare(b.bytes);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

bool holds(unsigned char op, int order) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_EQ:
    case SQLITE_INDEX_CONSTRAINT_IS:
      return order == 0;
    case SQLITE_INDEX_CONSTRAINT_GT:
      return order > 0;
    case SQLITE_INDEX_CONSTRAINT_GE:
      return order >= 0;
    case SQLITE_INDEX_CONSTRAINT_LT:
      return order < 0;
    case SQLITE_INDEX_CONSTRAINT_LE:
      return order <= 0;
    default:
      return true;
  }
}

// A bound as SQL shows it; a text lies in `text`.
Value shown(const temporal::Bound& bound, std::string& text) {
  if (bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime) return Value::null();
  if (!bound.as_text) return Value::of_integer(bound.us);
  text = temporal::format_instant(bound.us);
  return Value::text(text);
}

// Commits as counted from 0: what lies before the first is none.
uint64_t commit_of(int64_t number) { return number < 0 ? 0 : static_cast<uint64_t>(number); }

}  // namespace

bool PeriodConditions::knows(int hidden_column, unsigned char op) {
  if (hidden_column < kSystemFrom || hidden_column > kValidTo) return false;
  return op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS ||
         op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE ||
         op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE ||
         op == SQLITE_INDEX_CONSTRAINT_ISNULL || op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
}

void PeriodConditions::clear() { conditions_.clear(); }

void PeriodConditions::add(HiddenColumn column, unsigned char op, const Value& value) {
  const bool is_null_test = op == SQLITE_INDEX_CONSTRAINT_ISNULL || op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
  const bool is_is_null = op == SQLITE_INDEX_CONSTRAINT_IS && value.is_null();
  if (is_is_null) op = SQLITE_INDEX_CONSTRAINT_ISNULL;
  conditions_.push_back({column, op, is_null_test || is_is_null ? Value::null() : value, {}});
  Condition& added = conditions_.back();
  added.text.assign(added.value.bytes);
  added.value.bytes = {};
}

// What does not compare as both are written (an affinity may convert one of them) is left to SQLite.
bool PeriodConditions::may_hold(const Condition& condition, const Value& value) {
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNULL) return value.is_null();
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL) return !value.is_null();
  if (value.is_null()) return false;
  Value wanted = condition.value;
  if (wanted.type != value.type) return true;
  if (wanted.type == Value::Type::kText) wanted.bytes = condition.text;
  return holds(condition.op, compare(value, wanted));
}

bool PeriodConditions::admits(const temporal::ResolvedRow& row, bool has_period) const {
  std::string text;
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    switch (condition.column) {
      case kSystemFrom:
        return may_hold(condition, Value::of_integer(static_cast<int64_t>(row.system_from)));
      case kSystemTo:
        return may_hold(condition, row.system_to == 0
                                       ? Value::null()
                                       : Value::of_integer(static_cast<int64_t>(row.system_to)));
      default:
        return !has_period ||
               may_hold(condition,
                        shown(condition.column == kValidFrom ? row.valid.from : row.valid.to, text));
    }
  });
}

uint64_t PeriodConditions::min_commit() const {
  uint64_t least = 0;
  for (const Condition& condition : conditions_) {
    if (condition.column != kSystemFrom || condition.value.type != Value::Type::kInteger) continue;
    const uint64_t commit = commit_of(condition.value.integer);
    const bool is_least = condition.op == SQLITE_INDEX_CONSTRAINT_GE ||
                          condition.op == SQLITE_INDEX_CONSTRAINT_EQ ||
                          condition.op == SQLITE_INDEX_CONSTRAINT_IS;
    if (is_least) least = std::max(least, commit);
    if (condition.op == SQLITE_INDEX_CONSTRAINT_GT && condition.value.integer >= 0)
      least = std::max(least, commit + 1);
  }
  return least;
}

uint64_t PeriodConditions::after_commit(uint64_t last_commit) const {
  uint64_t after = 0;
  for (const Condition& condition : conditions_) {
    if (condition.column != kSystemTo) continue;
    if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNULL) after = last_commit;
    if (condition.value.type != Value::Type::kInteger) continue;
    const uint64_t commit = commit_of(condition.value.integer);
    const bool is_least = condition.op == SQLITE_INDEX_CONSTRAINT_GE ||
                          condition.op == SQLITE_INDEX_CONSTRAINT_EQ ||
                          condition.op == SQLITE_INDEX_CONSTRAINT_IS;
    if (condition.op == SQLITE_INDEX_CONSTRAINT_GT) after = std::max(after, commit);
    if (is_least && commit > 0) after = std::max(after, commit - 1);
  }
  return std::min(after, last_commit);
}

uint64_t PeriodConditions::end_by_commit(uint64_t last_commit) const {
  uint64_t end_by = last_commit;
  for (const Condition& condition : conditions_) {
    if (condition.column != kSystemTo || condition.value.type != Value::Type::kInteger) continue;
    const uint64_t commit = commit_of(condition.value.integer);
    const bool is_most =
        condition.op == SQLITE_INDEX_CONSTRAINT_LE || condition.op == SQLITE_INDEX_CONSTRAINT_LT ||
        condition.op == SQLITE_INDEX_CONSTRAINT_EQ || condition.op == SQLITE_INDEX_CONSTRAINT_IS;
    if (is_most) end_by = std::min(end_by, commit);
  }
  return end_by;
}

}  // namespace spectradb::extension
