// Triggers and indexes that somebody else has made on our own tables: each of them may stop what is written to
// temporal tables. Used by the thread that uses the connection.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;

// Returns a sentence for each of them, those of temp included.
Result<std::vector<std::string>> intruders(Database& database);

}  // namespace spectradb::extension
