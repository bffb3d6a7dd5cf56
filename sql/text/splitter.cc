#include "sql/text/splitter.h"

namespace spectradb::sql {

namespace {

bool spells(std::string_view sql, const std::vector<Token>& tokens, size_t i, std::string_view word) {
  if (i >= tokens.size() || tokens[i].kind != TokenKind::kWord) return false;
  return equals_word(sql.substr(tokens[i].begin, tokens[i].end - tokens[i].begin), word);
}

bool starts_trigger(std::string_view sql, const std::vector<Token>& tokens) {
  size_t i = 0;
  if (spells(sql, tokens, i, "EXPLAIN")) i += spells(sql, tokens, i + 1, "QUERY") ? 3 : 1;
  if (!spells(sql, tokens, i, "CREATE")) return false;
  ++i;
  if (spells(sql, tokens, i, "TEMP") || spells(sql, tokens, i, "TEMPORARY")) ++i;
  return spells(sql, tokens, i, "TRIGGER");
}

// Follows sqlite3_complete(): a trigger ends at the ';' behind an END that itself stands behind a ';'.
bool ends_trigger(std::string_view sql, const std::vector<Token>& tokens) {
  const size_t size = tokens.size();
  return size >= 2 && tokens[size - 2].kind == TokenKind::kSemicolon && spells(sql, tokens, size - 1, "END");
}

// BEGIN is no reserved word: only one in front of a statement starts the body.
bool starts_body(const Reader& reader, size_t i) {
  static constexpr std::string_view kVerbs[] = {"SELECT", "WITH", "VALUES", "REPLACE"};
  if (!reader.is_word(i, "BEGIN")) return false;
  return reader.is_any_word(i + 1, kVerbs) || reader.is_words(i + 1, "INSERT", "INTO") ||
         reader.is_words(i + 1, "INSERT", "OR") || reader.is_words(i + 1, "DELETE", "FROM") ||
         (reader.is_word(i + 1, "UPDATE") && !reader.is_word(i + 2, "ON") && !reader.is_word(i + 2, "OF"));
}

}  // namespace

Statement first_statement(std::string_view sql) {
  Statement statement;
  Tokenizer tokenizer(sql);
  for (Token token{}; tokenizer.next(&token);) {
    if (token.kind == TokenKind::kSemicolon) {
      if (statement.tokens.empty()) continue;
      if (!starts_trigger(sql, statement.tokens) || ends_trigger(sql, statement.tokens)) {
        statement.consumed = token.end;
        return statement;
      }
    }
    statement.tokens.push_back(token);
  }
  statement.consumed = sql.size();
  return statement;
}

bool is_trigger(const Reader& reader, Span statement, Span* body) {
  size_t i = statement.begin;
  if (!reader.is_word(i, "CREATE")) return false;
  ++i;
  if (reader.is_word(i, "TEMP") || reader.is_word(i, "TEMPORARY")) ++i;
  if (!reader.is_word(i, "TRIGGER")) return false;
  *body = {statement.end, statement.end};
  for (; i < statement.end; ++i) {
    if (!starts_body(reader, i)) continue;
    *body = {i + 1, reader.is_word(statement.end - 1, "END") ? statement.end - 1 : statement.end};
    return true;
  }
  return true;
}

}  // namespace spectradb::sql
