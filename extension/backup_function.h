// Registers spectradb_backup(). Used by the thread that uses the connection.
#pragma once

#include "extension/connection.h"
#include "lsm/status.h"

namespace spectradb::extension {

Status register_backup(Connection& connection);

}  // namespace spectradb::extension
