// The SQL functions spectradb_*(…).
#pragma once

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

// Registers them on the connection.
Status register_functions(Connection& connection);

}  // namespace spectradb::extension
