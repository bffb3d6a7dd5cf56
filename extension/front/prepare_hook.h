// The prepare hook redirects SQLite's functions that take text (hooked_calls.h), so that a host which links
// libsqlite3 dynamically (the stock shell, Python, …) understands temporal SQL after .load. It changes the
// dynamic symbol slots and data of the objects loaded in this process, and what dlsym() returns from then on.
// SPECTRADB_NO_HOOK=1 in the environment turns it off; where SQLite is linked statically it finds nothing. An
// address that a host got from dlsym() earlier still leads to SQLite itself: so each text is marked if it
// came through the hook (hook_mark.h).
#pragma once

namespace spectradb::extension {

struct Redirection;

// Walks the loaded objects and redirects what is not redirected yet. Called at each load; any thread.
void install_prepare_hook();

// Returns what dlsym() must return for a name of SQLite's, or null for its own result.
const Redirection* redirection_of_name(const char* name);

}  // namespace spectradb::extension
