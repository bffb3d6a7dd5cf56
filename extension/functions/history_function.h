// spectradb_history(table [, key]): every fact of a temporal table, key by key, oldest first.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

Status register_history_function(Connection& connection);

}  // namespace spectradb::extension
