// How much a plan reads, as far as literals in the statement tell: what the store has between the bounds, and
// how many rows are wanted. Used inside xBestIndex; never fails.
#pragma once

#include <optional>

#include "extension/read/plan.h"

namespace spectradb::extension {

// Returns what lies in the plan's ranges if all bounds are literals; nothing when one is known only at run
// time, and for single keys. The store knows it by blocks: where that says next to nothing, it is at most
// `rows_of_value` for each value that the plan's equalities seek. `info` tells which constraint became which argument.
std::optional<lsm::RangeSize> size_by_literals(const Plan& plan, const temporal::TableSchema& schema,
                                               const temporal::IndexSchema* index, const Measure& measure,
                                               std::optional<double> rows_of_value, sqlite3_index_info* info);

// Returns how many rows at most will be read in the order of ORDER BY: LIMIT and OFFSET, or one for what may
// be min() or max(), which SQLite does not report. Infinite without a limit.
double wanted_rows(sqlite3_index_info* info);

}  // namespace spectradb::extension
