#include "sql/shape/whole_count.h"

#include <utility>
#include <vector>

namespace spectradb::sql {

namespace {

constexpr size_t kMostTokens = 20;  // EXPLAIN QUERY PLAN SELECT count ( * ) AS n FROM main . t AS a

// Whether the text may be such a statement, by its first words. Most others end here, before anything is allocated.
bool may_count(std::string_view sql) {
  Tokenizer tokenizer(sql);
  Token token{};
  const auto is_next = [&](std::string_view word) {
    return token.kind == TokenKind::kWord &&
           equals_word(sql.substr(token.begin, token.end - token.begin), word);
  };
  if (!tokenizer.next(&token)) return false;
  if (is_next("EXPLAIN")) return true;
  return is_next("SELECT") && tokenizer.next(&token) && is_next("COUNT");
}

}  // namespace

std::optional<WholeCount> read_whole_count(const Reader& reader, Span statement) {
  size_t i = statement.begin;
  if (!reader.is_words(i, "SELECT", "COUNT") || !reader.is_operator(i + 2, "(") ||
      !reader.is_operator(i + 3, "*") || !reader.is_operator(i + 4, ")"))
    return std::nullopt;
  WholeCount count;
  count.call = {i + 1, i + 5};
  i = count.call.end;
  const bool has_as = reader.is_word(i, "AS");
  if (has_as) ++i;
  count.has_name = has_as || (reader.is_name(i) && !reader.is_word(i, "FROM"));
  if (count.has_name && !reader.is_name(i)) return std::nullopt;
  if (count.has_name) ++i;
  if (i >= statement.end || !reader.is_word(i, "FROM")) return std::nullopt;
  count.from = i;
  return count;
}

std::optional<CountedTable> counted_table(std::string_view sql) {
  if (!may_count(sql)) return std::nullopt;
  Tokenizer tokenizer(sql);
  std::vector<Token> tokens;
  for (Token token{}; tokenizer.next(&token) && token.kind != TokenKind::kSemicolon;) {
    tokens.push_back(token);
    if (token.kind == TokenKind::kIllegal || tokens.size() > kMostTokens) return std::nullopt;
  }
  const Reader reader(sql, std::move(tokens));
  size_t i = 0;
  if (reader.is_word(i, "EXPLAIN")) i += reader.is_words(i + 1, "QUERY", "PLAN") ? 3 : 1;
  const std::optional<WholeCount> count = read_whole_count(reader, {i, reader.size()});
  if (!count) return std::nullopt;
  CountedTable table;
  i = count->from + 1;
  if (!reader.is_name(i) || !reader.take_name(i, table.schema, table.name)) return std::nullopt;
  if (reader.is_word(i, "AS")) ++i;
  if (reader.is_name(i) && !reader.is_reserved(i)) ++i;
  if (i != reader.size()) return std::nullopt;
  return table;
}

}  // namespace spectradb::sql
