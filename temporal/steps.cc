// The values that hold are the leaves of a binary tree, whose inner nodes hold the totals of their leaves.
// Where values begin or end, their leaves and the nodes above these change. So a sum of reals is always made
// of the values that hold, and never of added and subtracted ones.
#include "temporal/steps.h"

#include <algorithm>
#include <bit>

namespace spectradb::temporal {
namespace {

// The totals of some values that hold at one time.
struct Totals {
  int64_t count = 0;
  int64_t integers = 0;    // the sum of the integers …
  bool overflows = false;  // … unless it is beyond 64 bits
  double reals = 0;        // the sum of the reals
  bool has_reals = false;
  const Value* least = nullptr;
  const Value* greatest = nullptr;
};

Totals totals_of(const Value& value) {
  Totals totals;
  totals.count = 1;
  totals.has_reals = value.type == Value::Type::kReal;
  totals.reals = totals.has_reals ? value.real : 0;
  totals.integers = value.type == Value::Type::kInteger ? value.integer : 0;
  totals.least = totals.greatest = &value;
  return totals;
}

Totals together(const Totals& a, const Totals& b) {
  if (a.count == 0) return b;
  if (b.count == 0) return a;
  Totals totals;
  totals.count = a.count + b.count;
  totals.overflows =
      __builtin_add_overflow(a.integers, b.integers, &totals.integers) || a.overflows || b.overflows;
  totals.reals = a.reals + b.reals;
  totals.has_reals = a.has_reals || b.has_reals;
  totals.least = compare(*b.least, *a.least, Collation::kBinary) < 0 ? b.least : a.least;
  totals.greatest = compare(*b.greatest, *a.greatest, Collation::kBinary) > 0 ? b.greatest : a.greatest;
  return totals;
}

class TotalsTree {
 public:
  explicit TotalsTree(size_t leaves)
      : leaves_(std::bit_ceil(std::max<size_t>(leaves, 1))), nodes_(2 * leaves_) {}

  void set(size_t leaf, const Totals& totals) {
    size_t node = leaves_ + leaf;
    nodes_[node] = totals;
    for (node /= 2; node > 0; node /= 2) nodes_[node] = together(nodes_[2 * node], nodes_[2 * node + 1]);
  }
  const Totals& all() const { return nodes_[1]; }

 private:
  size_t leaves_;
  std::vector<Totals> nodes_;  // [1] is the root
};

Result<Value> value_of(Aggregate aggregate, const Totals& totals) {
  switch (aggregate) {
    case Aggregate::kCount:
      return Value::of_integer(totals.count);
    case Aggregate::kMin:
      return *totals.least;
    case Aggregate::kMax:
      return *totals.greatest;
    case Aggregate::kSum:
      if (totals.has_reals) break;
      if (totals.overflows) return Status::invalid("integer overflow");
      return Value::of_integer(totals.integers);
    case Aggregate::kAvg:
      break;
  }
  if (totals.overflows) return Status::invalid("integer overflow");
  const double sum = totals.reals + static_cast<double>(totals.integers);
  return Value::of_real(aggregate == Aggregate::kAvg ? sum / static_cast<double>(totals.count) : sum);
}

bool is_same(const Value& a, const Value& b) {
  return a.type == b.type && compare(a, b, Collation::kBinary) == 0;
}

// A value begins or ends.
struct Event {
  Bound at;
  size_t value;
  bool begins;
};

}  // namespace

std::vector<Period> coalesced(std::vector<Period> periods) {
  std::stable_sort(periods.begin(), periods.end(),
                   [](const Period& a, const Period& b) { return a.from.us < b.from.us; });
  std::vector<Period> merged;
  for (const Period& period : periods) {
    if (merged.empty() || period.from.us > merged.back().to.us) {
      merged.push_back(period);
    } else if (period.to.us > merged.back().to.us) {
      merged.back().to = period.to;
    }
  }
  return merged;
}

Result<std::vector<Step>> aggregate_steps(Aggregate aggregate, const std::vector<PeriodValue>& values) {
  std::vector<Event> events;
  for (size_t i = 0; i < values.size(); ++i) {
    events.push_back({values[i].period.from, i, true});
    events.push_back({values[i].period.to, i, false});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at.us < b.at.us; });
  std::vector<Step> steps;
  TotalsTree tree(values.size());
  for (size_t i = 0; i < events.size();) {
    const Bound at = events[i].at;
    for (; i < events.size() && events[i].at.us == at.us; ++i)
      tree.set(events[i].value, events[i].begins ? totals_of(values[events[i].value].value) : Totals());
    if (tree.all().count == 0) continue;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, value_of(aggregate, tree.all()));
    const Bound end = events[i].at;  // what holds ends some time
    if (!steps.empty() && steps.back().period.to.us == at.us && is_same(steps.back().value, value)) {
      steps.back().period.to = end;
    } else {
      steps.push_back({{at, end}, value});
    }
  }
  return steps;
}

}  // namespace spectradb::temporal
