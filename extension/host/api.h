// The one place that includes SQLite. All calls go through a table of routines, never through symbols, which
// the prepare hook may have redirected: the host's table where the module is loaded, one of our own
// (extension/linked) where it is linked into a host.
#pragma once

// A host may link further extensions, whose tables have SQLite's usual name.
#define sqlite3_api spectradb_sqlite3_api
#include <sqlite3ext.h>
extern "C" {
extern const sqlite3_api_routines* sqlite3_api;
}
