// spectradb_commits([schema]): the commits of a database, with their times and what their transactions said
// of themselves.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

Status register_commits_function(Connection& connection);

}  // namespace spectradb::extension
