// spectradb_retrieval_diff(table, queries, a, b, k) shows what two spaces, or two times, find for the same
// queries.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kRetrievalDiff;

}  // namespace spectradb::extension
