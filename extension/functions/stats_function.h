// Registers spectradb_stats(). Used by the thread that uses the connection.
#pragma once

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

Status register_stats_function(Connection& connection);

}  // namespace spectradb::extension
