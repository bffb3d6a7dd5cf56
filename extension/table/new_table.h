// Checks a table that becomes temporal, or is renamed, beyond its definition. Existing tables are not
// checked (spectradb_check() names those that hide something of ours, extension/access/intruders.h). Any thread, with
// the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/schema/definition.h"

namespace spectradb::extension {

// kInvalid when the table would hide a function or table of ours with that name.
Status check_table_name(const std::string& name);
// Whether SQLite would take a table of that name for a table-valued function or a table of ours.
bool would_hide_ours(const std::string& name);
// kInvalid when it would have more columns than SQLite allows, hidden ones included.
Status check_column_count(sqlite3* db, const Definition& definition);

}  // namespace spectradb::extension
