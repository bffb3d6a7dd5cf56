#include "sql/clause.h"

namespace spectradb::sql {

namespace {

std::optional<Axis> axis_at(const Reader& reader, size_t i) {
  if (reader.is_word(i, "SYSTEM_TIME")) return Axis::kSystem;
  if (reader.is_word(i, "VALID_TIME") || reader.is_word(i, "APPLICATION_TIME")) return Axis::kValid;
  return std::nullopt;
}

Status malformed(const Reader& reader, size_t i, const std::string& expected) {
  const std::string found = i < reader.size() ? "'" + std::string(reader.text(i)) + "'" : "the end";
  return Status::invalid("malformed temporal clause: expected " + expected + ", found " + found);
}

Result<Clause> read_time(const Reader& reader, size_t i, size_t end, Clause clause) {
  const std::string words(reader.text(Span{clause.tokens.begin, i}));
  const bool has_unit = reader.is_word(i, "COMMIT") || reader.is_word(i, "TIMESTAMP");
  if (has_unit && reader.starts_expression(i + 1, end) && reader.kind(i + 1) != TokenKind::kOperator) ++i;
  clause.time.at = {i, reader.behind_expression(i, end)};
  if (clause.time.at.is_empty())
    return malformed(
        reader, i,
        "a time behind " + words + " (a commit number, text such as '2026-01-31 18:00', or a parameter)");
  if (clause.time.at.end == i + 1 && reader.is_word(i, "NULL")) {
    return Status::invalid(words + " NULL names no time: leave the clause out to read the present");
  }
  clause.tokens.end = clause.time.at.end;
  return clause;
}

// FROM a TO b, BETWEEN a AND b, CONTAINED IN (a, b).
Result<Clause> read_range(const Reader& reader, size_t i, size_t end, Clause clause) {
  const std::string axis(reader.text(i - 1));
  const bool is_contained = reader.is_word(i, "CONTAINED");
  const bool is_between = reader.is_word(i, "BETWEEN");
  clause.time.form = is_contained ? Time::Form::kContained
                     : is_between ? Time::Form::kBetween
                                  : Time::Form::kFromTo;
  ++i;
  if (is_contained) {
    if (!reader.is_word(i, "IN") || !reader.is_operator(i + 1, "("))
      return malformed(reader, i, "IN (from, to) behind FOR " + axis + " CONTAINED");
    i += 2;
  }
  const char* separator = is_contained ? "," : is_between ? "AND" : "TO";
  clause.time.at = {i, reader.behind_expression(i, end)};
  if (clause.time.at.is_empty()) return malformed(reader, i, "the first time of the range of FOR " + axis);
  i = clause.time.at.end;
  if (!(is_contained ? reader.is_operator(i, separator) : reader.is_word(i, separator))) {
    return malformed(reader, i, std::string(separator) + " and the second time of the range of FOR " + axis);
  }
  ++i;
  clause.time.until = {i, reader.behind_expression(i, end)};
  if (clause.time.until.is_empty())
    return malformed(reader, i, "the second time of the range of FOR " + axis);
  i = clause.time.until.end;
  if (is_contained) {
    if (!reader.is_operator(i, ")")) return malformed(reader, i, "')' behind the range of FOR " + axis);
    ++i;
  }
  clause.tokens.end = i;
  return clause;
}

}  // namespace

bool starts_clause(const Reader& reader, size_t i, size_t end) {
  if (i >= end || reader.kind(i) != TokenKind::kWord) return false;
  if (reader.is_words(i, "AS", "OF"))
    return reader.starts_expression(i + 2, end) && !starts_clause(reader, i + 2, end);
  if (reader.is_words(i, "VALID", "AT")) return reader.starts_expression(i + 2, end);
  if (!reader.is_word(i, "FOR")) return false;
  return axis_at(reader, i + 1) || (reader.is_word(i + 1, "ALL") && axis_at(reader, i + 2)) ||
         reader.is_words(i + 1, "PORTION", "OF");
}

Result<Clause> read_clause(const Reader& reader, size_t i, size_t end) {
  Clause clause;
  clause.tokens.begin = i;
  if (reader.is_word(i, "AS")) return read_time(reader, i + 2, end, clause);
  if (reader.is_word(i, "VALID")) {
    clause.axis = Axis::kValid;
    return read_time(reader, i + 2, end, clause);
  }
  if (reader.is_word(i + 1, "PORTION")) {
    return Status::invalid(
        "FOR PORTION OF belongs to UPDATE and DELETE; a query reads FOR VALID_TIME AS OF … or FOR ALL "
        "VALID_TIME");
  }
  if (reader.is_word(i + 1, "ALL")) {
    clause.axis = *axis_at(reader, i + 2);
    clause.time.form = Time::Form::kAll;
    clause.tokens.end = i + 3;
    return clause;
  }
  clause.axis = *axis_at(reader, i + 1);
  const size_t next = i + 2;
  if (reader.is_word(next, "ALL")) {
    clause.time.form = Time::Form::kAll;
    clause.tokens.end = next + 1;
    return clause;
  }
  if (reader.is_words(next, "AS", "OF")) return read_time(reader, next + 2, end, clause);
  const std::string axis(reader.text(i + 1));
  if (reader.is_word(next, "FROM") || reader.is_word(next, "BETWEEN") || reader.is_word(next, "CONTAINED")) {
    return read_range(reader, next, end, clause);
  }
  return malformed(reader, next, "AS OF, FROM, BETWEEN, CONTAINED IN or ALL after FOR " + axis);
}

bool starts_portion(const Reader& reader, size_t i) {
  return reader.is_word(i, "FOR") && reader.is_words(i + 1, "PORTION", "OF");
}

Result<Portion> read_portion(const Reader& reader, size_t i, size_t end) {
  Portion portion;
  portion.tokens.begin = i;
  const std::optional<Axis> axis = axis_at(reader, i + 3);
  if (!axis) return malformed(reader, i + 3, "VALID_TIME after FOR PORTION OF");
  if (*axis == Axis::kSystem) {
    return Status::invalid("the past cannot be written: FOR PORTION OF takes VALID_TIME, not SYSTEM_TIME");
  }
  if (!reader.is_word(i + 4, "FROM")) return malformed(reader, i + 4, "FROM after FOR PORTION OF VALID_TIME");
  portion.from = {i + 5, reader.behind_expression(i + 5, end)};
  if (portion.from.is_empty()) return malformed(reader, i + 5, "the start of the portion");
  const size_t to = portion.from.end;
  if (!reader.is_word(to, "TO")) return malformed(reader, to, "TO and the end of the portion");
  portion.to = {to + 1, reader.behind_expression(to + 1, end)};
  if (portion.to.is_empty()) return malformed(reader, to + 1, "the end of the portion");
  portion.tokens.end = portion.to.end;
  return portion;
}

}  // namespace spectradb::sql
