#include "extension/facets/series/width.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "extension/host/values.h"
#include "temporal/calendar.h"
#include "temporal/instant.h"

namespace spectradb::extension::series {

namespace {

struct UnitName {
  std::string_view name;  // in lower case; a plural s may follow
  int64_t months;
  int64_t us;
};

constexpr int64_t kUsPerMillisecond = 1000;
constexpr int64_t kMonthsPerQuarter = 3;
constexpr UnitName kUnits[] = {
    {"microsecond", 0, 1},
    {"us", 0, 1},
    {"millisecond", 0, kUsPerMillisecond},
    {"ms", 0, kUsPerMillisecond},
    {"second", 0, temporal::kUsPerSecond},
    {"sec", 0, temporal::kUsPerSecond},
    {"s", 0, temporal::kUsPerSecond},
    {"minute", 0, temporal::kUsPerMinute},
    {"min", 0, temporal::kUsPerMinute},
    {"hour", 0, temporal::kUsPerHour},
    {"h", 0, temporal::kUsPerHour},
    {"day", 0, temporal::kUsPerDay},
    {"d", 0, temporal::kUsPerDay},
    {"week", 0, temporal::kDaysPerWeek* temporal::kUsPerDay},
    {"w", 0, temporal::kDaysPerWeek* temporal::kUsPerDay},
    {"month", 1, 0},
    {"quarter", kMonthsPerQuarter, 0},
    {"year", temporal::kMonthsPerYear, 0},
    {"y", temporal::kMonthsPerYear, 0},
};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

const UnitName* find_unit(std::string_view word) {
  std::string name(word);
  std::transform(name.begin(), name.end(), name.begin(), lower);
  for (const UnitName& unit : kUnits) {
    if (name == unit.name ||
        (name.size() == unit.name.size() + 1 && name.back() == 's' && name.starts_with(unit.name)))
      return &unit;
  }
  return nullptr;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void skip_blanks(std::string_view& text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
}

// Takes a part such as "15 minutes" from the front of the text.
bool take_part(std::string_view& text, Width& width) {
  int64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (error != std::errc() || amount < 0) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  skip_blanks(text);
  size_t letters = 0;
  while (letters < text.size() && lower(text[letters]) >= 'a' && lower(text[letters]) <= 'z') ++letters;
  const UnitName* unit = find_unit(text.substr(0, letters));
  text.remove_prefix(letters);
  if (unit == nullptr) return false;
  int64_t months = 0;
  int64_t us = 0;
  return !__builtin_mul_overflow(amount, unit->months, &months) &&
         !__builtin_mul_overflow(amount, unit->us, &us) &&
         !__builtin_add_overflow(width.months, months, &width.months) &&
         !__builtin_add_overflow(width.us, us, &width.us);
}

Status too_far() { return Status::invalid("the time is beyond what a time may be"); }

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int64_t modulo(int64_t a, int64_t b) { return a % b + (a % b < 0 ? b : 0); }

int64_t month_number(const temporal::CivilDate& date) {
  return date.year * temporal::kMonthsPerYear + date.month - 1;
}

}  // namespace

bool Width::is_of_days() const { return !is_number && us % temporal::kUsPerDay == 0; }

Result<Width> read_width(const temporal::Value& value) {
  const Status wrong =
      Status::invalid(spelled(value) +
                      " is no width: write '15 minutes', '1 day' or '1 month' (microseconds to years, "
                      "several of them added, months and "
                      "longer ones by themselves), or a positive integer where times are integers");
  Width width;
  if (value.type == temporal::Value::Type::kInteger) {
    width.us = value.integer;
    width.is_number = true;
  } else if (value.type == temporal::Value::Type::kText) {
    std::string_view text = value.bytes;
    for (skip_blanks(text); !text.empty(); skip_blanks(text))
      if (!take_part(text, width)) return wrong;
  }
  const bool is_one_kind = (width.months == 0) != (width.us == 0);
  if (!is_one_kind || width.months < 0 || width.us < 0) return wrong;
  return width;
}

Result<int64_t> step(int64_t start_us, const Width& width, int64_t count) {
  int64_t distance = 0;
  if (width.months == 0) {
    int64_t us = 0;
    if (__builtin_mul_overflow(width.us, count, &distance) || __builtin_add_overflow(start_us, distance, &us))
      return too_far();
    return us;
  }
  const temporal::SplitInstant start = temporal::split(start_us);
  temporal::CivilDate date = temporal::date_of(start.days);
  constexpr int64_t kManyMonths = int64_t{1} << 40;
  if (__builtin_mul_overflow(width.months, count, &distance) || distance > kManyMonths ||
      distance < -kManyMonths)
    return too_far();
  const int64_t month = month_number(date) + distance;
  date.year = floor_divide(month, temporal::kMonthsPerYear);
  date.month = month - date.year * temporal::kMonthsPerYear + 1;
  constexpr int64_t kManyYears = 200'000;  // days of more years would overflow microseconds
  if (date.year > kManyYears || date.year < -kManyYears) return too_far();
  date.day = std::min<int64_t>(date.day, temporal::days_in_month(date.year, static_cast<int>(date.month)));
  int64_t us = 0;
  if (__builtin_mul_overflow(temporal::days_of(date), temporal::kUsPerDay, &us) ||
      __builtin_add_overflow(us, start.us_of_day, &us))
    return too_far();
  return us;
}

Result<int64_t> bucket_start(int64_t us, const Width& width, int64_t origin_us) {
  if (width.months == 0) {
    // Both are reduced first, because their difference may not fit into an integer.
    const int64_t phase = modulo(origin_us, width.us);
    const int64_t into = modulo(us, width.us);
    int64_t start = 0;
    const int64_t back = into >= phase ? into - phase : into - phase + width.us;
    if (__builtin_sub_overflow(us, back, &start)) return too_far();
    return start;
  }
  const int64_t months = month_number(temporal::date_of(temporal::split(us).days)) -
                         month_number(temporal::date_of(temporal::split(origin_us).days));
  // The month of the origin's day may not be full yet, or that day may come later in the month.
  int64_t count = floor_divide(months, width.months);
  Result<int64_t> start = step(origin_us, width, count);
  if (start && *start > us) start = step(origin_us, width, --count);
  return start;
}

int64_t default_origin(const Width& width) {
  constexpr int64_t kFirstDayOf2000 = 10957;
  constexpr int64_t kFirstMondayOf2000 = kFirstDayOf2000 + 2;
  if (width.is_number) return 0;
  return (width.months > 0 ? kFirstDayOf2000 : kFirstMondayOf2000) * temporal::kUsPerDay;
}

}  // namespace spectradb::extension::series
