#include "sql/splitter.h"

namespace spectradb::sql {

namespace {

size_t behind_explain(const Reader& reader, size_t i) {
  if (!reader.is_word(i, "EXPLAIN")) return i;
  return reader.is_words(i + 1, "QUERY", "PLAN") ? i + 3 : i + 1;
}

bool starts_trigger(const Reader& reader, size_t i) {
  i = behind_explain(reader, i);
  if (!reader.is_word(i, "CREATE")) return false;
  ++i;
  if (reader.is_word(i, "TEMP") || reader.is_word(i, "TEMPORARY")) ++i;
  return reader.is_word(i, "TRIGGER");
}

}  // namespace

// As sqlite3_complete() has it: a trigger ends at the ';' behind an END that itself stands behind a ';'.
Span first_statement(const Reader& reader, size_t begin) {
  const bool is_in_trigger = starts_trigger(reader, begin);
  for (size_t i = begin; i < reader.size(); ++i) {
    if (reader.kind(i) != TokenKind::kSemicolon) continue;
    const bool ends_trigger = i >= 2 && reader.is_word(i - 1, "END") && reader.kind(i - 2) == TokenKind::kSemicolon;
    if (!is_in_trigger || ends_trigger) return {begin, i};
  }
  return {begin, reader.size()};
}

bool is_trigger(const Reader& reader, Span statement, Span* body) {
  if (!starts_trigger(reader, statement.begin)) return false;
  for (size_t i = statement.begin; i < statement.end; ++i) {
    if (!reader.is_word(i, "BEGIN")) continue;
    *body = {i + 1, reader.is_word(statement.end - 1, "END") ? statement.end - 1 : statement.end};
    return true;
  }
  *body = {statement.end, statement.end};
  return true;
}

}  // namespace spectradb::sql
