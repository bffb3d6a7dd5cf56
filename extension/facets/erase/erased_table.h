// spectradb_erased([table [, since [, schema]]]): what stays of facts that were erased, for whoever wonders at a count, or
// follows the changes and has to forget them, too.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::erase {

inline constexpr const char* kErased = "spectradb_erased";

extern const TableFunction kErasedFactsTable;

}  // namespace spectradb::extension::erase
