#include "extension/read/period_conditions.h"

#include <algorithm>

#include "extension/host/api.h"
#include "temporal/instant.h"

namespace spectradb::extension {

namespace {

// Returns a negative number, 0 or a positive one: where a row's number lies relative to the place.
int order_of_number(int64_t number, const TimePlace& place) {
  if (number != place.number) return number < place.number ? -1 : 1;
  return place.is_behind ? -1 : 0;
}

bool admits_order(unsigned char op, int order) {
  switch (op) {
    case SQLITE_INDEX_CONSTRAINT_GT:
      return order > 0;
    case SQLITE_INDEX_CONSTRAINT_GE:
      return order >= 0;
    case SQLITE_INDEX_CONSTRAINT_LT:
      return order < 0;
    case SQLITE_INDEX_CONSTRAINT_LE:
      return order <= 0;
    case SQLITE_INDEX_CONSTRAINT_NE:
    case SQLITE_INDEX_CONSTRAINT_ISNOT:
      return order != 0;
    default:  // equality
      return order == 0;
  }
}

// Commits count from 0: a negative number is before them all.
uint64_t commit_of(int64_t number) { return number < 0 ? 0 : static_cast<uint64_t>(number); }

int order_of_bound(const temporal::Bound& bound, const TimePlace& place) {
  if (place.text && bound.as_text) return temporal::format_instant(bound.us).compare(*place.text);
  return order_of_number(bound.us, place);
}

}  // namespace

bool PeriodConditions::knows(int hidden_column, unsigned char op) {
  if (hidden_column < kSystemFrom || hidden_column > kValidTo) return false;
  return op == SQLITE_INDEX_CONSTRAINT_EQ || op == SQLITE_INDEX_CONSTRAINT_IS ||
         op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE ||
         op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE ||
         op == SQLITE_INDEX_CONSTRAINT_NE || op == SQLITE_INDEX_CONSTRAINT_ISNOT ||
         op == SQLITE_INDEX_CONSTRAINT_ISNULL || op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
}

void PeriodConditions::clear() { conditions_.clear(); }

void PeriodConditions::add(HiddenColumn column, unsigned char op, std::vector<TimePlace> places) {
  if (op == SQLITE_INDEX_CONSTRAINT_IS)
    op = places.empty() ? SQLITE_INDEX_CONSTRAINT_ISNULL : SQLITE_INDEX_CONSTRAINT_EQ;
  if (op == SQLITE_INDEX_CONSTRAINT_ISNOT && places.empty()) op = SQLITE_INDEX_CONSTRAINT_ISNOTNULL;
  conditions_.push_back({column, op, std::move(places)});
}

// Commit 0 stands for NULL.
bool PeriodConditions::holds(const Condition& condition, uint64_t commit) {
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNULL) return commit == 0;
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL) return commit != 0;
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNOT && commit == 0) return true;
  return commit != 0 &&
         std::any_of(condition.places.begin(), condition.places.end(), [&](const TimePlace& place) {
           return admits_order(condition.op, order_of_number(static_cast<int64_t>(commit), place));
         });
}

bool PeriodConditions::holds(const Condition& condition, const temporal::Bound& bound) {
  const bool is_null = bound.us == temporal::kBeginningOfTime || bound.us == temporal::kEndOfTime;
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNULL) return is_null;
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNOTNULL) return !is_null;
  if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNOT && is_null) return true;
  return !is_null &&
         std::any_of(condition.places.begin(), condition.places.end(), [&](const TimePlace& place) {
           return admits_order(condition.op, order_of_bound(bound, place));
         });
}

bool PeriodConditions::admits(const temporal::ResolvedRow& row) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    switch (condition.column) {
      case kSystemFrom:
        return holds(condition, row.system_from);
      case kSystemTo:
        return holds(condition, row.system_to);
      case kValidFrom:
        return holds(condition, row.valid.from);
      default:
        return holds(condition, row.valid.to);
    }
  });
}

bool PeriodConditions::Condition::is_least() const {
  return places.size() == 1 && (op == SQLITE_INDEX_CONSTRAINT_GT || op == SQLITE_INDEX_CONSTRAINT_GE ||
                                op == SQLITE_INDEX_CONSTRAINT_EQ);
}

bool PeriodConditions::Condition::is_most() const {
  return places.size() == 1 && (op == SQLITE_INDEX_CONSTRAINT_LT || op == SQLITE_INDEX_CONSTRAINT_LE ||
                                op == SQLITE_INDEX_CONSTRAINT_EQ);
}

uint64_t PeriodConditions::min_commit() const {
  uint64_t least = 0;
  for (const Condition& condition : conditions_) {
    if (condition.column != kSystemFrom || !condition.is_least()) continue;
    const TimePlace& place = condition.places.front();
    const bool is_beyond = place.is_behind || condition.op == SQLITE_INDEX_CONSTRAINT_GT;
    least = std::max(least, commit_of(place.number) + (is_beyond && place.number >= 0 ? 1 : 0));
  }
  return least;
}

uint64_t PeriodConditions::after_commit(uint64_t last_commit) const {
  uint64_t after = 0;
  for (const Condition& condition : conditions_) {
    if (condition.column != kSystemTo) continue;
    if (condition.op == SQLITE_INDEX_CONSTRAINT_ISNULL) after = last_commit;
    if (!condition.is_least()) continue;
    const TimePlace& place = condition.places.front();
    const uint64_t commit = commit_of(place.number);
    const bool is_beyond = place.is_behind || condition.op == SQLITE_INDEX_CONSTRAINT_GT;
    after = std::max(after, is_beyond || commit == 0 ? commit : commit - 1);
  }
  return std::min(after, last_commit);
}

uint64_t PeriodConditions::end_by_commit(uint64_t last_commit) const {
  uint64_t end_by = last_commit;
  for (const Condition& condition : conditions_) {
    if (condition.column == kSystemTo && condition.is_most())
      end_by = std::min(end_by, commit_of(condition.places.front().number));
  }
  return end_by;
}

}  // namespace spectradb::extension
