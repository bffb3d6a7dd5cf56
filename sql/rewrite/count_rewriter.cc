// SELECT count(*) FROM table [AS OF …] of a temporal table, and nothing else. SQLite has an instruction for that
// with an ordinary table, and takes each row from a virtual one. So the table is asked for the number itself, which
// it mostly knows:
//
//   SELECT +_upsert AS "count(*)" FROM t WHERE _given = 'count(*)'
//
// Queries have no other use for these two columns. With `+` the result has no declared type, as count(*) has none.
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/whole_count.h"

namespace spectradb::sql {

void StatementRewriter::rewrite_count(Span statement, const Shape& shape) {
  if (shape.cores.size() != 1 || shape.tables.size() != 1 || !shape.writes.empty() ||
      !shape.common_tables.empty() || shape.cores.front().is_compound ||
      shape.cores.front().has_other_sources)
    return;
  const std::optional<WholeCount> count = read_whole_count(reader_, statement);
  const TableReference& table = shape.tables.front();
  if (!count || !table.parentheses.is_empty() || !is_all_of_count(*count, statement, shape)) return;
  // SQLite names the result by its text, up to the next token.
  const size_t end = end_of(count->call.end - 1);
  const std::string_view behind = sql_.substr(end, begin_of(count->call.end) - end);
  if (!count->has_name && behind.find_first_not_of(" \t\r\n\f") != std::string_view::npos) return;
  const Relation relation = find(table.schema, table.name);
  if (relation.kind != RelationKind::kTemporal || !catalog_.may_count(relation.schema, table.name)) return;
  const size_t begin = begin_of(count->call.begin);
  std::string result = "+_upsert";
  if (!count->has_name) result += " AS " + quoted(sql_.substr(begin, end - begin));
  edits_.replace(begin, end, result);
  edits_.insert(end_of(statement.end - 1), " WHERE _given = 'count(*)'");
}

// Whether nothing stands behind FROM but the table, its alias, and times.
bool StatementRewriter::is_all_of_count(const WholeCount& count, Span statement, const Shape& shape) const {
  const TableReference& table = shape.tables.front();
  bool has_alias = table.alias.empty();
  for (size_t i = count.from + 1; i < statement.end;) {
    const auto clause =
        std::find_if(shape.clauses.begin(), shape.clauses.end(),
                     [i](const BoundClause& bound) { return bound.clause.tokens.begin == i; });
    if (clause != shape.clauses.end()) {
      i = clause->clause.tokens.end;
    } else if (i == table.tokens.begin) {
      i = table.tokens.end;
    } else if (!has_alias && (reader_.is_word(i, "AS") || reader_.is_name(i))) {
      has_alias = !reader_.is_word(i, "AS");
      ++i;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace spectradb::sql
