#pragma once

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

// spectradb_config(name[, value[, schema]]) and the table spectradb_config([schema]).
Status register_config_function(Connection& connection);

}  // namespace spectradb::extension
