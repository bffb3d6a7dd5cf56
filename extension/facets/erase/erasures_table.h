// spectradb_erasures([schema]): the erasures of a database, without what was erased.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::erase {

inline constexpr const char* kErasures = "spectradb_erasures";

extern const TableFunction kErasuresTable;

}  // namespace spectradb::extension::erase
