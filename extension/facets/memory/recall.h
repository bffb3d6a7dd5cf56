// spectradb_recall(table, text, vector, ns, k, half_life, budget) returns memories of an agent, the best
// first.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kRecall;

}  // namespace spectradb::extension
