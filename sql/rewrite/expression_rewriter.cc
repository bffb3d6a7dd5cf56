// Replaces indexed expressions of a query by their hidden columns: where they are compared with something
// that has no affinity (a column would apply its own affinity and turn numbers to text or texts to numbers),
// and where they are terms of ORDER BY, GROUP BY or the list of results.
#include <algorithm>
#include <memory>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/expression.h"

namespace spectradb::sql {

namespace {

constexpr int kTightestComparison = 5;  // a level of precedence()

bool is_comparison(const Reader& reader, size_t i) {
  const int operators = precedence(reader, i);
  return reader.is_word(i, "IS") ||
         (reader.kind(i) == TokenKind::kOperator && operators > 0 && operators <= kTightestComparison);
}

// Whether the operand is certainly compared without conversion. Columns, CAST and subqueries bring an
// affinity.
bool is_without_affinity(const Reader& reader, Span operand) {
  static constexpr std::string_view kConstants[] = {"NULL", "CURRENT_TIME", "CURRENT_DATE",
                                                    "CURRENT_TIMESTAMP"};
  static constexpr std::string_view kNoFunctions[] = {"CAST", "LIKELY", "UNLIKELY", "LIKELIHOOD"};
  operand = without_parentheses(reader, operand);
  if (operand.is_empty()) return false;
  size_t i = operand.begin;
  if ((reader.is_operator(i, "-") || reader.is_operator(i, "+")) && i + 2 == operand.end) ++i;
  if (i + 1 == operand.end) {
    const TokenKind kind = reader.kind(i);
    return kind == TokenKind::kString || kind == TokenKind::kNumber || kind == TokenKind::kBlob ||
           kind == TokenKind::kParameter || reader.is_any_word(i, kConstants);
  }
  // A query is no operand of these operators, and their results have no affinity.
  bool is_behind_operand = false;
  for (size_t k = operand.begin; k < operand.end;) {
    if (is_behind_operand && precedence(reader, k) > kTightestComparison &&
        reader.kind(k) == TokenKind::kOperator)
      return true;
    is_behind_operand = reader.kind(k) != TokenKind::kOperator || reader.is_operator(k, "(");
    k = reader.is_operator(k, "(") ? reader.behind_parenthesis(k, operand.end) : k + 1;
  }
  return reader.kind(i) == TokenKind::kWord && reader.is_operator(i + 1, "(") &&
         reader.behind_parenthesis(i + 1, operand.end) == operand.end && !reader.is_any_word(i, kNoFunctions);
}

// Whether the function is a table-valued one of JSON (these often stand beside documents) without such a
// column.
bool is_without_column(std::string_view function, std::string_view column) {
  static constexpr std::string_view kOfJson[] = {"key",    "value",   "type", "atom", "id",
                                                 "parent", "fullkey", "path", "json", "root"};
  if (!equals_word(function, "json_each") && !equals_word(function, "json_tree")) return false;
  return std::none_of(std::begin(kOfJson), std::end(kOfJson),
                      [column](std::string_view each) { return equals_word(each, column); });
}

// Returns the operand that ends in front of token i: it reaches back to where a condition, or a side of one,
// begins.
Span operand_before(const Reader& reader, Span region, size_t i) {
  size_t begin = i;
  while (begin > region.begin) {
    const size_t before = begin - 1;
    if (reader.is_operator(before, ")")) {
      size_t depth = 0;
      do {
        --begin;
        if (reader.is_operator(begin, ")")) ++depth;
        if (reader.is_operator(begin, "(")) --depth;
      } while (depth > 0 && begin > region.begin);
      continue;
    }
    const int operators = precedence(reader, before);
    if (reader.is_operator(before, "(") || reader.is_operator(before, ",") ||
        reader.is_word(before, "WHERE") || reader.is_word(before, "ON") || reader.is_word(before, "HAVING") ||
        reader.is_word(before, "WHEN") || (operators > 0 && operators <= kTightestComparison))
      break;
    --begin;
  }
  return {begin, i};
}

// Returns the arguments of the call f(…) whose name is at i.
std::vector<Span> arguments_of_call(const Reader& reader, size_t i, size_t behind) {
  std::vector<Span> arguments;
  for (i += 2; i + 1 < behind; ++i) {
    const size_t begin = i;
    while (i + 1 < behind && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, behind) : i + 1;
    arguments.push_back({begin, i});
  }
  return arguments;
}

enum class Side : uint8_t { kNone, kAsItIs, kOtherwise };  // how a side of the expression is compared

Side compared_behind(const Reader& reader, Span region, size_t k) {
  const auto side = [](bool is_as_it_is) { return is_as_it_is ? Side::kAsItIs : Side::kOtherwise; };
  if (reader.is_word(k, "ISNULL") || reader.is_word(k, "NOTNULL") || reader.is_words(k, "NOT", "NULL"))
    return Side::kAsItIs;
  if (is_comparison(reader, k)) {
    k += reader.is_words(k, "IS", "NOT") ? 2 : 1;
    return side(is_without_affinity(reader, {k, reader.behind_expression(k, region.end)}));
  }
  if (reader.is_word(k, "NOT")) ++k;
  if (reader.is_word(k, "IN")) return side(reader.is_operator(k + 1, "(") && !reader.starts_query(k + 2));
  if (!reader.is_word(k, "BETWEEN")) return Side::kNone;
  const size_t middle = reader.behind_expression(k + 1, region.end);
  return side(reader.is_word(middle, "AND") && is_without_affinity(reader, {k + 1, middle}) &&
              is_without_affinity(reader, {middle + 1, reader.behind_expression(middle + 1, region.end)}));
}

Side compared_before(const Reader& reader, Span region, size_t i) {
  if (i <= region.begin + 1) return Side::kNone;
  if (is_comparison(reader, i - 1)) {
    const Span operand = operand_before(reader, region, i - 1);
    const bool is_whole = reader.behind_expression(operand.begin, operand.end) == operand.end;
    return is_whole && is_without_affinity(reader, operand) ? Side::kAsItIs : Side::kOtherwise;
  }
  if (reader.is_word(i - 1, "BETWEEN") || reader.is_words(i - 2, "IS", "NOT")) return Side::kOtherwise;
  if (!reader.is_word(i - 1, "AND")) return Side::kNone;
  const size_t begin = operand_before(reader, region, i - 1).begin;
  return begin > region.begin && reader.is_word(begin - 1, "BETWEEN") ? Side::kOtherwise : Side::kNone;
}

// Whether the tokens [i, behind) are compared, and only with operands that have no affinity.
bool is_compared_as_it_is(const Reader& reader, Span region, size_t i, size_t behind) {
  const Side before = compared_before(reader, region, i);
  const Side after = compared_behind(reader, region, behind);
  if (before == Side::kOtherwise || after == Side::kOtherwise) return false;
  return before == Side::kAsItIs || after == Side::kAsItIs;
}

}  // namespace

// The tables whose columns are known, with their indexed expressions.
struct StatementRewriter::Indexed {
  struct Source {
    std::string name;  // what its columns are qualified with
    std::string schema;
    std::string table;
    Relation relation;
    bool may_be_made_up = false;  // an outer join may give rows of NULLs for it
    // With the columns they became.
    std::vector<std::pair<std::string, std::unique_ptr<IndexedExpression>>> expressions;
  };
  std::vector<Source> sources;
  bool has_other_sources = false;
  bool has_expressions = false;

  void add(std::string name, const TableReference& table, Relation relation) {
    Source source;
    source.name = std::move(name);
    source.schema = table.schema;
    source.table = table.name;
    source.relation = std::move(relation);
    sources.push_back(std::move(source));
  }

  // Called once all sources are there, since expressions point into them.
  void read_expressions() {
    for (Source& source : sources) {
      for (const ColumnInfo& column : source.relation.columns) {
        if (column.expression.empty() || column.has_collation ||
            source.relation.kind != RelationKind::kTemporal)
          continue;
        source.expressions.emplace_back(
            column.name, std::make_unique<IndexedExpression>(column.expression, source.relation.columns));
        has_expressions = true;
      }
    }
  }

  // Whether unqualified columns of this expression are certainly those of `source`.
  bool is_only_one(const Source& source, const IndexedExpression& expression, Catalog& catalog) const {
    if (has_other_sources) return false;
    const auto has = [&](const Source& other, const std::string& column) {
      const std::vector<ColumnInfo>& columns = other.relation.columns;
      if (other.relation.kind == RelationKind::kNone) return !is_without_column(other.table, column);
      if (other.relation.kind == RelationKind::kOrdinary)
        return catalog.may_have_column(other.relation.schema.empty() ? other.schema : other.relation.schema,
                                       other.table, column);
      return other.relation.kind != RelationKind::kTemporal ||
             std::any_of(columns.begin(), columns.end(),
                         [&](const ColumnInfo& each) { return equals_word(each.name, column); });
    };
    return std::all_of(sources.begin(), sources.end(), [&](const Source& other) {
      return &other == &source || std::none_of(expression.columns().begin(), expression.columns().end(),
                                               [&](const std::string& column) { return has(other, column); });
    });
  }

  struct Found {
    size_t end = 0;
    std::string text;  // the column's text; empty for none
  };
  Found find(const Reader& reader, size_t i, size_t end, Catalog& catalog) const {
    for (const Source& source : sources) {
      for (const auto& [column, expression] : source.expressions) {
        const auto found = expression->at(reader, i, end);
        if (!found || (source.may_be_made_up && !expression->is_null_of_nulls())) continue;
        const bool is_own = found->qualifier ? equals_word(*found->qualifier, source.name)
                                             : is_only_one(source, *expression, catalog);
        if (is_own) return {found->end, quoted(source.name) + "." + quoted(column)};
      }
    }
    return {};
  }
};

void StatementRewriter::rewrite_expressions(const Shape& shape, Span statement) {
  if (is_trigger_ || is_stored_) return;  // stored text must not name hidden columns
  for (const QueryCore& core : shape.cores) {
    Indexed indexed;
    indexed.has_other_sources = core.has_other_sources;
    for (const TableReference* table : core.tables)
      indexed.add(table->alias.empty() ? table->name : table->alias, *table,
                  catalog_.find(table->schema.empty() ? view_schema_ : table->schema, table->name));
    indexed.read_expressions();
    if (!indexed.has_expressions) continue;
    mark_made_up(core, indexed);
    rewrite_conditions(core.tokens, indexed);
    rewrite_terms(core, core.tokens.begin == statement.begin, indexed);
  }
  for (const Write& write : shape.writes) {
    const bool has_from = write.set_list.end > 0 && reader_.is_word(write.set_list.end, "FROM");
    if (!write.where || has_from) continue;
    Indexed indexed;
    TableReference target;
    target.schema = write.schema;
    target.name = write.name;
    indexed.add(write.alias.empty() ? write.name : write.alias, target,
                catalog_.find(write.schema, write.name));
    indexed.read_expressions();
    if (indexed.has_expressions) rewrite_conditions({*write.where, write.body_end}, indexed);
  }
}

void StatementRewriter::mark_made_up(const QueryCore& core, Indexed& indexed) const {
  bool has_left = false;
  bool has_other = false;
  for (size_t i = core.tokens.begin; i < core.tokens.end;) {
    has_left = has_left || reader_.is_word(i, "LEFT");
    has_other = has_other || reader_.is_word(i, "RIGHT") || reader_.is_word(i, "FULL");
    if (reader_.is_operator(i, "(") && reader_.starts_query(i + 1)) {
      i = reader_.behind_parenthesis(i, core.tokens.end);
    } else {
      ++i;
    }
  }
  for (Indexed::Source& source : indexed.sources)
    source.may_be_made_up = has_other || (has_left && &source != &indexed.sources.front());
}

// Conditions on elements of JSON arrays, for indexes on json_each(): returns the token behind a condition
// that was rewritten to the hidden column, else 0.
//
//   spectradb_has(doc, '$.tags', 'a')                       ->  spectradb_has("t"."_expression_1", 'a')
//   'a' IN (SELECT value FROM json_each(doc, '$.tags'))     ->  the same, where false and NULL are alike
size_t StatementRewriter::rewrite_elements(Span region, size_t i, bool is_plain, const Indexed& indexed) {
  const auto column_of = [&](const std::vector<Span>& arguments) {
    const bool has_path = arguments.size() > 1;
    const std::string text = "(" + reader_.joined(arguments[0]) +
                             (has_path ? " -> " + reader_.joined(arguments[1]) : std::string()) + ")";
    const Reader reader(text, tokenize(text));
    const Indexed::Found found = indexed.find(reader, 1, reader.size() - 1, catalog_);
    return found.end + 1 == reader.size() ? found.text : std::string();
  };
  const auto is_call = [&](size_t at, std::string_view function) {
    return reader_.is_word(at, function) && reader_.is_operator(at + 1, "(");
  };
  if (is_call(i, "spectradb_has")) {
    const size_t behind = reader_.behind_parenthesis(i + 1, region.end);
    std::vector<Span> arguments = arguments_of_call(reader_, i, behind);
    if (arguments.size() != 2 && arguments.size() != 3) return 0;
    arguments.pop_back();
    const std::string column = column_of(arguments);
    if (column.empty()) return 0;
    edits_.replace(begin_of(arguments.front().begin), end_of(arguments.back().end - 1), column);
    return behind;
  }
  if (!is_plain || !reader_.is_word(i, "IN") || reader_.is_word(i - 1, "NOT") ||
      !reader_.is_operator(i + 1, "(") || !reader_.is_word(i + 2, "SELECT"))
    return 0;
  const size_t behind = reader_.behind_parenthesis(i + 1, region.end);
  size_t at = i + 3;
  if (reader_.is_operator(at + 1, ".")) at += 2;
  if (!reader_.is_name(at) || !equals_word(reader_.name(at), "value") || !reader_.is_word(at + 1, "FROM") ||
      !is_call(at + 2, "json_each"))
    return 0;
  const size_t behind_call = reader_.behind_parenthesis(at + 3, behind);
  const size_t alias = behind_call + (reader_.is_word(behind_call, "AS") ? 1 : 0);
  if (behind_call + 1 != behind && !(reader_.is_name(alias) && alias + 2 == behind)) return 0;
  static constexpr std::string_view kBefore[] = {"WHERE", "AND", "OR", "ON"};
  static constexpr std::string_view kBehind[] = {"AND",    "OR",        "GROUP", "ORDER",  "LIMIT",
                                                 "WINDOW", "RETURNING", "UNION", "EXCEPT", "INTERSECT"};
  const Span value = operand_before(reader_, region, i);
  if (value.is_empty() || value.begin == region.begin ||
      !(reader_.is_any_word(value.begin - 1, kBefore) || reader_.is_operator(value.begin - 1, "(")) ||
      !is_without_affinity(reader_, value) || compared_before(reader_, region, value.begin) != Side::kNone)
    return 0;
  if (behind < region.end && !reader_.is_any_word(behind, kBehind) && !reader_.is_operator(behind, ";") &&
      !reader_.is_operator(behind, ")"))
    return 0;
  const std::vector<Span> arguments = arguments_of_call(reader_, at + 2, behind_call);
  if (arguments.size() != 1 && arguments.size() != 2) return 0;
  const std::string column = column_of(arguments);
  if (column.empty()) return 0;
  edits_.replace(begin_of(value.begin), begin_of(value.begin), "spectradb_has(" + column + ", ");
  edits_.replace(begin_of(i), end_of(behind - 1), ")");
  return behind;
}

// Names the columns of indexed expressions in WHERE, ON and HAVING.
void StatementRewriter::rewrite_conditions(Span region, const Indexed& indexed) {
  static constexpr std::string_view kConditions[] = {"WHERE", "ON", "HAVING"};
  static constexpr std::string_view kOthers[] = {"SELECT", "FROM",   "GROUP", "ORDER",
                                                 "LIMIT",  "WINDOW", "JOIN",  "RETURNING"};
  bool is_condition = false;
  // For each open parenthesis of the condition: whether it only groups, so that nothing negates its inside.
  std::vector<bool> groups;
  static constexpr std::string_view kBeforeGroup[] = {"WHERE", "AND", "OR", "ON"};
  for (size_t i = region.begin; i < region.end; ++i) {
    if (is_condition) {
      const bool is_plain = std::all_of(groups.begin(), groups.end(), [](bool is_group) { return is_group; });
      if (const size_t behind = rewrite_elements(region, i, is_plain, indexed); behind != 0) {
        i = behind - 1;
        continue;
      }
    }
    if (reader_.is_any_word(i, kConditions)) groups.clear();
    if (reader_.is_operator(i, "(") && reader_.starts_query(i + 1)) {
      i = reader_.behind_parenthesis(i, region.end) - 1;
      continue;
    }
    if (reader_.is_any_word(i, kConditions)) is_condition = true;
    if (reader_.is_any_word(i, kOthers)) is_condition = false;
    if (!is_condition) continue;
    if (reader_.is_operator(i, "(")) {
      groups.push_back(reader_.is_any_word(i - 1, kBeforeGroup) ||
                       (reader_.is_operator(i - 1, "(") && !groups.empty() && groups.back()));
    } else if (reader_.is_operator(i, ")") && !groups.empty()) {
      groups.pop_back();
    }
    const Indexed::Found found = indexed.find(reader_, i, region.end, catalog_);
    if (found.text.empty()) continue;
    // Parentheses around the expression do not belong to what it is compared with.
    Span whole{i, found.end};
    while (whole.begin > region.begin && reader_.is_operator(whole.begin - 1, "(") &&
           reader_.is_operator(whole.end, ")") &&
           !(whole.begin > 1 && reader_.is_name(whole.begin - 2) && !reader_.is_reserved(whole.begin - 2)))
      whole = {whole.begin - 1, whole.end + 1};
    if (reader_.is_word(whole.end, "COLLATE")) whole.end += 2;
    if (is_compared_as_it_is(reader_, region, whole.begin, whole.end))
      edits_.replace(begin_of(i), end_of(found.end - 1), found.text);
    i = found.end - 1;
  }
}

// Replaces whole terms of ORDER BY, GROUP BY and, in the statement's own query, of the list of results, whose
// columns keep their names. With GROUP BY or DISTINCT, either all of these terms are replaced or none.
void StatementRewriter::rewrite_terms(const QueryCore& core, bool is_outermost, const Indexed& indexed) {
  enum class Part { kNone, kResults, kGroup, kOrder };
  if (core.is_compound) return;
  const size_t first = core.tokens.begin;
  bool is_grouped = reader_.is_word(first + 1, "DISTINCT");
  for (size_t i = first; i < core.tokens.end;) {
    is_grouped = is_grouped || reader_.is_words(i, "GROUP", "BY");
    i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, core.tokens.end) : i + 1;
  }
  if (!reader_.is_word(first, "SELECT") || (is_grouped && !is_outermost)) return;
  Part part = Part::kResults;
  bool is_term = false;  // whether a term begins at i
  for (size_t i = first; i < core.tokens.end;) {
    const size_t before = i;
    if (reader_.is_word(i, "FROM") || reader_.is_word(i, "WHERE") || reader_.is_word(i, "HAVING") ||
        reader_.is_word(i, "WINDOW") || reader_.is_word(i, "LIMIT")) {
      part = Part::kNone;
    } else if (reader_.is_words(i, "GROUP", "BY") || reader_.is_words(i, "ORDER", "BY")) {
      part = reader_.is_word(i, "GROUP") ? Part::kGroup : Part::kOrder;
      i += 2;
      is_term = true;
      continue;
    }
    const bool may_be_told = part == Part::kResults ? is_outermost && is_grouped : part != Part::kNone;
    if (is_term && may_be_told) {
      const Indexed::Found found = indexed.find(reader_, i, core.tokens.end, catalog_);
      const bool has_collation = part != Part::kResults && reader_.is_word(found.end, "COLLATE");
      if (!found.text.empty() && (has_collation || precedence(reader_, found.end) == 0)) {
        const bool is_named =
            part != Part::kResults || (found.end < core.tokens.end && !reader_.is_operator(found.end, ",") &&
                                       !reader_.is_word(found.end, "FROM"));
        const std::string name = is_named ? "" : " AS " + quoted(reader_.text(Span{i, found.end}));
        edits_.replace(begin_of(i), end_of(found.end - 1), found.text + name);
        i = found.end;
      }
    }
    if (i == before) i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, core.tokens.end) : i + 1;
    is_term = reader_.is_operator(i - 1, ",") || reader_.is_word(i - 1, "SELECT") ||
              reader_.is_word(i - 1, "DISTINCT");
  }
}

}  // namespace spectradb::sql
