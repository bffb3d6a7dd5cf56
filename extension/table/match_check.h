// Whether what a statement asks of a table by MATCH has an answer. Used by the thread that uses the connection.
#pragma once

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/table/table.h"

namespace spectradb::extension {

// Says what MATCH is for on this table, and what makes it so.
Status unanswered_match(const Table& table);
// Refuses a MATCH that neither an index nor the type of its column answers, and says what does. This is done at
// planning: over a table without rows MATCH would never be called, and the mistake be found late.
Status check_match(const Table& table, const sqlite3_index_info& info);

}  // namespace spectradb::extension
