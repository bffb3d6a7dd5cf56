// Lists dropped temporal tables, and brings them back with their history and indexes.
#pragma once

#include "extension/facet/function.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::undo {

// spectradb_undrop(name | table_id [, schema]) returns the name.
Status undrop(const FunctionCall& call);
// spectradb_dropped([schema]) lists dropped tables, the last one first.
extern const TableFunction kDroppedTable;

}  // namespace spectradb::extension::undo
