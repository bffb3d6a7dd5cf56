// spectradb_search(table, text, vector, k, options) finds rows by a text and a vector together.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kSearch;

}  // namespace spectradb::extension
