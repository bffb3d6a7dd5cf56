// Detects a call such as o.spectradb_commits in a text that did not go through the rewriter (from a host that
// is not hooked). SQLite drops the schema there, and would answer for another database: so the call is an
// error.
#pragma once

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

// kInvalid when a running statement of the connection names the function behind a schema.
Status check_not_qualified(Connection& connection, const char* function);

}  // namespace spectradb::extension
