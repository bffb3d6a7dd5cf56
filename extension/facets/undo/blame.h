// spectradb_blame(table, key [, schema]) shows which commit gave each column of a row its value.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::undo {

extern const TableFunction kBlameTable;

}  // namespace spectradb::extension::undo
