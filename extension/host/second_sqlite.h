// Serves several copies of SQLite in one process: a driver may have one of its own, and the host another. The
// routines in sqlite3_api are those of the copy that loaded this module first, and must never serve a
// connection of another copy. So the first connection of each further copy makes a private copy of this
// module, with globals of its own, which serves all connections of that SQLite. To stores, module copies are
// like processes: every lock is on a descriptor of the copy's own. Any thread.
#pragma once

#include "extension/host/api.h"
#include "extension/spectradb.h"

namespace spectradb::extension {

// The entry points of a private copy of the module.
struct ModuleCopy {
  decltype(&sqlite3_spectradb_init) init = nullptr;
  decltype(&spectradb_prepare_v2) prepare_v2 = nullptr;
  decltype(&spectradb_prepare_v3) prepare_v3 = nullptr;
  decltype(&spectradb_exec) exec = nullptr;
  decltype(&spectradb_rewrite) rewrite = nullptr;
  decltype(&spectradb_on_commit) on_commit = nullptr;
  int (*has_connection)(sqlite3*) = nullptr;
};

// Makes the first caller's routines those of this module. Sets *copy to null when `api` are these routines,
// else to the module copy that has them, which the first call makes. On failure returns an SQLite code, with
// a message in that SQLite's memory, and this module does not serve the connection.
int choose_module(const sqlite3_api_routines* api, const ModuleCopy** copy, char** message);

// Returns the copy that serves the connection; null when this module does, or none.
const ModuleCopy* copy_with(sqlite3* db);

// What the entry point returns when it has served a connection.
int code_of_loading();

}  // namespace spectradb::extension
