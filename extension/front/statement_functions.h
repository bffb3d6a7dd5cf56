// What RETURNING and ON CONFLICT DO UPDATE on temporal tables are rewritten to: functions that run a
// statement inside another one, and the table that RETURNING passes its rows through.
#pragma once

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;

Status register_statement_functions(Connection& connection);

}  // namespace spectradb::extension
