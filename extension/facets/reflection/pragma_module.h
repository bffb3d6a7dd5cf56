// pragma_table_info and its like, as SQLite has them itself: eponymous tables whose rows are those of the PRAGMA, with the
// hidden columns `arg` and `schema`. For what is not temporal they are those of SQLite's own PRAGMA. Used by the thread
// that uses the connection.
#pragma once

#include "extension/facet/module.h"

namespace spectradb::extension {

// For names of the form pragma_NAME.
const ModuleBuilder& pragma_module();

}  // namespace spectradb::extension
