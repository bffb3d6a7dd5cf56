// Where the store of a database lives: beside its file, or, of a database in memory, in memory. Decided by what SQLite
// says of the database (its VFS and its name), never by whether its file can be found. Used by the thread that uses
// the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "lsm/file/file.h"

namespace spectradb::extension {

// `identity` is equal for two paths to one file (device and inode). Of a database in memory it names the pages that
// SQLite keeps for it, and only together with the store's id it tells a store: a copy of a database repeats the id,
// but has none of the facts.
struct StoreLocation {
  std::string database_file;  // its real path; empty for databases in memory
  std::string directory;
  std::string identity;
  bool in_memory = false;
  bool read_only = false;
  lsm::FileOwner owner;  // of the database file
};

// Those without a name, temporary ones, deserialized ones and all others of the VFS "memdb".
bool is_in_memory(sqlite3* db, const std::string& schema);

// kMissing: SQLite has another file open than the one that is found under its name, or none is found there.
// kInvalid: the store's place is a symbolic link, which may lead to files of others.
Result<StoreLocation> locate_store(sqlite3* db, const std::string& schema);

}  // namespace spectradb::extension
