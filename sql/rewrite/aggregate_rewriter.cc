// Aggregates over one temporal table. SQLite takes each row from a virtual table by several calls, and each
// column by another one. So the table adds its rows up by itself, and shows one row for each group:
//
//   SELECT g, sum(x) FROM t WHERE x > ? GROUP BY g HAVING count(*) > 2
//   SELECT g, spectradb_summed("t"."_upsert", 0, "t".`x`) AS "sum(x)" FROM t
//     WHERE (x > ?) AND "t"."_given" = 'sum"x" count by"g" where"x">' GROUP BY g
//     HAVING spectradb_counted("t"."_upsert", 1) > 2
//
// Whatever else the query has, SQLite does with these rows as with the groups that it would have made. The
// conditions stay, since SQLite hands their values down; it checks them against one row of the group, which meets
// them. The argument stays, since the table may show its rows one by one nevertheless: then _upsert is NULL. Two
// columns that queries have no other use for carry this, so that no table has fewer columns for its sake.
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/aggregate_query.h"
#include "sql/shape/nested_statement.h"

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

std::string_view function_for(const std::string& aggregate) {
  static constexpr std::string_view kFunctions[][2] = {
      {"count", "spectradb_counted"}, {"sum", "spectradb_summed"}, {"total", "spectradb_totalled"},
      {"avg", "spectradb_averaged"},  {"min", "spectradb_least"},  {"max", "spectradb_greatest"}};
  const auto* const found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                         [&](const auto& function) { return function[0] == aggregate; });
  return (*found)[1];
}

// As SQLite names a result without an alias: all that stands before the next token.
std::string_view without_blanks_behind(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\f\r";
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

}  // namespace

// Only a statement that is one SELECT is looked at: results of others are columns of something else, whose names and
// types depend on what the text says.
void StatementRewriter::rewrite_aggregates(Span statement, const Shape& shape) {
  if (is_trigger_ || is_stored_ || whole_.is_empty() || statement.end != whole_.end ||
      !shape.writes.empty() || shape.cores.size() != 1)
    return;
  const QueryCore& core = shape.cores.front();
  if (core.tokens.begin != statement.begin || core.is_compound || core.has_other_sources ||
      core.tables.size() != 1 || !core.tables.front()->parentheses.is_empty() ||
      !has_aggregate(reader_, core.tokens))
    return;
  rewrite_aggregate(shape, core);
}

void StatementRewriter::rewrite_aggregate(const Shape& shape, const QueryCore& core) {
  const TableReference& table = *core.tables.front();
  const Relation relation = find(table.schema, table.name);
  if (relation.kind != RelationKind::kTemporal) return catalog_.note_ordinary(table.schema, table.name);
  if (relation.aggregate_column.empty()) return;
  const auto query = read_aggregate_query(reader_, shape, core, table, relation);
  if (!query || !catalog_.may_aggregate(relation, table.name)) return;
  const std::string source = quoted(table.alias.empty() ? table.name : table.alias) + ".";
  Description description(relation);
  for (const AggregateCall& call : query->calls) {
    const std::string place = std::to_string(description.add(call));
    std::string text(function_for(call.function));
    text += "(" + source + quoted(relation.aggregated_column) + ", " + place;
    if (call.column) {
      const ColumnInfo& column = relation.columns[*call.column];
      text += ", " + source + column_name(column.name);
      if (call.function == "min" || call.function == "max") text += ", " + std::to_string(column.collation);
    }
    edits_.replace(begin_of(call.tokens.begin), end_of(call.tokens.end - 1), text + ")");
  }
  for (const Span result : query->unnamed) {
    const size_t begin = begin_of(result.begin);
    const std::string_view name = without_blanks_behind(sql_.substr(begin, begin_of(result.end) - begin));
    edits_.insert(end_of(result.end - 1), " AS " + quoted(name));
  }
  const std::string condition =
      source + quoted(relation.aggregate_column) + " = " + string_literal(description.text(*query));
  if (query->has_where) {
    edits_.insert(end_of(query->where), " (");
    edits_.insert(end_of(query->where_end - 1), ") AND " + condition);
  } else {
    edits_.insert(end_of(query->where), " WHERE " + condition);
  }
}

}  // namespace spectradb::sql
