// Finds the parts of ON CONFLICT … DO …. Malformed ones are left to SQLite to report.
#include <algorithm>

#include "sql/shape/shape_reader.h"

namespace spectradb::sql {

bool ShapeReader::starts_conflict_clause(size_t i) const {
  return reader_.is_words(i, "ON", "CONFLICT") &&
         (reader_.is_operator(i + 2, "(") || reader_.is_word(i + 2, "DO"));
}

// Returns the end of an expression at i: a comma, WHERE, DO, RETURNING, the next ON CONFLICT, or `end`.
size_t ShapeReader::behind_part(size_t i, size_t end) const {
  while (i < end && !reader_.is_operator(i, ",") && !reader_.is_word(i, "WHERE") &&
         !reader_.is_word(i, "DO") && !reader_.is_word(i, "RETURNING") && !starts_conflict_clause(i)) {
    i = reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, end) : i + 1;
  }
  return i;
}

// Reads one clause; i moves behind it.
void ShapeReader::conflict_clause(size_t& i, size_t end, Write& write) const {
  ConflictClause clause;
  clause.tokens.begin = i;
  i += 2;
  if (reader_.is_operator(i, "(")) {
    clause.target = {i, reader_.behind_parenthesis(i, end)};
    i = clause.target.end;
    if (reader_.is_word(i, "WHERE")) {
      clause.target_condition = {i + 1, behind_part(i + 1, end)};
      i = clause.target_condition.end;
    }
  }
  if (reader_.is_word(i, "DO")) ++i;
  clause.is_update = reader_.is_word(i, "UPDATE") && reader_.is_word(i + 1, "SET");
  if (reader_.is_word(i, "NOTHING")) ++i;
  if (clause.is_update) {
    i += 2;
    for (;;) {
      ConflictClause::Assignment assignment;
      assignment.columns = {i, reader_.is_operator(i, "(") ? reader_.behind_parenthesis(i, end) : i + 1};
      i = std::min(assignment.columns.end, end);
      if (!reader_.is_operator(i, "=")) break;
      assignment.value = {i + 1, behind_part(i + 1, end)};
      i = assignment.value.end;
      clause.assignments.push_back(assignment);
      if (i >= end || !reader_.is_operator(i, ",")) break;
      ++i;
    }
    if (i < end && reader_.is_word(i, "WHERE")) {
      clause.where = {i + 1, behind_part(i + 1, end)};
      i = clause.where.end;
    }
  }
  clause.tokens.end = i;
  write.conflicts.push_back(std::move(clause));
}

}  // namespace spectradb::sql
