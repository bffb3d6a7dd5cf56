// A SELECT whose rows a temporal table can add up by itself: a whole statement with aggregates of single columns over
// one table, with conditions that compare a column with a constant, by groups of columns.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sql/shape/catalog.h"
#include "sql/shape/shape.h"
#include "sql/text/reader.h"

namespace spectradb::sql {

struct AggregateCall {
  Span tokens;                   // function(argument)
  std::string function;          // count, sum, total, avg, min or max
  std::optional<size_t> column;  // of the relation; none: count(*)
};

struct AggregateCondition {
  size_t column = 0;
  std::string comparison;  // =, <>, <, <=, >, >=, is, isnot, isnull or notnull
};

struct AggregateQuery {
  std::vector<AggregateCall> calls;  // in the order of the text
  std::vector<size_t> groups;        // columns
  std::vector<AggregateCondition> conditions;
  size_t where = 0;  // the token WHERE, or that of the table or its alias
  bool has_where = false;
  size_t where_end = 0;       // behind the last token of the condition
  std::vector<Span> unnamed;  // results with calls that have no alias
};

// Whether there is any call to look at.
bool has_aggregate(const Reader& reader, Span core);

// Reads a SELECT over `table`, which is the relation. Returns nothing where a part of it is more than is said above,
// and for queries that SQLite answers well with few rows, or in order: of one value of a key or an index, the least
// or greatest of a sorted column, groups of a sorted column, and groups of which only the first are wanted.
std::optional<AggregateQuery> read_aggregate_query(const Reader& reader, const Shape& shape,
                                                   const QueryCore& core, const TableReference& table,
                                                   const Relation& relation);

}  // namespace spectradb::sql
