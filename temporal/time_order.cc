#include "temporal/time_order.h"

#include <algorithm>
#include <charconv>

#include "temporal/calendar.h"
#include "temporal/instant.h"

namespace spectradb::temporal {

namespace {

constexpr size_t kDateBytes = 10;    // 2023-01-14
constexpr size_t kSecondBytes = 19;  // 2023-01-14 10:30:00
constexpr size_t kFractionBytes = 6;
constexpr size_t kYearBytes = 4;
// Markers that sort before and behind all digits; behind one an integer beyond the years that texts have
// follows, big-endian.
constexpr char kBeforeYears = '-';
constexpr char kAfterYears = ':';

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

// Whether two digits of a number from `least` to `most` stand at the place.
bool is_number(std::string_view text, size_t at, int least, int most) {
  if (!is_decimal(text[at]) || !is_decimal(text[at + 1])) return false;
  const int number = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return number >= least && number <= most;
}

// Whether the text is an integer but not a year.
bool read_integer(std::string_view text, int64_t& integer) {
  if (text.empty() || is_year(text)) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  return error == std::errc() && end == text.data() + text.size();
}

std::string key_of(int64_t us) {
  if (is_in_readable_years(us)) return format_instant(us);
  std::string key(1, us < 0 ? kBeforeYears : kAfterYears);
  for (int shift = 56; shift >= 0; shift -= 8)
    key += static_cast<char>((static_cast<uint64_t>(us) ^ (uint64_t{1} << 63)) >> shift & 0xFF);
  return key;
}

}  // namespace

bool is_shortest_form(std::string_view text) {
  constexpr int kDaysOfAllMonths = 28;
  if (text.size() < kDateBytes || text[4] != '-' || text[7] != '-') return false;
  if (!is_decimal(text[0]) || !is_decimal(text[1]) || !is_decimal(text[2]) || !is_decimal(text[3]))
    return false;
  if (!is_number(text, 5, 1, 12) || !is_number(text, 8, 1, kDaysOfAllMonths)) return false;
  if (text.size() == kDateBytes) return true;
  if (text.size() < kSecondBytes || text[10] != ' ' || text[13] != ':' || text[16] != ':') return false;
  if (!is_number(text, 11, 0, 23) || !is_number(text, 14, 0, 59) || !is_number(text, 17, 0, 59)) return false;
  if (text.size() == kSecondBytes) return text.substr(kDateBytes) != " 00:00:00";
  const std::string_view fraction = text.substr(kSecondBytes + 1);
  return text[kSecondBytes] == '.' && !fraction.empty() && fraction.size() <= kFractionBytes &&
         std::all_of(fraction.begin(), fraction.end(), is_decimal) && fraction.back() != '0';
}

bool is_year(std::string_view text) {
  return text.size() == kYearBytes && std::all_of(text.begin(), text.end(), is_decimal);
}

std::string time_order_key(std::string_view text, const std::function<int64_t()>& now) {
  if (is_shortest_form(text)) return std::string(text);
  int64_t us = 0;
  if (read_integer(text, us)) return key_of(us);
  const Infinity infinity = infinity_of(text);
  if (infinity != Infinity::kNone) return key_of(infinity == Infinity::kEnd ? kEndOfTime : kBeginningOfTime);
  const Result<int64_t> instant = parse_instant(text, names_now(text) ? now() : 0);
  return instant ? key_of(*instant) : std::string(text);
}

int compare_times(std::string_view a, std::string_view b, const std::function<int64_t()>& now) {
  if (a == b) return 0;
  if (is_shortest_form(a) && is_shortest_form(b)) return a.compare(b);
  return time_order_key(a, now).compare(time_order_key(b, now));
}

}  // namespace spectradb::temporal
