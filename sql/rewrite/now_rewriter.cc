// CURRENT_TIMESTAMP beside a time of a temporal table: compared with _valid_from, _valid_to or _committed_at,
// or stored in them. There it becomes the statement's instant, as 'now' is. SQLite's own value is the
// beginning of its second, which may lie before rows that were written in that second.
//
//   WHERE _valid_from <= CURRENT_TIMESTAMP   ->   WHERE _valid_from <= spectradb_now()
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/rewrite/time_column.h"

namespace spectradb::sql {

namespace {

constexpr const char* kNow = "spectradb_now()";

bool is_current_timestamp(const Reader& reader, size_t i) { return reader.is_word(i, "CURRENT_TIMESTAMP"); }

bool is_beside_time_column(const Reader& reader, Span statement, size_t i) {
  const size_t before = i - statement.begin;  // number of tokens
  if (before >= 2 && (is_comparison_operator(reader, i - 1) || reader.is_word(i - 1, "BETWEEN")) &&
      is_time_column(reader, i - 2))
    return true;
  if (before >= 4 && reader.is_word(i - 1, "AND") && reader.is_word(i - 3, "BETWEEN") &&
      is_time_column(reader, i - 4))
    return true;
  if (!is_comparison_operator(reader, i + 1)) return false;
  size_t column = i + 2;
  while (reader.is_name(column) && reader.is_operator(column + 1, ".")) column += 2;
  return column < statement.end && is_time_column(reader, column);
}

}  // namespace

void StatementRewriter::rewrite_now(Span statement, const Shape& shape) {
  std::vector<size_t> found;
  for (size_t i = statement.begin; i < statement.end; ++i) {
    if (is_current_timestamp(reader_, i)) found.push_back(i);
  }
  if (found.empty()) return;
  for (const Write& write : shape.writes) {
    if (is_or_reads_temporal(write.schema, write.name)) rewrite_now_of_rows(write);
  }
  std::erase_if(found, [&](size_t i) { return !is_beside_time_column(reader_, statement, i); });
  if (found.empty()) return;
  const auto is_temporal = [&](const auto& table) { return is_or_reads_temporal(table.schema, table.name); };
  if (std::none_of(shape.tables.begin(), shape.tables.end(), is_temporal) &&
      std::none_of(shape.writes.begin(), shape.writes.end(), is_temporal))
    return;
  for (const size_t i : found) edits_.replace(begin_of(i), end_of(i), kNow);
}

// A view may show the times of a temporal table.
bool StatementRewriter::is_or_reads_temporal(const std::string& schema, const std::string& name) {
  const RelationKind kind = find(schema.empty() ? view_schema_ : schema, name).kind;
  return kind == RelationKind::kTemporal || kind == RelationKind::kView;
}

// INSERT INTO t (…, _valid_from) VALUES (…, CURRENT_TIMESTAMP), or SELECT …, CURRENT_TIMESTAMP.
void StatementRewriter::rewrite_now_of_rows(const Write& write) {
  std::vector<bool> is_time;
  for (size_t i = write.columns.begin; i < write.columns.end; ++i) {
    if (reader_.is_name(i)) is_time.push_back(is_time_column(reader_, i));
  }
  if (std::find(is_time.begin(), is_time.end(), true) == is_time.end()) return;
  const auto replace_in = [&](size_t i, size_t end) {  // the values of one row, from i on
    for (size_t column = 0; i < end && column < is_time.size(); ++i, ++column) {
      const size_t first = i;
      while (i < end && !reader_.is_operator(i, ","))
        i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, end) : i + 1;
      if (is_time[column] && i == first + 1 && is_current_timestamp(reader_, first))
        edits_.replace(begin_of(first), end_of(first), kNow);
    }
  };
  for (const Span row : write.rows) replace_in(row.begin + 1, row.end - 1);
  for (size_t i = write.query.begin; i < write.query.end;) {
    if (reader_.is_operator(i, "(")) {
      i = reader_.behind_parenthesis(i, write.query.end);
      continue;
    }
    const bool is_list = reader_.is_word(i, "SELECT");
    ++i;
    if (!is_list) continue;
    if (reader_.is_word(i, "DISTINCT") || reader_.is_word(i, "ALL")) ++i;
    static constexpr std::string_view kEnds[] = {"FROM",  "WHERE", "GROUP", "HAVING", "WINDOW",
                                                 "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT"};
    size_t end = i;
    while (end < write.query.end && !reader_.is_any_word(end, kEnds))
      end = reader_.is_operator(end, "(") ? reader_.behind_parenthesis(end, write.query.end) : end + 1;
    replace_in(i, end);
    i = end;
  }
}

}  // namespace spectradb::sql
