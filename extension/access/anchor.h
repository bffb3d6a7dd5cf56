// _spectradb, a virtual table in each database with temporal tables. SQLite takes a table _spectradb_NAME for
// a shadow table of an extension where the database has a virtual table with the name before the last
// underscore, and that table's module agrees. With SQLITE_DBCONFIG_DEFENSIVE only the extension can then
// write, drop or alter such tables, on connections that know the module. The table shows the format of the
// tables, and cannot be written. Used by the thread that uses the connection.
#pragma once

#include "base/status.h"
#include "extension/facet/module.h"

namespace spectradb::extension {

class Database;

// Makes the table where it is missing: in a new database, and in one of an earlier release when its schema
// changes. Where something else has the name, nothing is made.
Status ensure_anchor(Database& database);

const ModuleBuilder& anchor_module();
inline constexpr const char* kAnchorModule = "spectradb_format";

}  // namespace spectradb::extension
