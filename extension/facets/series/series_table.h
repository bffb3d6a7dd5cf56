// spectradb_series(from, to, width [, zone]): the times from, from + width, … before to, a row each.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::series {

extern const TableFunction kSeriesTable;

}  // namespace spectradb::extension::series
