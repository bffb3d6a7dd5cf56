// spectradb_diff(table, from, to [, valid]): rows inserted, updated and deleted between two system times.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

Status register_diff_function(Connection& connection);

}  // namespace spectradb::extension
