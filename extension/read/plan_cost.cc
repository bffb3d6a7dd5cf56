#include "extension/read/plan_cost.h"

#include <algorithm>
#include <cmath>

namespace spectradb::extension {

namespace {

constexpr double kSeekCost = 4.0;
constexpr double kRowCost = 1.0;
// The part of the rows that a condition is assumed to leave, without better knowledge:
constexpr double kKeyColumnFraction = 0.02;  // at most; for each equality on a column of part of the key
constexpr double kKeyColumnRoot = 0.25;      // over the root of their number: the same, of many
constexpr double kRangeFraction = 0.1;       // for each bound of a range
constexpr double kFilterFraction = 0.1;      // for each equality on another column
constexpr double kNotNullFraction = 0.9;
// A filtered row costs this part of a read one, since repeated scans become look-ups. SQLite's search among
// joins keeps few candidates at each step, so a step that limits the rows must look better than one that
// multiplies them.
constexpr double kFilteredCost = 0.75;
constexpr double kListValues = 10;        // assumed length of an IN
constexpr double kListFractionMax = 0.5;  // of all rows, for an IN: else it would not be asked
constexpr double kSortCost = 0.2;         // a row, times the logarithm of their number
constexpr double kEntryCost = 8.0;        // an index entry, and the seek of its row
constexpr double kCoveringCost = 0.9;     // an index entry alone: less than a row
constexpr double kSmallEntryCost = 2.0;
constexpr double kMatchedFraction = 0.01;  // of all rows, for a full-text query
constexpr double kMatchedCost = 1;
// Ranking: below about 2,000 rows all of them are measured; above, an index is searched, whose cost is
// constant.
constexpr double kMeasureCost = 2.0;   // to measure a row
constexpr double kSearchCost = 4000;   // at most
constexpr double kSearchedPart = 0.9;  // in small tables, as a part of the cost of all rows

double rows_in(const lsm::RangeSize& size) { return static_cast<double>(size.current); }
double versions_in(const lsm::RangeSize& size, bool reads_past) {
  return static_cast<double>(size.current + (reads_past ? size.superseded : 0));
}

// Returns the part of the rows that the equalities of a key leave for each value that is sought.
double fraction_of_value(const ReadShape& shape) {
  const double rows = std::max(1.0, rows_in(shape.table));
  if (shape.rows_of_value) return *shape.rows_of_value / rows;
  const double each = std::min(kKeyColumnFraction, kKeyColumnRoot / std::sqrt(rows));
  double fraction = 1;
  for (size_t i = 0; i < shape.equalities; ++i) fraction *= each;
  return fraction;
}

// Returns the part of the rows that key and range leave.
double fraction_of(const ReadShape& shape, double seeks) {
  double fraction = seeks * fraction_of_value(shape);
  for (size_t i = 0; i < shape.bounds; ++i) fraction *= kRangeFraction;
  if (shape.is_not_null) fraction *= kNotNullFraction;
  return std::min(shape.lists > 0 ? kListFractionMax : 1.0, fraction);
}

// How many rows an equality leaves is a high guess. Covering entries must not hide that: otherwise a join
// begins with the larger table, and looks up each of its rows in the index of the other.
double cost_of_entry(const ReadShape& shape, bool is_guessed) {
  if (shape.is_covering && !is_guessed) return kCoveringCost;
  const double each = shape.table.current <= kSmallTable ? kSmallEntryCost : kEntryCost;
  return shape.is_covering ? kCoveringCost * each : each;
}

}  // namespace

PlanCost cost_of(const ReadShape& shape) {
  PlanCost cost;
  cost.seeks = 1;
  for (size_t i = 0; i < shape.lists; ++i) cost.seeks *= kListValues;
  bool is_guessed = false;
  if (shape.is_whole_key) {
    cost.versions = cost.rows = cost.seeks * (shape.has_one_row_a_key ? 1 : 2);
  } else {
    if (shape.known) {
      cost.rows = rows_in(*shape.known);
      cost.versions = versions_in(*shape.known, shape.reads_past);
    } else {
      const double fraction = fraction_of(shape, cost.seeks);
      cost.rows = fraction * rows_in(shape.table);
      cost.versions = fraction * versions_in(shape.table, shape.reads_past);
      is_guessed = shape.equalities > 0 && !shape.rows_of_value;
    }
    if (shape.by_index) cost.versions = std::max(cost.versions, 1.0);
  }
  if (shape.wanted) {  // rows are read one by one, as many as are wanted
    double wanted = *shape.wanted;
    for (size_t i = 0; i < shape.filters; ++i) wanted /= kFilterFraction;
    cost.versions = std::min(cost.versions, wanted);
  }
  for (size_t i = 0; i < shape.filters; ++i) cost.rows *= kFilterFraction;
  cost.rows = std::max(1.0, cost.rows);
  const double each = (shape.by_index ? cost_of_entry(shape, is_guessed) : kRowCost) *
                      (shape.filters == 0 ? 1 : kFilteredCost);
  const double turns = shape.is_in_turn ? cost.versions : 0;  // at most; each takes two seeks
  cost.cost = (cost.seeks + 2 * turns) * kSeekCost + cost.versions * each;
  return cost;
}

double cost_of_measuring(const PlanCost& scan) {
  return scan.cost + scan.versions * (kMeasureCost - kRowCost);
}

double cost_of_search(const lsm::RangeSize& table) {
  return std::min(kSearchCost, kSearchedPart * rows_in(table) * kMeasureCost);
}

// Must cost less than any two seeks: for "MATCH … AND (a = 1 OR b = 2)" SQLite also plans each side of the OR
// without the MATCH, which it could then only call as a function, and that fails. Where the key comes from
// another table, MATCH is better read first.
PlanCost cost_of_matched(const PlanCost& scan, const lsm::RangeSize& table, bool has_key) {
  PlanCost cost;
  cost.rows = std::max(1.0, std::min(scan.rows, kMatchedFraction * rows_in(table)));
  cost.cost = kMatchedCost + (has_key ? rows_in(table) : 0);
  return cost;
}

double cost_of_sorting(double rows) { return kSortCost * rows * std::log2(rows + 1); }

PlanCost cost_of_written_rows() { return {kSeekCost, 1, 1, 1}; }

}  // namespace spectradb::extension
