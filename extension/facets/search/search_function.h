// spectradb_search(table, text, vector, k, options): rows that a text and a vector find together.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kSearch;

}  // namespace spectradb::extension
