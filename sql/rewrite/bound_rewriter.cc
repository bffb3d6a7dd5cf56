// Comparisons with _valid_from, _valid_to and _committed_at. SQLite compares under the collation of the column on the
// left, so one of another table would have its own way with a time behind it, where SQLite does the comparing:
//
//   FROM t LEFT JOIN p ON p.day = t._valid_from
//     ->  FROM t LEFT JOIN p ON p.day = t._valid_from COLLATE "spectradb_time"
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/rewrite/time_column.h"

namespace spectradb::sql {

namespace {

constexpr const char* kCollate = " COLLATE \"spectradb_time\"";

// The first token of the reference [[schema .] table .] column that ends at i.
size_t begin_of_reference(const Reader& reader, Span statement, size_t i) {
  while (i >= statement.begin + 2 && reader.is_operator(i - 1, ".") && reader.is_name(i - 2)) i -= 2;
  return i;
}

// Whether something that binds tighter than a comparison follows.
bool goes_on(const Reader& reader, size_t i) {
  static constexpr std::string_view kTighter[] = {"||", "+",  "-",   "*",  "/",  "%", ".",
                                                  "(",  "->", "->>", "<<", ">>", "&", "|"};
  if (reader.is_word(i, "COLLATE")) return true;
  return reader.kind(i) == TokenKind::kOperator &&
         std::find(std::begin(kTighter), std::end(kTighter), reader.text(i)) != std::end(kTighter);
}

// Whether the AND at i is that of a BETWEEN.
bool is_of_between(const Reader& reader, Span statement, size_t i) {
  static constexpr std::string_view kEnds[] = {"AND",  "OR",   "WHERE", "ON",   "HAVING", "WHEN",
                                               "THEN", "ELSE", "CASE",  "FROM", "SELECT", "SET"};
  for (size_t depth = 0; i > statement.begin;) {
    --i;
    if (reader.is_operator(i, ")")) {
      ++depth;
    } else if (reader.is_operator(i, "(")) {
      if (depth-- == 0) return false;
    } else if (depth == 0 && reader.is_word(i, "BETWEEN")) {
      return true;
    } else if (depth == 0 && (reader.is_any_word(i, kEnds) || reader.is_operator(i, ","))) {
      return false;
    }
  }
  return false;
}

// The first token of the comparison that ends at i: of IS NOT, IS DISTINCT FROM and IS NOT DISTINCT FROM the IS.
size_t begin_of_comparison(const Reader& reader, Span statement, size_t i) {
  if (i >= statement.begin + 2 && reader.is_words(i - 1, "DISTINCT", "FROM")) i -= 2;
  if (i > statement.begin && reader.is_word(i, "NOT")) --i;
  return i;
}

// Whether SQLite may compare under a collation of what ends before i. A literal, a parameter and what a function
// returns have none: then that of the time counts, and SQLite passes the comparison down only as it stands.
bool may_have_collation(const Reader& reader, Span statement, size_t i) {
  if (i == statement.begin) return true;
  const size_t last = i - 1;
  const TokenKind kind = reader.kind(last);
  if (kind == TokenKind::kString || kind == TokenKind::kBlob || kind == TokenKind::kNumber ||
      kind == TokenKind::kParameter)
    return false;
  static constexpr std::string_view kLiterals[] = {"CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME",
                                                   "NULL"};
  if (reader.is_any_word(last, kLiterals)) return false;
  if (!reader.is_operator(last, ")")) return true;
  size_t open = last;
  for (size_t depth = 1; depth > 0 && open > statement.begin;) {
    --open;
    if (reader.is_word(open, "COLLATE")) return true;
    depth += reader.is_operator(open, ")") ? 1 : 0;
    depth -= reader.is_operator(open, "(") ? 1 : 0;
  }
  static constexpr std::string_view kNoFunctions[] = {"CAST", "CASE", "BY",    "DISTINCT", "ALL",
                                                      "LIKE", "GLOB", "MATCH", "REGEXP",   "ESCAPE"};
  return open == statement.begin || reader.kind(open - 1) != TokenKind::kWord ||
         reader.is_reserved(open - 1) || reader.is_any_word(open - 1, kNoFunctions);
}

// Whether what begins at i is compared with what stands before it.
bool is_right_side(const Reader& reader, Span statement, size_t i) {
  if (i == statement.begin) return false;
  const size_t before = i - 1;
  const size_t comparison = begin_of_comparison(reader, statement, before);
  if (is_comparison_operator(reader, before) || reader.is_word(comparison, "IS"))
    return may_have_collation(reader, statement, comparison);
  if (reader.is_word(before, "AND")) return is_of_between(reader, statement, before);
  if (before == statement.begin) return false;
  return reader.is_word(before, "BETWEEN") || reader.is_word(before, "WHEN");
}

// Of IN at i: whether a list has such a column, or a query gives one.
bool is_in_times(const Reader& reader, Span statement, size_t i) {
  if (!reader.is_operator(i + 1, "(")) return false;
  size_t item = i + 2;
  const bool is_query = reader.is_word(item, "SELECT");
  if (is_query) item += reader.is_word(item + 1, "DISTINCT") || reader.is_word(item + 1, "ALL") ? 2 : 1;
  for (const size_t end = reader.behind_parenthesis(i + 1, statement.end) - 1; item < end; ++item) {
    while (reader.is_name(item) && reader.is_operator(item + 1, ".")) item += 2;
    const bool is_item =
        is_time_column(reader, item) &&
        (is_query ? reader.is_word(item + 1, "FROM") : item + 1 == end || reader.is_operator(item + 1, ","));
    if (is_item || is_query) return is_item;
    while (item < end && !reader.is_operator(item, ","))
      item = reader.is_operator(item, "(") ? reader.behind_parenthesis(item, end) : item + 1;
  }
  return false;
}

// What stands in front of IN at i, if a collation can stand behind it: a name or a literal.
std::optional<size_t> left_of_in(const Reader& reader, Span statement, size_t i) {
  const size_t width = i > statement.begin && reader.is_word(i - 1, "NOT") ? 2 : 1;
  if (i < statement.begin + width) return std::nullopt;
  const size_t left = i - width;
  const TokenKind kind = reader.kind(left);
  const bool is_name = kind == TokenKind::kQuoted || (kind == TokenKind::kWord && !reader.is_reserved(left) &&
                                                      !reader.is_word(left, "CURRENT_TIMESTAMP"));
  const bool is_literal = kind == TokenKind::kString || kind == TokenKind::kParameter;
  return is_literal || (is_name && !is_time_column(reader, left)) ? std::optional<size_t>(left)
                                                                  : std::nullopt;
}

}  // namespace

// Before anything is rendered.
void StatementRewriter::rewrite_bounds(Span statement, const Shape& shape) {
  std::vector<size_t> compared;   // such columns
  std::vector<size_t> looked_up;  // what IN looks for among such
  for (size_t i = statement.begin; i < statement.end; ++i) {
    if (is_time_column(reader_, i)) {
      const size_t begin = begin_of_reference(reader_, statement, i);
      if (!goes_on(reader_, i + 1) && is_right_side(reader_, statement, begin) &&
          may_show_times(shape, begin, i))
        compared.push_back(i);
    } else if (reader_.is_word(i, "IN") && is_in_times(reader_, statement, i)) {
      const std::optional<size_t> left = left_of_in(reader_, statement, i);
      if (left) looked_up.push_back(*left);
    }
  }
  if (compared.empty() && looked_up.empty()) return;
  const auto is_temporal = [&](const auto& table) { return is_or_reads_temporal(table.schema, table.name); };
  if (std::none_of(shape.tables.begin(), shape.tables.end(), is_temporal) &&
      std::none_of(shape.writes.begin(), shape.writes.end(), is_temporal))
    return;
  for (const size_t i : compared)
    edits_.replace(begin_of(i), end_of(i), std::string(reader_.text(i)) + kCollate);
  for (const size_t i : looked_up) edits_.insert(end_of(i), kCollate);
}

// Of the reference in [begin, column]: not one of a table that is plainly an ordinary one.
bool StatementRewriter::may_show_times(const Shape& shape, size_t begin, size_t column) {
  if (begin == column) return true;
  const std::string of = reader_.name(column - 2);
  if (equals_word(of, "excluded") || equals_word(of, "new") || equals_word(of, "old")) return false;
  bool is_ordinary = false;
  for (const TableReference& table : shape.tables) {
    if (!equals_word(table.alias.empty() ? table.name : table.alias, of)) continue;
    const std::string& schema = table.schema.empty() ? view_schema_ : table.schema;
    if (find(schema, table.name).kind != RelationKind::kOrdinary) return true;
    is_ordinary = true;
  }
  return !is_ordinary;
}

}  // namespace spectradb::sql
