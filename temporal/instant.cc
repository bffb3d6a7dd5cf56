#include "temporal/instant.h"

#include <algorithm>

#include "temporal/calendar.h"
#include "temporal/instant_guess.h"
#include "temporal/instant_reader.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kFractionDigits = 6;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r'))) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r'))) {
    text.remove_suffix(1);
  }
  return text;
}

// Whether the text is this word, whatever its case.
bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && std::equal(text.begin(), text.end(), word.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
         });
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

Infinity infinity_of(std::string_view text) {
  const std::string_view core = trimmed(text);
  if (is_word(core, "infinity") || is_word(core, "+infinity")) return Infinity::kEnd;
  return is_word(core, "-infinity") ? Infinity::kBeginning : Infinity::kNone;
}

bool names_now(std::string_view text) {
  const std::string_view core = trimmed(text);
  return !core.empty() && core.front() >= 'A' && core.front() <= 'z';
}

Result<int64_t> parse_instant(std::string_view text, int64_t now_us) {
  const std::string_view core = trimmed(text);
  if (is_word(core, "now")) return now_us;
  int64_t us = 0;
  if (InstantReader(core, now_us).read(us)) return us;
  std::string message = "cannot read '";
  message.append(text);
  if (infinity_of(text) != Infinity::kNone) {
    message.append("' as a time: it is no instant, only the end ('-infinity': the beginning) of a period");
  } else {
    message.append(
        "' as a time: expected YYYY-MM-DD[ HH:MM[:SS[.ffffff]]][Z|±HH:MM] of the years 0000 to 9999, or now, "
        "today, yesterday, tomorrow, last tuesday, 'now -1 day'");
    if (const std::string guess = guess_instant(core, now_us); !guess.empty())
      message.append("; did you mean '").append(guess).append("'?");
  }
  return Status::invalid(std::move(message));
}

std::string format_instant(int64_t us) {
  const SplitInstant instant = split(us);
  std::string out;
  append_date(out, date_of(instant.days));
  if (instant.us_of_day == 0) return out;
  out.push_back(' ');
  append_clock(out, instant.us_of_day);
  if (const int64_t fraction_us = instant.us_of_day % kUsPerSecond; fraction_us != 0) {
    out.push_back('.');
    append_number(out, fraction_us, kFractionDigits);
    while (out.back() == '0') out.pop_back();
  }
  return out;
}

}  // namespace spectradb::temporal
