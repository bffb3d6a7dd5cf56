#pragma once

#include "extension/connection.h"
#include "lsm/status.h"

namespace spectradb::extension {

// spectradb_config(name[, value[, schema]]) and the table spectradb_config([schema]).
Status register_config_function(Connection& connection);

}  // namespace spectradb::extension
