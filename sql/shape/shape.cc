#include "sql/shape/shape.h"

#include <algorithm>

#include "sql/shape/shape_reader.h"

namespace spectradb::sql {

void Sources::add(const Sources& other) {
  tables.insert(tables.end(), other.tables.begin(), other.tables.end());
  common.insert(common.end(), other.common.begin(), other.common.end());
}

bool is_same_time(const Reader& reader, const BoundClause* a, const BoundClause* b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr) return false;
  const Time& x = a->clause.time;
  const Time& y = b->clause.time;
  const auto is_same = [&](const Instant& one, const Instant& other) {
    return one.unit == other.unit && reader.text(one.expression) == reader.text(other.expression);
  };
  if (x.form != y.form || x.is_only != y.is_only || !is_same(x.at, y.at) || !is_same(x.until, y.until))
    return false;
  for (Span span : {x.at.expression, x.until.expression}) {
    for (size_t i = span.begin; i < span.end; ++i) {
      if (reader.text(i) == "?") return false;
    }
  }
  return true;
}

Status ShapeReader::statement(Span span) {
  const size_t end = span.end;
  size_t i = span.begin;
  begin_ = i;
  Scope scope(*this);
  Sources sources;
  SPECTRADB_RETURN_IF_ERROR(with(i, end, sources));
  if (reader_.is_word(i, "INSERT") || reader_.is_word(i, "REPLACE")) return insert(i, end);
  if (reader_.is_word(i, "UPDATE") || reader_.is_word(i, "DELETE")) return update_or_delete(i, end);
  return query_body(i, end, sources);
}

Status ShapeReader::expression(Span span) {
  Scope scope(*this);
  Sources sources;
  return look_into(span, sources);
}

// Reads name [(columns)] AS [[NOT] MATERIALIZED]; returns the '(' of the body, or nothing when none follows.
std::optional<size_t> ShapeReader::body_of_common_table(size_t i, size_t end) const {
  if (i >= end || !reader_.is_name(i)) return std::nullopt;
  ++i;
  if (reader_.is_operator(i, "(")) i = reader_.behind_parenthesis(i, end);
  if (reader_.is_word(i, "AS")) ++i;
  if (reader_.is_word(i, "NOT")) ++i;
  if (reader_.is_word(i, "MATERIALIZED")) ++i;
  if (i >= end || !reader_.is_operator(i, "(")) return std::nullopt;
  return i;
}

// All names of a WITH are visible in all of its bodies.
void ShapeReader::declare_common_tables(size_t i, size_t end) {
  while (const std::optional<size_t> body = body_of_common_table(i, end)) {
    shape_.common_tables.emplace_back();
    CommonTable& table = shape_.common_tables.back();
    table.name = reader_.name(i);
    scopes_.back()[lowered(table.name)] = &table;
    i = reader_.behind_parenthesis(*body, end);
    if (!reader_.is_operator(i, ",")) return;
    ++i;
  }
}

// Reads [WITH …] with its bodies; i moves behind it. Malformed ones are left to SQLite to report.
Status ShapeReader::with(size_t& i, size_t end, Sources& sources) {
  if (!reader_.is_word(i, "WITH")) return Status::ok();
  ++i;
  if (reader_.is_word(i, "RECURSIVE")) ++i;
  declare_common_tables(i, end);
  while (const std::optional<size_t> body = body_of_common_table(i, end)) {
    CommonTable& table = *scopes_.back()[lowered(reader_.name(i))];
    i = reader_.behind_parenthesis(*body, end);
    if (table.is_read) return Status::ok();  // two common tables have one name
    bodies_.push_back(&table);
    Status status = query(*body + 1, i - 1, table.body);
    bodies_.pop_back();
    if (!status) return status;
    finish(table);
    sources.add(table.body);
    if (!reader_.is_operator(i, ",")) return Status::ok();
    ++i;
  }
  return Status::ok();
}

// The body is read now: clauses at references in front of it can reach it.
void ShapeReader::finish(CommonTable& table) {
  for (size_t axis = 0; axis < 2; ++axis) {
    for (TableReference* inner : table.body.tables) {
      if (inner->clauses[axis] == nullptr && !inner->has_time_argument[axis])
        table.open[axis].tables.push_back(inner);
    }
    for (CommonReference* inner : table.body.common) {
      if (inner->clauses[axis] == nullptr) table.open[axis].common.push_back(inner);
    }
  }
  table.is_read = true;
  for (CommonReference* reference : table.references) {
    for (BoundClause* clause : reference->clauses) {
      if (clause != nullptr) bind_sources(table.body, *clause);
    }
  }
}

CommonTable* ShapeReader::find_common_table(const std::string& name) {
  const std::string key = lowered(name);
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope) {
    auto found = scope->find(key);
    if (found != scope->end()) return found->second;
  }
  return nullptr;
}

bool ShapeReader::is_inside_own_body(const CommonTable* table) const {
  return std::find(bodies_.begin(), bodies_.end(), table) != bodies_.end();
}

// Reads the clauses at i; those in `clauses` already stand at the same place of the query.
Status ShapeReader::read_clauses(size_t& i, size_t end, std::vector<BoundClause*>& clauses) {
  while (starts_clause(reader_, i, end)) {
    SPECTRADB_ASSIGN_OR_RETURN(Clause clause, read_clause(reader_, i, end));
    for (const BoundClause* earlier : clauses) {
      if (earlier->clause.axis != clause.axis) continue;
      return Status::invalid(std::string("the ") +
                             (clause.axis == Axis::kSystem ? "system time" : "valid time") +
                             " is given twice: '" + std::string(reader_.text(earlier->clause.tokens)) +
                             "' and '" + std::string(reader_.text(clause.tokens)) + "'");
    }
    Sources inside;  // a subquery in a time is a query of its own
    {
      Deeper time(time_depth_);
      SPECTRADB_RETURN_IF_ERROR(time.check());
      SPECTRADB_RETURN_IF_ERROR(look_into(clause.time.at.expression, inside));
      SPECTRADB_RETURN_IF_ERROR(look_into(clause.time.until.expression, inside));
    }
    shape_.clauses.push_back({clause, {}});
    clauses.push_back(&shape_.clauses.back());
    i = clause.tokens.end;
  }
  return Status::ok();
}

Status ShapeReader::bind(const Sources& sources, const std::vector<BoundClause*>& clauses) {
  for (BoundClause* clause : clauses) {
    if (sources.tables.empty() && sources.common.empty()) {
      return Status::invalid("'" + std::string(reader_.text(clause->clause.tokens)) +
                             "' stands in a query that reads no table");
    }
    bind_sources(sources, *clause);
  }
  return Status::ok();
}

void ShapeReader::bind_sources(const Sources& sources, BoundClause& clause) {
  const auto axis = static_cast<size_t>(clause.clause.axis);
  for (TableReference* table : sources.tables) {
    clause.tables.push_back(table);
    table->is_in_scope = true;
    if (table->clauses[axis] == nullptr && !table->has_time_argument[axis]) table->clauses[axis] = &clause;
  }
  for (CommonReference* reference : sources.common) bind_reference(*reference, clause);
}

void ShapeReader::bind_reference(CommonReference& reference, BoundClause& clause) {
  const auto axis = static_cast<size_t>(clause.clause.axis);
  CommonTable& table = *reference.table;
  if (reference.clauses[axis] != nullptr) {
    for (TableReference* inner : table.body.tables) inner->is_in_scope = true;
    clause.tables.insert(clause.tables.end(), table.body.tables.begin(), table.body.tables.end());
    return;
  }
  reference.clauses[axis] = &clause;
  if (table.is_read) bind_sources(table.body, clause);
}

// Reaches everything that "AS of" names: some of it may be temporal.
void ShapeReader::reach(const Sources& sources, int depth) {
  constexpr int kMaxDepth = 100;  // deeper common tables refer to one another in circles
  if (depth > kMaxDepth) return;
  for (TableReference* table : sources.tables) table->is_in_scope = true;
  for (const CommonReference* reference : sources.common) reach(reference->table->body, depth + 1);
}

void ShapeReader::reach_missing_times() {
  for (const MissingTime& missing : shape_.missing_times) reach(missing.named, 0);
}

Result<Shape> read_shape(const Reader& reader, Span statement) {
  Shape shape;
  ShapeReader shape_reader(reader, shape);
  SPECTRADB_RETURN_IF_ERROR(shape_reader.statement(statement));
  shape_reader.reach_missing_times();
  return shape;
}

Result<Shape> read_expression_shape(const Reader& reader, Span expression) {
  Shape shape;
  ShapeReader shape_reader(reader, shape);
  SPECTRADB_RETURN_IF_ERROR(shape_reader.expression(expression));
  shape_reader.reach_missing_times();
  return shape;
}

}  // namespace spectradb::sql
