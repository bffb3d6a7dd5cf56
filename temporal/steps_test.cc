// Unions and aggregates of periods, by example and against a walk over every point.
#include "temporal/steps.h"

#include <doctest/doctest.h>

#include <limits>

#include "base/random_seed.h"

namespace spectradb::temporal {
namespace {

constexpr int kPoints = 12;  // bound i lies before point i; 0 and kPoints are unbounded

Period period_of(int from, int to) {
  Period period;
  if (from > 0) period.from.us = from;
  if (to < kPoints) period.to.us = to;
  return period;
}

bool holds_at(const Period& period, int point) {
  return (period.from.us == kBeginningOfTime || period.from.us <= point) && point < period.to.us;
}

Period any_period(Random& random) {
  const int from = static_cast<int>(below(random, kPoints));
  return period_of(from, from + 1 + static_cast<int>(below(random, static_cast<uint64_t>(kPoints - from))));
}

TEST_CASE("periods that overlap or meet become one") {
  CHECK(coalesced({}).empty());
  CHECK(coalesced({period_of(5, 7), period_of(1, 3), period_of(3, 4), period_of(6, 9)}) ==
        std::vector<Period>{period_of(1, 4), period_of(5, 9)});
  CHECK(coalesced({period_of(0, 4), period_of(2, kPoints)}) == std::vector<Period>{Period{}});
}

TEST_CASE("a sum of integers knows its limits, a sum of reals does not drift") {
  const auto max = Value::of_integer(std::numeric_limits<int64_t>::max());
  const auto sum = aggregate_steps(Aggregate::kSum, {{period_of(1, 5), max}, {period_of(3, 4), max}});
  CHECK(sum.status().message() == "integer overflow");
  const auto reals = aggregate_steps(
      Aggregate::kSum, {{period_of(1, 9), Value::of_real(0.1)}, {period_of(3, 4), Value::of_real(1e300)}});
  REQUIRE(reals);
  REQUIRE(reals->size() == 3);
  CHECK((*reals)[2].value.real == 0.1);
}

TEST_CASE("steps are what the aggregate gives at every point") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  for (int game = 0; game < 400; ++game) {
    CAPTURE(game);
    std::vector<PeriodValue> values;
    std::vector<Period> periods;
    const uint64_t count = below(random, 9);
    for (uint64_t i = 0; i < count; ++i) {
      const auto number = static_cast<int64_t>(below(random, 4));
      values.push_back({any_period(random), below(random, 4) == 0
                                                ? Value::of_real(static_cast<double>(number))
                                                : Value::of_integer(number)});
      periods.push_back(values.back().period);
    }
    const std::vector<Period> merged = coalesced(periods);
    for (const Aggregate aggregate :
         {Aggregate::kCount, Aggregate::kSum, Aggregate::kAvg, Aggregate::kMin, Aggregate::kMax}) {
      const Result<std::vector<Step>> steps = aggregate_steps(aggregate, values);
      REQUIRE(steps);
      for (size_t i = 1; i < steps->size(); ++i) {
        const Step& before = (*steps)[i - 1];
        const Step& step = (*steps)[i];
        CHECK(before.period.to.us <= step.period.from.us);
        const bool meets = before.period.to.us == step.period.from.us;
        const bool is_same = before.value.type == step.value.type &&
                             compare(before.value, step.value, Collation::kBinary) == 0;
        CHECK_FALSE((meets && is_same));
      }
      for (int point = 0; point < kPoints; ++point) {
        double sum = 0;
        int64_t holding = 0;
        double least = 99;
        double greatest = -1;
        for (const PeriodValue& value : values) {
          if (!holds_at(value.period, point)) continue;
          const double number = value.value.type == Value::Type::kReal
                                    ? value.value.real
                                    : static_cast<double>(value.value.integer);
          sum += number;
          least = std::min(least, number);
          greatest = std::max(greatest, number);
          ++holding;
        }
        const Step* found = nullptr;
        for (const Step& step : *steps) {
          if (holds_at(step.period, point)) found = &step;
        }
        bool is_covered = false;
        for (const Period& period : merged) is_covered = is_covered || holds_at(period, point);
        CHECK(is_covered == (holding > 0));
        REQUIRE((found != nullptr) == (holding > 0));
        if (found == nullptr) continue;
        const double expected = aggregate == Aggregate::kCount ? static_cast<double>(holding)
                                : aggregate == Aggregate::kSum ? sum
                                : aggregate == Aggregate::kAvg ? sum / static_cast<double>(holding)
                                : aggregate == Aggregate::kMin ? least
                                                               : greatest;
        CHECK(compare(found->value, Value::of_real(expected), Collation::kBinary) == 0);
      }
    }
  }
}

}  // namespace
}  // namespace spectradb::temporal
