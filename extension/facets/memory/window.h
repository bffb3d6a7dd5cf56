// spectradb_window(table, session, budget [, ns]) returns the messages of a session that fit into a context
// window.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kWindow;

}  // namespace spectradb::extension
