// Pages of SQLite's that hold our own tables, and do not hold together: no checksum of ours covers them.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;

// Returns a sentence for each of our tables in which PRAGMA integrity_check finds something. It reads them whole. Used by the
// thread that uses the connection.
Result<std::vector<std::string>> damaged_pages(Database& database);

}  // namespace spectradb::extension
