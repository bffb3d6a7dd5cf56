#include "sql/shape/nested_statement.h"

#include <charconv>

#include "sql/text/edits.h"

namespace spectradb::sql {

NestedStatement nest(std::string_view statement, const ParameterNumbers& numbers) {
  NestedStatement nested;
  const Reader reader(statement, tokenize(statement));
  Edits edits(statement);
  for (size_t i = 0; i < reader.size(); ++i) {
    if (reader.kind(i) != TokenKind::kParameter) continue;
    const std::string text(reader.text(i));
    long number = 0;
    if (text[0] == '?') {
      std::from_chars(text.data() + 1, text.data() + text.size(), number);
    } else if (const auto named = numbers.named.find(text); named != numbers.named.end()) {
      number = named->second;
      edits.replace(reader.token(i).begin, reader.token(i).end, "?" + std::to_string(number));
    }
    if (number > 0) nested.used.emplace(number, text);
  }
  nested.text = edits.render(0, statement.size());
  return nested;
}

Result<std::string> packed(const std::map<long, std::string>& used) {
  constexpr size_t kMostInPack = 60;  // SQLite's functions take 127 arguments
  constexpr size_t kMostParameters = 7000;
  if (used.size() > kMostParameters) {
    return Status::invalid("RETURNING and ON CONFLICT DO UPDATE on temporal tables take up to " +
                           std::to_string(kMostParameters) + " parameters, not " +
                           std::to_string(used.size()));
  }
  std::string text;
  size_t in_pack = 0;
  for (const auto& [number, spelled] : used) {
    text += in_pack == 0 ? ", spectradb_pack(" : ", ";
    text += std::to_string(number) + ", " + spelled;
    if (++in_pack == kMostInPack) {
      text += ")";
      in_pack = 0;
    }
  }
  if (in_pack > 0) text += ")";
  return text;
}

std::string string_literal(std::string_view text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

}  // namespace spectradb::sql
