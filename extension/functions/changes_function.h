// spectradb_changes([table [, since [, schema]]]): facts in the order of commits.
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension {

Status register_changes_function(Connection& connection);

}  // namespace spectradb::extension
