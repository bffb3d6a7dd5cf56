// The front of sqlite3_prepare_v2 and its kin: temporal text in, prepared statements out. Shared by the C
// interface and the prepare hook.
#pragma once

#include "extension/facet/module.h"

namespace spectradb::extension {

// SQLite's own sqlite3_prepare_v3().
using PrepareV3 = int (*)(sqlite3*, const char*, int, unsigned int, sqlite3_stmt**, const char**);

// As sqlite3_prepare_v3(); `original` is called with what SQLite shall see.
int prepare_temporal(PrepareV3 original, sqlite3* db, const char* sql, int bytes, unsigned int flags,
                     sqlite3_stmt** out, const char** tail);

// The module whose use fails with Connection::pending_error: how a rewriting error becomes the error of a
// prepare.
const ModuleBuilder& raise_module();
const std::string& raise_table();  // the name of its table

}  // namespace spectradb::extension
