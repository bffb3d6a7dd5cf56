// A VFS above SQLite's own in whose files no byte stands as SQLite wrote it, as where a database is encrypted: whoever
// reads or writes such a file without SQLite finds nothing that it knows.
#pragma once

namespace spectradb::tests {

// Makes it the one that this process opens databases with. Once, before the first one.
void use_xor_vfs();

}  // namespace spectradb::tests
