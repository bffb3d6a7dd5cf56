// What a way of reading costs, and how many rows it gives, as far as sizes and the shape of its constraints tell:
// pure arithmetic, in the unit of one row read in the order of the keys.
#pragma once

#include <cstddef>
#include <optional>

#include "lsm/store/store.h"

namespace spectradb::extension {

// How a plan reads, in what its cost depends on.
struct ReadShape {
  lsm::RangeSize table;  // rows of the table: current ones, and superseded versions
  bool by_index = false;
  bool is_covering = false;  // its entries alone are read
  bool reads_past = false;   // at a time before the present: superseded versions are passed
  bool has_one_row_a_key = true;
  bool is_whole_key = false;            // equalities leave one row at one time
  size_t equalities = 0;                // on columns of the key or of the index, from the first on
  size_t lists = 0;                     // of these, so many are an IN
  size_t bounds = 0;                    // of the range on the next column: lower, upper, prefix
  bool is_not_null = false;             // of that column
  size_t filters = 0;                   // equalities on other columns
  std::optional<lsm::RangeSize> known;  // what lies in the ranges, where literals in the statement tell
  std::optional<double> wanted;         // rows come in order: so many are asked for
  bool is_in_turn = false;              // the direction changes behind the first columns of the order
};

struct PlanCost {
  double cost = 0;
  double rows = 0;      // of the answer, at least 1
  double versions = 0;  // read for them
  double seeks = 0;
};
PlanCost cost_of(const ReadShape& shape);

// Of an order by distance, where a whole scan costs `scan`: every row of the scan is measured, or an index is searched.
double cost_of_measuring(const PlanCost& scan);
double cost_of_search(const lsm::RangeSize& table);

// Of MATCH with a query that an index answers; `scan` gives the rows that the key leaves.
PlanCost cost_of_matched(const PlanCost& scan, const lsm::RangeSize& table, bool has_key);

// What SQLite adds for sorting so many rows.
double cost_of_sorting(double rows);

// Below so many rows an index is used wherever it says anything: all is in memory, and tables grow.
inline constexpr uint64_t kSmallTable = 1000;

// What a statement costs that names its rows by number, and finds them at once.
PlanCost cost_of_written_rows();

}  // namespace spectradb::extension
