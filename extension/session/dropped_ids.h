// Finds the keys of tables and indexes that were dropped.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "lsm/base/retired_keys.h"

namespace spectradb::extension {

// The result is what one snapshot of the connection shows.
Result<std::vector<lsm::KeyRange>> find_dropped_keys(sqlite3* db, const std::string& schema);

}  // namespace spectradb::extension
