// Kinds of indexes beside the ordered one, which compares columns. An index of a kind makes entries of the values of
// one column, any number for a row, in a bitemporal key space of its own (temporal/index_schema.h), and finds the rows
// for which a function of that column and a value holds:
//
//   CREATE INDEX i ON t (FUNCTION(column))      SELECT … FROM t WHERE CONDITION(column, value)
//
// What it finds are candidates: SQLite calls the condition for every one of them. The writer keeps the entries, the
// planner offers them wherever a query says the condition, at any system and valid time; a kind knows of neither.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/facet/function.h"
#include "temporal/index_schema.h"

namespace spectradb::extension {

class Connection;

struct IndexKind {
  const char* function;  // in CREATE INDEX: no function of SQLite's own that could be an expression there
  const Function* condition;  // of two arguments: a column and a value
  // Entries have one part, the value that the condition is given; parts() says how it is compared.
  std::shared_ptr<temporal::EntryMaker> (*maker)(Connection& connection);
  // FUNCTION(arguments…) of more than a column: the expression that it is on, which becomes a hidden column. kInvalid
  // where the arguments make none.
  Result<std::string> (*expression)(std::span<const std::string> arguments);
};

// All kinds of all facets. The place of one, plus 1, is IndexSchema::kind.
std::span<const IndexKind* const> index_kinds();

// FUNCTION(arguments…) as the only thing that an index is on.
struct KindCall {
  int kind = 0;  // as IndexSchema::kind
  std::vector<std::string> arguments;
};
// Of the text of a part of CREATE INDEX; nothing when it calls no kind's function.
std::optional<KindCall> read_kind_call(std::string_view part);

// Makes the functions known to a private database, so that SQLite reads and alters such definitions.
Status declare_index_kinds(sqlite3* db);

}  // namespace spectradb::extension
