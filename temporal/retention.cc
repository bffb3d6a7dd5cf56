#include "temporal/retention.h"

#include <algorithm>
#include <chrono>
#include <limits>

#include "temporal/instant.h"

namespace spectradb::temporal {
namespace {

constexpr std::string_view kUnitsOfLength[] = {"second", "minute", "hour", "day", "month", "year"};
constexpr size_t kMostDigits = 6;
constexpr int64_t kSecondUs = 1'000'000;
constexpr int64_t kDayUs = int64_t{24} * 60 * 60 * kSecondUs;
// The longest that each of the units can be.
constexpr int64_t kLongestUs[] = {kSecondUs, 60 * kSecondUs, 3600 * kSecondUs,
                                  kDayUs,    31 * kDayUs,    366 * kDayUs};

bool is_blank_in_length(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit_of_length(char c) { return c >= '0' && c <= '9'; }
char small_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank_in_length(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_in_length(text.back())) text.remove_suffix(1);
  return text;
}

// When a length had not yet passed that leads out of the years which can be written: by the longest that its unit can
// be, so that no less is kept than was said.
int64_t retained_since_early(std::string_view length, int64_t now_us) {
  size_t unit = 0;
  while (length.find(kUnitsOfLength[unit]) == std::string_view::npos) ++unit;
  int64_t number = 0;
  for (const char c : length.substr(0, length.find(' '))) number = number * 10 + (c - '0');
  constexpr int64_t kMostUs = std::numeric_limits<int64_t>::max() / 2;
  return number > kMostUs / kLongestUs[unit] ? kBeginningOfTime + 1 : now_us - number * kLongestUs[unit];
}

unsigned day_of_month(int64_t us) {
  const std::chrono::sys_days day(std::chrono::days(us >= 0 ? us / kDayUs : (us + 1) / kDayUs - 1));
  return static_cast<unsigned>(std::chrono::year_month_day(day).day());
}

}  // namespace

Result<std::string> read_retention(std::string_view text) {
  constexpr size_t kMostShown = 40;
  const Status unknown = Status::invalid(
      "'" + std::string(text.substr(0, kMostShown)) +
      "' is no length of time that a history can be kept for: expected a whole number and a unit, such as "
      "'7 years', '18 months', '90 days', '12 hours', '30 minutes' or '10 seconds'");
  const std::string_view length = without_blanks(text);
  size_t digits = 0;
  while (digits < length.size() && is_digit_of_length(length[digits])) ++digits;
  if (digits == 0 || digits > kMostDigits) return unknown;
  std::string unit;
  for (const char c : without_blanks(length.substr(digits))) unit += small_letter(c);
  if (unit.size() > 1 && unit.back() == 's') unit.pop_back();
  if (std::find(std::begin(kUnitsOfLength), std::end(kUnitsOfLength), unit) == std::end(kUnitsOfLength))
    return unknown;
  std::string_view number = length.substr(0, digits);
  while (number.size() > 1 && number.front() == '0') number.remove_prefix(1);
  if (number == "0") return unknown;
  return std::string(number) + " " + unit + (number == "1" ? "" : "s");
}

Result<int64_t> retained_since(std::string_view retention, int64_t now_us) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string length, read_retention(retention));
  const Result<int64_t> written = parse_instant("now -" + length, now_us);
  if (!written) return retained_since_early(length, now_us);
  const int64_t since_us = *written;
  const bool is_by_calendar =
      length.find("month") != std::string::npos || length.find("year") != std::string::npos;
  if (!is_by_calendar) return since_us;
  // Of a day that the month of then does not have, SQLite makes the first ones of the next month; less would be
  // kept than was said, and its last day is meant.
  const unsigned day = day_of_month(since_us);
  return day == day_of_month(now_us) ? since_us : since_us - int64_t{day} * kDayUs;
}

}  // namespace spectradb::temporal
