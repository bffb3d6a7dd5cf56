// Dates without quotes in calls of our functions, and beside a time of a temporal table outside of clauses: compared with such a column, assigned to it or
// inserted.
//
//   WHERE _valid_from >= 2026-06-01         INSERT INTO t (id, _valid_from) VALUES (1, 2026-06-01)
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/rewrite/time_column.h"
#include "sql/shape/unquoted_date.h"
#include "sql/text/splitter.h"

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

// Returns the comma behind the item of a list that stands at i, or the end.
size_t end_of_item(const Reader& reader, size_t i, size_t end) {
  while (i < end && !reader.is_operator(i, ","))
    i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, end) : i + 1;
  return i;
}

// Of the list in parentheses behind the word at i: the arguments of a call, or what IN compares with.
Status check_list(const Reader& reader, size_t i, size_t end) {
  const size_t behind = reader.behind_parenthesis(i + 1, end);
  for (i += 2; i < behind; ++i) {
    SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, i, behind));
    i = end_of_item(reader, i, behind);
  }
  return Status::ok();
}

// Of what is compared with the column at i, or assigned to it, on its right.
Status check_right(const Reader& reader, size_t i, size_t end) {
  size_t at = i + 1;
  if (reader.is_word(at, "NOT")) ++at;
  if (reader.is_word(at, "IN") && reader.is_operator(at + 1, "(")) return check_list(reader, at, end);
  const bool is_between = reader.is_word(at, "BETWEEN");
  if (!is_between && !reader.is_word(at, "IS") && !is_comparison_operator(reader, at)) return Status::ok();
  if (reader.is_words(at, "IS", "NOT")) ++at;
  SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, ++at, end));
  at = reader.behind_expression(at, end);
  return is_between && reader.is_word(at, "AND") ? refuse_unquoted_date(reader, at + 1, end) : Status::ok();
}

// Of what is compared with the column reference that begins at i, on its left.
Status check_left(const Reader& reader, size_t begin, size_t i) {
  constexpr size_t kDateTokens[] = {5, 3};
  if (i == begin || (!reader.is_word(i - 1, "BETWEEN") && !is_comparison_operator(reader, i - 1)))
    return Status::ok();
  for (const size_t tokens : kDateTokens)
    if (i - 1 >= begin + tokens)
      SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, i - 1 - tokens, i - 1));
  return Status::ok();
}

// Of the values of one row, in the span of its parentheses.
Status check_row(const Reader& reader, Span row, const std::vector<bool>& is_time) {
  const size_t end = row.end - 1;
  size_t i = row.begin + 1;
  for (size_t column = 0; i < end && column < is_time.size(); ++i, ++column) {
    if (is_time[column]) SPECTRADB_RETURN_IF_ERROR(refuse_unquoted_date(reader, i, end));
    i = end_of_item(reader, i, end);
  }
  return Status::ok();
}

}  // namespace

// Whether the text of a view has the name of a temporal table.
bool StatementRewriter::names_temporal(const Relation& view) {
  const Reader reader(view.view_select, first_statement(view.view_select).tokens);
  for (size_t i = 0; i < reader.size(); ++i)
    if (reader.is_name(i) && find(view.schema, reader.name(i)).kind == RelationKind::kTemporal) return true;
  return false;
}

Status StatementRewriter::refuse_dates(Span statement, const Shape& shape) {
  if (!may_have_date(reader_, statement)) return Status::ok();
  for (size_t i = statement.begin; i < statement.end; ++i)
    if (reader_.kind(i) == TokenKind::kWord && may_be_function(reader_.text(i)) &&
        reader_.is_operator(i + 1, "("))
      SPECTRADB_RETURN_IF_ERROR(check_list(reader_, i, statement.end));
  const auto is_temporal = [&](const auto& table) {
    const Relation relation = find(table.schema.empty() ? view_schema_ : table.schema, table.name);
    return relation.kind == RelationKind::kTemporal ||
           (relation.kind == RelationKind::kView && names_temporal(relation));
  };
  for (const Write& write : shape.writes) {
    if (!is_temporal(write)) continue;
    std::vector<bool> is_time;
    for (size_t i = write.columns.begin; i < write.columns.end; ++i)
      if (reader_.is_name(i)) is_time.push_back(is_time_column(reader_, i));
    for (const Span row : write.rows) SPECTRADB_RETURN_IF_ERROR(check_row(reader_, row, is_time));
  }
  // Ordinary tables and views may have columns of these names, too, and dates without quotes to compare them with.
  const bool is_all_temporal = std::all_of(shape.tables.begin(), shape.tables.end(), is_temporal) &&
                               std::all_of(shape.writes.begin(), shape.writes.end(), is_temporal) &&
                               !(shape.tables.empty() && shape.writes.empty());
  const auto is_of_temporal = [&](size_t qualifier) {
    const std::string name = reader_.name(qualifier);
    return std::any_of(shape.tables.begin(), shape.tables.end(), [&](const auto& table) {
      return equals_word(table.alias.empty() ? table.name : table.alias, name) && is_temporal(table);
    });
  };
  for (size_t i = statement.begin; i < statement.end; ++i) {
    if (!shows_time(reader_, i)) continue;
    const bool is_qualified = i >= statement.begin + 2 && reader_.is_operator(i - 1, ".");
    if (!is_all_temporal && !(is_qualified && is_of_temporal(i - 2))) continue;
    SPECTRADB_RETURN_IF_ERROR(check_right(reader_, i, statement.end));
    SPECTRADB_RETURN_IF_ERROR(check_left(reader_, statement.begin, is_qualified ? i - 2 : i));
  }
  return Status::ok();
}

}  // namespace spectradb::sql
