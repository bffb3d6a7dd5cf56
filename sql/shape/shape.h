// The skeleton of a statement: which table references it has, where, and which temporal clauses bind them.
// Expressions are token runs; the reader only looks into them for what nests (subqueries, IN table).
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "sql/shape/clause.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

struct TableReference;
struct CommonReference;

// What a clause can bind: table references, and references to common tables.
struct Sources {
  std::vector<TableReference*> tables;
  std::vector<CommonReference*> common;
  void add(const Sources& other);
};

// A clause of the text. Every clause is taken out of the text, so each must reach a temporal table.
struct BoundClause {
  Clause clause;
  std::vector<TableReference*> tables;  // all that it reaches, those with a clause of their own included
};

// "AS of" with no time behind it: an alias, unless one of what it names is temporal. VALID AT is a syntax error there.
struct MissingTime {
  Span tokens;
  Sources named;
};

struct TableReference {
  std::string schema;  // empty when not named
  std::string name;
  std::string alias;                   // or empty
  Span tokens;                         // [schema .] name
  Span parentheses;                    // of a table-valued function; else empty
  std::vector<Span> arguments;         // inside them
  Span index_hint;                     // INDEXED BY name, NOT INDEXED
  bool needs_no_alias = false;         // it has an alias, or stands where none can
  bool is_right_joined = false;        // stands behind RIGHT JOIN
  bool is_direct = false;              // a clause stands at the reference itself
  bool is_in_scope = false;            // a clause reaches it, even if it has one of its own
  int time_depth = 0;                  // how many times and arguments it stands inside of
  const BoundClause* clauses[2] = {};  // by Axis
  bool has_time_argument[2] = {};      // by Axis: whether one of the first two arguments gives the time
};

// Whether a name begins as those of the extension's functions do: their arguments are no times by their place.
bool may_be_function(std::string_view name);

// NULL means "not given"; so does x'', which the rewriter itself writes where a clause names the time of the
// other axis only: the text of a stored view has it.
bool is_not_given(const Reader& reader, Span argument);

struct CommonTable {
  std::string name;
  Sources body;                              // what its query reads, without itself
  Sources open[2];                           // by Axis: sources inside the body that have no clause
  bool is_read = false;                      // the body is known
  std::vector<CommonReference*> references;  // references from outside its own body
};

struct CommonReference {
  CommonTable* table = nullptr;
  BoundClause* clauses[2] = {};  // by Axis
};

// One SELECT of a query.
struct QueryCore {
  Span tokens;                          // up to a compound operator, or the query's end
  std::vector<TableReference*> tables;  // of its FROM
  bool has_other_sources = false;       // FROM names queries or common tables as well
  bool is_compound = false;             // one SELECT of several
};

// ON CONFLICT [(target) [WHERE …]] DO NOTHING | DO UPDATE SET … [WHERE …]
struct ConflictClause {
  struct Assignment {
    Span columns;  // one name, or several in parentheses
    Span value;
  };
  Span tokens;
  Span target;            // with parentheses; empty for every conflict
  Span target_condition;  // behind its WHERE
  bool is_update = false;
  std::vector<Assignment> assignments;
  Span where;  // the condition
};

struct Write {  // INSERT, UPDATE or DELETE
  enum class Kind : uint8_t { kInsert, kUpdate, kDelete } kind = Kind::kInsert;
  Span tokens;       // the whole statement, its WITH included
  size_t verb = 0;   // INSERT, REPLACE, UPDATE or DELETE
  Span name_tokens;  // [schema .] name
  std::string schema;
  std::string name;
  std::string alias;                // or empty
  Span missing_time;                // "AS of", where it is an alias without quotes, or VALID AT, with no time
  std::optional<size_t> returning;  // the token RETURNING
  std::optional<Portion> portion;
  std::optional<size_t> where;  // the token WHERE at the statement's own level
  size_t body_end = 0;          // before RETURNING, ORDER BY, LIMIT or the end
  Span set_list;                // of an UPDATE, behind SET
  // INSERT only:
  Span columns;            // with parentheses; empty when there is no list
  size_t columns_at = 0;   // where a list would stand: behind the name and alias
  std::vector<Span> rows;  // each VALUES row, with parentheses
  Span query;              // the SELECT, or a compound that starts with VALUES
  Span default_values;
  Span valid_clause;  // VALID FROM … TO …
  Span valid_from;
  Span valid_to;
  bool until_next = false;  // UNTIL NEXT instead of TO
  std::vector<ConflictClause> conflicts;
};

// The members are deques, since their elements point to one another.
struct Shape {
  std::deque<TableReference> tables;
  std::deque<CommonTable> common_tables;
  std::deque<CommonReference> common_references;
  std::deque<BoundClause> clauses;
  std::deque<MissingTime> missing_times;
  std::deque<QueryCore> cores;
  std::deque<Write> writes;
};

// Reads a SELECT, VALUES, INSERT, REPLACE, UPDATE or DELETE, with or without WITH. kInvalid when a temporal
// clause is malformed or misplaced. The reader's tokens must be sound.
Result<Shape> read_shape(const Reader& reader, Span statement);

// Reads a run of expressions, of which only the subqueries matter.
Result<Shape> read_expression_shape(const Reader& reader, Span expression);

// Whether both clauses certainly name the same time; two bare '?' do not.
bool is_same_time(const Reader& reader, const BoundClause* a, const BoundClause* b);

}  // namespace spectradb::sql
