#include "sql/shape/aggregate_query.h"

#include <algorithm>
#include <array>
#include <utility>

#include "sql/shape/result_columns.h"

namespace spectradb::sql {

namespace {

constexpr std::string_view kAggregates[] = {"COUNT", "SUM", "TOTAL", "AVG", "MIN", "MAX"};
// What may stand around aggregates: functions of one row, whatever they are given.
constexpr std::string_view kScalars[] = {"ABS",  "ROUND", "COALESCE", "IFNULL", "NULLIF", "IIF",
                                         "CAST", "UPPER", "LOWER",    "LENGTH", "TYPEOF"};
constexpr std::string_view kOperatorWords[] = {"AND",  "OR",   "NOT",  "NULL", "IS",   "ISNULL",  "NOTNULL",
                                               "CASE", "WHEN", "THEN", "ELSE", "END",  "BETWEEN", "IN",
                                               "LIKE", "GLOB", "ASC",  "DESC", "NULLS"};

constexpr size_t kMostConditions = 99;  // SQLite takes time for each with each

class QueryReader {
 public:
  QueryReader(const Reader& reader, const Shape& shape, const QueryCore& core, const TableReference& table,
              const Relation& relation)
      : reader_(reader),
        shape_(shape),
        core_(core),
        table_(table),
        relation_(relation),
        source_(table.alias.empty() ? table.name : table.alias) {}

  std::optional<AggregateQuery> read() {
    if (!find_parts() || !read_from()) return std::nullopt;
    const Span list{core_.tokens.begin + 1, from_};
    results_ = read_result_columns(reader_, list);
    if (!read_groups() || !read_where()) return std::nullopt;
    for (const ResultColumn& result : results_) {
      const size_t before = query_.calls.size();
      if (!is_known(result.expression)) return std::nullopt;
      if (query_.calls.size() > before && result.name.empty()) query_.unnamed.push_back(result.expression);
    }
    if (!is_known(trimmed({having_, order_})) || !is_known(trimmed({order_, limit_})) ||
        !is_known(trimmed({limit_, core_.tokens.end})))
      return std::nullopt;
    if (query_.calls.empty() || query_.conditions.size() > kMostConditions || reads_few_rows())
      return std::nullopt;
    return std::move(query_);
  }

 private:
  // Whether the token belongs to a clause, which is taken out of the text.
  bool is_in_clause(size_t i) const {
    return std::any_of(shape_.clauses.begin(), shape_.clauses.end(), [i](const BoundClause& bound) {
      return i >= bound.clause.tokens.begin && i < bound.clause.tokens.end;
    });
  }

  bool find_parts() {
    const size_t end = core_.tokens.end;
    if (!reader_.is_word(core_.tokens.begin, "SELECT")) return false;
    from_ = where_ = group_ = having_ = order_ = limit_ = end;
    for (size_t i = core_.tokens.begin + 1; i < end;) {
      if (reader_.is_word(i, "DISTINCT") || reader_.is_word(i, "ALL") || reader_.is_word(i, "WINDOW") ||
          reader_.is_word(i, "FILTER") || reader_.is_word(i, "OVER"))
        if (!is_in_clause(i)) return false;
      if (!is_in_clause(i)) {
        const auto note = [&](size_t& part) { part = std::min(part, i); };
        if (reader_.is_word(i, "FROM")) note(from_);
        if (reader_.is_word(i, "WHERE")) note(where_);
        if (reader_.is_words(i, "GROUP", "BY")) note(group_);
        if (reader_.is_word(i, "HAVING")) note(having_);
        if (reader_.is_words(i, "ORDER", "BY")) note(order_);
        if (reader_.is_word(i, "LIMIT")) note(limit_);
      }
      i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, end) : i + 1;
    }
    order_ = std::min(order_, limit_);
    having_ = std::min(having_, order_);
    group_ = std::min(group_, having_);
    where_ = std::min(where_, group_);
    return from_ < end && from_ <= where_;
  }

  // Strips clauses, which stand at either end of a part or between two.
  Span trimmed(Span part) const {
    while (!part.is_empty() && is_in_clause(part.end - 1)) --part.end;
    while (!part.is_empty() && is_in_clause(part.begin)) ++part.begin;
    return part;
  }

  // FROM names the table, and nothing else.
  bool read_from() {
    if (table_.tokens.begin != from_ + 1 || !table_.index_hint.is_empty() || table_.is_right_joined)
      return false;
    size_t i = table_.parentheses.is_empty() ? table_.tokens.end : table_.parentheses.end;
    query_.where = i - 1;
    bool has_alias = false;
    for (; i < where_; ++i) {
      if (is_in_clause(i)) continue;
      if (has_alias || table_.alias.empty()) return false;
      if (reader_.is_word(i, "AS")) ++i;
      if (!reader_.is_name(i) || reader_.name(i) != table_.alias) return false;
      query_.where = i;
      has_alias = true;
    }
    return true;
  }

  // Takes a column of the table at i.
  std::optional<size_t> take_column(size_t& i, size_t end) const {
    if (i >= end || (reader_.kind(i) != TokenKind::kWord && reader_.kind(i) != TokenKind::kQuoted))
      return std::nullopt;
    size_t behind = i;
    std::string qualifier;
    std::string name;
    if (!reader_.take_name(behind, qualifier, name) || behind > end || reader_.is_operator(behind, ".") ||
        reader_.is_operator(behind, "(") || (!qualifier.empty() && !equals_word(qualifier, source_)))
      return std::nullopt;
    for (size_t column = 0; column < relation_.columns.size(); ++column) {
      if (!equals_word(relation_.columns[column].name, name) || !relation_.columns[column].expression.empty())
        continue;
      i = behind;
      return column;
    }
    return std::nullopt;
  }

  std::optional<size_t> column_alone(Span span) const {
    size_t i = span.begin;
    const std::optional<size_t> column = take_column(i, span.end);
    return i == span.end ? column : std::nullopt;
  }

  bool read_groups() {
    const Span part = trimmed({group_, having_});
    if (part.is_empty()) return true;
    if (limit_ < core_.tokens.end) return false;  // SQLite may end before it has seen all rows
    for (size_t i = part.begin + 2; i < part.end; ++i) {
      Span term{i, i};
      while (term.end < part.end && !reader_.is_operator(term.end, ",")) ++term.end;
      i = term.end;
      if (term.end == term.begin + 1 && reader_.kind(term.begin) == TokenKind::kNumber) {
        const auto place = std::find_if(results_.begin(), results_.end(), [&](const ResultColumn& result) {
          return std::to_string(&result - results_.data() + 1) == reader_.text(term.begin);
        });
        if (place == results_.end()) return false;
        term = place->expression;
      }
      const std::optional<size_t> column = column_alone(term);
      if (!column || !relation_.columns[*column].groups_exactly || relation_.columns[*column].is_sorted)
        return false;
      query_.groups.push_back(*column);
    }
    return !query_.groups.empty();
  }

  bool read_where() {
    if (where_ == group_) return true;
    const Span part = trimmed({where_, group_});
    query_.has_where = true;
    query_.where = where_;
    query_.where_end = part.end;
    return read_conditions({part.begin + 1, part.end});
  }

  // Reads conditions with AND between them.
  bool read_conditions(Span part) {
    if (part.is_empty()) return false;
    while (part.begin < part.end) {
      Span term{part.begin, part.begin};
      for (bool is_between = false; term.end < part.end; ++term.end) {
        if (reader_.is_word(term.end, "BETWEEN")) is_between = true;
        if (reader_.is_word(term.end, "AND") && !std::exchange(is_between, false)) break;
        if (reader_.is_operator(term.end, "(")) term.end = reader_.behind_parenthesis(term.end, part.end) - 1;
      }
      if (!read_condition(term)) return false;
      if (term.end + 1 == part.end) return false;  // ends with AND
      part.begin = term.end + 1;
    }
    return true;
  }

  bool read_condition(Span term) {
    if (term.is_empty()) return false;
    if (reader_.is_operator(term.begin, "(") && reader_.behind_parenthesis(term.begin, term.end) == term.end)
      return read_conditions({term.begin + 1, term.end - 1});
    size_t i = term.begin;
    if (const std::optional<size_t> column = take_column(i, term.end))
      return read_comparison(*column, i, term);
    const std::string comparison = take_value(i, term.end) ? take_operator(i) : std::string();
    const std::optional<size_t> column = comparison.empty() ? std::nullopt : take_column(i, term.end);
    if (!column || i != term.end) return false;
    add(*column, turned(comparison));
    return true;
  }

  bool read_comparison(size_t column, size_t i, Span term) {
    if (i + 1 == term.end && (reader_.is_word(i, "ISNULL") || reader_.is_word(i, "NOTNULL"))) {
      add(column, reader_.is_word(i, "ISNULL") ? "isnull" : "notnull");
      return true;
    }
    if (i + 2 == term.end && reader_.is_words(i, "NOT", "NULL")) {
      add(column, "notnull");
      return true;
    }
    if (reader_.is_word(i, "BETWEEN")) {
      if (!take_value(++i, term.end) || !reader_.is_word(i, "AND")) return false;
      if (!take_value(++i, term.end) || i != term.end) return false;
      add(column, ">=");
      add(column, "<=");
      return true;
    }
    std::string comparison;
    if (reader_.is_word(i, "IS")) {
      comparison = reader_.is_word(i + 1, "NOT") ? "isnot" : "is";
      i += comparison == "is" ? 1 : 2;
    } else {
      comparison = take_operator(i);
    }
    if (comparison.empty()) return false;
    if (i + 1 == term.end && reader_.is_word(i, "NULL") && comparison.starts_with("is")) {
      add(column, comparison == "is" ? "isnull" : "notnull");
      return true;
    }
    if (!take_value(i, term.end) || i != term.end) return false;
    add(column, comparison);
    return true;
  }

  void add(size_t column, std::string comparison) {
    query_.conditions.push_back({column, std::move(comparison)});
  }

  // Takes a constant: a literal, with a sign or without, or a parameter.
  bool take_value(size_t& i, size_t end) const {
    const size_t begin = i;
    size_t at = i;
    if (at < end && (reader_.is_operator(at, "-") || reader_.is_operator(at, "+"))) ++at;
    if (at >= end) return false;
    const TokenKind kind = reader_.kind(at);
    const bool is_signed = at > begin;
    if (kind != TokenKind::kNumber && (is_signed || (kind != TokenKind::kString && kind != TokenKind::kBlob &&
                                                     kind != TokenKind::kParameter)))
      return false;
    i = at + 1;
    return true;
  }

  std::string take_operator(size_t& i) const {
    static constexpr std::array<std::array<std::string_view, 2>, 8> kOperators = {{{"=", "="},
                                                                                   {"==", "="},
                                                                                   {"<>", "<>"},
                                                                                   {"!=", "<>"},
                                                                                   {"<", "<"},
                                                                                   {"<=", "<="},
                                                                                   {">", ">"},
                                                                                   {">=", ">="}}};
    for (const auto& [written, meant] : kOperators) {
      if (!reader_.is_operator(i, written)) continue;
      ++i;
      return std::string(meant);
    }
    return {};
  }

  static std::string turned(const std::string& comparison) {
    if (comparison.front() == '<' && comparison != "<>") return comparison == "<" ? ">" : ">=";
    if (comparison.front() == '>') return comparison == ">" ? "<" : "<=";
    return comparison;
  }

  // Whether an expression, or several, is made of constants, aggregates of columns, columns of the groups and
  // aliases. Notes the aggregates.
  bool is_known(Span part) {
    for (size_t i = part.begin; i < part.end;) {
      if (reader_.is_words(i, "ORDER", "BY") || reader_.is_words(i, "NULLS", "FIRST") ||
          reader_.is_words(i, "NULLS", "LAST")) {
        i += 2;
      } else if (i == part.begin && (reader_.is_word(i, "HAVING") || reader_.is_word(i, "LIMIT"))) {
        ++i;
      } else if (reader_.is_word(i, "OFFSET") && part.begin == limit_) {
        ++i;
      } else if (reader_.is_operator(i, "(") && reader_.starts_query(i + 1)) {
        return false;
      } else if (reader_.kind(i) != TokenKind::kWord && reader_.kind(i) != TokenKind::kQuoted) {
        if (reader_.is_operator(i, "*") && (i == part.begin || reader_.is_operator(i - 1, ","))) return false;
        ++i;
      } else if (reader_.is_any_word(i, kAggregates) && reader_.is_operator(i + 1, "(")) {
        if (!read_call(i)) return false;
      } else if (reader_.is_operator(i + 1, "(")) {
        if (!reader_.is_any_word(i, kScalars) && !reader_.is_any_word(i, kOperatorWords)) return false;
        if (reader_.is_word(i, "CAST")) return false;
        ++i;
      } else if (reader_.is_any_word(i, kOperatorWords)) {
        ++i;
      } else if (!read_name(i, part.end)) {
        return false;
      }
    }
    return true;
  }

  // Takes an aggregate at i.
  bool read_call(size_t& i) {
    const size_t end = reader_.behind_parenthesis(i + 1, core_.tokens.end);
    AggregateCall call{{i, end}, lowered(reader_.text(i)), std::nullopt};
    const Span argument{i + 2, end - 1};
    const bool is_star = argument.end == argument.begin + 1 && reader_.is_operator(argument.begin, "*");
    if (!is_star) call.column = column_alone(argument);
    if (!call.column && !(is_star && call.function == "count")) return false;
    query_.calls.push_back(std::move(call));
    i = end;
    return true;
  }

  // Takes a column of the groups, or the alias of a result.
  bool read_name(size_t& i, size_t end) const {
    const size_t at = i;
    if (const std::optional<size_t> column = take_column(i, end))
      return std::find(query_.groups.begin(), query_.groups.end(), *column) != query_.groups.end();
    i = at + 1;
    const std::string name = reader_.name(at);
    if (reader_.is_operator(i, ".") || name.empty() || name.front() == '_' || is_rowid(name)) return false;
    return std::any_of(results_.begin(), results_.end(), [&](const ResultColumn& result) {
      return !result.name.empty() && equals_word(result.name, name) && at >= result.expression.end;
    });
  }

  static bool is_rowid(std::string_view name) {
    return equals_word(name, "ROWID") || equals_word(name, "OID");
  }

  bool reads_few_rows() const {
    if (query_.groups.empty() && query_.calls.size() == 1 && query_.calls.front().column) {
      const AggregateCall& call = query_.calls.front();
      const ColumnInfo& column = relation_.columns[*call.column];
      if ((call.function == "min" || call.function == "max") && (column.is_key || column.is_sorted))
        return true;
    }
    return std::any_of(query_.conditions.begin(), query_.conditions.end(), [&](const auto& condition) {
      return relation_.columns[condition.column].is_sorted &&
             (condition.comparison == "=" || condition.comparison == "is");
    });
  }

  const Reader& reader_;
  const Shape& shape_;
  const QueryCore& core_;
  const TableReference& table_;
  const Relation& relation_;
  const std::string source_;
  size_t from_ = 0;
  size_t where_ = 0;
  size_t group_ = 0;
  size_t having_ = 0;
  size_t order_ = 0;
  size_t limit_ = 0;
  std::vector<ResultColumn> results_;
  AggregateQuery query_;
};

}  // namespace

bool has_aggregate(const Reader& reader, Span core) {
  for (size_t i = core.begin; i < core.end; ++i)
    if (reader.is_any_word(i, kAggregates) && reader.is_operator(i + 1, "(")) return true;
  return false;
}

std::optional<AggregateQuery> read_aggregate_query(const Reader& reader, const Shape& shape,
                                                   const QueryCore& core, const TableReference& table,
                                                   const Relation& relation) {
  return QueryReader(reader, shape, core, table, relation).read();
}

}  // namespace spectradb::sql
