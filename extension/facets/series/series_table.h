// spectradb_series(from, to, width [, zone]) has a row for each of the times from, from + width, … before
// to.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::series {

extern const TableFunction kSeriesTable;

}  // namespace spectradb::extension::series
