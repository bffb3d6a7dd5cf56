// More than one copy of SQLite in a process: a driver has one of its own, the host another. The routines in
// sqlite3_api are those of the copy that loaded this module first, and a connection of another copy must never be
// served through them. So the first connection of each further copy makes a private copy of this module, with
// globals of its own, and all connections of that SQLite are handed to it. Stores see the module's copies as they
// see processes: every lock is taken on a descriptor of the copy's own. Any thread.
#pragma once

#include "extension/host/api.h"
#include "extension/spectradb.h"

namespace spectradb::extension {

// The entry points of a private copy.
struct ModuleCopy {
  decltype(&sqlite3_spectradb_init) init = nullptr;
  decltype(&spectradb_prepare_v2) prepare_v2 = nullptr;
  decltype(&spectradb_prepare_v3) prepare_v3 = nullptr;
  decltype(&spectradb_exec) exec = nullptr;
  decltype(&spectradb_rewrite) rewrite = nullptr;
  int (*has_connection)(sqlite3*) = nullptr;
};

#ifdef SQLITE_CORE

// SQLite is compiled in: there is one, and no table of routines.
inline const ModuleCopy* copy_with(sqlite3*) { return nullptr; }

#else

// Makes the first caller's routines those of this module. Sets *copy to null when `api` are these routines, else
// to the module's copy that has them, made at the first call. On failure gives an SQLite code, with a message in
// memory of that SQLite's, and nothing of this module serves the connection.
int choose_module(const sqlite3_api_routines* api, const ModuleCopy** copy, char** message);

// The copy that has the connection, null when it is this module's own or nobody's.
const ModuleCopy* copy_with(sqlite3* db);

#endif

}  // namespace spectradb::extension
