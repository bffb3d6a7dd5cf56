#include "sql/text/parameters.h"

#include <algorithm>
#include <charconv>

#include "sql/text/edits.h"

namespace spectradb::sql {

namespace {

// Where the query or write starts: behind EXPLAIN, and behind CREATE TABLE … AS.
size_t behind_preamble(const Reader& reader) {
  size_t i = 0;
  if (reader.is_word(i, "EXPLAIN")) i += reader.is_words(1, "QUERY", "PLAN") ? 3 : 1;
  if (!reader.is_word(i, "CREATE")) return i;
  while (i < reader.size() && !reader.is_word(i, "AS"))
    i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, reader.size()) : i + 1;
  return i + 1;
}

}  // namespace

long number_of_parameter(std::string_view text) {
  if (text.size() < 2 || text[0] != '?') return 0;
  long number = 0;
  const auto read = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  return read.ec == std::errc::result_out_of_range ? kMostParameters : std::min(number, kMostParameters);
}

ParameterNumbers number_parameters(const Reader& reader, Span statement) {
  ParameterNumbers numbers;
  long& largest = numbers.largest;
  for (size_t i = statement.begin; i < statement.end; ++i) {
    if (reader.kind(i) != TokenKind::kParameter) continue;
    const std::string_view text = reader.text(i);
    if (text == "?") {
      numbers.anonymous[i] = ++largest;
    } else if (text[0] == '?') {
      largest = std::max(largest, number_of_parameter(text));
    } else if (numbers.named.find(text) == numbers.named.end()) {
      numbers.named.emplace(text, ++largest);
    }
  }
  return numbers;
}

std::string keep_numbers(std::string statement, const ParameterNumbers& numbers) {
  if (numbers.largest == 0) return statement;
  const std::map<std::string, long, std::less<>>& named = numbers.named;
  const Reader reader(statement, tokenize(statement));
  const ParameterNumbers left = number_parameters(reader, {0, reader.size()});
  if (left.named == named && left.largest >= numbers.largest) return statement;
  std::vector<std::pair<long, std::string_view>> in_order;
  in_order.reserve(named.size());
  for (const auto& [name, number] : named) in_order.emplace_back(number, name);
  std::sort(in_order.begin(), in_order.end());
  std::string list;
  long largest = 0;
  for (const auto& [number, name] : in_order) {
    if (number != largest + 1) list += (list.empty() ? "?" : ", ?") + std::to_string(number - 1);
    list += (list.empty() ? "" : ", ") + std::string(name);
    largest = number;
  }
  if (largest < numbers.largest) list += (list.empty() ? "?" : ", ?") + std::to_string(numbers.largest);
  const std::string table = "spectradb_parameters AS (SELECT " + list + ")";
  size_t i = behind_preamble(reader);
  if (i >= reader.size()) return statement;
  const bool has_with = reader.is_word(i, "WITH");
  if (has_with) i += reader.is_word(i + 1, "RECURSIVE") ? 2 : 1;
  const std::string text = has_with ? table + ", " : "WITH " + table + " ";
  statement.insert(reader.token(std::min(i, reader.size() - 1)).begin, text);
  return statement;
}

std::string without_numbers(std::string statement, const std::set<long>& anonymous) {
  if (anonymous.empty()) return statement;
  const Reader reader(statement, tokenize(statement));
  std::map<long, int> times;
  const auto number_at = [&](size_t i) {
    return reader.kind(i) == TokenKind::kParameter ? number_of_parameter(reader.text(i)) : 0;
  };
  for (size_t i = 0; i < reader.size(); ++i) ++times[number_at(i)];
  Edits edits(statement);
  std::set<std::string_view> named;
  long largest = 0;
  for (size_t i = 0; i < reader.size(); ++i) {
    if (reader.kind(i) != TokenKind::kParameter) continue;
    const long number = number_at(i);
    if (number == 0) {
      if (named.insert(reader.text(i)).second) ++largest;
      continue;
    }
    if (anonymous.count(number) > 0) {
      if (number != largest + 1 || times[number] != 1) return statement;
      edits.replace(reader.token(i).begin, reader.token(i).end, "?");
    }
    largest = std::max(largest, number);
  }
  return edits.render(0, statement.size());
}

}  // namespace spectradb::sql
