// spectradb_recall(table, text, vector, ns, k, half_life, budget): what an agent's memory has to say, the best first.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kRecall;

}  // namespace spectradb::extension
