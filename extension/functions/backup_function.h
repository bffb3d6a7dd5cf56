// Registers spectradb_backup(). Used by the thread that uses the connection.
#pragma once

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

Status register_backup(Connection& connection);

}  // namespace spectradb::extension
