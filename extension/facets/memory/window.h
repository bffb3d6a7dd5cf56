// spectradb_window(table, session, budget [, ns]): the messages of a session that a context window has room for.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

extern const TableFunction kWindow;

}  // namespace spectradb::extension
