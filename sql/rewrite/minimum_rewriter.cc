// SELECT min(column) FROM table [WHERE condition] of a temporal table. With an ordinary table SQLite asks the
// index for the first value that is not NULL. It asks a virtual table for no such order, and reads all of it.
// So the statement is rewritten to ask for the order:
//
//   SELECT min(x) FROM (SELECT `x` FROM t WHERE (condition) AND `x` IS NOT NULL ORDER BY `x` LIMIT 1) AS "t"
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"

namespace spectradb::sql {

void StatementRewriter::rewrite_minimum(Span statement, const Shape& shape) {
  size_t i = statement.begin;
  if (shape.tables.empty() || !shape.clauses.empty() || !reader_.is_words(i, "SELECT", "MIN") ||
      !reader_.is_operator(i + 2, "("))
    return;
  i += 3;
  std::string qualifier;
  std::string column;
  if (!reader_.is_name(i) || reader_.kind(i) == TokenKind::kString ||
      !reader_.take_name(i, qualifier, column) || !reader_.is_operator(i, ")"))
    return;
  ++i;
  if (reader_.is_word(i, "AS")) ++i;
  if (!reader_.is_word(i, "FROM")) ++i;  // an alias for the result
  const TableReference& table = shape.tables.front();
  if (!reader_.is_word(i, "FROM") || table.tokens.begin != i + 1 || !table.parentheses.is_empty()) return;
  const size_t from = i;
  i = table.tokens.end;
  std::string alias = table.name;
  if (i < statement.end && !reader_.is_word(i, "WHERE")) {
    if (reader_.is_word(i, "AS")) ++i;
    if (!reader_.is_name(i) || reader_.is_reserved(i)) return;
    alias = reader_.name(i++);
  }
  const bool has_where = i < statement.end;
  if (has_where && !is_last_condition({i, statement.end})) return;
  if (!qualifier.empty() && !equals_word(qualifier, alias)) return;

  const Relation relation = find(table.schema, table.name);
  const auto known = std::find_if(relation.columns.begin(), relation.columns.end(),
                                  [&](const ColumnInfo& one) { return equals_word(one.name, column); });
  if (relation.kind != RelationKind::kTemporal || known == relation.columns.end() ||
      !known->is_nullable_first)
    return;
  const std::string name = column_name(known->name);
  edits_.insert(begin_of(from + 1), "(SELECT " + name + " FROM ");
  if (has_where) edits_.insert(begin_of(i + 1), "(");
  edits_.insert(end_of(statement.end - 1), (has_where ? ") AND " : " WHERE ") + name +
                                               " IS NOT NULL ORDER BY " + name + " LIMIT 1) AS " +
                                               quoted(alias));
}

// Whether these tokens are WHERE and a condition, and nothing else.
bool StatementRewriter::is_last_condition(Span where) const {
  static constexpr std::string_view kEnds[] = {"GROUP", "HAVING", "WINDOW",    "ORDER",
                                               "LIMIT", "UNION",  "INTERSECT", "EXCEPT"};
  if (!reader_.is_word(where.begin, "WHERE") || where.begin + 1 == where.end) return false;
  for (size_t i = where.begin + 1; i < where.end;) {
    if (reader_.is_any_word(i, kEnds) || reader_.is_operator(i, ",")) return false;
    i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, where.end) : i + 1;
  }
  return true;
}

}  // namespace spectradb::sql
