// Registers spectradb_stats(). Used by the thread that uses the connection.
#pragma once

#include "extension/connection.h"
#include "lsm/status.h"

namespace spectradb::extension {

Status register_stats_function(Connection& connection);

}  // namespace spectradb::extension
