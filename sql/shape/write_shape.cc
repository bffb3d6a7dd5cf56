// Reads INSERT, UPDATE and DELETE.
#include "sql/shape/shape_reader.h"

namespace spectradb::sql {

namespace {

bool starts_valid_period(const Reader& reader, size_t i) {
  return reader.is_words(i, "VALID", "FROM") || reader.is_words(i, "VALID", "TO");
}

// Whether token i can end an expression or a table reference; `valid` behind it then starts a period and is
// no column.
bool ends_operand(const Reader& reader, size_t i) {
  static constexpr std::string_view kExpecting[] = {
      "SELECT", "DISTINCT", "ALL",    "AS",     "BY",   "WHERE", "AND",     "OR",    "NOT",
      "ON",     "HAVING",   "WHEN",   "THEN",   "ELSE", "CASE",  "LIKE",    "GLOB",  "MATCH",
      "IN",     "IS",       "REGEXP", "ESCAPE", "FROM", "JOIN",  "BETWEEN", "LIMIT", "OFFSET"};
  if (reader.kind(i) == TokenKind::kWord) return !reader.is_any_word(i, kExpecting);
  if (reader.kind(i) != TokenKind::kOperator) return true;
  if (!reader.is_operator(i, "*")) return reader.is_operator(i, ")");
  return reader.is_word(i - 1, "SELECT") || reader.is_word(i - 1, "DISTINCT") ||
         reader.is_word(i - 1, "ALL") || reader.is_operator(i - 1, ",") || reader.is_operator(i - 1, ".");
}

}  // namespace

Write& ShapeReader::new_write(Write::Kind kind, size_t& i, size_t end) {
  shape_.writes.emplace_back();
  Write& write = shape_.writes.back();
  write.kind = kind;
  write.tokens = {begin_, end};
  write.name_tokens.begin = i;
  write.name = reader_.name(i++);
  if (i + 1 < end && reader_.is_operator(i, ".")) {
    write.schema = write.name;
    write.name = reader_.name(i + 1);
    i += 2;
  }
  write.name_tokens.end = i;
  write.body_end = end;
  return write;
}

Status ShapeReader::refuse_clause(size_t i, size_t end, const Write& write) {
  const bool is_insert = write.kind == Write::Kind::kInsert;
  if (starts_portion(reader_, i)) {
    if (is_insert)
      return Status::invalid("FOR PORTION OF belongs to UPDATE and DELETE; an INSERT says VALID FROM … TO …");
    return Status::invalid("FOR PORTION OF stands directly behind the table: " +
                           std::string(write.kind == Write::Kind::kUpdate ? "UPDATE " : "DELETE FROM ") +
                           write.name + " FOR PORTION OF VALID_TIME FROM … TO …");
  }
  SPECTRADB_ASSIGN_OR_RETURN(Clause clause, read_clause(reader_, i, end));
  const std::string text(reader_.text(clause.tokens));
  if (clause.axis == Axis::kSystem) {
    return Status::invalid("the past cannot be written: '" + text + "' stands in a write to " + write.name +
                           "; leave the clause out");
  }
  return Status::invalid(
      "'" + text + "' stands in a write to " + write.name +
      (is_insert ? "; say VALID FROM … TO …" : "; say FOR PORTION OF VALID_TIME FROM … TO …"));
}

// In INSERT INTO t AS of (columns) … the word `of` is an alias.
bool ShapeReader::is_alias_in_insert(size_t i) const {
  static constexpr std::string_view kBehind[] = {"VALUES", "SELECT", "WITH", "DEFAULT"};
  return reader_.is_word(i, "AS") && reader_.is_name(i + 1) &&
         (reader_.is_operator(i + 2, "(") || reader_.is_any_word(i + 2, kBehind));
}

Status ShapeReader::insert(size_t i, size_t end) {
  const size_t verb = i++;
  if (reader_.is_word(i, "OR")) i += 2;
  if (!reader_.is_word(i, "INTO") || !reader_.is_name(i + 1)) return Status::ok();
  ++i;
  Write& write = new_write(Write::Kind::kInsert, i, end);
  write.verb = verb;
  if (is_alias_in_insert(i)) {
    write.alias = reader_.name(i + 1);
    if (reader_.is_word(i + 1, "OF")) write.missing_time = {i, i + 2};
    i += 2;
  } else if (starts_clause(reader_, i, end)) {
    return refuse_clause(i, end, write);
  }
  write.columns_at = i;
  if (reader_.is_operator(i, "(")) {
    write.columns = {i, reader_.behind_parenthesis(i, end)};
    i = write.columns.end;
  }
  Sources sources;
  if (reader_.is_words(i, "DEFAULT", "VALUES")) {
    write.default_values = {i, i + 2};
    i += 2;
  } else if (reader_.starts_query(i)) {
    SPECTRADB_RETURN_IF_ERROR(insert_rows(i, end, write, sources));
  }
  write.body_end = i;
  if (starts_valid_period(reader_, i)) SPECTRADB_RETURN_IF_ERROR(valid_period(i, end, write));
  for (size_t at = i; at < end && starts_conflict_clause(at);) conflict_clause(at, end, write);
  for (; i < end; ++i) {
    if (starts_clause(reader_, i, end)) return refuse_clause(i, end, write);
    if (starts_valid_period(reader_, i) && !write.conflicts.empty())
      return Status::invalid("VALID FROM … TO … of the INSERT into " + write.name +
                             " stands behind the values, in front of ON CONFLICT and RETURNING");
    if (reader_.is_word(i, "RETURNING") && !write.returning) write.returning = i;
    if (misses_time(reader_, i, end) && !write.returning) write.missing_time = {i, i + 2};
    SPECTRADB_RETURN_IF_ERROR(look_into(i, end, sources));
  }
  return Status::ok();
}

// Reads VALUES rows, or a query; i moves behind them.
Status ShapeReader::insert_rows(size_t& i, size_t end, Write& write, Sources& sources) {
  static constexpr std::string_view kGoesOn[] = {"UNION", "EXCEPT", "INTERSECT", "ORDER", "LIMIT"};
  if (reader_.is_word(i, "VALUES")) {
    size_t behind = i + 1;
    while (behind < end && reader_.is_operator(behind, "(")) {
      const size_t begin = behind;
      behind = reader_.behind_parenthesis(begin, end);
      write.rows.push_back({begin, behind});
      if (!reader_.is_operator(behind, ",")) break;
      ++behind;
    }
    if (!reader_.is_any_word(behind, kGoesOn)) {
      for (Span row : write.rows) SPECTRADB_RETURN_IF_ERROR(parenthesis(row.begin + 1, row.end - 1, sources));
      i = behind;
      return Status::ok();
    }
    write.rows.clear();
  }
  write.query = {i, insert_query_end(i, end)};
  i = write.query.end;
  return query(write.query.begin, write.query.end, sources);
}

// `valid` in front of a FROM that the SELECT still lacks is a column.
size_t ShapeReader::insert_query_end(size_t i, size_t end) const {
  bool has_from = false;
  while (i < end) {
    if (reader_.is_operator(i, "(")) {
      i = reader_.behind_parenthesis(i, end);
      continue;
    }
    if (reader_.is_word(i, "RETURNING") || starts_conflict_clause(i)) return i;
    if (starts_valid_period(reader_, i) && i > 0 && ends_operand(reader_, i - 1)) {
      const bool may_be_table = reader_.is_operator(i + 2, "(") ||
                                (reader_.is_name(i + 2) && reader_.kind(i + 2) != TokenKind::kString &&
                                 reader_.names_column({i + 2, i + 3}));
      if (has_from || reader_.is_word(i + 1, "TO") || !may_be_table) return i;
    }
    if (starts_compound(i)) has_from = false;
    if (reader_.is_word(i, "FROM") && !reader_.is_word(i - 1, "DISTINCT")) has_from = true;
    ++i;
  }
  return end;
}

// Reads VALID FROM a TO b, either part optional, or VALID FROM a UNTIL NEXT.
Status ShapeReader::valid_period(size_t& i, size_t end, Write& write) {
  write.valid_clause.begin = i++;
  Sources sources;
  Deeper time(time_depth_);
  auto bound = [&](Span& span, const char* which) {
    SPECTRADB_ASSIGN_OR_RETURN(Instant instant, read_instant(reader_, i + 1, end, Axis::kValid));
    span = instant.expression;
    i = span.end;
    if (span.is_empty())
      return Status::invalid("malformed VALID FROM … TO … in the INSERT into " + write.name + ": the " +
                             which + " is missing");
    return look_into(span, sources);
  };
  if (reader_.is_word(i, "FROM")) SPECTRADB_RETURN_IF_ERROR(bound(write.valid_from, "start"));
  if (reader_.is_word(i, "TO")) SPECTRADB_RETURN_IF_ERROR(bound(write.valid_to, "end"));
  if (reader_.is_word(i, "UNTIL") && !reader_.is_word(i + 1, "NEXT"))
    return Status::invalid("malformed VALID FROM … UNTIL NEXT in the INSERT into " + write.name +
                           ": a piece lasts UNTIL NEXT, or TO a time");
  if (reader_.is_words(i, "UNTIL", "NEXT")) {
    if (!write.valid_to.is_empty())
      return Status::invalid("the end of the valid period of the INSERT into " + write.name +
                             " is given twice: TO a time, or UNTIL NEXT");
    write.until_next = true;
    i += 2;
  }
  write.valid_clause.end = i;
  if (starts_valid_period(reader_, i))
    return Status::invalid("the valid period of the INSERT into " + write.name + " is given twice");
  return Status::ok();
}

// Reads FOR PORTION OF and the alias, in either order.
Status ShapeReader::read_write_target(size_t& i, size_t end, Write& write) {
  for (;;) {
    if (starts_portion(reader_, i)) {
      if (write.portion) return Status::invalid("FOR PORTION OF is given twice for table " + write.name);
      SPECTRADB_ASSIGN_OR_RETURN(Portion portion, read_portion(reader_, i, end));
      write.portion = portion;
      i = portion.tokens.end;
      Sources sources;
      Deeper time(time_depth_);
      SPECTRADB_RETURN_IF_ERROR(look_into(portion.from, sources));
      SPECTRADB_RETURN_IF_ERROR(look_into(portion.to, sources));
    } else if (starts_clause(reader_, i, end)) {
      return refuse_clause(i, end, write);
    } else if (reader_.is_word(i, "AS") && reader_.is_name(i + 1) && write.alias.empty()) {
      write.alias = reader_.name(i + 1);
      if (reader_.is_word(i + 1, "OF")) write.missing_time = {i, i + 2};
      i += 2;
    } else {
      return Status::ok();
    }
  }
}

Status ShapeReader::update_or_delete(size_t i, size_t end) {
  const bool is_update = reader_.is_word(i, "UPDATE");
  const size_t verb = i++;
  if (is_update && reader_.is_word(i, "OR")) i += 2;
  if (!is_update && reader_.is_word(i, "FROM")) ++i;
  if (!reader_.is_name(i)) return Status::ok();
  Write& write = new_write(is_update ? Write::Kind::kUpdate : Write::Kind::kDelete, i, end);
  write.verb = verb;
  SPECTRADB_RETURN_IF_ERROR(read_write_target(i, end, write));
  Sources sources;
  bool is_in_set = false;
  auto leave_set = [&] {
    if (is_in_set) write.set_list.end = i;
    is_in_set = false;
  };
  for (; i < end; ++i) {
    if (starts_clause(reader_, i, end)) return refuse_clause(i, end, write);
    if (misses_time(reader_, i, end) && !write.returning) write.missing_time = {i, i + 2};
    const bool starts_tail =
        reader_.is_word(i, "RETURNING") || reader_.is_words(i, "ORDER", "BY") || reader_.is_word(i, "LIMIT");
    if (reader_.is_word(i, "RETURNING") && !write.returning) write.returning = i;
    if (reader_.is_word(i, "SET") && write.set_list.begin == 0) {
      write.set_list.begin = i + 1;
      is_in_set = true;
    } else if (reader_.is_word(i, "FROM") && !write.where && !reader_.is_word(i - 1, "DISTINCT")) {
      leave_set();
      ++i;
      SPECTRADB_RETURN_IF_ERROR(from(i, end, sources));
      --i;
    } else if (reader_.is_word(i, "WHERE") && !write.where) {
      leave_set();
      write.where = i;
    } else if (starts_tail && write.body_end == end) {
      leave_set();
      write.body_end = i;
    } else {
      SPECTRADB_RETURN_IF_ERROR(look_into(i, end, sources));
    }
  }
  leave_set();
  return Status::ok();
}

}  // namespace spectradb::sql
