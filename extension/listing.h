// Read-only table-valued functions that list what the extension knows: spectradb_commits and spectradb_stats.
#pragma once

#include "extension/connection.h"
#include "lsm/status.h"

namespace spectradb::extension {

// spectradb_commits([schema]): (commit_no, committed_at), one row a commit, as this connection sees them.
// spectradb_stats([schema]): (name, value), the store in figures.
Status register_listings(Connection& connection);

}  // namespace spectradb::extension
