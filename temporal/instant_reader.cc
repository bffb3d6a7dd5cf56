#include "temporal/instant_reader.h"

#include <array>

#include "temporal/calendar.h"

namespace spectradb::temporal {
namespace {

constexpr int kOffsetHoursMax = 15;                      // no zone is farther from UTC
constexpr int kFractionDigitsMax = 6;                    // further digits are cut off
constexpr int64_t kAmountMax = 1'000'000'000'000;        // more of any unit leads out of the supported years
constexpr int64_t kSpanMaxUs = 400'000'000'000'000'000;  // more than 10,000 years
constexpr std::array<std::string_view, kDaysPerWeek> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                               "thursday", "friday", "saturday"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

}  // namespace

bool InstantReader::read(int64_t& us) {
  if (!in_.empty() && is_letter(in_.front())) {
    if (!take_named_day()) return false;
  } else {
    if (!take_date()) return false;
    is_bare_date_ = true;
    const bool has_time =
        in_.size() > 3 &&
        (in_[0] == 'T' || (in_[0] == ' ' && is_digit(in_[1]) && is_digit(in_[2]) && in_[3] == ':'));
    if (has_time) {
      in_.remove_prefix(1);
      int64_t clock_us = 0;
      if (!take_clock(clock_us)) return false;
      us_ += clock_us;
      is_bare_date_ = false;
      may_have_zone_ = true;
      if (!in_.empty() && !is_blank(in_.front()) && in_.front() != ',' && !take_zone()) return false;
    }
  }
  while (!in_.empty()) {
    const bool has_blanks = take_blanks();
    const bool has_comma = take(',');
    take_blanks();
    if (!has_blanks && !has_comma) return false;
    const std::string_view before = in_;
    if (take_modifier()) {
      if (!is_in_readable_years(us_)) return false;
      is_bare_date_ = false;
      may_have_zone_ = false;
      continue;
    }
    in_ = before;
    if (has_comma || !may_have_zone_ || !take_zone()) return false;
  }
  us = us_;
  return is_in_readable_years(us);
}

bool InstantReader::take(char c) {
  if (in_.empty() || in_.front() != c) return false;
  in_.remove_prefix(1);
  return true;
}

bool InstantReader::take_number(size_t count, int& number) {
  if (in_.size() < count) return false;
  number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!is_digit(in_[i])) return false;
    number = number * 10 + (in_[i] - '0');
  }
  in_.remove_prefix(count);
  return true;
}

bool InstantReader::take_word(std::string_view word) {
  if (in_.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (lower(in_[i]) != word[i]) return false;
  }
  if (in_.size() > word.size() && (is_letter(in_[word.size()]) || is_digit(in_[word.size()]))) return false;
  in_.remove_prefix(word.size());
  return true;
}

bool InstantReader::take_blanks() {
  const size_t before = in_.size();
  while (!in_.empty() && is_blank(in_.front())) in_.remove_prefix(1);
  return in_.size() < before;
}

bool InstantReader::take_weekday(int& weekday) {
  for (int i = 0; i < kDaysPerWeek; ++i) {
    if (!take_word(kWeekdays[static_cast<size_t>(i)])) continue;
    weekday = i;
    return true;
  }
  return false;
}

// Days begin at midnight UTC. "last tuesday" is before today, also on a Tuesday.
bool InstantReader::take_named_day() {
  us_ = now_us_;
  if (take_word("now")) return true;
  int64_t days = split(now_us_).days;
  if (take_word("yesterday")) {
    --days;
  } else if (take_word("tomorrow")) {
    ++days;
  } else if (take_word("last")) {
    int weekday = 0;
    if (!take_blanks() || !take_weekday(weekday)) return false;
    const int passed = (weekday_of(days) - weekday + kDaysPerWeek) % kDaysPerWeek;
    days -= passed == 0 ? kDaysPerWeek : passed;
  } else if (!take_word("today")) {
    return false;
  }
  us_ = days * kUsPerDay;
  return true;
}

bool InstantReader::take_date() {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_number(4, year) || !take('-') || !take_number(2, month) || !take('-')) return false;
  if (!take_number(2, day) || month < 1 || month > kMonthsPerYear) return false;
  if (day < 1 || day > days_in_month(year, month)) return false;
  us_ = days_of({year, month, day}) * kUsPerDay;
  return true;
}

// Second 60, which leap seconds have, becomes the first second of the next minute.
bool InstantReader::take_clock(int64_t& us) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!take_number(2, hour) || !take(':') || !take_number(2, minute)) return false;
  if (hour > 23 || minute > 59) return false;
  us = hour * kUsPerHour + minute * kUsPerMinute;
  if (!take(':')) return true;
  if (!take_number(2, second) || second > 60) return false;
  us += second * kUsPerSecond;
  return !take('.') || take_fraction(kUsPerSecond, us);
}

// Reads the digits behind a point, as a fraction of a unit.
bool InstantReader::take_fraction(int64_t unit_us, int64_t& us) {
  int64_t scale = 1;
  int64_t fraction = 0;
  int digits = 0;
  for (int digit = 0; take_number(1, digit); ++digits) {
    if (digits >= kFractionDigitsMax) continue;
    fraction = fraction * 10 + digit;
    scale *= 10;
  }
  us += fraction * unit_us / scale;
  return digits > 0;
}

bool InstantReader::take_zone() {
  may_have_zone_ = false;
  if (take('Z')) return true;
  const bool is_west = !in_.empty() && in_.front() == '-';
  int hours = 0;
  int minutes = 0;
  if ((!take('+') && !take('-')) || !take_number(2, hours)) return false;
  const bool has_minutes = take(':') || (!in_.empty() && is_digit(in_.front()));
  if (has_minutes && !take_number(2, minutes)) return false;
  if (hours > kOffsetHoursMax || minutes > 59) return false;
  const int64_t offset_us = hours * kUsPerHour + minutes * kUsPerMinute;
  us_ += is_west ? offset_us : -offset_us;
  return true;
}

bool InstantReader::take_modifier() {
  if (take_word("start")) return take_start();
  if (take_word("weekday")) {
    int weekday = 0;
    if (!take_blanks() || !take_number(1, weekday) || weekday >= kDaysPerWeek) return false;
    const SplitInstant at = split(us_);
    us_ += (weekday - weekday_of(at.days) + kDaysPerWeek) % kDaysPerWeek * kUsPerDay;
    return true;
  }
  const bool is_negative = !in_.empty() && in_.front() == '-';
  const bool is_signed = take('+') || take('-');
  const bool is_clock = is_signed && in_.size() > 2 && in_[2] == ':';
  if (!is_clock) return take_amount(is_negative);
  if (is_bare_date_ || may_have_zone_) return false;
  int64_t clock_us = 0;
  if (!take_clock(clock_us)) return false;
  us_ += is_negative ? -clock_us : clock_us;
  return true;
}

bool InstantReader::take_start() {
  if (!take_blanks() || !take_word("of") || !take_blanks()) return false;
  CivilDate date = date_of(split(us_).days);
  if (take_word("month")) {
    date.day = 1;
  } else if (take_word("year")) {
    date.month = date.day = 1;
  } else if (!take_word("day")) {
    return false;
  }
  us_ = days_of(date) * kUsPerDay;
  return true;
}

bool InstantReader::take_amount(bool is_negative) {
  struct Unit {
    std::string_view one;
    std::string_view many;
    int64_t us;
    int64_t months;
  };
  static constexpr Unit kUnits[] = {{"second", "seconds", kUsPerSecond, 0},
                                    {"minute", "minutes", kUsPerMinute, 0},
                                    {"hour", "hours", kUsPerHour, 0},
                                    {"day", "days", kUsPerDay, 0},
                                    {"month", "months", 0, 1},
                                    {"year", "years", 0, kMonthsPerYear}};
  int64_t amount = 0;
  int digit = 0;
  if (in_.empty() || !is_digit(in_.front())) return false;
  while (take_number(1, digit)) {
    amount = amount * 10 + digit;
    if (amount > kAmountMax) return false;
  }
  const bool has_fraction = take('.');
  const std::string_view fraction = in_;
  int64_t ignored_us = 0;
  if (has_fraction && !take_fraction(1, ignored_us)) return false;
  if (!take_blanks()) return false;
  for (const Unit& unit : kUnits) {
    if (!take_word(unit.one) && !take_word(unit.many)) continue;
    if (unit.months != 0) return !has_fraction && add_months((is_negative ? -amount : amount) * unit.months);
    if (amount > kSpanMaxUs / unit.us) return false;
    int64_t span_us = amount * unit.us;
    if (has_fraction) InstantReader(fraction, 0).take_fraction(unit.us, span_us);
    us_ += is_negative ? -span_us : span_us;
    return true;
  }
  return false;
}

bool InstantReader::add_months(int64_t months) {
  constexpr int64_t kMonthsMax = int64_t{10'000} * kMonthsPerYear;
  if (months > kMonthsMax || months < -kMonthsMax) return false;
  const SplitInstant at = split(us_);
  CivilDate date = date_of(at.days);
  const int64_t from_year_zero = date.year * kMonthsPerYear + date.month - 1 + months;
  if (from_year_zero < 0) return false;
  date.year = from_year_zero / kMonthsPerYear;
  date.month = from_year_zero % kMonthsPerYear + 1;
  us_ = days_of(date) * kUsPerDay + at.us_of_day;
  return true;
}

}  // namespace spectradb::temporal
