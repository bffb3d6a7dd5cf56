// FTS5 accepts the name of a table for its text, before MATCH and as the first argument of a full-text
// function. The name of a temporal table becomes one of its hidden columns there.
//
//   WHERE notes MATCH 'fox'               ->   WHERE notes._text MATCH 'fox'
//   spectradb_snippet(notes, 1, …)        ->   spectradb_snippet(notes._match, 1, …)
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"

namespace spectradb::sql {

namespace {

// Returns the column that a table's name at i means; null where no such name can stand.
const char* column_of_match(const Reader& reader, size_t i) {
  static constexpr std::string_view kFunctions[] = {"SPECTRADB_BM25", "SPECTRADB_HIGHLIGHT",
                                                    "SPECTRADB_SNIPPET"};
  if (!reader.is_name(i) || reader.kind(i) == TokenKind::kString) return nullptr;
  if (i > 0 && reader.is_operator(i - 1, ".")) return nullptr;
  if (reader.is_word(i + 1, "MATCH")) return "._text";
  const bool is_first_argument = i > 1 && reader.is_operator(i - 1, "(") &&
                                 (reader.is_operator(i + 1, ",") || reader.is_operator(i + 1, ")"));
  return is_first_argument && reader.is_any_word(i - 2, kFunctions) ? "._match" : nullptr;
}

}  // namespace

// A column of the table that has the same name takes precedence.
bool StatementRewriter::is_temporal_source(const std::string& name, const std::string& alias,
                                           const std::string& schema, const std::string& meant) {
  if (!equals_word(alias.empty() ? name : alias, meant)) return false;
  const Relation relation = find(schema.empty() ? view_schema_ : schema, name);
  return relation.kind == RelationKind::kTemporal &&
         std::none_of(relation.columns.begin(), relation.columns.end(),
                      [&meant](const ColumnInfo& column) { return equals_word(column.name, meant); });
}

void StatementRewriter::rewrite_match(Span statement, const Shape& shape) {
  for (size_t i = statement.begin; i < statement.end; ++i) {
    const char* const column = column_of_match(reader_, i);
    if (column == nullptr) continue;
    const std::string meant = reader_.name(i);
    const auto is_meant = [&](const auto& source) {
      return is_temporal_source(source.name, source.alias, source.schema, meant);
    };
    if (std::any_of(shape.tables.begin(), shape.tables.end(), is_meant) ||
        std::any_of(shape.writes.begin(), shape.writes.end(), is_meant))
      edits_.replace(begin_of(i), end_of(i), std::string(reader_.text(i)) + column);
  }
}

}  // namespace spectradb::sql
