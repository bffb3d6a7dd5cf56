// Whether a statement of ours that reads a table-valued function by its name would read that function:
// SQLite takes a table of the same name first, and an untrusted database may have one. Used by the thread
// that uses the connection.
#pragma once

#include "base/status.h"

namespace spectradb::extension {

class Connection;

// kInvalid where any database of the connection has something of the name; `caller` begins the message.
Status check_name_is_free(Connection& connection, const char* function, const char* caller);

}  // namespace spectradb::extension
