// How much a plan reads, as far as literals in the statement tell: what the store has between the bounds, and
// how many rows are asked for. For xBestIndex, while it runs; nothing here can fail.
#pragma once

#include <optional>

#include "extension/read/plan.h"

namespace spectradb::extension {

// What lies in the plan's ranges, if all of their bounds are literals; nothing when one is known only when
// the statement runs, and for single keys. `info` says which constraint became which argument.
std::optional<lsm::RangeSize> size_by_literals(const Plan& plan, const temporal::TableSchema& schema,
                                               const temporal::IndexSchema* index, const Measure& measure,
                                               sqlite3_index_info* info);

// How many rows will be taken at most from what comes in the order of ORDER BY: LIMIT and OFFSET, or one for
// what may be min() or max(), of which SQLite does not speak. Infinite where nothing limits them.
double wanted_rows(sqlite3_index_info* info);

}  // namespace spectradb::extension
