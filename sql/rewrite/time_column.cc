#include "sql/rewrite/time_column.h"

#include <algorithm>

namespace spectradb::sql {

bool is_time_column_text(std::string_view text) {
  const bool is_quoted =
      text.size() > 2 && (text.front() == '"' || text.front() == '`' || text.front() == '[');
  if (is_quoted) text = text.substr(1, text.size() - 2);
  if (text.empty() || text.front() != '_') return false;
  return equals_word(text, "_valid_from") || equals_word(text, "_valid_to") ||
         equals_word(text, "_committed_at");
}

bool is_time_column(const Reader& reader, size_t i) {
  return reader.is_name(i) && reader.kind(i) != TokenKind::kString && is_time_column_text(reader.text(i));
}

bool is_comparison_operator(const Reader& reader, size_t i) {
  static constexpr std::string_view kOperators[] = {"=", "==", "<", "<=", ">", ">=", "<>", "!="};
  return reader.kind(i) == TokenKind::kOperator &&
         std::find(std::begin(kOperators), std::end(kOperators), reader.text(i)) != std::end(kOperators);
}

}  // namespace spectradb::sql
