#include "sql/shape/unquoted_date.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

namespace spectradb::sql {

namespace {

// Returns the number of so many digits, at least and at most, at i.
std::optional<int> digits_at(const Reader& reader, size_t i, size_t at_least, size_t at_most) {
  const std::string_view text = reader.text(i);
  const bool is_number = reader.kind(i) == TokenKind::kNumber && text.size() >= at_least &&
                         text.size() <= at_most &&
                         text.find_first_not_of("0123456789") == std::string_view::npos;
  return is_number ? std::optional<int>(std::atoi(std::string(text).c_str())) : std::nullopt;
}

std::string two_digits(int number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string why(std::string_view text) {
  return std::string(text) + " without quotes is arithmetic, not a date: write ";
}

// Returns the token behind a time that is a text: 'now', CURRENT_DATE, date('now'); i itself where none stands.
size_t behind_text_of_time(const Reader& reader, size_t i, size_t end) {
  static constexpr std::string_view kWords[] = {"CURRENT_DATE", "CURRENT_TIMESTAMP"};
  static constexpr std::string_view kCalls[] = {"date", "datetime", "spectradb_now"};
  if (reader.is_any_word(i, kWords)) return i + 1;
  if (reader.kind(i) == TokenKind::kString)
    return reader.name(i).find_first_not_of("0123456789 ") == std::string::npos ? i : i + 1;
  return reader.is_any_word(i, kCalls) && reader.is_operator(i + 1, "(")
             ? reader.behind_parenthesis(i + 1, end)
             : i;
}

// Of a text SQLite adds and subtracts the year that it begins with.
Status refuse_sum(const Reader& reader, size_t i, size_t end) {
  const size_t sign = behind_text_of_time(reader, i, end);
  if (sign == i || sign + 1 >= end || (!reader.is_operator(sign, "-") && !reader.is_operator(sign, "+")))
    return Status::ok();
  return Status::invalid(
      std::string(reader.text(Span{i, sign + 2})) +
      " is arithmetic of numbers, not of times: write SQLite's modifiers behind the time, in one "
      "text: 'now -1 day'");
}

}  // namespace

Status refuse_unquoted_date(const Reader& reader, size_t i, size_t end) {
  SPECTRADB_RETURN_IF_ERROR(refuse_sum(reader, i, end));
  constexpr size_t kMonthTokens = 3;
  constexpr size_t kDayTokens = 5;
  if (i + kMonthTokens > end) return Status::ok();
  const std::string_view sign = reader.text(i + 1);
  if (!reader.is_operator(i + 1, "-") && !reader.is_operator(i + 1, "/")) return Status::ok();
  const std::optional<int> year = digits_at(reader, i, 4, 4);
  const std::optional<int> month = digits_at(reader, i + 2, 1, 2);
  if (!year || !month) return Status::ok();
  const std::string written = std::string(reader.text(i)) + "-" + two_digits(*month);
  const std::optional<int> day = i + kDayTokens <= end && reader.is_operator(i + 3, sign)
                                     ? digits_at(reader, i + 4, 1, 2)
                                     : std::nullopt;
  if (day)
    return Status::invalid(why(reader.text(Span{i, i + kDayTokens})) + "'" + written + "-" +
                           two_digits(*day) + "'");
  // 1000-10 may well be a number of commits before another.
  const std::string_view text = reader.text(Span{i, i + kMonthTokens});
  const bool is_month = *month >= 1 && *month <= 12 && *year >= 1900 && *year < 2100 &&
                        text.size() == written.size() && reader.behind_expression(i, end) == i + kMonthTokens;
  if (!is_month) return Status::ok();
  return Status::invalid(why(text) + "a day of it, '" + written + "-01', or (" + std::string(text) +
                         ") for the number");
}

}  // namespace spectradb::sql
