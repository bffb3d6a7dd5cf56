// Operations on sets of periods: their union, and an aggregate of values over time, as steps. The only
// failure is the overflow of an integer sum.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::temporal {

// Returns the maximal periods that the given ones cover together, in order: periods that overlap or meet
// become one. Of equal bounds, the form of the first one given stays.
std::vector<Period> coalesced(std::vector<Period> periods);

enum class Aggregate : uint8_t { kCount, kSum, kAvg, kMin, kMax };

struct Step {
  Period period;
  Value value;  // its bytes belong to the values given
};

// A value that holds in a period. It is not NULL; for sums and averages it is a number.
struct PeriodValue {
  Period period;
  Value value;
};

// Aggregates the values that hold at each instant: returns maximal steps of one value, in order, and none
// where nothing holds. Follows SQLite's aggregates: a sum of integers is an integer, averages are reals.
// kInvalid for a sum of integers beyond 64 bits.
Result<std::vector<Step>> aggregate_steps(Aggregate aggregate, const std::vector<PeriodValue>& values);

}  // namespace spectradb::temporal
