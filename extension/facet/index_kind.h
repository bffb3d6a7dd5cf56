// Index kinds beside the ordered one, which compares columns. An index of a kind turns the values of one
// column into entries, any number for a row, in a bitemporal key space of its own (temporal/index_schema.h),
// and finds the rows for which a function of that column and a value holds:
//
//   CREATE INDEX i ON t (FUNCTION(column))      SELECT … FROM t WHERE CONDITION(column, value)
//
// The rows it finds are candidates: SQLite calls the condition for each of them. The writer keeps the
// entries, and the planner offers them wherever a query has the condition, at any system and valid time; a
// kind knows of neither writer nor planner.
//
// A kind with a Ranking (extension/facet/ranking.h) finds rows in an order instead, for column MATCH value.
// Behind the column its definition has further columns, and literals, which are its options.
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
  // The definition of an index, whose columns are in `index`.
  struct Definition {
    Connection& connection;
    const temporal::TableSchema& table;
    const temporal::IndexSchema& index;
    std::span<const std::string> options;  // the literals, without quotes
  };

  // Its name in CREATE INDEX; must not be a function of SQLite's that could stand there.
  const char* function;
  const Function* condition;  // has two arguments: column and value; null with a ranking or a matcher
  // Makes the EntryMaker. Entries have one part, the value that is compared with the condition's; parts()
  // says how. (With a ranking or a matcher entries are what that reads.)
  Result<std::shared_ptr<temporal::EntryMaker>> (*maker)(const Definition& definition);
  // For FUNCTION(arguments…) of more than a column: returns the expression to index, which becomes a hidden
  // column. kInvalid for arguments that make none. Null with a ranking or a matcher.
  Result<std::string> (*expression)(std::span<const std::string> arguments);
  const Ranking* ranking = nullptr;
  const Matcher* matcher = nullptr;

  bool has_options() const { return ranking != nullptr || matcher != nullptr; }
};

// Returns the ranking of the index's kind, or null.
const Ranking* ranking_of(const temporal::IndexSchema& index);

// Returns the kinds of all facets. IndexSchema::kind is the place of one, plus 1.
std::span<const IndexKind* const> index_kinds();

// FUNCTION(arguments…) as the only part of an index.
struct KindCall {
  int kind = 0;  // see IndexSchema::kind
  std::vector<std::string> arguments;
};
// Reads a part of CREATE INDEX; returns nothing when it does not call a kind's function.
std::optional<KindCall> read_kind_call(std::string_view part);

// Adds an option to `definition`, which follows the table's name in CREATE INDEX and is a call of a kind's
// function: "(f(a, 'x=1'))". It replaces options of the same name.
std::string with_option(const std::string& definition, const std::string& option);

// Registers the kinds' functions in a private database, so that SQLite can read and alter such definitions.
Status declare_index_kinds(sqlite3* db);

}  // namespace spectradb::extension
