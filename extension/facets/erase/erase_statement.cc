#include "extension/facets/erase/erase_statement.h"

#include <optional>

#include "sql/shape/nested_statement.h"
#include "sql/text/reader.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension::erase {

namespace {

using sql::Reader;
using sql::Span;
using sql::TokenKind;

constexpr std::string_view kEraseWords[] = {"ERASE"};

Status not_erase(const std::string& problem) {
  return Status::invalid("ERASE FROM table WHERE condition: " + problem);
}

bool begins_erase(const Reader& reader, size_t begin) { return reader.is_words(begin, "ERASE", "FROM"); }

// What is wrong with it is told when it is prepared.
Result<std::optional<std::string>> rewrite_erase(const Reader& reader, Span statement, sql::Catalog&) {
  if (!begins_erase(reader, statement.begin)) return std::optional<std::string>();
  const std::string_view text = reader.text(statement);
  SPECTRADB_RETURN_IF_ERROR(read_erase_statement(text).status());
  return std::optional("SELECT spectradb_erase(" + sql::string_literal(text) + ") AS facts");
}

}  // namespace

bool is_erase_statement(std::string_view text) { return begins_erase(Reader(text, sql::tokenize(text)), 0); }

Result<EraseStatement> read_erase_statement(std::string_view text) {
  const Reader reader(text, sql::tokenize(text));
  size_t end = reader.size();
  while (end > 0 && reader.kind(end - 1) == TokenKind::kSemicolon) --end;
  if (!reader.is_sound() || !begins_erase(reader, 0)) return not_erase("this is none");
  EraseStatement statement;
  size_t at = 2;
  if (!reader.take_name(at, statement.schema, statement.table)) return not_erase("the table is missing");
  if (!reader.is_word(at, "WHERE") || at + 1 >= end)
    return not_erase("say which rows; WHERE true means all of them");
  for (size_t i = at + 1; i < end; ++i) {
    if (reader.kind(i) == TokenKind::kSemicolon) return not_erase("it is one statement");
    if (reader.kind(i) == TokenKind::kParameter)
      return not_erase(
          "it takes no parameters; SELECT spectradb_erase(table, key) does, and erases a row by its key");
  }
  statement.condition = reader.text(Span{at + 1, end});
  return statement;
}

constinit const sql::StatementForm kEraseForm{kEraseWords, kEraseWords, rewrite_erase};

}  // namespace spectradb::extension::erase
