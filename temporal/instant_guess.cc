#include "temporal/instant_guess.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "temporal/calendar.h"
#include "temporal/instant_reader.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kLongestText = 64;  // no time is longer
constexpr std::string_view kDayNames[] = {"sunday",   "monday", "tuesday", "wednesday",
                                          "thursday", "friday", "saturday"};
constexpr std::string_view kUnitNames[] = {"second", "minute", "hour", "day", "week", "month", "year"};

using Words = std::vector<std::string>;

bool has_only_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Words words_of(std::string_view text) {
  Words words;
  bool is_inside = false;
  for (const char c : text) {
    const bool is_blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!is_blank && !is_inside) words.emplace_back();
    if (!is_blank) words.back() += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    is_inside = !is_blank;
  }
  return words;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string padded(const std::string& number) { return (number.size() == 1 ? "0" : "") + number; }

// now -1 day, of an amount of any unit; empty for what is no unit.
std::string before_now(const std::string& amount, std::string unit) {
  if (!unit.empty() && unit.back() == 's') unit.pop_back();
  if (std::find(std::begin(kUnitNames), std::end(kUnitNames), unit) == std::end(kUnitNames)) return {};
  if (unit != "week") return "now -" + amount + " " + unit + (amount == "1" ? "" : "s");
  return amount.size() > 4 ? std::string()
                           : "now -" + std::to_string(std::stoi(amount) * kDaysPerWeek) + " days";
}

std::string of_ago(const Words& words) {
  if (words.size() == 2 && words[0] == "last") return before_now("1", words[1]);
  if (words.size() != 3 || words[2] != "ago") return {};
  const bool is_one = words[0] == "a" || words[0] == "an" || words[0] == "one";
  if (!is_one && !has_only_digits(words[0])) return {};
  return before_now(is_one ? "1" : words[0], words[1]);
}

std::string of_weekday(const Words& words) {
  const std::string& day = words.back();
  const auto* const found = std::find(std::begin(kDayNames), std::end(kDayNames), day);
  if (found == std::end(kDayNames) || words.size() > 2) return {};
  if (words.size() == 1) return "last " + day;
  return words[0] == "next" ? "tomorrow weekday " + std::to_string(found - std::begin(kDayNames))
                            : std::string();
}

// A sign stands behind a blank and before its number, and a clock behind the word of a day has one.
std::string of_modifier(const Words& words) {
  std::string text;
  const std::string given = joined(words);
  for (size_t i = 0; i < given.size(); ++i) {
    const char c = given[i];
    const bool is_sign = c == '-' || c == '+';
    const bool is_behind_letter = i > 0 && given[i - 1] >= 'a' && given[i - 1] <= 'z';
    const bool is_behind_sign = !text.empty() && (text.back() == '-' || text.back() == '+');
    if (is_sign && is_behind_letter) text += ' ';
    if (c != ' ' || !is_behind_sign) text += c;
  }
  return text;
}

std::string of_clock(Words words) {
  const size_t colon = words.back().find(':');
  if (colon != 1 && colon != 2) return {};
  words.back() = "+" + std::string(colon == 1 ? "0" : "") + words.back();
  return joined(words);
}

// Parts of a date as numbers, with '-', '/' or '.' between them; what stands behind goes on.
std::string of_date(const Words& words) {
  std::string parts[3];
  size_t part = 0;
  const std::string& date = words[0];
  size_t i = 0;
  const size_t separator = date.find_first_of("-/.");
  const char mark = separator == std::string::npos ? '\0' : date[separator];
  for (; i < date.size() && part < std::size(parts); ++i) {
    if (date[i] >= '0' && date[i] <= '9') {
      parts[part] += date[i];
    } else if (mark != '\0' && date[i] == mark) {
      ++part;
    } else {
      break;
    }
  }
  if (mark == '\0') {
    if (i != date.size()) return {};
    if (date.size() == 8) return date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6);
    return date.size() == 4 && words.size() == 1 ? date + "-01-01" : std::string();
  }
  const bool is_day_first = mark == '.' && parts[2].size() == 4;
  if (is_day_first) std::swap(parts[0], parts[2]);
  if (parts[2].empty() && i == date.size()) parts[2] = "01";
  std::string text = parts[0] + "-" + padded(parts[1]) + "-" + padded(parts[2]);
  if (i < date.size() && date[i] != 'z') text += date.substr(i);
  for (size_t word = 1; word < words.size(); ++word) text += " " + words[word];
  return text;
}

// An hour without minutes, and the zones that have a letter of their own.
std::string of_hour(const Words& words) {
  Words all = words;
  for (const std::string_view zone : {"utc", "gmt"})
    if (all.size() > 2 && all.back() == zone) all.back() = "Z";
  std::string text = joined(all);
  const size_t clock = text.find_first_of("t ");
  if (clock + 3 == text.size() && has_only_digits(text.substr(clock + 1))) text += ":00";
  std::replace(text.begin(), text.end(), 't', 'T');
  return text;
}

std::string of_word(const Words& words) {
  if (words.size() != 1) return {};
  if (words[0] == "midnight") return "today";
  return words[0] == "noon" ? "today +12:00" : std::string();
}

}  // namespace

std::string guess_instant(std::string_view text, int64_t now_us) {
  if (text.size() > kLongestText) return {};
  const Words words = words_of(text);
  if (words.empty()) return {};
  for (const std::string& guess : {of_ago(words), of_weekday(words), of_word(words), of_clock(words),
                                   of_modifier(words), of_date(words), of_hour(words)}) {
    int64_t us = 0;
    if (!guess.empty() && InstantReader(guess, now_us).read(us)) return guess;
  }
  return {};
}

}  // namespace spectradb::temporal
