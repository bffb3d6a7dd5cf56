// Takes a transaction back although the connection is interrupted. While a statement of the user runs,
// sqlite3_interrupt() makes each further statement fail, ROLLBACK as well.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

// Leaves no transaction open, the user's neither. For the thread that uses the connection.
void retreat(sqlite3* db);

}  // namespace spectradb::extension
