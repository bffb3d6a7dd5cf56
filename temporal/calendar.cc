#include "temporal/calendar.h"

#include <array>
#include <cstddef>

namespace spectradb::temporal {
namespace {

constexpr int64_t kDaysPerEra = 146'097;            // 400 years
constexpr int64_t kDaysFromYear0ToEpoch = 719'468;  // 0000-03-01 to 1970-01-01
constexpr int64_t kThursday = 4;                    // 1970-01-01

}  // namespace

// Years begin in March here, so that the leap day is the last day of its year.
int64_t days_of(const CivilDate& date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month_from_march = (date.month + 9) % 12;
  const int64_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * kDaysPerEra + day_of_era - kDaysFromYear0ToEpoch;
}

CivilDate date_of(int64_t days) {
  days += kDaysFromYear0ToEpoch;
  const int64_t era = (days >= 0 ? days : days - (kDaysPerEra - 1)) / kDaysPerEra;
  const int64_t day_of_era = days - era * kDaysPerEra;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / (kDaysPerEra - 1)) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int days_in_month(int64_t year, int month) {
  constexpr std::array<int, kMonthsPerYear> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

int weekday_of(int64_t days) {
  const int64_t weekday = (days + kThursday) % kDaysPerWeek;
  return static_cast<int>(weekday < 0 ? weekday + kDaysPerWeek : weekday);
}

SplitInstant split(int64_t us) {
  int64_t days = us / kUsPerDay;
  int64_t us_of_day = us % kUsPerDay;
  if (us_of_day < 0) {
    us_of_day += kUsPerDay;
    --days;
  }
  return {days, us_of_day};
}

bool is_in_readable_years(int64_t us) {
  return us >= days_of({0, 1, 1}) * kUsPerDay && us < days_of({10'000, 1, 1}) * kUsPerDay;
}

}  // namespace spectradb::temporal
