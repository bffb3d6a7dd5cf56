#include "sql/shape/result_columns.h"

namespace spectradb::sql {

namespace {

// Whether a result column ends with an alias, with or without AS.
bool ends_with_alias(const Reader& reader, Span part) {
  static constexpr std::string_view kNoAlias[] = {
      "NULL", "TRUE", "FALSE", "ISNULL", "NOTNULL", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"};
  static constexpr std::string_view kExpecting[] = {
      "NOT",     "IS",     "COLLATE", "AND",    "OR",   "LIKE", "GLOB", "IN",   "FROM",
      "BETWEEN", "REGEXP", "MATCH",   "ESCAPE", "CASE", "WHEN", "THEN", "ELSE", "DISTINCT"};
  const size_t last = part.end - 1;
  if (last <= part.begin || !reader.is_name(last)) return false;
  if (reader.is_word(last - 1, "AS")) return true;
  if (reader.is_reserved(last) || reader.is_any_word(last, kNoAlias) ||
      reader.is_any_word(last - 1, kExpecting))
    return false;
  return reader.kind(last - 1) != TokenKind::kOperator || reader.is_operator(last - 1, ")");
}

}  // namespace

std::vector<ResultColumn> read_result_columns(const Reader& reader, Span list) {
  std::vector<ResultColumn> columns;
  for (size_t i = list.begin; i < list.end; ++i) {
    const size_t begin = i;
    while (i < list.end && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, list.end) : i + 1;
    ResultColumn column{{begin, i}, {}};
    if (!column.expression.is_empty() && ends_with_alias(reader, column.expression)) {
      column.name = reader.name(i - 1);
      column.expression.end = reader.is_word(i - 2, "AS") ? i - 2 : i - 1;
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

Span result_list(const Reader& reader, size_t i, size_t end) {
  static constexpr std::string_view kEnds[] = {"FROM",  "WHERE", "GROUP", "HAVING", "WINDOW",
                                               "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT"};
  ++i;
  if (reader.is_word(i, "DISTINCT") || reader.is_word(i, "ALL")) ++i;
  Span list{i, i};
  while (list.end < end && !reader.is_any_word(list.end, kEnds) && !reader.is_operator(list.end, ")"))
    list.end = reader.is_operator(list.end, "(") ? reader.behind_parenthesis(list.end, end) : list.end + 1;
  return list;
}

}  // namespace spectradb::sql
