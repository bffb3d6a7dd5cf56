// Periods taken together: the union of some, and an aggregate of values over time, as steps. Nothing fails
// but by overflow of an integer sum.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "temporal/instant.h"
#include "temporal/value.h"

namespace spectradb::temporal {

// The maximal periods that the given ones cover together, in order: those that overlap or meet become one. Of
// equal bounds the form of the first one given stays.
std::vector<Period> coalesced(std::vector<Period> periods);

enum class Aggregate : uint8_t { kCount, kSum, kAvg, kMin, kMax };

struct Step {
  Period period;
  Value value;  // its bytes belong to the values given
};

// A value that holds in a period. Not NULL, and a number for sums and averages.
struct PeriodValue {
  Period period;
  Value value;
};

// What the aggregate of the values is that hold at each instant: maximal steps of one value, in order; none
// where nothing holds. As SQLite's aggregates: a sum of integers is one, averages are reals. kInvalid for a
// sum of integers beyond 64 bits.
Result<std::vector<Step>> aggregate_steps(Aggregate aggregate, const std::vector<PeriodValue>& values);

}  // namespace spectradb::temporal
