// Widths of buckets and steps: '15 minutes', '1 month', '1 day 12 hours', or an integer where times are integers.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "temporal/value.h"

namespace spectradb::extension::series {

// Months have no length of their own, so a width is of months or of microseconds. Always positive.
struct Width {
  int64_t months = 0;
  int64_t us = 0;
  bool is_number = false;  // given as an integer: for times that are integers, of whatever unit

  // A whole number of days, weeks, months or years: those are counted by the local calendar.
  bool is_of_days() const;
};

// Text, or an integer of microseconds. kInvalid says what is wrong with it.
Result<Width> read_width(const temporal::Value& value);

// `count` steps after `start`, which is local time: a month later is the same day, or the last one of a shorter month.
// kInvalid where that is beyond what a time may be.
Result<int64_t> step(int64_t start_us, const Width& width, int64_t count);

// The start of the bucket that `us` is in: buckets lie one behind the other from `origin_us` on, both ways. All of them
// local times.
Result<int64_t> bucket_start(int64_t us, const Width& width, int64_t origin_us);

// Where buckets start that nobody gave an origin: 2000-01-01, a Saturday, for months, and the Monday after it for all
// else, so that weeks start on Mondays; 0 for numbers. As in TimescaleDB and DuckDB.
int64_t default_origin(const Width& width);

}  // namespace spectradb::extension::series
