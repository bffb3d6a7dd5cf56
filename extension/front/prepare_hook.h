// The prepare hook: redirects sqlite3_prepare_v2 and _v3 in the dynamic symbol slots of the objects loaded in
// this process, so that a host which links libsqlite3 dynamically (the stock shell, Python, …) understands
// temporal SQL after .load. SPECTRADB_NO_HOOK=1 in the environment turns it off; where SQLite is linked
// statically nothing is found.
#pragma once

namespace spectradb::extension {

// Walks the loaded objects and redirects what is not redirected yet. Called at each load; any thread.
void install_prepare_hook();

// Whether at least one slot of this process is redirected.
bool is_prepare_hooked();

}  // namespace spectradb::extension
