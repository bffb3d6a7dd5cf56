// Rewrites INSERT … VALID FROM … TO … (or UNTIL NEXT), the DEFAULTs of an INSERT, and FOR PORTION OF.
#include <algorithm>
#include <optional>

#include "sql/rewrite/statement_rewriter.h"
#include "sql/shape/nested_statement.h"
#include "sql/shape/result_columns.h"

namespace spectradb::sql {

namespace {

// A DEFAULT that is a bare name means the text of the name; as an expression it would be a column.
std::string default_value(const std::string& default_sql) {
  static constexpr std::string_view kValues[] = {"NULL",         "TRUE",        "FALSE", "CURRENT_TIMESTAMP",
                                                 "CURRENT_DATE", "CURRENT_TIME"};
  const Reader reader(default_sql, tokenize(default_sql));
  const bool is_name =
      reader.size() == 1 && (reader.kind(0) == TokenKind::kQuoted ||
                             (reader.kind(0) == TokenKind::kWord && !reader.is_any_word(0, kValues)));
  if (!is_name) return "(" + default_sql + ")";
  return string_literal(reader.name(0));
}

// The number of columns that the query gives, where the text tells: a SELECT without a star.
std::optional<size_t> selected_columns(const Reader& reader, Span query) {
  if (query.is_empty() || !reader.is_word(query.begin, "SELECT")) return std::nullopt;
  const std::vector<ResultColumn> columns =
      read_result_columns(reader, result_list(reader, query.begin, query.end));
  const bool is_told = std::all_of(columns.begin(), columns.end(), [&](const ResultColumn& column) {
    return !column.expression.is_empty() && !reader.is_operator(column.expression.end - 1, "*");
  });
  return is_told && !columns.empty() ? std::optional<size_t>(columns.size()) : std::nullopt;
}

bool has_generated(const Relation& relation) {
  return std::any_of(relation.columns.begin(), relation.columns.end(),
                     [](const ColumnInfo& column) { return column.is_generated; });
}

}  // namespace

Status StatementRewriter::rewrite_write(const Write& write) {
  if (!write.missing_time.is_empty() && find(write.schema, write.name).kind == RelationKind::kTemporal)
    return missing_time(write.missing_time);
  if (write.kind == Write::Kind::kInsert) {
    SPECTRADB_RETURN_IF_ERROR(rewrite_insert(write));
  } else if (write.portion) {
    SPECTRADB_RETURN_IF_ERROR(rewrite_portion(write));
  }
  return rewrite_returning(write);
}

// WHERE condition becomes WHERE t._portion = spectradb_period(from, to) AND (condition).
Status StatementRewriter::rewrite_portion(const Write& write) {
  const Relation relation = find(write.schema, write.name);
  if (relation.kind == RelationKind::kOrdinary || relation.kind == RelationKind::kView) {
    return Status::invalid("FOR PORTION OF VALID_TIME: table " + write.name + " is not a temporal table" +
                           catalog_.why_ordinary(write.schema, write.name));
  }
  if (relation.kind == RelationKind::kNone)
    return Status::invalid("no such table: " + write.name + catalog_.why_ordinary(write.schema, write.name));
  SPECTRADB_RETURN_IF_ERROR(check_portion(write));
  number_parameters();
  remove(write.portion->tokens);
  const std::string target = quoted(write.alias.empty() ? write.name : write.alias);
  const std::string condition = target + "._portion = spectradb_period(" +
                                rendered_time(write.portion->from) + ", " + rendered_time(write.portion->to) +
                                ")";
  if (write.where && *write.where + 1 < write.body_end) {
    edits_.insert(end_of(*write.where), " " + condition + " AND (");
    edits_.insert(end_of(write.body_end - 1), ")");
  } else if (!write.where) {
    edits_.insert(end_of(write.body_end - 1), " WHERE " + condition);
  }
  return Status::ok();
}

Status StatementRewriter::check_portion(const Write& write) const {
  for (Span bound : {write.portion->from, write.portion->to}) {
    if (!reader_.names_column(bound, is_trigger_)) continue;
    return Status::invalid(
        "FOR PORTION OF: the bounds are constants, parameters or expressions without columns, not '" +
        std::string(reader_.text(bound)) + "'");
  }
  auto check = [&](size_t i) {
    const std::string name = reader_.is_name(i) ? reader_.name(i) : std::string();
    if (!equals_word(name, "_valid_from") && !equals_word(name, "_valid_to")) return Status::ok();
    return Status::invalid(name + " of table " + write.name +
                           " cannot be assigned inside FOR PORTION OF: the portion says the period");
  };
  const size_t end = write.set_list.end;
  for (size_t i = write.set_list.begin; i < end; ++i) {  // a = …, (a, b) = …
    if (reader_.is_operator(i, "(")) {
      for (const size_t behind = reader_.behind_parenthesis(i, end); i < behind; ++i)
        SPECTRADB_RETURN_IF_ERROR(check(i));
    } else {
      SPECTRADB_RETURN_IF_ERROR(check(i));
    }
    while (i < end && !reader_.is_operator(i, ","))
      i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, end) : i + 1;
  }
  return Status::ok();
}

Status StatementRewriter::rewrite_insert(const Write& write) {
  const bool has_period = !write.valid_clause.is_empty();
  if (!write.query.is_empty() && !is_trigger_) note_copy(write);
  const Relation relation = find(write.schema, write.name);
  if (relation.kind != RelationKind::kTemporal) {
    if (!has_period) return Status::ok();
    if (relation.kind == RelationKind::kNone)
      return Status::invalid("no such table: " + write.name +
                             catalog_.why_ordinary(write.schema, write.name));
    return Status::invalid("VALID FROM … TO …: table " + write.name + " is not a temporal table" +
                           catalog_.why_ordinary(write.schema, write.name));
  }
  const bool has_rows = !write.rows.empty() || !write.query.is_empty() || !write.default_values.is_empty();
  if (!has_rows) return Status::ok();  // a syntax error that SQLite reports
  if (has_period && (names(write.columns, "_valid_from") || names(write.columns, "_valid_to"))) {
    return Status::invalid("the valid period of " + write.name + " is given twice: in the columns and as '" +
                           std::string(reader_.text(write.valid_clause)) + "'");
  }
  SPECTRADB_RETURN_IF_ERROR(check_value_counts(write, relation));
  let_last_key_count(write, relation);
  std::string columns;
  std::string values;
  auto add = [&](const std::string& column, const std::string& value) {
    columns += (columns.empty() ? "" : ", ") + column;
    values += (values.empty() ? "" : ", ") + value;
  };
  // SQLite passes NULL to virtual tables for columns that are not named. So their defaults are written out,
  // and _given says that a NULL which arrives is meant; 2 says so of the period, too.
  bool has_defaults = false;
  for (const ColumnInfo& column : relation.columns) {
    if (column.default_sql.empty()) continue;
    has_defaults = true;
    const bool is_given =
        write.default_values.is_empty() && (write.columns.is_empty() || names(write.columns, column.name));
    if (is_given) continue;
    SPECTRADB_RETURN_IF_ERROR(catalog_.check_stored(relation.schema, column.default_sql,
                                                    "the DEFAULT of " + write.name + "." + column.name));
    add(quoted(column.name), default_value(column.default_sql));
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::string upsert, rewrite_conflicts(write, relation));
  SPECTRADB_RETURN_IF_ERROR(say_conflict_action(write, relation, upsert));
  if (!upsert.empty()) add("_upsert", upsert);
  const bool gives_period =
      has_period || names(write.columns, "_valid_from") || names(write.columns, "_valid_to");
  // _given also carries how many columns the table had, because a trigger may keep this text after ALTER
  // TABLE. A text that leaves columns or DEFAULTs to the table carries their fingerprint, so that the table
  // refuses it with others.
  int64_t given =
      static_cast<int64_t>(relation.known_columns) * 4 + (relation.starts_now && gives_period ? 2 : 1);
  if (!is_trigger_) given += static_cast<int64_t>(relation.fingerprint) << 32;
  const bool says_columns = relation.fingerprint != 0 && !is_trigger_ && write.columns.is_empty() &&
                            write.default_values.is_empty() &&
                            (has_period || !columns.empty() || has_generated(relation));
  // A fact of a dump says there what it is (extension/write/replay_writer.cc).
  const bool wants_given = has_defaults || relation.starts_now || says_columns;
  if (wants_given && !names(write.columns, "_given")) add("_given", std::to_string(given));
  if (has_period) {
    number_parameters();
    add("_valid_from", write.valid_from.is_empty() ? "NULL" : rendered_time(write.valid_from));
    add("_valid_to", write.until_next            ? "'next'"
                     : write.valid_to.is_empty() ? "NULL"
                                                 : rendered_time(write.valid_to));
    remove(write.valid_clause);
  }
  return add_columns(write, relation, columns, values);
}

// Checks the counts here, in SQLite's words: SQLite would also count the columns that are added.
Status StatementRewriter::check_value_counts(const Write& write, const Relation& relation) const {
  const auto count = [&](Span list) {
    size_t values = 1;
    for (size_t i = list.begin + 1; i + 1 < list.end;) {
      if (reader_.is_operator(i, ",")) ++values;
      i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, list.end) : i + 1;
    }
    return list.end - list.begin > 2 ? values : 0;
  };
  const std::optional<size_t> selected = selected_columns(reader_, write.query);
  if (write.rows.empty() && !selected) return Status::ok();
  const size_t given = selected ? *selected : count(write.rows.front());
  const bool are_alike =
      std::all_of(write.rows.begin(), write.rows.end(), [&](Span row) { return count(row) == given; });
  if (!are_alike || given == 0) return Status::ok();  // SQLite reports it
  if (!write.columns.is_empty()) {
    const size_t named = count(write.columns);
    if (named == given || named == 0) return Status::ok();
    return Status::invalid(std::to_string(given) + " values for " + std::to_string(named) + " columns");
  }
  const auto stored =
      static_cast<size_t>(std::count_if(relation.columns.begin(), relation.columns.end(),
                                        [](const ColumnInfo& column) { return !column.is_generated; }));
  if (stored == given) return Status::ok();
  return Status::invalid("table " + write.name + " has " + std::to_string(stored) + " columns but " +
                         std::to_string(given) + " values were supplied");
}

// INSERT INTO t(id, id): of a column that is named twice SQLite takes the first value, of a rowid the last, but a virtual
// table's integer key is to it a column as others. The names before the last become one that no INSERT reads.
void StatementRewriter::let_last_key_count(const Write& write, const Relation& relation) {
  std::optional<size_t> last;
  for (size_t i = write.columns.begin; i < write.columns.end; ++i) {
    if (!reader_.is_name(i)) continue;
    const std::string name = reader_.name(i);
    const bool is_key = std::any_of(relation.integer_key_names.begin(), relation.integer_key_names.end(),
                                    [&](const std::string& each) { return equals_word(each, name); });
    if (!is_key) continue;
    if (last) edits_.replace(begin_of(*last), end_of(*last), "_written");
    last = i;
  }
}

// Adds the columns to the list, which is written out when there is none, and the values to every row.
Status StatementRewriter::add_columns(const Write& write, const Relation& relation,
                                      const std::string& columns, const std::string& values) {
  if (!write.default_values.is_empty()) {
    if (columns.empty()) return Status::ok();
    edits_.replace(begin_of(write.default_values.begin), end_of(write.default_values.end - 1),
                   "(" + columns + ") VALUES (" + values + ")");
    return Status::ok();
  }
  if (columns.empty() && !(has_generated(relation) && write.columns.is_empty())) return Status::ok();
  if (write.columns.is_empty()) {
    std::string all;
    for (const ColumnInfo& column : relation.columns) {
      if (!column.is_generated) all += (all.empty() ? "" : ", ") + quoted(column.name);
    }
    edits_.insert(end_of(write.columns_at - 1), " (" + all + (columns.empty() ? "" : ", " + columns) + ")");
  } else {
    edits_.insert(begin_of(write.columns.end - 1), ", " + columns);
  }
  if (values.empty()) return Status::ok();
  // The query of ON CONFLICT DO UPDATE is prepared once for all rows, not for each.
  const bool is_for_all =
      write.rows.size() > 1 && std::any_of(write.conflicts.begin(), write.conflicts.end(),
                                           [](const ConflictClause& clause) { return clause.is_update; });
  const Span query = is_for_all ? Span{write.rows.front().begin - 1, write.rows.back().end} : write.query;
  if (!is_for_all) {
    for (Span row : write.rows) edits_.insert(begin_of(row.end - 1), ", " + values);
  }
  if (!query.is_empty()) {
    edits_.insert(begin_of(query.begin), "SELECT *, " + values + " FROM (");
    edits_.insert(end_of(query.end - 1), ")");
  }
  return Status::ok();
}

// Recognizes SELECT column, … FROM table.
void StatementRewriter::note_copy(const Write& write) {
  size_t i = write.query.begin;
  if (!reader_.is_word(i, "SELECT") || reader_.is_word(0, "EXPLAIN")) return;
  std::vector<std::string> sources;
  std::vector<std::string> qualifiers;  // of these: an empty one where there is none
  for (++i;; ++i) {
    const size_t begin = i;
    while (i < write.query.end && !reader_.is_operator(i, ",") && !reader_.is_word(i, "FROM"))
      i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, write.query.end) : i + 1;
    Span item{begin, i};
    const bool has_alias = item.end > item.begin + 2 && reader_.is_word(item.end - 2, "AS");
    if (has_alias) item.end -= 2;
    if (reader_.is_word(item.begin, "CAST") && item.end > item.begin + 3 &&
        reader_.is_operator(item.begin + 1, "(") &&
        reader_.behind_parenthesis(item.begin + 1, item.end) == item.end) {
      item.begin += 2;
      size_t as = item.begin;
      while (as < item.end && !reader_.is_word(as, "AS")) ++as;
      item.end = as;
    }
    const bool is_qualified = item.end == item.begin + 3 && reader_.is_operator(item.begin + 1, ".");
    qualifiers.push_back(is_qualified ? reader_.name(item.begin) : "");
    if (is_qualified) item.begin += 2;
    const bool is_column = item.end == item.begin + 1 && (reader_.kind(item.begin) == TokenKind::kWord ||
                                                          reader_.kind(item.begin) == TokenKind::kQuoted);
    const bool is_all = item.end == item.begin + 1 && reader_.is_operator(item.begin, "*");
    sources.push_back(is_column ? reader_.name(item.begin) : is_all ? "*" : "");
    if (i >= write.query.end) return;
    if (reader_.is_word(i, "FROM")) break;
  }
  std::string schema;
  std::string source;
  ++i;
  if (i >= write.query.end || !reader_.take_name(i, schema, source)) return;
  std::string alias = source;
  if (i < write.query.end && reader_.is_word(i, "AS")) ++i;
  if (i < write.query.end && reader_.is_name(i) && !reader_.is_reserved(i)) alias = reader_.name(i++);
  // Another table may have given a column that does not say whose it is.
  const bool is_alone = i >= write.query.end || reader_.is_word(i, "WHERE") || reader_.is_word(i, "ORDER") ||
                        reader_.is_word(i, "LIMIT");
  for (size_t item = 0; item < sources.size(); ++item) {
    const bool is_of_source = qualifiers[item].empty() ? is_alone : equals_word(qualifiers[item], alias);
    if (!is_of_source) sources[item].clear();
  }
  std::vector<std::string> columns;
  for (size_t column = write.columns.begin; column < write.columns.end; ++column)
    if (reader_.is_name(column)) columns.push_back(reader_.name(column));
  catalog_.note_copy({write.schema, write.name}, columns, {schema, source}, sources);
}

// Whether a list of columns names this column.
bool StatementRewriter::names(Span columns, std::string_view column) const {
  for (size_t i = columns.begin; i < columns.end; ++i) {
    if (reader_.is_name(i) && equals_word(reader_.name(i), column)) return true;
  }
  return false;
}

}  // namespace spectradb::sql
