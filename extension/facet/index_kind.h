// Kinds of indexes beside the ordered one, which compares columns. An index of a kind makes entries of the values of
// one column, any number for a row, in a bitemporal key space of its own (temporal/index_schema.h), and finds the rows
// for which a function of that column and a value holds:
//
//   CREATE INDEX i ON t (FUNCTION(column))      SELECT … FROM t WHERE CONDITION(column, value)
//
// What it finds are candidates: SQLite calls the condition for every one of them. The writer keeps the entries, the
// planner offers them wherever a query says the condition, at any system and valid time; a kind knows of neither.
//
// A kind with a Ranking (extension/facet/ranking.h) finds rows in an order instead, for column MATCH value. What stands
// behind the column in its definition are further columns and literals, which are its options.
//
// A kind with a Matcher (extension/facet/matcher.h) finds rows for queries over all columns in its definition, and has
// options, too.
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
#include "temporal/schema.h"

namespace spectradb::extension {

class Connection;

struct Matcher;
struct Ranking;

struct IndexKind {
  // Of an index: its columns stand in `index`.
  struct Definition {
    Connection& connection;
    const temporal::TableSchema& table;
    const temporal::IndexSchema& index;
    std::span<const std::string> options;  // the literals, without quotes
  };

  const char* function;  // in CREATE INDEX: no function of SQLite's own that could be an expression there
  const Function* condition;  // of two arguments: a column and a value; null with a ranking or a matcher
  // Entries have one part, the value that the condition is given; parts() says how it is compared. (With a ranking
  // or a matcher they are what that reads.)
  Result<std::shared_ptr<temporal::EntryMaker>> (*maker)(const Definition& definition);
  // FUNCTION(arguments…) of more than a column: the expression that it is on, which becomes a hidden column. kInvalid
  // where the arguments make none. Null with a ranking or a matcher.
  Result<std::string> (*expression)(std::span<const std::string> arguments);
  const Ranking* ranking = nullptr;
  const Matcher* matcher = nullptr;

  bool has_options() const { return ranking != nullptr || matcher != nullptr; }
};

// Of an index of a kind that has one, else null.
const Ranking* ranking_of(const temporal::IndexSchema& index);

// All kinds of all facets. The place of one, plus 1, is IndexSchema::kind.
std::span<const IndexKind* const> index_kinds();

// FUNCTION(arguments…) as the only thing that an index is on.
struct KindCall {
  int kind = 0;  // as IndexSchema::kind
  std::vector<std::string> arguments;
};
// Of the text of a part of CREATE INDEX; nothing when it calls no kind's function.
std::optional<KindCall> read_kind_call(std::string_view part);

// `definition` is what stands behind the table's name in CREATE INDEX, the call of a kind's function: "(f(a, 'x=1'))".
// The same with one more option, in the place of those of the same name.
std::string with_option(const std::string& definition, const std::string& option);

// Makes the functions known to a private database, so that SQLite reads and alters such definitions.
Status declare_index_kinds(sqlite3* db);

}  // namespace spectradb::extension
