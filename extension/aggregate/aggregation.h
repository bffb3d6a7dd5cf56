// How a table adds its rows up, as the rewriter says it (sql/rewrite/aggregate_rewriter.cc) in the hidden column
// _given of a query:
//
//   text       := aggregate* group* condition*       with blanks between
//   aggregate  := count | (count | sum | total | avg | min | max) "column"
//   group      := by "column"
//   condition  := where "column" (= | <> | < | <= | > | >= | is | isnot | isnull | notnull)
//
// The values of conditions are not in the text: SQLite hands them to the plan, and where one of them is missing
// there, the rows are shown as they are (extension/read/cursor_aggregated.cc).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

struct Aggregation {
  enum class Function : uint8_t { kCount, kSum, kTotal, kAvg, kMin, kMax };
  static constexpr int kNoColumn = -1;  // count(*)

  struct Aggregate {
    Function function;
    int column;
  };
  struct Comparison {
    int column;
    unsigned char op;  // SQLITE_INDEX_CONSTRAINT_…
    bool operator==(const Comparison&) const = default;
    auto operator<=>(const Comparison&) const = default;
  };
  struct Condition {
    Comparison comparison;
    temporal::Value value;  // with the affinity that a comparison with the column gives it
    std::string bytes;      // of the value
    temporal::Collation collation;

    bool is_met_by(const temporal::Value& of_row) const;
  };

  std::vector<Aggregate> aggregates;
  std::vector<int> groups;
  std::vector<Comparison> comparisons;
  std::vector<Condition> conditions;  // the same, with their values

  // SQLite gives the constant the affinity of the column: a number for all that are numeric, else text.
  void add_condition(const Comparison& comparison, const temporal::Value& value,
                     const temporal::TableSchema& schema);
};

// kInvalid when it cannot be read, or names a column that the table does not have.
Result<Aggregation> read_aggregation(const temporal::Value& how, const temporal::TableSchema& schema);

}  // namespace spectradb::extension
