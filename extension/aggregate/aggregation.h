// How a table adds its rows up, as the rewriter says it (sql/rewrite/aggregate_rewriter.cc) in the hidden column
// _aggregate: a text, or what spectradb_aggregate(text, values …) made of it.
//
//   text       := aggregate* group* condition*       with blanks between
//   aggregate  := count | (count | sum | total | avg | min | max) "column"
//   group      := by "column"
//   condition  := where "column" (= | <> | < | <= | > | >= | is | isnot)      its value is the next one
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
  enum class Comparison : uint8_t {
    kEqual,
    kUnequal,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
    kIs,
    kIsNot
  };
  static constexpr int kNoColumn = -1;  // count(*)

  struct Aggregate {
    Function function;
    int column;
  };
  struct Condition {
    int column;
    Comparison comparison;
    temporal::Value value;  // with the affinity that a comparison with the column gives it
    std::string bytes;      // of the value
    temporal::Collation collation;

    bool is_met_by(const temporal::Value& of_row) const;
  };

  std::string given;  // the text, or the blob, as the statement gave it
  bool is_given_as_text = false;
  std::vector<Aggregate> aggregates;
  std::vector<int> groups;
  std::vector<Condition> conditions;
};

// kInvalid when it cannot be read, or names a column that the table does not have.
Result<Aggregation> read_aggregation(const temporal::Value& how, const temporal::TableSchema& schema);

// Makes the blob of the text and the values.
std::string pack_aggregation(const std::vector<temporal::Value>& text_and_values);

}  // namespace spectradb::extension
