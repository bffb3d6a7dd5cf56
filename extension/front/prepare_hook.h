// The prepare hook: redirects SQLite's functions that take text (hooked_calls.h) in the dynamic symbol slots and the
// data of the objects loaded in this process, and in what dlsym() gives from then on, so that a host which links
// libsqlite3 dynamically (the stock shell, Python, …) understands temporal SQL after .load. SPECTRADB_NO_HOOK=1 in the
// environment turns it off; where SQLite is linked statically nothing is found. What a host has copied before, as an
// address that it asked dlsym() for, stays as it is: whether a text came through the hook is known for each text
// (hook_mark.h).
#pragma once

namespace spectradb::extension {

struct Redirection;

// Walks the loaded objects and redirects what is not redirected yet. Called at each load; any thread.
void install_prepare_hook();

// What dlsym() is to give for a name of SQLite's; null for what it finds.
const Redirection* redirection_of_name(const char* name);

}  // namespace spectradb::extension
