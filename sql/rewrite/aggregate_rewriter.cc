// Aggregates over one temporal table. SQLite takes each row from a virtual table by several calls, and each
// column by another one. So the table adds its rows up by itself, and shows one row for each group:
//
//   SELECT g, sum(x) FROM t WHERE x > ?1 GROUP BY g HAVING count(*) > 2
//   SELECT g, spectradb_aggregated("t"."_aggregated", 0, `x`) AS "sum(x)" FROM t
//     WHERE "t"."_aggregate" = spectradb_aggregate('sum"x" count by"g" where"x">', ?1) AND (x > ?1)
//     GROUP BY g HAVING spectradb_counted("t"."_aggregated", 1) > 2
//
// Whatever else the query has, SQLite does with these rows as with the groups that it would have made. The
// conditions stay, since they find the rows; SQLite checks them against one row of the group, which meets them.
// The argument stays, since it is read: an index that does not have it must not be taken for enough.
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/rewrite/time_column.h"
#include "sql/shape/aggregate_query.h"
#include "sql/shape/nested_statement.h"
#include "sql/statements/statement_form.h"

namespace spectradb::sql {

namespace {

// Says what the table is to do, as extension/aggregate/aggregation.h reads it.
class Description {
 public:
  explicit Description(const Relation& relation) : relation_(relation) {}

  // Returns the place of the aggregate; one that is there already is not made twice.
  size_t add(const AggregateCall& call) {
    std::string said = call.function;
    if (call.column) said += quoted(relation_.columns[*call.column].name);
    const auto known = std::find(aggregates_.begin(), aggregates_.end(), said);
    const auto place = static_cast<size_t>(known - aggregates_.begin());
    if (known == aggregates_.end()) aggregates_.push_back(std::move(said));
    return place;
  }

  std::string text(const AggregateQuery& query) const {
    std::string text;
    for (const std::string& said : aggregates_) text += (text.empty() ? "" : " ") + said;
    for (const size_t column : query.groups) text += " by" + quoted(relation_.columns[column].name);
    for (const AggregateCondition& condition : query.conditions)
      text += " where" + quoted(relation_.columns[condition.column].name) + condition.comparison;
    return text;
  }

 private:
  const Relation& relation_;
  std::vector<std::string> aggregates_;
};

// What a group without rows has: nothing but its function tells.
std::string_view function_for(const std::string& aggregate) {
  if (aggregate == "count") return "spectradb_counted";
  return aggregate == "total" ? "spectradb_totalled" : "spectradb_aggregated";
}

// As SQLite names a result without an alias: all that stands before the next token.
std::string_view without_blanks_behind(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\f\r";
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

// Whether the user's statement is looked at for the sake of aggregates alone. Most such statements are over ordinary
// tables, and must not take long.
bool StatementRewriter::has_only_aggregates() const {
  static constexpr std::string_view kAggregates[] = {"COUNT", "SUM", "TOTAL", "AVG", "MAX"};
  if (whole_.is_empty() || is_trigger_ || is_stored_ || catalog_.may_have_expressions()) return false;
  for (size_t i = whole_.begin; i < whole_.end; ++i) {
    const TokenKind kind = reader_.kind(i);
    if (kind == TokenKind::kQuoted &&
        (is_time_column_text(reader_.text(i)) || may_be_function(reader_.name(i))))
      return false;
    if (kind != TokenKind::kWord || reader_.is_any_word(i, kAggregates)) continue;
    if (may_be_function(reader_.text(i)) || catalog_.forms().has_word(reader_.text(i))) return false;
  }
  return true;
}

// Statements that write, and what a file keeps, stay as they are.
void StatementRewriter::rewrite_aggregates(const Shape& shape) {
  if (is_trigger_ || is_stored_ || !shape.writes.empty()) return;
  for (auto core = shape.cores.rbegin(); core != shape.cores.rend(); ++core) rewrite_aggregate(shape, *core);
}

void StatementRewriter::rewrite_aggregate(const Shape& shape, const QueryCore& core) {
  if (core.is_compound || core.has_other_sources || core.tables.size() != 1) return;
  const TableReference& table = *core.tables.front();
  const std::string schema = table.schema.empty() ? view_schema_ : table.schema;
  if (catalog_.is_known_ordinary(schema, table.name)) return;
  const Relation relation = find(schema, table.name);
  if (relation.kind != RelationKind::kTemporal) return catalog_.note_ordinary(schema, table.name);
  if (relation.aggregate_column.empty()) return;
  const auto query = read_aggregate_query(reader_, shape, core, table, relation);
  if (!query || !catalog_.may_aggregate(relation, table.name, !query->groups.empty())) return;
  number_parameters();
  const std::string source = quoted(table.alias.empty() ? table.name : table.alias) + ".";
  Description description(relation);
  for (const AggregateCall& call : query->calls) {
    const std::string place = std::to_string(description.add(call));
    std::string text(function_for(call.function));
    text += "(" + source + quoted(relation.aggregated_column) + ", " + place;
    if (call.column) text += ", " + source + column_name(relation.columns[*call.column].name);
    edits_.replace(begin_of(call.tokens.begin), end_of(call.tokens.end - 1), text + ")");
  }
  for (const Span result : query->unnamed) {
    const size_t begin = begin_of(result.begin);
    const std::string_view name = without_blanks_behind(sql_.substr(begin, begin_of(result.end) - begin));
    edits_.insert(end_of(result.end - 1), " AS " + quoted(name));
  }
  std::string how = string_literal(description.text(*query));
  if (!query->conditions.empty()) {
    how.insert(0, "spectradb_aggregate(");
    for (const AggregateCondition& condition : query->conditions)
      how += ", " + (condition.value.is_empty() ? "NULL" : rendered(condition.value));
    how += ")";
  }
  const std::string condition = source + quoted(relation.aggregate_column) + " = " + how;
  if (query->has_where) {
    edits_.insert(end_of(query->where), " " + condition + " AND (");
    edits_.insert(end_of(query->where_end - 1), ")");
  } else {
    edits_.insert(end_of(query->where), " WHERE " + condition);
  }
}

}  // namespace spectradb::sql
