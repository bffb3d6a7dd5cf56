// spectradb_compare(table, key_column, a, b [, as_of_a, as_of_b]) shows where two runs, or one run at two
// times, differ. Columns with JSON objects and arrays are compared path by path.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kCompare;

}  // namespace spectradb::extension
