// Runs scripts statement by statement, as sqlite3_exec() and sqlite3_get_table() do. Used by the connection's
// thread.
#pragma once

#include "extension/host/api.h"

namespace spectradb::extension {

using ExecCallback = int (*)(void*, int, char**, char**);
using PrepareV2 = int (*)(sqlite3*, const char*, int, sqlite3_stmt**, const char**);

// Does what sqlite3_exec() does, and prepares each statement by `prepare`.
int exec_script(PrepareV2 prepare, sqlite3* db, const char* sql, ExecCallback callback, void* argument,
                char** message);

// Does what sqlite3_get_table() does: *table must be freed by sqlite3_free_table().
int get_table(PrepareV2 prepare, sqlite3* db, const char* sql, char*** table, int* rows, int* columns,
              char** message);

}  // namespace spectradb::extension
