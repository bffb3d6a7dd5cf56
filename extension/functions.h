// The SQL functions spectradb_*(…).
#pragma once

#include "extension/connection.h"
#include "lsm/status.h"

namespace spectradb::extension {

// Registers them on the connection.
Status register_functions(Connection& connection);

}  // namespace spectradb::extension
