// Chooses how a table is read, for xBestIndex.
#pragma once

#include <vector>

#include "extension/read/plan.h"
#include "extension/read/table_statistics.h"

namespace spectradb::extension {

// Chooses the cheapest way to read, by the key or by one of the indexes. `may_promise` allows plans with
// promises_one_row. `is_utf16` is about the database. Returns false when no plan can be run (a time is not known
// yet), so that SQLite tries others.
bool choose_plan(const PlannedTable& table, const Measure& measure, const TableStatistics& statistics,
                 bool may_promise, bool is_utf16, sqlite3_index_info* info, std::vector<Plan>& plans);

}  // namespace spectradb::extension
