// The calendar under instants: the proleptic Gregorian one, as in SQLite and ISO 8601, UTC, without leap
// seconds. Days are counted from 1970-01-01.
#pragma once

#include <cstdint>

namespace spectradb::temporal {

inline constexpr int64_t kUsPerSecond = 1'000'000;
inline constexpr int64_t kUsPerMinute = 60 * kUsPerSecond;
inline constexpr int64_t kUsPerHour = 60 * kUsPerMinute;
inline constexpr int64_t kUsPerDay = 24 * kUsPerHour;
inline constexpr int kMonthsPerYear = 12;
inline constexpr int kDaysPerWeek = 7;

struct CivilDate {
  int64_t year;
  int64_t month;  // 1 to 12
  int64_t day;    // 1 to 31; a larger one runs on into the next month
};

int64_t days_of(const CivilDate& date);
CivilDate date_of(int64_t days);
int days_in_month(int64_t year, int month);
int weekday_of(int64_t days);  // 0 is Sunday

struct SplitInstant {
  int64_t days;
  int64_t us_of_day;  // 0 to kUsPerDay - 1
};
SplitInstant split(int64_t us);

// Whether format_instant() writes a year of four digits; texts of other years cannot be read back.
bool is_in_readable_years(int64_t us);

}  // namespace spectradb::temporal
