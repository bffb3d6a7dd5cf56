// The one place that includes SQLite. Built as a loadable extension the calls go through the host's table of
// routines (never through symbols, which the prepare hook may have redirected); built with SQLITE_CORE they
// are direct.
#pragma once

#ifdef SQLITE_CORE
#include <sqlite3.h>
#else
#include <sqlite3ext.h>
extern "C" {
extern const sqlite3_api_routines* sqlite3_api;
}
#endif
