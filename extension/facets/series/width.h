// Reads widths of buckets and steps: '15 minutes', '1 month', '1 day 12 hours', or an integer where times
// are integers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension::series {

// Months have no fixed length, so a width is either of months or of microseconds. It is always positive.
struct Width {
  int64_t months = 0;
  int64_t us = 0;
  bool is_number = false;  // was given as an integer, for integer times of any unit

  // Says whether the width is a whole number of days, weeks, months or years, which the local calendar
  // counts.
  bool is_of_days() const;
};

// Reads text, or an integer of microseconds. kInvalid says what is wrong with it.
Result<Width> read_width(const temporal::Value& value);

// Returns `count` steps after `start`, a local time: a month later is the same day, or the last one of a
// shorter month. kInvalid where the result is outside the range of times.
Result<int64_t> step(int64_t start_us, const Width& width, int64_t count);

// Returns the start of the bucket that `us` is in: buckets follow one another from `origin_us`, in both
// directions. All are local times.
Result<int64_t> bucket_start(int64_t us, const Width& width, int64_t origin_us);

// Returns where buckets start without a given origin: 2000-01-01, a Saturday, for months; the Monday after
// it for all others, so that weeks start on Mondays; 0 for numbers. TimescaleDB and DuckDB do the same.
int64_t default_origin(const Width& width);

}  // namespace spectradb::extension::series
