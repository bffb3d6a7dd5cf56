// Parsing and formatting of instants. The calendar is the proleptic Gregorian one, as in SQLite and ISO 8601;
// leap seconds do not exist.
#include "temporal/instant.h"

#include <array>
#include <cstdio>

namespace spectradb::temporal {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerMinute = 60 * kUsPerSecond;
constexpr int64_t kUsPerHour = 60 * kUsPerMinute;
constexpr int64_t kUsPerDay = 24 * kUsPerHour;
constexpr int kOffsetHoursMax = 15;  // no zone is farther from UTC
constexpr int kFractionDigitsMax = 6;
constexpr int64_t kDaysPerEra = 146'097;            // 400 years
constexpr int64_t kDaysFromYear0ToEpoch = 719'468;  // 0000-03-01 to 1970-01-01

struct CivilDate {
  int64_t year;
  int month;  // 1 to 12
  int day;    // 1 to 31
};

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
  const int day = static_cast<int>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
  const int month = static_cast<int>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

int days_in_month(int64_t year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && is_leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

// Reads strictly from the front; every take_ says whether it found what it looked for.
class InstantParser {
 public:
  explicit InstantParser(std::string_view text) : in_(text) {}

  bool parse(int64_t& us) {
    if (!take_date(us)) return false;
    if (in_.empty()) return true;
    if (!take(' ') && !take('T')) return false;
    return take_time(us) && take_offset(us) && in_.empty();
  }

 private:
  bool take(char c) {
    if (in_.empty() || in_.front() != c) return false;
    in_.remove_prefix(1);
    return true;
  }

  // Exactly `count` digits.
  bool take_number(size_t count, int& number) {
    if (in_.size() < count) return false;
    number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (in_[i] < '0' || in_[i] > '9') return false;
      number = number * 10 + (in_[i] - '0');
    }
    in_.remove_prefix(count);
    return true;
  }

  bool take_date(int64_t& us) {
    int year = 0;
    int month = 0;
    int day = 0;
    if (!take_number(4, year) || !take('-') || !take_number(2, month) || !take('-')) return false;
    if (!take_number(2, day) || month < 1 || month > 12) return false;
    if (day < 1 || day > days_in_month(year, month)) return false;
    us = days_of({year, month, day}) * kUsPerDay;
    return true;
  }

  bool take_time(int64_t& us) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    if (!take_number(2, hour) || !take(':') || !take_number(2, minute)) return false;
    if (hour > 23 || minute > 59) return false;
    us += hour * kUsPerHour + minute * kUsPerMinute;
    if (!take(':')) return true;
    if (!take_number(2, second) || second > 59) return false;
    us += second * kUsPerSecond;
    return !take('.') || take_fraction(us);
  }

  bool take_fraction(int64_t& us) {
    int64_t unit_us = kUsPerSecond;
    int digits = 0;
    for (int digit = 0; digits < kFractionDigitsMax && take_number(1, digit); ++digits) {
      unit_us /= 10;
      us += digit * unit_us;
    }
    return digits > 0;
  }

  bool take_offset(int64_t& us) {
    if (in_.empty() || take('Z')) return true;
    const bool is_west = in_.front() == '-';
    int hours = 0;
    int minutes = 0;
    if (!take('+') && !take('-')) return false;
    if (!take_number(2, hours) || !take(':') || !take_number(2, minutes)) return false;
    if (hours > kOffsetHoursMax || minutes > 59) return false;
    const int64_t offset_us = hours * kUsPerHour + minutes * kUsPerMinute;
    us += is_west ? offset_us : -offset_us;
    return true;
  }

  std::string_view in_;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r'))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r'))) {
    text.remove_suffix(1);
  }
  return text;
}

bool is_now(std::string_view text) {
  constexpr std::string_view kNow = "now";
  if (text.size() != kNow.size()) return false;
  for (size_t i = 0; i < kNow.size(); ++i) {
    if ((text[i] | 0x20) != kNow[i]) return false;
  }
  return true;
}

// Texts of other years could not be read back.
bool is_in_readable_years(int64_t us) {
  return us >= days_of({0, 1, 1}) * kUsPerDay && us < days_of({10'000, 1, 1}) * kUsPerDay;
}

struct SplitInstant {
  CivilDate date;
  int64_t us_of_day;
};

SplitInstant split(int64_t us) {
  int64_t days = us / kUsPerDay;
  int64_t us_of_day = us % kUsPerDay;
  if (us_of_day < 0) {
    us_of_day += kUsPerDay;
    --days;
  }
  return {date_of(days), us_of_day};
}

void append_number(std::string& out, int64_t number, size_t width) {
  const std::string digits = std::to_string(number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out.append(digits);
}

void append_date(std::string& out, const CivilDate& date) {
  if (date.year < 0) out.push_back('-');
  append_number(out, date.year < 0 ? -date.year : date.year, 4);
  out.push_back('-');
  append_number(out, date.month, 2);
  out.push_back('-');
  append_number(out, date.day, 2);
}

void append_clock(std::string& out, int64_t us_of_day) {
  append_number(out, us_of_day / kUsPerHour, 2);
  out.push_back(':');
  append_number(out, us_of_day / kUsPerMinute % 60, 2);
  out.push_back(':');
  append_number(out, us_of_day / kUsPerSecond % 60, 2);
}

}  // namespace

Period intersect(const Period& a, const Period& b) {
  return {b.from.us > a.from.us ? b.from : a.from, b.to.us < a.to.us ? b.to : a.to};
}

Result<int64_t> parse_instant(std::string_view text, int64_t now_us) {
  const std::string_view core = trimmed(text);
  if (is_now(core)) return now_us;
  int64_t us = 0;
  if (InstantParser(core).parse(us) && is_in_readable_years(us)) return us;
  std::string message = "cannot read '";
  message.append(text);
  message.append("' as a time: expected YYYY-MM-DD[ HH:MM[:SS[.ffffff]]][Z|±HH:MM] or now");
  return Status::invalid(std::move(message));
}

std::string format_instant(int64_t us) {
  const SplitInstant instant = split(us);
  std::string out;
  append_date(out, instant.date);
  if (instant.us_of_day == 0) return out;
  out.push_back(' ');
  append_clock(out, instant.us_of_day);
  if (const int64_t fraction_us = instant.us_of_day % kUsPerSecond; fraction_us != 0) {
    out.push_back('.');
    append_number(out, fraction_us, kFractionDigitsMax);
    while (out.back() == '0') out.pop_back();
  }
  return out;
}

std::string format_timestamp(int64_t us) {
  const SplitInstant instant = split(us);
  std::string out;
  append_date(out, instant.date);
  out.push_back('T');
  append_clock(out, instant.us_of_day);
  out.push_back('.');
  append_number(out, instant.us_of_day % kUsPerSecond, kFractionDigitsMax);
  out.push_back('Z');
  return out;
}

}  // namespace spectradb::temporal
