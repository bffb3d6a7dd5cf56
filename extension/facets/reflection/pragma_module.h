// Replaces pragma_table_info and its like, which SQLite has itself: they are eponymous tables whose rows
// are those of the PRAGMA, with the hidden columns `arg` and `schema`. For everything that is not temporal
// they return what SQLite's own PRAGMA does. Used by the thread that uses the connection.
#pragma once

#include "extension/facet/module.h"

namespace spectradb::extension {

// Returns the module for names of the form pragma_NAME.
const ModuleBuilder& pragma_module();

}  // namespace spectradb::extension
