// What somebody else has made in the way of what is ours: triggers and indexes on our own tables, each of which may
// stop what is written to temporal tables, and tables and views that are named like a table-valued function or a table
// of ours, which SQLite then reads instead. Used by the thread that uses the connection.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;

// Returns a sentence for each of them, those of temp included.
Result<std::vector<std::string>> intruders(Database& database);

}  // namespace spectradb::extension
