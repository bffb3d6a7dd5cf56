// Whether a database names tables or indexes whose facts were removed after they had been dropped: then it is
// older than its store. The rest is in database.h. One thread.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "lsm/base/retired_keys.h"

namespace spectradb::extension {

Status check_tables_not_retired(sqlite3* db, const std::string& schema, const lsm::RetiredKeys& retired);

}  // namespace spectradb::extension
