// A call such as o.spectradb_commits in a text that did not go through the rewriter (a host that is not hooked).
// SQLite reads it without the schema, so it would be answered for another database: it is an error instead.
#pragma once

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

// kInvalid when a statement that runs on the connection names the function behind a schema.
Status check_not_qualified(Connection& connection, const char* function);

}  // namespace spectradb::extension
