// INSERT … ON CONFLICT, which SQLite refuses for virtual tables. The hidden column _upsert tells the table
// itself what to do. SQLite would count rows that are skipped, so the INSERT runs, as one with RETURNING
// does, inside a statement that counts the rows written.
#include <algorithm>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/conflict_words.h"
#include "sql/shape/expression.h"
#include "sql/shape/nested_statement.h"

namespace spectradb::sql {

namespace {

bool contains_query(const Reader& reader, Span span) {
  for (size_t i = span.begin; i < span.end; ++i) {
    if (reader.is_word(i, "SELECT")) return true;
  }
  return false;
}

// Returns the elements of a list in parentheses, or the one element without.
std::vector<Span> parts_of(const Reader& reader, Span list) {
  if (!reader.is_operator(list.begin, "(")) return {list};
  std::vector<Span> parts;
  const size_t end = list.end - 1;
  for (size_t i = list.begin + 1; i < end; ++i) {
    const size_t begin = i;
    while (i < end && !reader.is_operator(i, ","))
      i = reader.is_operator(i, "(") ? reader.behind_parenthesis(i, end) : i + 1;
    parts.push_back({begin, i});
  }
  return parts;
}

// Strips the table, and its schema, that may qualify a column.
Span without_table(const Reader& reader, Span column, const Write& write) {
  const size_t size = column.end - column.begin;
  if ((size != 3 && size != 5) || !reader.is_operator(column.end - 2, ".")) return column;
  const bool has_schema = size == 5;
  const std::string& table = write.alias.empty() ? write.name : write.alias;
  if (!reader.is_name(column.end - 3) || !equals_word(reader.name(column.end - 3), table)) return column;
  const bool is_right_schema =
      write.schema.empty() || (has_schema && equals_word(reader.name(column.begin), write.schema));
  if (has_schema && (!reader.is_operator(column.begin + 1, ".") || !write.alias.empty() || !is_right_schema))
    return column;
  return {column.end - 1, column.end};
}

}  // namespace

// Returns the places of the columns that the clause names, in the form that _upsert has; empty for none.
Result<std::string> StatementRewriter::conflict_target(const Write& write, const Relation& relation,
                                                       const ConflictClause& clause) const {
  if (clause.target.is_empty()) return std::string();
  std::string columns;
  const auto expression_column = [&](std::string_view expression) {
    return std::find_if(relation.columns.begin(), relation.columns.end(), [&](const ColumnInfo& candidate) {
      return !candidate.expression.empty() && is_same_expression(candidate.expression, expression);
    });
  };
  for (Span part : parts_of(reader_, clause.target)) {
    part = without_table(reader_, part, write);
    auto column =
        std::find_if(relation.columns.begin(), relation.columns.end(), [&](const ColumnInfo& candidate) {
          return part.end == part.begin + 1 && reader_.is_name(part.begin) &&
                 equals_word(reader_.name(part.begin), candidate.name);
        });
    if (column == relation.columns.end()) column = expression_column(reader_.text(part));
    if (column == relation.columns.end())
      return Status::invalid(
          "ON CONFLICT clause does not match any PRIMARY KEY or UNIQUE constraint of table " + write.name);
    columns += (columns.empty() ? ":" : ",") + std::to_string(column - relation.columns.begin());
  }
  // Without a partial index of that condition, a full one is meant.
  if (!clause.target_condition.is_empty()) {
    const Span said = without_parentheses(reader_, clause.target_condition);
    const auto condition = expression_column(condition_value(reader_.joined(said)));
    if (condition != relation.columns.end())
      columns += "," + std::to_string(condition - relation.columns.begin());
  }
  return columns;
}

// Returns the value of the hidden column _upsert: for each clause the columns to conflict on, and 0 for DO
// NOTHING or else what DO UPDATE does.
Result<std::string> StatementRewriter::rewrite_conflicts(const Write& write, const Relation& relation) {
  if (write.conflicts.empty()) return std::string();
  const bool has_or = reader_.is_word(write.verb + 1, "OR");
  const bool ignores = has_or && reader_.is_word(write.verb + 2, "IGNORE") &&
                       std::none_of(write.conflicts.begin(), write.conflicts.end(),
                                    [](const ConflictClause& clause) { return clause.is_update; });
  const bool is_plain = reader_.is_word(write.verb, "INSERT") &&
                        (!has_or || ignores || reader_.is_word(write.verb + 2, "ABORT"));
  if (!is_plain) {
    return Status::invalid("ON CONFLICT on temporal table " + write.name +
                           " goes with plain INSERT, not with " +
                           std::string(reader_.text(Span{write.verb, write.verb + (has_or ? 3 : 1)})));
  }
  std::string clauses;
  for (const ConflictClause& clause : write.conflicts) {
    // The message is SQLite's: a clause that names no columns must be the last.
    if (clause.target.is_empty() && &clause != &write.conflicts.back())
      return Status::invalid("near \"ON\": syntax error");
    SPECTRADB_ASSIGN_OR_RETURN(const std::string target, conflict_target(write, relation, clause));
    number_parameters();
    std::string update = "0";
    if (clause.is_update) {
      SPECTRADB_ASSIGN_OR_RETURN(update, conflict_update(write, relation, clause));
    }
    clauses += (clauses.empty() ? "" : " || ';' || ") + update;
    if (!target.empty()) clauses += " || " + string_literal(target);
  }
  for (const ConflictClause& clause : write.conflicts) remove(clause.tokens);
  if (ignores) return std::string();
  return clauses;
}

// Constraints that say ON CONFLICT in the definition apply where the INSERT says nothing. Only SQLite can
// carry out FAIL and ROLLBACK, and only for a statement that says them. Rows that are skipped must not be
// counted.
Status StatementRewriter::say_conflict_action(const Write& write, const Relation& relation,
                                              std::string& upsert) {
  if (!relation.has_conflict_actions || !reader_.is_word(write.verb, "INSERT")) return Status::ok();
  const bool has_or = reader_.is_word(write.verb + 1, "OR");
  std::string_view said_by;
  if (has_or && reader_.is_word(write.verb + 2, "ABORT")) said_by = kSaidByUser;
  counts_rows_ = !has_or && equals_word(relation.conflict_word, "IGNORE");
  if (!has_or && !counts_rows_ && !relation.conflict_word.empty()) {
    if (equals_word(relation.conflict_word, "FAIL") && (write.returning || !write.conflicts.empty()))
      return Status::invalid(
          "ON CONFLICT FAIL in the definition of table " + write.name +
          " goes neither with RETURNING nor with ON CONFLICT in the INSERT: say INSERT OR ABORT");
    edits_.insert(end_of(write.verb), " OR " + relation.conflict_word);
    said_by = kSaidByDefinition;
  }
  if (said_by.empty()) return Status::ok();
  upsert += (upsert.empty() ? "" : " || ") + string_literal(";" + std::string(said_by));
  return Status::ok();
}

// Returns a query of the condition and the new values, over the existing row and the row "excluded".
Result<std::string> StatementRewriter::conflict_update(const Write& write, const Relation& relation,
                                                       const ConflictClause& clause) {
  if (is_trigger_) {
    return Status::invalid("ON CONFLICT DO UPDATE into temporal table " + write.name +
                           " is not available inside a trigger: write UPDATE, then INSERT OR IGNORE");
  }
  for (size_t i = clause.tokens.begin; i + 2 < clause.tokens.end; ++i) {
    if (!reader_.is_name(i) || !equals_word(reader_.name(i), "excluded") || !reader_.is_operator(i + 1, "."))
      continue;
    const std::string column = reader_.name(i + 2);
    const bool is_known = equals_word(column, "_valid_from") || equals_word(column, "_valid_to") ||
                          std::any_of(relation.columns.begin(), relation.columns.end(),
                                      [&](const ColumnInfo& each) { return equals_word(each.name, column); });
    if (!is_known) return Status::invalid("no such column: excluded." + column);
    edits_.replace(begin_of(i), end_of(i + 2), column_name("excluded." + lowered(column)));
  }
  std::string columns;
  std::string values;
  bool has_query = contains_query(reader_, clause.where);
  for (const ConflictClause::Assignment& assignment : clause.assignments) {
    has_query = has_query || contains_query(reader_, assignment.value);
    const bool is_list = reader_.is_operator(assignment.columns.begin, "(");
    const std::vector<Span> names = parts_of(reader_, assignment.columns);
    const std::vector<Span> given =
        is_list ? parts_of(reader_, assignment.value) : std::vector<Span>{assignment.value};
    if (is_list && reader_.is_word(assignment.value.begin + 1, "SELECT"))
      return Status::invalid("ON CONFLICT DO UPDATE SET (…) = (SELECT …) on temporal table " + write.name +
                             " is not available: assign the columns one by one");
    if (names.size() != given.size())
      return Status::invalid(std::to_string(names.size()) + " columns assigned " +
                             std::to_string(given.size()) + " values");
    for (size_t i = 0; i < names.size(); ++i) {
      SPECTRADB_ASSIGN_OR_RETURN(size_t column, assigned_column(write, relation, names[i]));
      if (given[i].is_empty()) return Status::invalid("ON CONFLICT DO UPDATE SET: a value is missing");
      columns += (columns.empty() ? "" : ",") + std::to_string(column);
      values += ", (" + rendered(given[i]) + ")";
    }
  }
  if (columns.empty()) return Status::invalid("ON CONFLICT DO UPDATE SET assigns nothing");
  const ParameterNumbers numbers = sql::number_parameters(reader_, whole_);
  const std::string table(reader_.text(write.name_tokens));
  const std::string target = quoted(write.alias.empty() ? write.name : write.alias);
  // In SQLite the columns of "excluded" have neither affinity nor collation; and the host's authorizer must
  // not be asked about a function here.
  std::string excluded;
  for (const ColumnInfo& column : relation.columns)
    excluded += "CASE WHEN TRUE THEN " + column_name(column.name) + " END AS " +
                quoted("excluded." + lowered(column.name)) + ", ";
  for (const char* bound : {"_valid_from", "_valid_to"})
    excluded += std::string(bound) + " AS " + quoted("excluded." + std::string(bound)) +
                (bound[7] == 'f' ? ", " : "");
  std::string query;
  if (has_query && write.tokens.begin < write.verb) query = rendered({write.tokens.begin, write.verb}) + " ";
  const std::string first_row = "?" + std::to_string(numbers.largest + 1);
  const std::string second_row = "?" + std::to_string(numbers.largest + 2);
  query += "SELECT " + (clause.where.is_empty() ? "1" : "(" + rendered(clause.where) + ") IS TRUE") + values +
           " FROM " + table + " AS " + target + " JOIN (SELECT " + excluded + " FROM " + table +
           " WHERE _written = " + second_row + ") WHERE " + target + "._written = " + first_row;
  const NestedStatement nested = nest(query, numbers);
  std::map<long, std::string> used = nested.used;
  used.erase(numbers.largest + 1);
  used.erase(numbers.largest + 2);
  return "spectradb_upsert(" + string_literal(nested.text) + ", '" + columns + "', " +
         std::to_string(numbers.largest + 1) + passed(used) + ")";
}

Result<size_t> StatementRewriter::assigned_column(const Write& write, const Relation& relation,
                                                  Span name) const {
  const std::string spelled = name.end == name.begin + 1 && reader_.is_name(name.begin)
                                  ? reader_.name(name.begin)
                                  : std::string(reader_.text(name));
  for (size_t i = 0; i < relation.columns.size(); ++i) {
    if (!equals_word(relation.columns[i].name, spelled)) continue;
    if (relation.columns[i].is_generated)
      return Status::invalid("cannot UPDATE generated column \"" + relation.columns[i].name + "\"");
    return i;
  }
  if (equals_word(spelled, "_valid_from") || equals_word(spelled, "_valid_to"))
    return Status::invalid(
        spelled + " of table " + write.name +
        " cannot be assigned in ON CONFLICT DO UPDATE: the period is that of the inserted row");
  return Status::invalid("no such column: " + spelled);
}

}  // namespace spectradb::sql
