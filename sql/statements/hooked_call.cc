#include "sql/statements/hooked_call.h"

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/result_columns.h"
#include "sql/text/edits.h"
#include "sql/text/reader.h"
#include "sql/text/splitter.h"

namespace spectradb::sql {

namespace {

constexpr std::string_view kHooked = "spectradb_hooked";

// Returns the parenthesis that opens behind the name at i, or 0.
size_t call_at(const Reader& reader, size_t i) {
  const bool is_named = reader.is_name(i) && reader.kind(i) != TokenKind::kString &&
                        equals_word(reader.name(i), kHooked) && !(i > 0 && reader.is_operator(i - 1, "."));
  return is_named && reader.is_operator(i + 1, "(") && reader.is_operator(i + 2, ")") ? i + 1 : 0;
}

bool has_call(const Reader& reader, Span span) {
  for (size_t i = span.begin; i < span.end; ++i) {
    if (call_at(reader, i) != 0) return true;
  }
  return false;
}

// CREATE and ALTER TABLE store the text that they are given, except CREATE TABLE … AS SELECT.
bool is_stored(const Reader& reader) {
  size_t i = reader.is_word(0, "EXPLAIN") ? (reader.is_words(1, "QUERY", "PLAN") ? 3 : 1) : 0;
  if (reader.is_word(i, "ALTER")) return true;
  if (!reader.is_word(i, "CREATE")) return false;
  i += reader.is_word(i + 1, "TEMP") || reader.is_word(i + 1, "TEMPORARY") ? 2 : 1;
  if (!reader.is_word(i, "TABLE")) return true;
  while (i < reader.size() && !reader.is_operator(i, "(") && !reader.is_word(i, "AS")) ++i;
  return !reader.is_word(i, "AS");
}

}  // namespace

bool may_ask_whether_hooked(std::string_view text) {
  constexpr size_t kMark = kHooked.find("hooked");
  for (size_t i = kMark; i + kHooked.size() - kMark <= text.size(); ++i) {
    if ((text[i] == 'h' || text[i] == 'H') && equals_word(text.substr(i - kMark, kHooked.size()), kHooked))
      return true;
  }
  return false;
}

std::optional<std::string> answered_hooked(std::string_view text, std::string_view argument) {
  Statement statement = first_statement(text);
  text = text.substr(0, statement.consumed);
  const Reader reader(text, std::move(statement.tokens));
  if (!reader.is_sound() || is_stored(reader)) return std::nullopt;
  Edits edits(text);
  for (size_t i = 0; i < reader.size(); ++i) {
    if (const size_t open = call_at(reader, i); open != 0)
      edits.insert(reader.token(open).end, std::string(argument));
    const bool is_select = reader.is_word(i, "SELECT");
    if (!is_select && !reader.is_word(i, "RETURNING")) continue;
    const Span list = is_select ? result_list(reader, i, reader.size()) : Span{i + 1, reader.size()};
    for (const ResultColumn& column : read_result_columns(reader, list)) {
      if (!column.name.empty() || !has_call(reader, column.expression)) continue;
      edits.insert(reader.token(column.expression.end - 1).end,
                   " AS " + quoted(reader.text(column.expression)));
    }
  }
  if (edits.count() == 0) return std::nullopt;
  return edits.render(0, text.size());
}

}  // namespace spectradb::sql
