// _spectradb, the virtual table that each database with temporal tables has. SQLite takes a table _spectradb_NAME for one of
// an extension's own, a shadow table, where the database has a virtual table of the name before the last underscore, and
// its module says so. With SQLITE_DBCONFIG_DEFENSIVE nobody but the extension can write, drop or alter such tables then, on
// connections that know the module. It shows the format of the tables, and cannot be written. Used by the thread that
// uses the connection.
#pragma once

#include "base/status.h"
#include "extension/facet/module.h"

namespace spectradb::extension {

class Database;

// Makes the table where it is missing: in a new database, and in one of an earlier release whose schema is changed. Where
// something else has its name, nothing is made.
Status ensure_anchor(Database& database);

const ModuleBuilder& anchor_module();
inline constexpr const char* kAnchorModule = "spectradb_format";

}  // namespace spectradb::extension
