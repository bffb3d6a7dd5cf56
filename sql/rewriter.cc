#include "sql/rewriter.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>

#include "sql/create_table.h"
#include "sql/edits.h"
#include "sql/shape.h"
#include "sql/splitter.h"

namespace spectradb::sql {

namespace {

constexpr int kMaxViewDepth = 50;

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// Times for the tables of a view, as SQL text; empty for none.
struct OuterTimes {
  std::string text[2];  // by Axis
};

class StatementRewriter {
 public:
  StatementRewriter(std::string_view sql, const Reader& reader, Catalog& catalog, int view_depth)
      : sql_(sql), reader_(reader), catalog_(catalog), view_depth_(view_depth), edits_(sql) {}

  // Rewrites what stands in `statement`. Afterwards render() gives the text.
  Status rewrite(Span statement, const OuterTimes* outer) {
    size_t i = statement.begin;
    if (reader_.is_word(i, "EXPLAIN")) i += reader_.is_words(i + 1, "QUERY", "PLAN") ? 3 : 1;
    Span inner{i, statement.end};
    Span body;
    if (is_trigger(reader_, inner, &body)) return rewrite_trigger(body);
    if (reader_.is_word(i, "CREATE")) return rewrite_create(inner);
    if (reader_.is_word(i, "ALTER")) return refuse_alter(inner);
    return rewrite_query_or_write(inner, outer);
  }

  bool is_changed() const { return edits_.count() > numbered_; }  // numbers alone change nothing
  bool has_temporal() const { return has_temporal_; }

  std::string render(Span statement) {
    number_parameters(statement);
    return edits_.render(reader_.token(statement.begin).begin, reader_.token(statement.end - 1).end);
  }

  Status rewrite_query_or_write(Span statement, const OuterTimes* outer) {
    static constexpr std::string_view kVerbs[] = {"SELECT", "WITH", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"};
    const bool is_ours = std::any_of(std::begin(kVerbs), std::end(kVerbs), [&](std::string_view verb) { return reader_.is_word(statement.begin, verb); });
    if (!is_ours) return Status::ok();
    Result<Shape> shape = read_shape(reader_, statement);
    if (!shape) return shape.status();
    // Parameters first: whatever is rendered below carries its numbers.
    if (will_change(*shape)) number_parameters(statement);
    for (Span clause : shape->clauses) remove(clause);
    for (const Write& write : shape->writes) SPECTRADB_RETURN_IF_ERROR(rewrite_write(write));
    bool has_any = false;
    for (const TableReference& table : shape->tables) SPECTRADB_RETURN_IF_ERROR(rewrite_table(table, outer, has_any));
    if (!shape->clauses.empty() && !has_any) {
      return Status::invalid("'" + std::string(reader_.text(shape->clauses.front())) + "' stands in a query that reads no temporal table");
    }
    return Status::ok();
  }

 private:
  static bool will_change(const Shape& shape) { return !shape.clauses.empty() || !shape.writes.empty(); }

  void remove(Span span) { edits_.replace(reader_.token(span.begin).begin, reader_.token(span.end - 1).end, ""); }
  size_t begin_of(size_t token) const { return token < reader_.size() ? reader_.token(token).begin : sql_.size(); }
  size_t end_of(size_t token) const { return reader_.token(token).end; }
  std::string rendered(Span span) const { return edits_.render(reader_.token(span.begin).begin, reader_.token(span.end - 1).end); }

  // A time as an argument. What is not plainly a time may be NULL when it runs, which must not read the present.
  std::string argument(const Time& time) const {
    auto range = [&](const char* form) {
      return std::string("spectradb_range('") + form + "', " + rendered(time.at) + ", " + rendered(time.until) + ")";
    };
    switch (time.form) {
      case Time::Form::kAll: return "'all'";
      case Time::Form::kFromTo: return range("from");
      case Time::Form::kBetween: return range("between");
      case Time::Form::kContained: return range("contained");
      case Time::Form::kAt: break;
    }
    const TokenKind kind = reader_.kind(time.at.begin);
    const bool is_literal = time.at.end == time.at.begin + 1 && (kind == TokenKind::kNumber || kind == TokenKind::kString);
    return is_literal ? std::string(reader_.text(time.at)) : "spectradb_time(" + rendered(time.at) + ")";
  }

  // Anonymous parameters get their numbers, so that moving and repeating text does not change which is which.
  void number_parameters(Span statement) {
    if (is_numbered_ || view_depth_ > 0) return;
    is_numbered_ = true;
    long largest = 0;
    std::map<std::string, long, std::less<>> named;
    for (size_t i = statement.begin; i < statement.end; ++i) {
      if (reader_.kind(i) != TokenKind::kParameter) continue;
      const std::string_view text = reader_.text(i);
      if (text == "?") {
        ++largest;
        edits_.replace(reader_.token(i).begin, reader_.token(i).end, "?" + std::to_string(largest));
        ++numbered_;
      } else if (text[0] == '?') {
        largest = std::max(largest, std::strtol(std::string(text.substr(1)).c_str(), nullptr, 10));
      } else if (named.emplace(std::string(text), largest + 1).second) {
        ++largest;
      }
    }
  }

  Status rewrite_table(const TableReference& table, const OuterTimes* outer, bool& has_any) {
    const bool is_named_in_text = table.times[0] || table.times[1];
    const bool is_from_outside = outer != nullptr && !table.has_arguments && (!outer->text[0].empty() || !outer->text[1].empty());
    if (!is_named_in_text && !is_from_outside) return Status::ok();
    const Relation relation = catalog_.find(table.schema, table.name);
    std::string times[2];
    for (size_t axis = 0; axis < 2; ++axis) {
      if (table.times[axis]) {
        times[axis] = argument(*table.times[axis]);
      } else if (outer != nullptr) {
        times[axis] = outer->text[axis];
      }
    }
    const bool is_direct = table.is_direct[0] || table.is_direct[1];
    switch (relation.kind) {
      case RelationKind::kOrdinary:
        if (!is_direct) return Status::ok();
        return Status::invalid("table " + table.name + " is an ordinary table: it has no history to read AS OF or VALID AT (CREATE TABLE … WITH SYSTEM VERSIONING makes a temporal one)");
      case RelationKind::kNone:
        if (!is_direct) return Status::ok();
        break;  // SQLite will say that there is no such table
      case RelationKind::kView: return inline_view(table, relation, times, is_direct, has_any);
      case RelationKind::kTemporal: break;
    }
    has_any = has_temporal_ = true;
    const std::string valid = times[1].empty() ? "" : ", " + times[1];
    edits_.insert(end_of(table.tokens.end - 1), "(" + (times[0].empty() ? "NULL" : times[0]) + valid + ")");
    return Status::ok();
  }

  // A view becomes its query, read at the times given to it.
  Status inline_view(const TableReference& table, const Relation& relation, const std::string (&times)[2], bool is_direct, bool& has_any) {
    if (view_depth_ >= kMaxViewDepth) return Status::invalid("view " + table.name + " is nested too deeply, or refers to itself");
    const Reader view(relation.view_select, tokenize(relation.view_select));
    size_t i = 0;
    while (i < view.size() && !view.is_word(i, "VIEW")) ++i;
    ++i;
    if (view.is_word(i, "IF")) i += 3;
    if (view.is_operator(i + 1, ".")) i += 2;
    const size_t name = i++;
    Span columns;
    if (view.is_operator(i, "(")) {
      columns = {i, view.behind_parenthesis(i, view.size())};
      i = columns.end;
    }
    if (!view.is_word(i, "AS") || name >= view.size()) return Status::invalid("cannot read the definition of view " + table.name);
    Span select{i + 1, view.size()};
    while (!select.is_empty() && view.kind(select.end - 1) == TokenKind::kSemicolon) --select.end;
    StatementRewriter inner(relation.view_select, view, catalog_, view_depth_ + 1);
    const OuterTimes outer{{times[0], times[1]}};
    SPECTRADB_RETURN_IF_ERROR(inner.rewrite_query_or_write(select, &outer));
    if (!inner.has_temporal()) {
      if (!is_direct) return Status::ok();
      return Status::invalid("view " + table.name + " reads no temporal table: it has no history to read AS OF or VALID AT");
    }
    has_any = has_temporal_ = true;
    std::string text = inner.render(select);
    if (!columns.is_empty()) {
      const std::string view_name = quoted(table.name);
      text = "WITH " + view_name + std::string(view.text(columns)) + " AS (" + text + ") SELECT * FROM " + view_name;
    }
    text = "(" + text + ")";
    if (!table.has_alias) text += " AS " + quoted(table.name);
    edits_.replace(reader_.token(table.tokens.begin).begin, end_of(table.tokens.end - 1), text);
    return Status::ok();
  }

  Status rewrite_trigger(Span body) {
    size_t i = body.begin;
    while (i < body.end) {
      Span statement{i, i};
      while (statement.end < body.end && reader_.kind(statement.end) != TokenKind::kSemicolon) ++statement.end;
      if (!statement.is_empty()) SPECTRADB_RETURN_IF_ERROR(rewrite_query_or_write(statement, nullptr));
      i = statement.end + 1;
    }
    return Status::ok();
  }

  Status rewrite_create(Span statement) {
    Result<std::optional<std::string>> table = temporal_create_table(reader_, statement);
    if (!table) return table.status();
    if (table->has_value()) {
      edits_.replace(reader_.token(statement.begin).begin, reader_.token(statement.end - 1).end, **table);
      return Status::ok();
    }
    // CREATE TABLE … AS query, CREATE VIEW … AS query.
    for (size_t i = statement.begin; i < statement.end; ++i) {
      if (reader_.is_operator(i, "(")) {
        i = reader_.behind_parenthesis(i, statement.end) - 1;
      } else if (reader_.is_word(i, "AS")) {
        return rewrite_query_or_write({i + 1, statement.end}, nullptr);
      }
    }
    return Status::ok();
  }

  // SQLite would silently add a column named SYSTEM.
  Status refuse_alter(Span statement) {
    for (size_t i = statement.begin; i < statement.end; ++i) {
      if (!reader_.is_words(i, "SYSTEM", "VERSIONING")) continue;
      return Status::invalid("ALTER TABLE … ADD or DROP SYSTEM VERSIONING is not available: create a temporal table WITH SYSTEM VERSIONING and INSERT … SELECT the rows");
    }
    return Status::ok();
  }

  // --- writes ---

  Status rewrite_write(const Write& write) {
    if (write.kind == Write::Kind::kInsert) return rewrite_insert(write);
    if (!write.portion) return Status::ok();
    const Relation relation = catalog_.find(write.schema, write.name);
    if (relation.kind == RelationKind::kOrdinary || relation.kind == RelationKind::kView) {
      return Status::invalid("FOR PORTION OF VALID_TIME: table " + write.name + " is not a temporal table");
    }
    SPECTRADB_RETURN_IF_ERROR(check_portion(write));
    has_temporal_ = true;
    remove(write.portion->tokens);
    const std::string target = quoted(write.alias.empty() ? write.name : write.alias);
    const std::string condition = target + "._portion = spectradb_period(" + rendered(write.portion->from) + ", " + rendered(write.portion->to) + ")";
    if (write.where) {
      edits_.insert(end_of(*write.where), " " + condition + " AND (");
      edits_.insert(end_of(write.body_end - 1), ")");
    } else {
      edits_.insert(end_of(write.body_end - 1), " WHERE " + condition);
    }
    return Status::ok();
  }

  Status check_portion(const Write& write) const {
    for (Span bound : {write.portion->from, write.portion->to}) {
      for (size_t i = bound.begin; i < bound.end; ++i) {
        if (reader_.is_operator(i, "(") && (reader_.is_word(i + 1, "SELECT") || reader_.is_word(i + 1, "WITH"))) {
          i = reader_.behind_parenthesis(i, bound.end) - 1;
          continue;
        }
        const bool is_word = reader_.kind(i) == TokenKind::kWord || reader_.kind(i) == TokenKind::kQuoted;
        const bool is_constant = reader_.is_word(i, "NULL") || reader_.is_word(i, "CURRENT_TIMESTAMP") || reader_.is_word(i, "CURRENT_DATE") ||
                                 reader_.is_word(i, "CASE") || reader_.is_word(i, "CAST");
        if (is_word && !is_constant && !reader_.is_operator(i + 1, "(") && !is_inside_cast(bound, i)) {
          return Status::invalid("FOR PORTION OF: the bounds are constants, parameters or expressions without columns, not '" + std::string(reader_.text(bound)) + "'");
        }
      }
    }
    for (size_t i = write.set_list.begin; i < write.set_list.end; ++i) {
      if (reader_.is_operator(i, "(") && (reader_.is_word(i + 1, "SELECT") || reader_.is_word(i + 1, "WITH"))) {
        i = reader_.behind_parenthesis(i, write.set_list.end) - 1;
        continue;
      }
      const bool is_target = reader_.is_operator(i + 1, "=") || reader_.is_operator(i + 1, ",") || reader_.is_operator(i + 1, ")");
      const bool follows = reader_.is_word(i - 1, "SET") || reader_.is_operator(i - 1, ",") || reader_.is_operator(i - 1, "(");
      if (!is_target || !follows || !reader_.is_name(i)) continue;
      const std::string name = reader_.name(i);
      if (equals_word(name, "_valid_from") || equals_word(name, "_valid_to")) {
        return Status::invalid(name + " of table " + write.name + " cannot be assigned inside FOR PORTION OF: the portion says the period");
      }
    }
    return Status::ok();
  }

  // The type in CAST(x AS type), and CASE's own words, are no columns.
  bool is_inside_cast(Span bound, size_t i) const {
    static constexpr std::string_view kWords[] = {"WHEN", "THEN", "ELSE", "END", "AS", "AND", "OR", "NOT", "IS", "IN", "LIKE", "BETWEEN"};
    if (std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) { return reader_.is_word(i, word); })) return true;
    return i > bound.begin && reader_.is_word(i - 1, "AS");
  }

  Status rewrite_insert(const Write& write) {
    const bool has_period = !write.valid_clause.is_empty();
    const Relation relation = catalog_.find(write.schema, write.name);
    if (relation.kind != RelationKind::kTemporal) {
      if (!has_period) return Status::ok();
      if (relation.kind == RelationKind::kNone) return Status::invalid("no such table: " + write.name);
      return Status::invalid("VALID FROM … TO …: table " + write.name + " is not a temporal table");
    }
    has_temporal_ = true;
    const bool has_defaults = std::any_of(relation.columns.begin(), relation.columns.end(), [](const ColumnInfo& column) { return !column.default_sql.empty(); });
    const bool has_generated = std::any_of(relation.columns.begin(), relation.columns.end(), [](const ColumnInfo& column) { return column.is_generated; });
    const bool names_columns = write.columns.is_empty() && (has_generated || has_period || has_defaults);
    if (!has_period && !has_defaults && !names_columns) return Status::ok();
    const bool can_extend = !write.rows.empty() || !write.query.is_empty() || write.default_values;
    if (!can_extend) return Status::ok();  // a syntax error that SQLite reports

    std::string columns;
    std::string values;
    auto add = [&](const std::string& column, const std::string& value) {
      columns += (columns.empty() ? "" : ", ") + column;
      values += (values.empty() ? "" : ", ") + value;
    };
    // SQLite passes NULL to virtual tables for columns that are not named: their defaults are written out, and _given says
    // that a NULL that arrives is meant.
    if (has_defaults) {
      for (const ColumnInfo& column : relation.columns) {
        if (!column.default_sql.empty() && !is_given(write, column)) add(quoted(column.name), "(" + column.default_sql + ")");
      }
      add("_given", "1");
    }
    if (has_period) {
      add("_valid_from", write.valid_from.is_empty() ? "NULL" : rendered(write.valid_from));
      add("_valid_to", write.valid_to.is_empty() ? "NULL" : rendered(write.valid_to));
      remove(write.valid_clause);
    }
    if (write.default_values) {
      if (columns.empty()) return Status::ok();
      edits_.replace(begin_of(write.default_values->begin), end_of(write.default_values->end - 1), "(" + columns + ") VALUES (" + values + ")");
      return Status::ok();
    }
    if (write.columns.is_empty()) {
      std::string all;
      for (const ColumnInfo& column : relation.columns) {
        if (!column.is_generated) all += (all.empty() ? "" : ", ") + quoted(column.name);
      }
      edits_.insert(end_of(write.columns_at - 1), " (" + all + (columns.empty() ? "" : ", " + columns) + ")");
    } else if (!columns.empty()) {
      edits_.insert(begin_of(write.columns.end - 1), ", " + columns);
    }
    if (values.empty()) return Status::ok();
    for (Span row : write.rows) edits_.insert(begin_of(row.end - 1), ", " + values);
    if (!write.query.is_empty()) {
      edits_.insert(begin_of(write.query.begin), "SELECT *, " + values + " FROM (");
      edits_.insert(end_of(write.query.end - 1), ")");
    }
    return Status::ok();
  }

  // Whether an INSERT names a column, or has no list and so names all.
  bool is_given(const Write& write, const ColumnInfo& column) const {
    if (write.default_values) return false;
    if (write.columns.is_empty()) return true;
    for (size_t i = write.columns.begin; i < write.columns.end; ++i) {
      if (reader_.is_name(i) && equals_word(reader_.name(i), column.name)) return true;
    }
    return false;
  }

  std::string_view sql_;
  const Reader& reader_;
  Catalog& catalog_;
  const int view_depth_;
  Edits edits_;
  bool is_numbered_ = false;
  size_t numbered_ = 0;  // edits that only give a parameter its number
  bool has_temporal_ = false;
};

size_t end_of_text(std::string_view sql, const Reader& reader, Span statement) {
  return statement.end < reader.size() ? reader.token(statement.end).end : sql.size();
}

Result<Rewritten> rewrite_at(std::string_view sql, const Reader& reader, Span statement, Catalog& catalog) {
  Rewritten result;
  result.consumed = end_of_text(sql, reader, statement);
  if (statement.is_empty()) return result;
  StatementRewriter rewriter(sql, reader, catalog, 0);
  SPECTRADB_RETURN_IF_ERROR(rewriter.rewrite(statement, nullptr));
  if (!rewriter.is_changed()) return result;
  result.changed = true;
  result.text = rewriter.render(statement);
  return result;
}

}  // namespace

bool may_be_temporal(std::string_view sql) {
  // Words by their first letter; the scan looks at each word once.
  auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= '0' && c <= '9'); };
  for (size_t i = 0; i < sql.size();) {
    if (!is_letter(sql[i])) {
      ++i;
      continue;
    }
    size_t end = i + 1;
    while (end < sql.size() && is_letter(sql[end])) ++end;
    const std::string_view word = sql.substr(i, end - i);
    switch (word.size()) {
      case 2:
        if (equals_word(word, "OF")) return true;
        break;
      case 3:
        if (equals_word(word, "FOR")) return true;
        break;
      case 5:
        if (equals_word(word, "VALID") || equals_word(word, "TABLE")) return true;
        break;
      case 6:
        if (equals_word(word, "INSERT") || equals_word(word, "SYSTEM")) return true;
        break;
      case 7:
        if (equals_word(word, "REPLACE")) return true;
        break;
      default: break;
    }
    i = end;
  }
  return false;
}

Result<Rewritten> rewrite_statement(std::string_view sql, Catalog& catalog) {
  const Reader reader(sql, tokenize(sql));
  return rewrite_at(sql, reader, first_statement(reader, 0), catalog);
}

Result<std::string> rewrite_script(std::string_view sql, Catalog& catalog) {
  const Reader reader(sql, tokenize(sql));
  std::string out;
  size_t from = 0;
  for (size_t i = 0; i < reader.size();) {
    const Span statement = first_statement(reader, i);
    Result<Rewritten> one = rewrite_at(sql, reader, statement, catalog);
    if (!one) return one.status();
    if (one->changed) {
      out.append(sql.substr(from, reader.token(statement.begin).begin - from));
      out.append(one->text);
      from = reader.token(statement.end - 1).end;
    }
    out.append(sql.substr(from, one->consumed - from));
    from = one->consumed;
    i = statement.end + 1;
  }
  out.append(sql.substr(from));
  return out;
}

}  // namespace spectradb::sql
