// Reads queries: cores, compounds, FROM lists, and what nests in expressions.
#include <utility>

#include "sql/shape/shape_reader.h"

namespace spectradb::sql {

namespace {

std::string in_quotes(const Reader& reader, const BoundClause& clause) {
  return "'" + std::string(reader.text(clause.clause.tokens)) + "'";
}

// FROM t VALID_TIME AS OF x lacks a FOR: with an alias of that name it would read t as it was known at x.
Status refuse_axis_as_alias(const Reader& reader, size_t i) {
  static constexpr std::string_view kAxes[] = {"VALID_TIME", "APPLICATION_TIME", "BUSINESS_TIME", "VALID"};
  if (!reader.is_any_word(i, kAxes) || !reader.is_words(i + 1, "AS", "OF")) return Status::ok();
  const std::string word(reader.text(i));
  return Status::invalid("'" + word + " AS OF': write " +
                         (reader.is_word(i, "VALID") ? "VALID AT time, or FOR VALID_TIME AS OF time"
                                                     : "FOR VALID_TIME AS OF time") +
                         " (an alias of that name is written AS " + word + ")");
}

}  // namespace

bool ShapeReader::starts_compound(size_t i) const {
  return reader_.is_word(i, "UNION") || reader_.is_word(i, "EXCEPT") || reader_.is_word(i, "INTERSECT");
}

// Reads a whole query in [i, end) and adds its sources to `sources`.
Status ShapeReader::query(size_t i, size_t end, Sources& sources) {
  Deeper deeper(depth_);
  SPECTRADB_RETURN_IF_ERROR(deeper.check());
  Scope scope(*this);
  Sources own;
  SPECTRADB_RETURN_IF_ERROR(with(i, end, own));
  SPECTRADB_RETURN_IF_ERROR(query_body(i, end, own));
  sources.add(own);
  return Status::ok();
}

// Reads the cores of a query. `sources` holds those of its WITH. A clause at the very end is for the whole
// query, one at the end of an earlier core for that core.
Status ShapeReader::query_body(size_t i, size_t end, Sources& sources) {
  bool is_compound = false;
  QueryCore* previous = nullptr;
  while (i < end) {
    Sources core;
    shape_.cores.emplace_back();
    QueryCore* const own = &shape_.cores.back();
    own->tokens.begin = i;
    if (previous != nullptr) previous->is_compound = own->is_compound = true;
    previous = own;
    std::vector<BoundClause*> inside;  // clauses in front of GROUP BY, ORDER BY …
    std::vector<BoundClause*> last;
    QueryCore* const around = std::exchange(core_, own);
    const Status status = query_core(i, end, core, inside, last);
    core_ = around;
    SPECTRADB_RETURN_IF_ERROR(status);
    own->tokens.end = i;
    if (i < end) {  // another core follows
      inside.insert(inside.end(), last.begin(), last.end());
      SPECTRADB_RETURN_IF_ERROR(bind(core, inside));
      sources.add(core);
      is_compound = true;
      i += reader_.is_words(i, "UNION", "ALL") ? 2 : 1;
      continue;
    }
    sources.add(core);
    if (is_compound && !inside.empty()) {
      return Status::invalid(in_quotes(reader_, *inside.front()) +
                             " stands inside the last part of a compound query: write it directly behind "
                             "the table that it is for, or at the very end for the whole query");
    }
    inside.insert(inside.end(), last.begin(), last.end());
    SPECTRADB_RETURN_IF_ERROR(bind(sources, inside));
  }
  return Status::ok();
}

// Reads one SELECT or VALUES up to a compound operator or the end.
Status ShapeReader::query_core(size_t& i, size_t end, Sources& core, std::vector<BoundClause*>& inside,
                               std::vector<BoundClause*>& last) {
  static constexpr std::string_view kMayFollow[] = {"WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT"};
  bool has_from = false;
  std::vector<BoundClause*> clauses;
  for (; i < end && !starts_compound(i); ++i) {
    if (reader_.is_word(i, "FROM") && !has_from && !(i > 0 && reader_.is_word(i - 1, "DISTINCT"))) {
      has_from = true;
      ++i;
      SPECTRADB_RETURN_IF_ERROR(from(i, end, core));
      --i;
      continue;
    }
    if (has_from && misses_time(reader_, i, end)) {  // in front of FROM both words may be names
      shape_.missing_times.push_back({{i, i + 2}, core});
      ++i;
      continue;
    }
    if (!starts_clause(reader_, i, end)) {
      SPECTRADB_RETURN_IF_ERROR(look_into(i, end, core));
      continue;
    }
    const size_t earlier = clauses.size();
    SPECTRADB_RETURN_IF_ERROR(read_clauses(i, end, clauses));
    const bool is_last = i >= end || starts_compound(i);
    if (!is_last && !reader_.is_any_word(i, kMayFollow)) {
      return Status::invalid(
          in_quotes(reader_, *clauses.back()) + " stands in front of '" + std::string(reader_.text(i)) +
          "': write it directly behind the table that it is for, or at the end of the query");
    }
    for (size_t k = earlier; k < clauses.size(); ++k) (is_last ? last : inside).push_back(clauses[k]);
    --i;
  }
  return Status::ok();
}

// Reads what nests at token i of an expression, and moves i to its last token.
Status ShapeReader::look_into(size_t& i, size_t end, Sources& sources) {
  if (reader_.is_operator(i, "(")) {
    const size_t behind = reader_.behind_parenthesis(i, end);
    SPECTRADB_RETURN_IF_ERROR(parenthesis(i + 1, behind - 1, sources));
    i = behind - 1;
    return Status::ok();
  }
  const bool is_in_table = reader_.is_word(i, "IN") && i + 1 < end && reader_.is_name(i + 1) &&
                           reader_.kind(i + 1) != TokenKind::kString;
  if (!is_in_table) return Status::ok();
  ++i;
  Sources table;
  TableReference* reference = nullptr;
  SPECTRADB_RETURN_IF_ERROR(table_name(i, end, table, &reference));
  std::vector<BoundClause*> clauses;
  SPECTRADB_RETURN_IF_ERROR(read_clauses(i, end, clauses));
  SPECTRADB_RETURN_IF_ERROR(bind(table, clauses));
  if (reference != nullptr) {
    reference->needs_no_alias = true;
    reference->is_direct = !clauses.empty();
  }
  sources.add(table);
  --i;
  return Status::ok();
}

Status ShapeReader::look_into(Span span, Sources& sources) {
  for (size_t i = span.begin; i < span.end; ++i) SPECTRADB_RETURN_IF_ERROR(look_into(i, span.end, sources));
  return Status::ok();
}

// Reads the inside of a parenthesis: a query, or an expression.
Status ShapeReader::parenthesis(size_t i, size_t end, Sources& sources) {
  if (reader_.starts_query(i)) return query(i, end, sources);
  Deeper deeper(depth_);
  SPECTRADB_RETURN_IF_ERROR(deeper.check());
  return look_into(Span{i, end}, sources);
}

// Reads [schema .] name [ (arguments) ]; i moves behind. *reference is null for a common table.
Status ShapeReader::table_name(size_t& i, size_t end, Sources& sources, TableReference** reference) {
  *reference = nullptr;
  TableReference table;
  table.tokens.begin = i;
  table.name = reader_.name(i++);
  if (reader_.is_operator(i, ".") && i + 1 < end && reader_.is_name(i + 1)) {
    table.schema = table.name;
    table.name = reader_.name(i + 1);
    i += 2;
  }
  table.tokens.end = i;
  table.time_depth = time_depth_;
  if (i < end && reader_.is_operator(i, "(")) SPECTRADB_RETURN_IF_ERROR(arguments(i, end, table, sources));
  CommonTable* common = table.schema.empty() ? find_common_table(table.name) : nullptr;
  if (common == nullptr) {
    shape_.tables.push_back(std::move(table));
    *reference = &shape_.tables.back();
    sources.tables.push_back(*reference);
  } else if (!is_inside_own_body(common)) {
    shape_.common_references.push_back({common, {}});
    CommonReference* to_common = &shape_.common_references.back();
    common->references.push_back(to_common);
    sources.common.push_back(to_common);
  }
  return Status::ok();
}

Status ShapeReader::arguments(size_t& i, size_t end, TableReference& reference, Sources& sources) {
  Deeper time(time_depth_);
  SPECTRADB_RETURN_IF_ERROR(time.check());
  const size_t behind = reader_.behind_parenthesis(i, end);
  reference.parentheses = {i, behind};
  SPECTRADB_RETURN_IF_ERROR(parenthesis(i + 1, behind - 1, sources));
  for (++i; i < behind; ++i) {
    const size_t begin = i;
    while (i < behind - 1 && !reader_.is_operator(i, ",")) {
      i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, behind - 1) : i + 1;
    }
    if (begin < i) reference.arguments.push_back({begin, i});
  }
  if (!may_be_function(reference.name)) {
    for (size_t axis = 0; axis < 2 && axis < reference.arguments.size(); ++axis)
      reference.has_time_argument[axis] = !is_not_given(reader_, reference.arguments[axis]);
  }
  i = behind;
  return Status::ok();
}

bool may_be_function(std::string_view name) {
  static constexpr std::string_view kOurs = "spectradb_";
  return name.size() > kOurs.size() && equals_word(name.substr(0, kOurs.size()), kOurs);
}

bool is_not_given(const Reader& reader, Span argument) {
  if (argument.end != argument.begin + 1) return false;
  const size_t i = argument.begin;
  return reader.is_word(i, "NULL") || (reader.kind(i) == TokenKind::kBlob && reader.text(i).size() == 3);
}

// Reads a FROM list; i moves behind it.
Status ShapeReader::from(size_t& i, size_t end, Sources& sources) {
  while (i < end) {
    const bool is_right_join =
        i > 0 && reader_.is_word(i - 1, "JOIN") &&
        (reader_.is_word(i - 2, "RIGHT") || (i > 2 && reader_.is_words(i - 3, "RIGHT", "OUTER")));
    const size_t first = sources.tables.size();
    const bool is_name = reader_.is_name(i);
    SPECTRADB_RETURN_IF_ERROR(from_item(i, end, sources));
    if (is_right_join && is_name && sources.tables.size() > first)
      sources.tables[first]->is_right_joined = true;
    if (joins(i, end)) continue;
    if (!reader_.is_word(i, "ON") && !reader_.is_word(i, "USING")) return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(join_condition(i, end, sources));
    if (!joins(i, end)) return Status::ok();
  }
  return Status::ok();
}

// Reads a comma or JOIN words; i moves behind them.
bool ShapeReader::joins(size_t& i, size_t end) const {
  static constexpr std::string_view kWords[] = {"NATURAL", "LEFT",  "RIGHT", "FULL",
                                                "INNER",   "CROSS", "OUTER", "JOIN"};
  if (i < end && reader_.is_operator(i, ",")) {
    ++i;
    return true;
  }
  const size_t begin = i;
  while (i < end && reader_.is_any_word(i, kWords)) ++i;
  return i > begin;
}

Status ShapeReader::join_condition(size_t& i, size_t end, Sources& sources) {
  static constexpr std::string_view kBehind[] = {"WHERE", "GROUP",  "HAVING",    "ORDER",
                                                 "LIMIT", "WINDOW", "RETURNING", "ON"};
  if (reader_.is_word(i, "USING")) {
    i = reader_.is_operator(i + 1, "(") ? reader_.behind_parenthesis(i + 1, end) : i + 1;
    return Status::ok();
  }
  for (++i; i < end; ++i) {
    size_t ahead = i;
    if (joins(ahead, end) || starts_clause(reader_, i, end) || misses_time(reader_, i, end) ||
        starts_compound(i) || reader_.is_any_word(i, kBehind))
      return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(look_into(i, end, sources));
  }
  return Status::ok();
}

// Reads a table, a subquery or a join in parentheses, with its clauses and alias in either order.
Status ShapeReader::from_item(size_t& i, size_t end, Sources& sources) {
  Sources item;
  TableReference* reference = nullptr;
  bool is_named = false;
  if (i >= end) return Status::ok();
  if (reader_.is_operator(i, "(")) {
    Deeper deeper(depth_);
    SPECTRADB_RETURN_IF_ERROR(deeper.check());
    const size_t behind = reader_.behind_parenthesis(i, end);
    size_t inside = i + 1;
    if (reader_.starts_query(inside)) {
      SPECTRADB_RETURN_IF_ERROR(query(inside, behind - 1, item));
      if (core_ != nullptr) core_->has_other_sources = true;
    } else {
      SPECTRADB_RETURN_IF_ERROR(from(inside, behind - 1, item));
      std::vector<BoundClause*> clauses;
      SPECTRADB_RETURN_IF_ERROR(read_clauses(inside, behind - 1, clauses));
      SPECTRADB_RETURN_IF_ERROR(bind(item, clauses));
    }
    i = behind;
  } else if (reader_.is_name(i)) {
    SPECTRADB_RETURN_IF_ERROR(table_name(i, end, item, &reference));
    is_named = true;
    if (core_ != nullptr && reference != nullptr) core_->tables.push_back(reference);
    if (core_ != nullptr && reference == nullptr) core_->has_other_sources = true;
  } else {
    return Status::ok();
  }
  std::vector<BoundClause*> clauses;
  Span index_hint;
  Span missing_time;
  for (bool has_alias = false;;) {
    SPECTRADB_RETURN_IF_ERROR(read_clauses(i, end, clauses));
    if (reader_.is_words(i, "INDEXED", "BY") || reader_.is_words(i, "NOT", "INDEXED")) {
      index_hint = {i, std::min(end, i + (reader_.is_word(i, "NOT") ? 2 : 3))};
      i = index_hint.end;
      SPECTRADB_RETURN_IF_ERROR(read_clauses(i, end, clauses));
      break;
    }
    if (misses_time(reader_, i, end) && (reader_.is_word(i, "VALID") || has_alias)) {
      missing_time = {i, i + 2};
      i += 2;
      break;
    }
    if (has_alias || i >= end) break;
    if (reader_.is_word(i, "AS") && reader_.is_name(i + 1)) {
      i += 2;
    } else if (reader_.is_name(i) && !reader_.is_reserved(i)) {
      SPECTRADB_RETURN_IF_ERROR(refuse_axis_as_alias(reader_, i));
      ++i;
    } else {
      break;
    }
    has_alias = true;
    if (reader_.is_words(i - 2, "AS", "OF")) missing_time = {i - 2, i};
    if (reference != nullptr) {
      reference->needs_no_alias = true;
      reference->alias = reader_.name(i - 1);
    }
  }
  if (reference != nullptr) reference->index_hint = index_hint;
  for (const BoundClause* clause : clauses) {
    if (reference != nullptr && reference->has_time_argument[static_cast<size_t>(clause->clause.axis)]) {
      return Status::invalid("table " + reference->name + " is given a time twice: as an argument and as " +
                             in_quotes(reader_, *clause));
    }
    if (is_named && reference == nullptr && !item.common.empty() &&
        (reader_.names_column(clause->clause.time.at.expression) ||
         reader_.names_column(clause->clause.time.until.expression))) {
      return Status::invalid("the common table " + item.common.front()->table->name +
                             " cannot be read at the time of another table's column (" +
                             in_quotes(reader_, *clause) + "): write the clause inside its own query");
    }
  }
  Sources itself;
  if (reference != nullptr) itself.tables.push_back(reference);
  SPECTRADB_RETURN_IF_ERROR(bind(reference != nullptr ? itself : item, clauses));
  if (reference != nullptr) reference->is_direct = !clauses.empty();
  if (!missing_time.is_empty())
    shape_.missing_times.push_back({missing_time, reference != nullptr ? itself : item});
  sources.add(item);
  return Status::ok();
}

}  // namespace spectradb::sql
