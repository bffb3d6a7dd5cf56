// Whether a connection may write a database at all. SQLite checks its own statements; functions that write
// our files during a SELECT check here. Used by the thread that uses the connection.
#pragma once

#include <string>

#include "base/status.h"

namespace spectradb::extension {

class Connection;

// kReadOnly where the database was opened with mode=ro or immutable=1, where its file cannot be written, and
// under PRAGMA query_only. kInvalid where the host's authorizer does not allow the function; it is asked as
// for a pragma of that name. `what` begins the message: "spectradb_flush()".
Status check_may_write(Connection& connection, const std::string& schema, const std::string& what);

}  // namespace spectradb::extension
