// Finds the schema of a call such as spectradb_commits that stands in a view, a trigger or the default of a column.
// SQLite means objects of the view's own schema by what it names, but does not tell an eponymous table where it is
// called. So the running statements are read, and the views, triggers and defaults that they reach: where
// only those of one attached file can have made the call, it is a call of that file.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

// Returns the attached schema in whose view, trigger or default the call stands; empty where it stands in a statement, in main
// or in temp. kInvalid where calls of several of these run.
Result<std::string> schema_of_stored_call(Connection& connection, const std::string& function);

}  // namespace spectradb::extension
