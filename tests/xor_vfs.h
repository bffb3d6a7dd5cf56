// A VFS above SQLite's own whose files hold no byte as SQLite wrote it, like an encrypted database: whoever
// reads or writes such a file without SQLite finds nothing that it recognizes.
#pragma once

namespace spectradb::tests {

// Makes it the VFS with which this process opens databases. Must be called once, before the first one is
// opened.
void use_xor_vfs();

}  // namespace spectradb::tests
