#include "sql/shape/clause.h"

#include "sql/shape/unquoted_date.h"

namespace spectradb::sql {

namespace {

std::optional<Axis> axis_at(const Reader& reader, size_t i) {
  if (reader.is_word(i, "SYSTEM_TIME")) return Axis::kSystem;
  if (reader.is_word(i, "VALID_TIME") || reader.is_word(i, "APPLICATION_TIME")) return Axis::kValid;
  return std::nullopt;
}

// Whether the text is a commit number as hosts without integers write it: '5'.
bool is_decimal(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Status malformed(const Reader& reader, size_t i, const std::string& expected) {
  const std::string found = i < reader.size() ? "'" + std::string(reader.text(i)) + "'" : "the end";
  return Status::invalid("malformed temporal clause: expected " + expected + ", found " + found);
}

Result<Clause> read_time(const Reader& reader, size_t i, size_t end, Clause clause) {
  const std::string words(reader.text(Span{clause.tokens.begin, i}));
  SPECTRADB_ASSIGN_OR_RETURN(Instant at, read_instant(reader, i, end, clause.axis));
  if (at.expression.is_empty())
    return malformed(
        reader, i,
        "a time behind " + words + " (a commit number, text such as '2026-01-31 18:00', or a parameter)");
  if (at.expression.end == at.expression.begin + 1 && reader.is_word(at.expression.begin, "NULL")) {
    return Status::invalid(words + " NULL names no time: leave the clause out to read the present");
  }
  clause.time.at = at;
  clause.tokens.end = at.expression.end;
  return clause;
}

// Reads the form of a range, behind ONLY; i moves behind the words that name it.
Result<Time::Form> read_range_form(const Reader& reader, size_t& i, const std::string& axis) {
  if (reader.is_word(i, "CONTAINED")) {
    if (!reader.is_word(i + 1, "IN") || !reader.is_operator(i + 2, "("))
      return malformed(reader, i + 1, "IN (from, to) behind FOR " + axis + " CONTAINED");
    i += 3;
    return Time::Form::kContained;
  }
  if (reader.is_word(i++, "FROM")) return Time::Form::kFromTo;
  const bool is_symmetric = reader.is_word(i, "SYMMETRIC");
  if (is_symmetric || reader.is_word(i, "ASYMMETRIC")) ++i;
  return is_symmetric ? Time::Form::kSymmetric : Time::Form::kBetween;
}

// Reads FROM a TO b, BETWEEN a AND b or CONTAINED IN (a, b).
Result<Clause> read_range(const Reader& reader, size_t i, size_t end, Clause clause) {
  const std::string axis(reader.text(clause.tokens.begin + 1));
  SPECTRADB_ASSIGN_OR_RETURN(Time::Form form, read_range_form(reader, i, axis));
  clause.time.form = form;
  const bool is_contained = form == Time::Form::kContained;
  const char* separator = is_contained ? "," : form == Time::Form::kFromTo ? "TO" : "AND";
  SPECTRADB_ASSIGN_OR_RETURN(Instant from, read_instant(reader, i, end, clause.axis));
  if (from.expression.is_empty()) return malformed(reader, i, "the first time of the range of FOR " + axis);
  i = from.expression.end;
  if (!(is_contained ? reader.is_operator(i, separator) : reader.is_word(i, separator))) {
    return malformed(reader, i, std::string(separator) + " and the second time of the range of FOR " + axis);
  }
  ++i;
  SPECTRADB_ASSIGN_OR_RETURN(Instant until, read_instant(reader, i, end, clause.axis));
  if (until.expression.is_empty()) return malformed(reader, i, "the second time of the range of FOR " + axis);
  i = until.expression.end;
  if (is_contained) {
    if (!reader.is_operator(i, ")")) return malformed(reader, i, "')' behind the range of FOR " + axis);
    ++i;
  }
  clause.time.at = from;
  clause.time.until = until;
  clause.tokens.end = i;
  return clause;
}

// Reads FOR VALID_TIME ONLY FROM …, with i at ONLY.
Result<Clause> read_only(const Reader& reader, size_t i, size_t end, Clause clause) {
  const std::string axis(reader.text(i - 1));
  if (clause.axis == Axis::kSystem) {
    return Status::invalid("FOR " + axis + " ONLY: only valid time is clipped to a range; say FOR " + axis +
                           " FROM … TO …");
  }
  if (!reader.is_word(i + 1, "FROM") && !reader.is_word(i + 1, "BETWEEN"))
    return malformed(reader, i + 1, "FROM … TO … or BETWEEN … AND … behind FOR " + axis + " ONLY");
  clause.time.is_only = true;
  return read_range(reader, i + 1, end, clause);
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

bool misses_time(const Reader& reader, size_t i, size_t end) {
  return i + 1 < end && (reader.is_words(i, "AS", "OF") || reader.is_words(i, "VALID", "AT")) &&
         !starts_clause(reader, i, end);
}

Result<Instant> read_instant(const Reader& reader, size_t i, size_t end, Axis axis) {
  Instant instant;
  const bool is_commit = reader.is_word(i, "COMMIT");
  const bool is_date = reader.is_word(i, "DATE") && reader.kind(i + 1) == TokenKind::kString;
  const bool has_operand = i + 1 < end && reader.starts_expression(i + 1, end) &&
                           (reader.kind(i + 1) != TokenKind::kOperator || reader.is_operator(i + 1, "("));
  const bool has_unit = has_operand && (is_commit || is_date || reader.is_word(i, "TIMESTAMP"));
  if (has_unit) {
    if (axis == Axis::kSystem) instant.unit = is_commit ? Unit::kCommit : Unit::kTimestamp;
    ++i;
  }
  // Behind DATE it would be no expression.
  SPECTRADB_RETURN_IF_ERROR(
      refuse_unquoted_date(reader, !has_unit && reader.is_word(i, "DATE") ? i + 1 : i, end));
  instant.expression = {i, reader.behind_expression(i, end)};
  if (!has_unit) return instant;
  const std::string text(reader.text(instant.expression));
  if (is_commit && axis == Axis::kValid) {
    return Status::invalid("COMMIT " + text +
                           " is a system time: valid time takes text such as '2026-01-31', or "
                           "microseconds since 1970");
  }
  const bool is_literal = instant.expression.end == i + 1;
  const bool is_number = is_literal && (reader.kind(i) == TokenKind::kNumber ||
                                        (reader.kind(i) == TokenKind::kString && is_decimal(reader.name(i))));
  if (is_commit && is_literal && !is_number && reader.kind(i) == TokenKind::kString)
    return Status::invalid("COMMIT takes a commit number, not " + text + ": say TIMESTAMP " + text);
  if (axis == Axis::kSystem && !is_commit && is_number)
    return Status::invalid("TIMESTAMP takes text such as '2026-01-31 18:00', not " + text + ": say COMMIT " +
                           text + " for a commit number");
  return instant;
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
  if (reader.is_word(next, "ONLY")) return read_only(reader, next, end, clause);
  if (reader.is_word(next, "FROM") || reader.is_word(next, "BETWEEN") || reader.is_word(next, "CONTAINED")) {
    return read_range(reader, next, end, clause);
  }
  return malformed(reader, next, "AS OF, FROM, BETWEEN, CONTAINED IN, ONLY or ALL after FOR " + axis);
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
  SPECTRADB_ASSIGN_OR_RETURN(Instant from, read_instant(reader, i + 5, end, *axis));
  portion.from = from.expression;
  if (portion.from.is_empty()) return malformed(reader, i + 5, "the start of the portion");
  const size_t to = portion.from.end;
  if (!reader.is_word(to, "TO")) return malformed(reader, to, "TO and the end of the portion");
  SPECTRADB_ASSIGN_OR_RETURN(Instant until, read_instant(reader, to + 1, end, *axis));
  portion.to = until.expression;
  if (portion.to.is_empty()) return malformed(reader, to + 1, "the end of the portion");
  portion.tokens.end = portion.to.end;
  return portion;
}

}  // namespace spectradb::sql
