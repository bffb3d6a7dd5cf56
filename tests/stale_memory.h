// Memory for SQLite whose fresh blocks hold what looks like an address in use: in each word, where one of the
// next blocks will be. By chance an ordinary allocator's blocks do, too, and whoever looks for an address in
// words that SQLite has not set finds the wrong one.
#pragma once

namespace spectradb::tests {

// Call it once, before anything calls SQLite.
void use_stale_memory();

}  // namespace spectradb::tests
