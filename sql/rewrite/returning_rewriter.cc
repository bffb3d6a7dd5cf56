// RETURNING on a temporal table. SQLite refuses it for UPDATE and DELETE on virtual tables, and for INSERT
// returns what the statement gave, not what the table stored. So the statement runs inside one that selects
// the rows it wrote, and passes them through a table that stores nothing:
//
//   INSERT INTO spectradb_returned(c0, …)
//     SELECT expr, … FROM t WHERE _written = spectradb_write('statement', …)
//     RETURNING c0 AS name, …
//
// Columns are lent, spectradb_lend(0, column) and spectradb_lent(c0), so that large ones are not copied on the way.
// ON CONFLICT without RETURNING does the same with spectradb_count(), where only the number of rows matters.
#include <utility>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/nested_statement.h"
#include "sql/shape/result_columns.h"

namespace spectradb::sql {

// What is returned, as three lists: columns of spectradb_returned, expressions over the rows, and results
// behind RETURNING.
struct StatementRewriter::Returned {
  std::string places;
  std::string values;
  std::string names;
  size_t count = 0;

  void add(const std::string& value, const std::string& name, bool is_column) {
    const std::string place = "c" + std::to_string(count++);
    const char* comma = places.empty() ? "" : ", ";
    places += comma + place;
    values += comma + (is_column ? "spectradb_lend(0, " + value + ")" : value);
    names += comma + (is_column ? "spectradb_lent(" + place + ")" : place) + " AS " + quoted(name);
  }
};

// Returns the token behind what RETURNING lists: SQLite, built with it, has ORDER BY and LIMIT of UPDATE and DELETE
// there.
size_t StatementRewriter::end_of_returned(const Write& write) const {
  size_t i = *write.returning + 1;
  while (i < write.tokens.end && !reader_.is_words(i, "ORDER", "BY") && !reader_.is_word(i, "LIMIT"))
    i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, write.tokens.end) : i + 1;
  return i;
}

Status StatementRewriter::read_returned(const Write& write, const Relation& relation,
                                        Returned& returned) const {
  constexpr size_t kMostColumns = 256;  // of spectradb_returned
  for (const ResultColumn& column :
       read_result_columns(reader_, {*write.returning + 1, end_of_returned(write)})) {
    const Span expression = column.expression;
    if (expression.is_empty()) return Status::invalid("RETURNING: an expression is missing");
    const bool is_one = expression.end == expression.begin + 1;
    if (is_one && reader_.is_operator(expression.begin, "*")) {
      for (const ColumnInfo& each : relation.columns) {
        if (each.expression.empty()) returned.add(column_name(each.name), each.name, true);
      }
      continue;
    }
    if (reader_.is_operator(expression.end - 1, "*"))
      return Status::invalid("RETURNING may not use \"TABLE.*\" wildcards");  // SQLite's own words
    std::string name = column.name;
    if (name.empty()) name = reader_.text(expression);
    const bool is_qualified = expression.end == expression.begin + 3 && reader_.is_name(expression.begin) &&
                              reader_.is_operator(expression.begin + 1, ".");
    bool is_column = false;
    for (const ColumnInfo& each : relation.columns) {
      if (!(is_one || is_qualified) || !equals_word(reader_.name(expression.end - 1), each.name)) continue;
      is_column = true;
      if (column.name.empty()) name = each.name;
    }
    returned.add(rendered(expression), name, is_column);
  }
  if (returned.count <= kMostColumns) return Status::ok();
  return Status::invalid("RETURNING on a temporal table returns up to " + std::to_string(kMostColumns) +
                         " columns, not " + std::to_string(returned.count));
}

// In a trigger SQLite reports RETURNING as an error, and nobody counts what ON CONFLICT skips.
Status StatementRewriter::rewrite_returning(const Write& write) {
  const bool counts_rows = std::exchange(counts_rows_, false);
  if (is_trigger_ || (!write.returning && write.conflicts.empty() && !counts_rows)) return Status::ok();
  const Relation relation = find(write.schema, write.name);
  if (relation.kind != RelationKind::kTemporal) return Status::ok();
  if (catalog_.find({}, "spectradb_returned").kind != RelationKind::kNone)
    return Status::invalid(
        "a table or view is named spectradb_returned, which RETURNING and ON CONFLICT need for "
        "temporal tables: rename it");
  if (reader_.is_word(write.verb + 1, "OR") && reader_.is_word(write.verb + 2, "FAIL")) {
    return Status::invalid("OR FAIL with RETURNING is not available on temporal table " + write.name +
                           ": leave one of them out");
  }
  number_parameters();
  Returned returned;
  if (write.returning) {
    SPECTRADB_RETURN_IF_ERROR(read_returned(write, relation, returned));
  } else {
    returned.add("1", "", false);
  }
  std::string inner = rendered({write.tokens.begin, write.returning.value_or(write.tokens.end)});
  if (write.returning && end_of_returned(write) < write.tokens.end) {
    const Span tail{end_of_returned(write), write.tokens.end};
    if (write.kind == Write::Kind::kInsert)
      return Status::invalid("near \"" + std::string(reader_.text(tail.begin)) + "\": syntax error");
    inner += " " + rendered(tail);
  }
  const NestedStatement nested = nest(inner, sql::number_parameters(reader_, whole_));
  const std::string target = quoted(write.alias.empty() ? write.name : write.alias);
  std::string text;
  if (write.tokens.begin < write.verb) text = rendered({write.tokens.begin, write.verb}) + " ";
  text += "INSERT INTO spectradb_returned(" + returned.places + ") SELECT " + returned.values + " FROM " +
          std::string(reader_.text(write.name_tokens)) + " AS " + target + " WHERE " + target +
          "._written = spectradb_" + (write.returning ? "write" : "count") + "(" +
          string_literal(nested.text) + passed(nested.used) + ")";
  if (write.returning) text += " RETURNING " + returned.names;
  edits_.replace(begin_of(write.tokens.begin), end_of(write.tokens.end - 1), text);
  return Status::ok();
}

}  // namespace spectradb::sql
