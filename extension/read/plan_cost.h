// What a way of reading costs, and how many rows it gives, as far as sizes and the shape of its constraints
// tell. Pure arithmetic; the unit is one row read in key order.
#pragma once

#include <cstddef>
#include <optional>

#include "lsm/store/store.h"

namespace spectradb::extension {

// The properties of a plan on which its cost depends.
struct ReadShape {
  lsm::RangeSize table;  // rows of the table: current ones, and superseded versions
  bool by_index = false;
  bool is_covering = false;  // only the index's entries are read
  bool reads_past = false;   // reads at an earlier time, so superseded versions are passed
  bool has_one_row_a_key = true;
  bool is_whole_key = false;  // equalities leave one row at one time
  size_t equalities = 0;      // on columns of the key or of the index, from the first on
  size_t lists = 0;           // how many of these are an IN
  size_t bounds = 0;          // how many bounds the range on the next column has: lower, upper, prefix
  bool is_not_null = false;   // IS NOT NULL on that column
  size_t filters = 0;         // equalities on other columns
  std::optional<lsm::RangeSize> known;  // what lies in the ranges, where literals tell
  std::optional<double> rows_of_value;  // rows that have one value of the columns with equalities, on average
  std::optional<double> wanted;         // rows come in order, and so many are wanted
  bool is_in_turn = false;              // the direction changes behind the first columns of the order
};

struct PlanCost {
  double cost = 0;
  double rows = 0;      // in the answer, at least 1
  double versions = 0;  // read for them
  double seeks = 0;
};
PlanCost cost_of(const ReadShape& shape);

// The cost of an order by distance, where a whole scan costs `scan`: either every row is measured, or an
// index is searched.
double cost_of_measuring(const PlanCost& scan);
double cost_of_search(const lsm::RangeSize& table);

// The cost of MATCH with a query that an index answers; `scan` has the rows that the key leaves.
PlanCost cost_of_matched(const PlanCost& scan, const lsm::RangeSize& table, bool has_key);

// The cost that SQLite adds to sort so many rows.
double cost_of_sorting(double rows);

// Below this size an index is used whenever it helps at all: everything is in memory, and tables grow.
inline constexpr uint64_t kSmallTable = 1000;

// The cost of a statement that names its rows by number, and finds them at once.
PlanCost cost_of_written_rows();

}  // namespace spectradb::extension
