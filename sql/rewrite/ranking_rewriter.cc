// An ORDER BY by which an index finds rows. SQLite asks a virtual table for orders of columns only. So a
// hidden column takes the place of the ordering call, and two conditions tell the table the call's value and
// function:
//
//   SELECT id FROM t WHERE a OR b ORDER BY spectradb_distance(e, ?1) LIMIT 5
//   SELECT id FROM t WHERE "t"."e" MATCH (?1) AND "t"."_ranked_by" = 'spectradb_distance' AND (a OR b)
//     ORDER BY "t"."_distance" LIMIT 5
//
// These conditions leave no row out: the planner decides whether an index is used (extension/read/plan.cc).
// Rows sorted here are all the rows that SQLite would sort, so only statements that want the first rows of
// one table are rewritten.
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/expression.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::sql {

namespace {

// Where the parts of a SELECT begin, outside of parentheses; its end where a part is missing.
struct SelectParts {
  size_t from;
  size_t where;
  size_t order;
  size_t limit;
  bool is_plain = true;  // each row of FROM that WHERE accepts is one result row
  bool has_left = false;
};

SelectParts parts_of_select(const Reader& reader, Span core) {
  static constexpr std::string_view kOthers[] = {"GROUP", "HAVING", "WINDOW", "RIGHT", "FULL", "MATCH"};
  SelectParts parts{core.end, core.end, core.end, core.end};
  parts.is_plain = reader.is_word(core.begin, "SELECT") && !reader.is_word(core.begin + 1, "DISTINCT");
  for (size_t i = core.begin; i < core.end;) {
    const auto note = [&](size_t& part) { part = std::min(part, i); };
    if (reader.is_word(i, "FROM")) note(parts.from);
    if (reader.is_word(i, "WHERE")) note(parts.where);
    if (reader.is_words(i, "ORDER", "BY")) note(parts.order);
    if (reader.is_word(i, "LIMIT")) note(parts.limit);
    parts.is_plain = parts.is_plain && !reader.is_any_word(i, kOthers);
    parts.has_left = parts.has_left || reader.is_word(i, "LEFT");
    const bool is_query = reader.is_operator(i, "(") && reader.starts_query(i + 1);
    const bool is_inside = reader.is_operator(i, "(") && i > parts.from && parts.where == core.end;
    // Parentheses of joins and of conditions may hold what the outermost level could.
    if (reader.is_operator(i, "(") && (is_query || !is_inside)) {
      const size_t behind = reader.behind_parenthesis(i, core.end);
      for (size_t k = i; k < behind && !is_query; ++k)
        parts.is_plain = parts.is_plain && !reader.is_word(k, "MATCH");
      i = behind;
    } else {
      ++i;
    }
  }
  return parts;
}

std::vector<Span> split_at_commas(const Reader& reader, Span list) {
  std::vector<Span> items;
  for (size_t i = list.begin; i < list.end; ++i) {
    const size_t begin = i;
    while (i < list.end && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, list.end) : i + 1;
    items.push_back({begin, i});
  }
  return items;
}

// Returns the token of the name in `expression [AS] name`, else the end.
size_t alias_of_result(const Reader& reader, Span result) {
  const size_t last = result.end - 1;
  if (result.end - result.begin < 2 || !reader.is_name(last)) return result.end;
  return reader.is_word(last - 1, "AS") || reader.is_operator(last - 1, ")") ? last : result.end;
}

bool is_call_of(const Reader& reader, Span call) {
  return call.begin + 2 < call.end && reader.kind(call.begin) == TokenKind::kWord &&
         reader.is_operator(call.begin + 1, "(") &&
         reader.behind_parenthesis(call.begin + 1, call.end) == call.end;
}

}  // namespace

// A call that ranks the rows of one table.
struct StatementRewriter::Ranked {
  std::string source;  // what its columns are qualified with
  Relation relation;
  std::string column;
  RankingCall call;
  Span asked;  // the value that the distance is measured from
};

void StatementRewriter::rewrite_rankings(const Shape& shape) {
  if (!views_.may_rank) return;
  // Inner cores come first, because they are rendered into outer ones.
  for (auto core = shape.cores.rbegin(); core != shape.cores.rend(); ++core) rewrite_ranking(shape, *core);
}

void StatementRewriter::rewrite_ranking(const Shape& shape, const QueryCore& core) {
  if (core.is_compound || core.tables.empty()) return;
  const SelectParts parts = parts_of_select(reader_, core.tokens);
  if (!parts.is_plain || parts.from > parts.order || parts.order > parts.limit ||
      parts.limit == core.tokens.end)
    return;
  if (parts.has_left && core.has_other_sources) return;
  Span term{parts.order + 2, end_of_order(shape, {parts.order, parts.limit})};
  const Span whole = term;
  bool is_last = false;
  if (term.end > term.begin + 2 && reader_.is_word(term.end - 2, "NULLS")) {
    is_last = reader_.is_word(term.end - 1, "LAST");
    term.end -= 2;
  }
  if (reader_.is_word(term.end - 1, "ASC")) --term.end;
  term = term_behind_alias(core, parts.from, without_parentheses(reader_, term));
  Ranked ranked;
  if (!find_ranked(shape, core, term, ranked)) return;
  if (parts.has_left &&
      !equals_word(ranked.source, core.tables.front()->alias.empty() ? core.tables.front()->name
                                                                     : core.tables.front()->alias))
    return;
  number_parameters();
  const std::string source = quoted(ranked.source) + ".";
  std::string said(ranked.call.function);
  if (!ranked.call.literal.empty()) said.append(" ").append(ranked.call.literal);
  if (is_last) said += " NULLS LAST";
  const std::string conditions = source + quoted(ranked.column) + " MATCH (" + rendered(ranked.asked) +
                                 ") AND " + source + quoted(ranked.relation.ranked_by_column) + " = " +
                                 string_literal(said);
  if (parts.where < parts.order) {
    edits_.insert(end_of(parts.where), " " + conditions + " AND (");
    edits_.insert(begin_of(parts.order), ") ");
  } else {
    edits_.insert(begin_of(parts.order), "WHERE " + conditions + " ");
  }
  edits_.replace(begin_of(whole.begin), end_of(whole.end - 1),
                 source + quoted(ranked.relation.distance_column));
  views_.ranks = true;
}

// Returns the end of the terms: a temporal clause may stand behind them.
size_t StatementRewriter::end_of_order(const Shape& shape, Span order) const {
  size_t end = order.end;
  for (const BoundClause& bound : shape.clauses) {
    const size_t begin = bound.clause.tokens.begin;
    if (begin > order.begin && begin < order.end) end = std::min(end, begin);
  }
  return end;
}

// Returns the expression that a term of ORDER BY stands for; the term may be the alias or the place of a
// result.
Span StatementRewriter::term_behind_alias(const QueryCore& core, size_t from, Span term) const {
  if (term.end != term.begin + 1) return term;
  const size_t first = core.tokens.begin + (reader_.is_word(core.tokens.begin + 1, "ALL") ? 2 : 1);
  const std::vector<Span> results = split_at_commas(reader_, {first, from});
  const bool is_place = reader_.kind(term.begin) == TokenKind::kNumber;
  const std::string place(reader_.text(term.begin));
  for (size_t i = 0; i < results.size(); ++i) {
    const Span result = results[i];
    if (result.is_empty()) return {};
    const size_t alias = alias_of_result(reader_, result);
    const bool is_meant = is_place ? place == std::to_string(i + 1)
                                   : alias < result.end && reader_.is_name(term.begin) &&
                                         equals_word(reader_.name(alias), reader_.name(term.begin));
    if (is_meant) return {result.begin, alias - (reader_.is_word(alias - 1, "AS") ? 1 : 0)};
    if (is_place && reader_.is_operator(result.end - 1, "*")) return {};
  }
  return {};
}

// Whether a table has a column; nothing where that is unknown.
std::optional<bool> StatementRewriter::has_column(const TableReference& table, std::string_view column) {
  const std::string schema = table.schema.empty() ? view_schema_ : table.schema;
  const Relation relation = find(schema, table.name);
  if (relation.kind == RelationKind::kOrdinary)
    return catalog_.may_have_column(relation.schema.empty() ? schema : relation.schema, table.name, column);
  if (relation.kind != RelationKind::kTemporal) return std::nullopt;
  return std::any_of(relation.columns.begin(), relation.columns.end(),
                     [column](const ColumnInfo& each) { return equals_word(each.name, column); });
}

// Whether the value that the distance is measured from may read columns of the query itself.
bool StatementRewriter::has_column_of(const Shape& shape, const QueryCore& core, Span asked) {
  if (reader_.names_column(asked, is_trigger_)) return true;
  std::vector<const TableReference*> inner;
  bool has_query = false;
  for (const QueryCore& each : shape.cores) {
    if (each.tokens.begin <= asked.begin || each.tokens.end > asked.end) continue;
    if (each.has_other_sources) return true;
    has_query = true;
    inner.insert(inner.end(), each.tables.begin(), each.tables.end());
  }
  const auto is_named = [](const TableReference* table, std::string_view name) {
    return equals_word(table->alias.empty() ? table->name : table->alias, name);
  };
  for (size_t i = asked.begin; has_query && i < asked.end; ++i) {
    const TokenKind kind = reader_.kind(i);
    if ((kind != TokenKind::kWord && kind != TokenKind::kQuoted) || reader_.is_operator(i - 1, ".") ||
        reader_.is_operator(i + 1, "("))
      continue;
    const std::string name = reader_.name(i);
    const bool is_qualifier = reader_.is_operator(i + 1, ".");
    const auto is_outer = [&](const TableReference* table) {
      return is_qualifier ? is_named(table, name) : has_column(*table, name).value_or(true);
    };
    const auto is_inner = [&](const TableReference* table) {
      return is_qualifier ? is_named(table, name) : has_column(*table, name).value_or(false);
    };
    if (std::any_of(core.tables.begin(), core.tables.end(), is_outer) &&
        std::none_of(inner.begin(), inner.end(), is_inner))
      return true;
  }
  return false;
}

// Whether the tokens are a call that ranks rows of one of the tables of the query.
bool StatementRewriter::find_ranked(const Shape& shape, const QueryCore& core, Span call, Ranked& ranked) {
  if (!is_call_of(reader_, call)) return false;
  const std::vector<Span> arguments = split_at_commas(reader_, {call.begin + 2, call.end - 1});
  if (arguments.size() != 2 && arguments.size() != 3) return false;
  std::string literal;
  if (arguments.size() == 3) {
    if (arguments[2].end != arguments[2].begin + 1 || reader_.kind(arguments[2].begin) != TokenKind::kString)
      return false;
    literal = reader_.name(arguments[2].begin);
  }
  const auto is_this_call = [&](const RankingCall& each) {
    return equals_word(each.function, reader_.text(call.begin)) && each.literal == literal &&
           (arguments.size() == 3) == !each.literal.empty();
  };
  for (size_t place = 0; place < 2; ++place) {
    size_t i = arguments[place].begin;
    std::string qualifier;
    std::string column;
    if (!reader_.is_name(i) || reader_.kind(i) == TokenKind::kString ||
        !reader_.take_name(i, qualifier, column) || i != arguments[place].end)
      continue;
    const TableReference* source = nullptr;
    for (const TableReference* table : core.tables) {
      const bool is_named = equals_word(table->alias.empty() ? table->name : table->alias, qualifier);
      if (qualifier.empty() ? !has_column(*table, column).value_or(true) : !is_named) continue;
      if (source != nullptr) return false;
      source = table;
    }
    if (source == nullptr || (qualifier.empty() && core.has_other_sources)) continue;
    ranked.relation = find(source->schema.empty() ? view_schema_ : source->schema, source->name);
    for (const ColumnInfo& each : ranked.relation.columns) {
      const auto known = std::find_if(each.ranked_by.begin(), each.ranked_by.end(), is_this_call);
      if (!equals_word(each.name, column) || known == each.ranked_by.end()) continue;
      ranked.source = source->alias.empty() ? source->name : source->alias;
      ranked.column = each.name;
      ranked.call = *known;
      ranked.asked = arguments[1 - place];
      return !has_column_of(shape, core, ranked.asked);
    }
  }
  return false;
}

}  // namespace spectradb::sql
