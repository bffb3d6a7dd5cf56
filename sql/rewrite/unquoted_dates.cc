// Dates without quotes in calls of our functions, and beside a time of a temporal table outside of clauses: compared with such a column, assigned to it or
// inserted.
//
//   WHERE _valid_from >= 2026-06-01         INSERT INTO t (id, _valid_from) VALUES (1, 2026-06-01)
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/rewrite/time_column.h"
#include "sql/shape/unquoted_date.h"

namespace spectradb::sql {

namespace {

// Cheap, and true of every statement that has such a date.
bool may_have_date(const Reader& reader, Span statement) {
  const auto is_joined = [&](size_t i) {
    return reader.is_operator(i, "-") || reader.is_operator(i, "+") || reader.is_operator(i, "/");
  };
  for (size_t i = statement.begin + 1; i < statement.end; ++i)
    if (reader.kind(i) == TokenKind::kNumber && (is_joined(i + 1) || is_joined(i - 1))) return true;
  return false;
}

bool shows_time(const Reader& reader, size_t i) {
  return is_time_column(reader, i) ||
         (reader.is_name(i) && reader.kind(i) != TokenKind::kString &&
          (equals_word(reader.name(i), "_system_from") || equals_word(reader.name(i), "_system_to")));
}

// Of what is compared with the column at i, or assigned to it.
Status check_compared(const Reader& reader, size_t i, size_t end) {
  size_t at = i + 1;
  if (reader.is_word(at, "NOT")) ++at;
  const bool is_between = reader.is_word(at, "BETWEEN");
  if (!is_between && !is_comparison_operator(reader, at)) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, ++at, end));
  at = reader.behind_expression(at, end);
  return is_between && reader.is_word(at, "AND") ? refuse_unquoted_date(reader, at + 1, end) : Status::ok();
}

// Of the values of one row, in the span of its parentheses.
Status check_row(const Reader& reader, Span row, const std::vector<bool>& is_time) {
  const size_t end = row.end - 1;
  size_t i = row.begin + 1;
  for (size_t column = 0; i < end && column < is_time.size(); ++i, ++column) {
    if (is_time[column]) SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, i, end));
    while (i < end && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, end) : i + 1;
  }
  return Status::ok();
}

// Of the arguments of the call whose name stands at i.
Status check_call(const Reader& reader, size_t i, size_t end) {
  const size_t behind = reader.behind_parenthesis(i + 1, end);
  for (i += 2; i < behind; ++i) {
    SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, i, behind));
    while (i < behind && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, behind) : i + 1;
  }
  return Status::ok();
}

}  // namespace

Status StatementRewriter::refuse_dates(Span statement, const Shape& shape) {
  if (!may_have_date(reader_, statement)) return Status::ok();
  for (size_t i = statement.begin; i < statement.end; ++i)
    if (reader_.kind(i) == TokenKind::kWord && may_be_function(reader_.text(i)) &&
        reader_.is_operator(i + 1, "("))
      SPECTRADB_RETURN_IF_ERROR(check_call(reader_, i, statement.end));
  const auto is_temporal = [&](const auto& table) { return is_or_reads_temporal(table.schema, table.name); };
  bool has_temporal = std::any_of(shape.tables.begin(), shape.tables.end(), is_temporal);
  for (const Write& write : shape.writes) {
    if (!is_temporal(write)) continue;
    has_temporal = true;
    std::vector<bool> is_time;
    for (size_t i = write.columns.begin; i < write.columns.end; ++i)
      if (reader_.is_name(i)) is_time.push_back(is_time_column(reader_, i));
    for (const Span row : write.rows) SPECTRADB_RETURN_IF_ERROR(check_row(reader_, row, is_time));
  }
  for (size_t i = statement.begin; has_temporal && i < statement.end; ++i)
    if (shows_time(reader_, i)) SPECTRADB_RETURN_IF_ERROR(check_compared(reader_, i, statement.end));
  return Status::ok();
}

}  // namespace spectradb::sql
