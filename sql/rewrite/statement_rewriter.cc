#include "sql/rewrite/statement_rewriter.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "sql/shape/nested_statement.h"
#include "sql/statements/statement_form.h"
#include "sql/text/parameters.h"
#include "sql/text/splitter.h"

namespace spectradb::sql {

// Backticks, since in double quotes SQLite reads a name that is no column as text.
std::string column_name(std::string_view name) {
  std::string out = "`";
  for (char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + '`';
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

namespace {

constexpr std::string_view kNotGiven = "x''";  // a time
constexpr std::string_view kAllTimes = "'all'";
constexpr std::string_view kRangeFunction = "spectradb_range(";

// What is in temp no file keeps, and it may name what any schema has.
std::string kept_schema(const std::string& schema) {
  return equals_word(schema, "temp") ? std::string() : schema;
}

}  // namespace

std::span<const std::string_view> StatementRewriter::words() {
  static constexpr std::string_view kWords[] = {
      "OF",
      "FOR",
      "VALID",  // the clauses
      "INSERT",
      "REPLACE",  // the DEFAULTs that a temporal table's row needs may have to be written out
      "RETURNING",
      "CONFLICT",           // virtual tables have neither this nor RETURNING
      "MIN",                // SQLite asks no virtual table for this order
      "CURRENT_TIMESTAMP",  // may be compared with a time of a row
      "_VALID_FROM",        // these times, which may be compared under another column's collation
      "_VALID_TO",
      "_COMMITTED_AT",
      "SPECTRADB_HOOKED",  // is answered by the prepare hook
      "MATCH",             // may stand behind the name of a table
      "SPECTRADB_BM25",    // and these before it
      "SPECTRADB_HIGHLIGHT",
      "SPECTRADB_SNIPPET",
      "SPECTRADB_AS_OF",  // may be given a date that lost its quotes
      "SPECTRADB_VALID_AT",
      "SPECTRADB_DIFF",
      "SPECTRADB_CONTAINS",
  };
  return kWords;
}

Status StatementRewriter::rewrite(Span statement) {
  whole_ = statement;
  size_t i = statement.begin;
  if (reader_.is_word(i, "EXPLAIN")) i += reader_.is_words(i + 1, "QUERY", "PLAN") ? 3 : 1;
  if (i >= statement.end) return Status::ok();
  const Span inner{i, statement.end};
  Span body;
  if (is_trigger(reader_, inner, &body)) return rewrite_trigger(inner, body);
  SPECTRADB_ASSIGN_OR_RETURN(std::optional<std::string> formed,
                             catalog_.forms().rewrite(reader_, inner, catalog_));
  if (formed.has_value()) {
    edits_.replace(begin_of(inner.begin), end_of(inner.end - 1), *formed);
    return Status::ok();
  }
  if (reader_.is_word(i, "CREATE")) return rewrite_create(inner);
  return rewrite_query_or_write(inner, nullptr);
}

std::string StatementRewriter::render(Span statement) {
  if (whole_.is_empty()) return rendered(statement);
  number_parameters();
  const ParameterNumbers numbers = sql::number_parameters(reader_, statement);
  std::set<long> anonymous;
  for (const auto& [token, number] : numbers.anonymous) anonymous.insert(number);
  for (size_t i = statement.begin; i < statement.end; ++i) {
    // Stays as it is written.
    if (reader_.kind(i) == TokenKind::kParameter && reader_.text(i).size() > 1 && reader_.text(i)[0] == '?')
      anonymous.erase(std::atol(std::string(reader_.text(i).substr(1)).c_str()));
  }
  return without_numbers(keep_numbers(rendered(statement), numbers), anonymous);
}

// Anonymous parameters get their numbers, so that moving and repeating text does not change which is which.
// Must run before any part is rendered.
void StatementRewriter::number_parameters() {
  if (is_numbered_ || whole_.is_empty()) return;
  is_numbered_ = true;
  for (const auto& [token, number] : sql::number_parameters(reader_, whole_).anonymous) {
    edits_.replace(begin_of(token), end_of(token), "?" + std::to_string(number));
    ++numbered_;
  }
}

Status StatementRewriter::rewrite_query_or_write(Span statement, const OuterTimes* outer) {
  static constexpr std::string_view kVerbs[] = {"SELECT",  "WITH",   "VALUES", "INSERT",
                                                "REPLACE", "UPDATE", "DELETE"};
  if (statement.is_empty() || !reader_.is_any_word(statement.begin, kVerbs)) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(Shape shape, read_shape(reader_, statement));
  SPECTRADB_RETURN_IF_ERROR(refuse_dates(statement, shape));
  rewrite_bounds(statement, shape);
  if (outer == nullptr && !is_trigger_ && statement.end == whole_.end && !is_stored_)
    rewrite_minimum(statement, shape);
  rewrite_expressions(shape, statement);
  rewrite_match(statement, shape);
  SPECTRADB_RETURN_IF_ERROR(rewrite_shape(shape, outer));
  if (outer == nullptr && !is_trigger_ && statement.end == whole_.end && !is_stored_)
    rewrite_count(statement, shape);
  rewrite_rankings(shape);
  rewrite_now(statement, shape);
  return Status::ok();
}

Status StatementRewriter::rewrite_shape(Shape& shape, const OuterTimes* outer) {
  struct CommonNames {  // views that are inlined meanwhile stand among them
    std::vector<std::string>& names;
    const size_t around;
    ~CommonNames() { names.resize(around); }
  };
  const CommonNames common{views_.common_names, views_.common_names.size()};
  common_names_around_ = common.around;
  for (const CommonTable& table : shape.common_tables) common.names.push_back(table.name);
  if (!shape.clauses.empty()) number_parameters();
  for (const BoundClause& bound : shape.clauses) remove(bound.clause.tokens);
  // Tables inside a time come first: the time is rendered into the tables that it binds.
  std::vector<const TableReference*> tables;
  for (const TableReference& table : shape.tables) tables.push_back(&table);
  std::stable_sort(tables.begin(), tables.end(),
                   [](const auto* a, const auto* b) { return a->time_depth > b->time_depth; });
  temporal_.clear();
  for (const TableReference* table : tables) SPECTRADB_RETURN_IF_ERROR(rewrite_table(*table, outer));
  std::sort(temporal_.begin(), temporal_.end());
  for (const Write& write : shape.writes) SPECTRADB_RETURN_IF_ERROR(rewrite_write(write));
  return check_clauses(shape);
}

// A clause that binds no temporal table is an error: none may be dropped silently.
Status StatementRewriter::check_clauses(const Shape& shape) const {
  for (const BoundClause& bound : shape.clauses) {
    const bool is_bound =
        std::any_of(bound.tables.begin(), bound.tables.end(), [&](const TableReference* table) {
          return std::binary_search(temporal_.begin(), temporal_.end(), table);
        });
    if (is_bound) continue;
    return Status::invalid("'" + std::string(reader_.text(bound.clause.tokens)) +
                           "' stands in a query that reads no temporal table");
  }
  for (const CommonTable& table : shape.common_tables) SPECTRADB_RETURN_IF_ERROR(check_common_table(table));
  for (const MissingTime& missing : shape.missing_times) {
    if (whole_.is_empty() || !reads_temporal(missing.named, 0)) continue;  // SQLite has stored it as an alias
    return missing_time(missing.tokens);
  }
  return Status::ok();
}

Status StatementRewriter::missing_time(Span words) const {
  const std::string named = "'" + std::string(reader_.text(words)) + "' needs a time: ";
  if (reader_.is_word(words.begin, "VALID"))
    return Status::invalid(named +
                           "text such as '2026-01-31 18:00', microseconds since 1970, or a parameter");
  return Status::invalid(named +
                         "a commit number, text such as '2026-01-31 18:00', or a parameter (an alias of that "
                         "name is written in quotes: AS \"of\")");
}

// A common table is one text: it cannot be read at two times.
Status StatementRewriter::check_common_table(const CommonTable& table) const {
  if (table.references.empty()) return Status::ok();
  for (size_t axis = 0; axis < 2; ++axis) {
    const BoundClause* first = table.references.front()->clauses[axis];
    const bool is_one_time =
        std::all_of(table.references.begin(), table.references.end(), [&](const CommonReference* reference) {
          return is_same_time(reader_, first, reference->clauses[axis]);
        });
    if (is_one_time || !reads_temporal(table.open[axis], 0)) continue;
    return Status::invalid("the common table " + table.name + " is read at more than one " +
                           (axis == 0 ? "system time" : "valid time") +
                           ": write the clause inside its own query, or name a common table for each time");
  }
  return Status::ok();
}

bool StatementRewriter::reads_temporal(const Sources& sources, int depth) const {
  constexpr int kMaxDepth = 100;  // deeper common tables refer to one another in circles
  if (depth > kMaxDepth) return false;
  return std::any_of(sources.tables.begin(), sources.tables.end(),
                     [&](const TableReference* table) {
                       return std::binary_search(temporal_.begin(), temporal_.end(), table);
                     }) ||
         std::any_of(sources.common.begin(), sources.common.end(), [&](const CommonReference* reference) {
           return reads_temporal(reference->table->body, depth + 1);
         });
}

// Renders a time as an argument. One that is not plainly a time may be NULL at run time, and must not read
// the present then.
std::string StatementRewriter::argument(const Time& time) const {
  auto range = [&](const std::string& form) {
    return std::string(kRangeFunction) + "'" + (time.is_only ? "only " + form : form) + "', " +
           bound(time.at) + ", " + bound(time.until) + ")";
  };
  switch (time.form) {
    case Time::Form::kAll:
      return std::string(kAllTimes);
    case Time::Form::kFromTo:
      return range("from");
    case Time::Form::kBetween:
      return range("between");
    case Time::Form::kSymmetric:
      return range("symmetric");
    case Time::Form::kContained:
      return range("contained");
    case Time::Form::kAt:
      break;
  }
  if (is_now(time.at.expression) && time.at.unit != Unit::kCommit) return "'now'";
  return is_literal(time.at) ? std::string(reader_.text(time.at.expression))
                             : "spectradb_time(" + bound(time.at) + ")";
}

// CURRENT_TIMESTAMP means the present, commits of the current second included; SQLite's own value has whole
// seconds only.
bool StatementRewriter::is_now(Span span) const {
  return span.end == span.begin + 1 && reader_.is_word(span.begin, "CURRENT_TIMESTAMP");
}

bool StatementRewriter::is_literal(const Instant& instant) const {
  const Span span = instant.expression;
  const TokenKind kind = reader_.kind(span.begin);
  return span.end == span.begin + 1 && (kind == TokenKind::kNumber || kind == TokenKind::kString);
}

// What the text calls a commit or a timestamp must be one at run time; literals were checked before.
std::string StatementRewriter::bound(const Instant& instant) const {
  if (is_now(instant.expression) && instant.unit != Unit::kCommit) return "'now'";
  std::string text = rendered(instant.expression);
  if (instant.unit == Unit::kNone || is_literal(instant)) return text;
  return (instant.unit == Unit::kCommit ? "spectradb_as_commit(" : "spectradb_as_timestamp(") + text + ")";
}

// Returns the arguments that a temporal table gets; those in the text stay.
std::string StatementRewriter::arguments(const TableReference& table, const std::string (&times)[2]) const {
  std::string all[2];
  for (size_t axis = 0; axis < 2; ++axis) {
    all[axis] = table.has_time_argument[axis] ? rendered(table.arguments[axis])
                : times[axis].empty()         ? kNotGiven
                                              : times[axis];
  }
  std::string text = "(" + all[0];
  if (all[1] != kNotGiven || table.arguments.size() > 1) text += ", " + all[1];
  for (size_t i = 2; i < table.arguments.size(); ++i) text += ", " + rendered(table.arguments[i]);
  return text + ")";
}

// Gives a table-valued function its times as arguments; those in the text stay, and those that the text leaves out in front
// of a time are not given.
Status StatementRewriter::give_times(const TableReference& table, const TimeArguments& takes,
                                     const std::string (&times)[2], const std::string& schema) {
  std::vector<std::string> all;
  for (const Span argument : table.arguments) all.push_back(rendered(argument));
  for (size_t axis = 0; axis < 2; ++axis) {
    const BoundClause* clause = table.clauses[axis];
    if (times[axis].empty() || times[axis] == kNotGiven) continue;
    const std::string words =
        clause == nullptr ? times[axis] : std::string(reader_.text(clause->clause.tokens));
    if (!takes.place[axis]) {
      if (!table.is_direct) continue;
      return Status::invalid("'" + words + "': " + table.name + "() takes no " +
                             (axis == 0 ? "system time" : "valid time") + "; spectradb_help('" + table.name +
                             "') shows its arguments");
    }
    const size_t place = *takes.place[axis];
    if (place < table.arguments.size() && !is_not_given(reader_, table.arguments[place])) {
      if (!table.is_direct) continue;
      return Status::invalid("table " + table.name + " is given a time twice: as an argument and as '" +
                             words + "'");
    }
    if ((axis == 0 && times[axis] == kAllTimes) || times[axis].starts_with(kRangeFunction)) {
      return Status::invalid("'" + words + "': " + table.name + "() is read at one time: say " +
                             (axis == 0 ? "AS OF" : "VALID AT"));
    }
    if (all.size() <= place) all.resize(place + 1, blob_literal(kNoArgument));
    all[place] = times[axis];
  }
  const std::string twin =
      schema.empty() || is_kept_ ? std::string() : catalog_.function_in_schema(table.name);
  const bool is_of_schema = !twin.empty();
  std::string text = (is_of_schema ? twin : rendered(table.tokens)) + "(";
  if (is_of_schema) text += string_literal(schema) + (all.empty() ? "" : ", ");
  for (size_t i = 0; i < all.size(); ++i) text += (i == 0 ? "" : ", ") + all[i];
  text += ")";
  if (is_of_schema && !table.needs_no_alias) text += " AS " + quoted(table.name);
  const size_t end = table.parentheses.is_empty() ? table.tokens.end : table.parentheses.end;
  edits_.replace(begin_of(table.tokens.begin), end_of(end - 1), text);
  reads_temporal_ = true;
  temporal_.push_back(&table);
  return Status::ok();
}

// Rewrites o.spectradb_commits, which SQLite would read without its schema: the schema becomes an argument.
// Stored text must not keep the schema's name, since the file may be attached under another name next time.
bool StatementRewriter::rewrite_function(const TableReference& table, const Relation& relation,
                                         const std::string& schema) {
  if (schema.empty() || is_kept_ || relation.kind != RelationKind::kNone) return false;
  const std::string function = catalog_.function_in_schema(table.name);
  if (function.empty()) return false;
  edits_.replace(begin_of(table.tokens.begin), end_of(table.tokens.end - 1), function);
  size_t end = table.tokens.end;
  if (table.parentheses.is_empty()) {
    edits_.insert(end_of(end - 1), "(" + string_literal(schema) + ")");
  } else {
    edits_.insert(end_of(table.parentheses.begin),
                  string_literal(schema) + (table.arguments.empty() ? "" : ", "));
    end = table.parentheses.end;
  }
  if (!table.needs_no_alias) edits_.insert(end_of(end - 1), " AS " + quoted(table.name));
  return true;
}

Status StatementRewriter::rewrite_table(const TableReference& table, const OuterTimes* outer) {
  const std::string schema = table.schema.empty() ? view_schema_ : table.schema;
  const bool may_be_called = may_be_function(table.name);
  if (!table.is_in_scope && outer == nullptr && !(may_be_called && !schema.empty())) return Status::ok();
  std::string times[2];
  for (size_t axis = 0; axis < 2; ++axis) {
    if (table.clauses[axis] != nullptr) {
      times[axis] = argument(table.clauses[axis]->clause.time);
    } else if (outer != nullptr && !table.has_time_argument[axis]) {
      times[axis] = outer->text[axis];
    }
  }
  const Relation relation = find(schema, table.name);
  if (may_be_called && relation.kind == RelationKind::kNone && !(times[0].empty() && times[1].empty())) {
    const std::optional<TimeArguments> takes = catalog_.time_arguments(table.name);
    if (takes && (takes->place[0] || takes->place[1])) return give_times(table, *takes, times, schema);
    if (takes && table.is_direct)
      return Status::invalid(table.name + "() is not read AS OF or VALID AT; spectradb_help('" + table.name +
                             "') shows its arguments");
  }
  if (may_be_called && !table.is_direct && rewrite_function(table, relation, schema)) return Status::ok();
  if (!table.is_in_scope && outer == nullptr) return Status::ok();
  if (relation.kind == RelationKind::kView && table.parentheses.is_empty())
    return inline_view(table, relation, times);
  if (relation.kind != RelationKind::kNone) SPECTRADB_RETURN_IF_ERROR(qualify(table, relation));
  if (relation.kind != RelationKind::kTemporal) {
    if (!table.is_direct) return Status::ok();
    const std::string why = catalog_.why_ordinary(schema, table.name);
    if (relation.kind == RelationKind::kNone) {
      return Status::invalid(
          "no such table: " + table.name +
          (!why.empty() ? why : "; only temporal tables and views of them are read AS OF or VALID AT"));
    }
    return Status::invalid(
        "table " + table.name + " is an ordinary table: it has no history to read AS OF or VALID AT" +
        (!why.empty() ? why : " (CREATE TABLE … WITH SYSTEM VERSIONING makes a temporal one)"));
  }
  reads_temporal_ = true;
  temporal_.push_back(&table);
  if (times[0].empty() && times[1].empty()) return Status::ok();
  for (size_t axis = 0; may_be_called && axis < 2 && axis < table.arguments.size(); ++axis) {
    if (times[axis].empty() || is_not_given(reader_, table.arguments[axis])) continue;
    return Status::invalid("table " + table.name + " is given a time twice: as an argument and by a clause");
  }
  if (!table.index_hint.is_empty()) {  // SQLite accepts none behind arguments
    if (reader_.is_word(table.index_hint.begin, "INDEXED"))
      return Status::invalid("'" + std::string(reader_.text(table.index_hint)) + "': temporal table " +
                             table.name + " chooses its index itself, leave it out");
    remove(table.index_hint);
  }
  if (table.is_right_joined) {  // SQLite ignores arguments there
    edits_.insert(begin_of(table.tokens.begin), "(SELECT * FROM ");
    const size_t end = table.parentheses.is_empty() ? table.tokens.end : table.parentheses.end;
    edits_.insert(end_of(end - 1), arguments(table, times) + ")");
    if (!table.parentheses.is_empty()) remove(table.parentheses);
    if (!table.needs_no_alias) edits_.insert(end_of(end - 1), " AS " + quoted(table.name));
    return Status::ok();
  }
  if (table.parentheses.is_empty()) {
    edits_.insert(end_of(table.tokens.end - 1), arguments(table, times));
  } else {
    edits_.replace(begin_of(table.parentheses.begin), end_of(table.parentheses.end - 1),
                   arguments(table, times));
  }
  return Status::ok();
}

// An inlined view stands among the common tables of the user's statement, which must not take its names. What a file keeps
// cannot name its schema: SQLite could not read the file where it is attached by another name.
Status StatementRewriter::qualify(const TableReference& table, const Relation& relation) {
  const bool is_view = whole_.is_empty();
  const std::string& schema = view_schema_.empty() ? relation.schema : view_schema_;
  if (!is_view || !table.schema.empty() || schema.empty()) return Status::ok();
  if (!is_kept_ || !equals_word(schema, kept_schema_)) {
    edits_.insert(begin_of(table.tokens.begin), quoted(schema) + ".");
    return Status::ok();
  }
  for (size_t i = 0; i < common_names_around_; ++i) {
    if (equals_word(views_.common_names[i], table.name))
      return Status::invalid(
          "the common table " + views_.common_names[i] +
          " has the name of a table that a view reads which is given a time: name it otherwise");
  }
  return Status::ok();
}

// In a view or trigger of a file, unqualified names are of its schema alone.
Relation StatementRewriter::find(const std::string& schema, const std::string& name) {
  return catalog_.find(schema.empty() ? kept_schema_ : schema, name);
}

// CREATE VIEW [IF NOT EXISTS] [schema .] name
std::string StatementRewriter::schema_of_view(Span statement) const {
  size_t i = statement.begin + 2;
  if (reader_.is_word(i, "IF") && reader_.is_words(i + 1, "NOT", "EXISTS")) i += 3;
  return kept_schema(reader_.is_operator(i + 1, ".") ? reader_.name(i) : "main");
}

// CREATE TRIGGER [IF NOT EXISTS] [schema .] name … ON table: those of tables in temp are there, too.
std::string StatementRewriter::schema_of_trigger(Span statement) {
  size_t i = statement.begin + 2;
  if (reader_.is_word(i, "IF") && reader_.is_words(i + 1, "NOT", "EXISTS")) i += 3;
  if (reader_.is_operator(i + 1, ".")) return kept_schema(reader_.name(i));
  while (i < statement.end && !reader_.is_word(i, "ON")) ++i;
  const bool is_of_temp =
      reader_.is_name(i + 1) && catalog_.find("temp", reader_.name(i + 1)).kind != RelationKind::kNone;
  return is_of_temp ? "" : "main";
}

Status StatementRewriter::rewrite_trigger(Span statement, Span body) {
  is_trigger_ = true;
  const bool is_temp =
      reader_.is_word(statement.begin + 1, "TEMP") || reader_.is_word(statement.begin + 1, "TEMPORARY");
  if (!is_temp) kept_schema_ = schema_of_trigger(statement);
  is_kept_ = !kept_schema_.empty();
  // FOR EACH ROW WHEN (…) may hold subqueries.
  SPECTRADB_ASSIGN_OR_RETURN(Shape header, read_expression_shape(reader_, {statement.begin, body.begin}));
  SPECTRADB_RETURN_IF_ERROR(rewrite_shape(header, nullptr));
  for (size_t i = body.begin; i < body.end;) {
    Span one{i, i};
    while (one.end < body.end && reader_.kind(one.end) != TokenKind::kSemicolon) ++one.end;
    SPECTRADB_RETURN_IF_ERROR(rewrite_query_or_write(one, nullptr));
    i = one.end + 1;
  }
  return Status::ok();
}

Status StatementRewriter::rewrite_create(Span statement) {
  // Finds the query of CREATE TABLE … AS or CREATE VIEW … AS.
  for (size_t i = statement.begin; i < statement.end;) {
    if (reader_.is_word(i, "AS")) {
      is_stored_ = true;
      if (reader_.is_word(statement.begin + 1, "VIEW")) kept_schema_ = schema_of_view(statement);
      is_kept_ = !kept_schema_.empty();
      return rewrite_query_or_write({i + 1, statement.end}, nullptr);
    }
    i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, statement.end) : i + 1;
  }
  return Status::ok();
}

}  // namespace spectradb::sql
