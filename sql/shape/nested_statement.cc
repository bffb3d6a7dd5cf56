#include "sql/shape/nested_statement.h"

#include <utility>
#include <vector>

#include "base/hex.h"
#include "sql/text/edits.h"

namespace spectradb::sql {

NestedStatement nest(std::string_view statement, const ParameterNumbers& numbers) {
  NestedStatement nested;
  const Reader reader(statement, tokenize(statement));
  Edits edits(statement);
  for (size_t i = 0; i < reader.size(); ++i) {
    if (reader.kind(i) != TokenKind::kParameter) continue;
    const std::string text(reader.text(i));
    long number = number_of_parameter(text);
    if (const auto named = numbers.named.find(text); named != numbers.named.end()) {
      number = named->second;
      edits.replace(reader.token(i).begin, reader.token(i).end, "?" + std::to_string(number));
    }
    if (number > 0) nested.used.emplace(number, text);
  }
  nested.text = edits.render(0, statement.size());
  return nested;
}

std::string passed(const std::map<long, std::string>& used) {
  constexpr size_t kMostPassed = 30;
  constexpr size_t kMostInPack = 60;  // SQLite's functions take 127 arguments
  std::string text;
  if (used.size() <= kMostPassed) {
    for (const auto& [number, spelled] : used) text += ", " + std::to_string(number) + ", " + spelled;
    return text;
  }
  std::vector<std::string> packs;
  size_t in_pack = 0;
  for (const auto& [number, spelled] : used) {
    if (in_pack == 0) packs.emplace_back();
    packs.back() += (in_pack == 0 ? "" : ", ") + std::to_string(number) + ", " + spelled;
    in_pack = (in_pack + 1) % kMostInPack;
  }
  for (std::string& pack : packs) pack = "spectradb_pack(" + pack + ")";
  while (packs.size() > kMostInPack) {  // packs are packed again, under the number 0
    std::vector<std::string> larger;
    for (size_t i = 0; i < packs.size(); ++i) {
      if (i % kMostInPack == 0) larger.emplace_back();
      larger.back() += (i % kMostInPack == 0 ? "0, " : ", 0, ") + packs[i];
    }
    for (std::string& pack : larger) pack = "spectradb_pack(" + pack + ")";
    packs = std::move(larger);
  }
  for (const std::string& pack : packs) text += ", " + pack;
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

std::string blob_literal(std::string_view bytes) { return "x'" + hex_of(bytes) + "'"; }

}  // namespace spectradb::sql
