// Functions on periods of valid time: how two of them lie to each other, and aggregates over many.
#pragma once

#include "extension/session/connection.h"

namespace spectradb::extension {

Status register_period_functions(Connection& connection);

}  // namespace spectradb::extension
