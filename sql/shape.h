// The skeleton of a statement: which table references it has, where, and which temporal clauses bind them. Expressions
// are token runs; only what nests (subqueries, IN table) is looked into.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lsm/status.h"
#include "sql/clause.h"
#include "sql/reader.h"

namespace spectradb::sql {

struct TableReference {
  std::string schema;      // empty when not named
  std::string name;
  Span tokens;             // [schema .] name
  bool has_alias = false;
  bool has_arguments = false;  // written as a table-valued function
  std::optional<Time> times[2];  // by Axis
  bool is_direct[2] = {false, false};  // the clause stands at the reference itself
};

struct CommonTable {
  std::vector<TableReference*> tables;  // inside its body
  std::optional<Time> times[2];         // given at references to it
  int references = 0;
  int clauses[2] = {0, 0};
  std::string name;
};

struct Write {                       // INSERT, UPDATE or DELETE
  enum class Kind { kInsert, kUpdate, kDelete } kind = Kind::kInsert;
  std::string schema;
  std::string name;
  Span tokens;                       // [schema .] name
  std::string alias;                 // or empty
  std::optional<Portion> portion;
  std::optional<size_t> where;       // the token WHERE at the statement's own level
  size_t body_end = 0;               // before RETURNING, ORDER BY, LIMIT or the end
  Span set_list;                     // of an UPDATE
  // INSERT only:
  Span columns;                      // with parentheses; empty when there is no list
  size_t columns_at = 0;             // where a list would stand: behind the name and alias
  std::vector<Span> rows;            // each VALUES row, with parentheses
  Span query;                        // the SELECT
  std::optional<Span> default_values;
  Span valid_clause;                 // VALID FROM … TO …
  Span valid_from;
  Span valid_to;
};

struct Shape {
  std::deque<TableReference> tables;
  std::deque<CommonTable> common_tables;
  std::deque<Write> writes;
  std::vector<Span> clauses;         // to be taken out of the text
};

// The statement in `statement`: SELECT, VALUES, INSERT, REPLACE, UPDATE or DELETE, with or without WITH. kInvalid when a
// temporal clause is malformed or misplaced.
Result<Shape> read_shape(const Reader& reader, Span statement);

}  // namespace spectradb::sql
