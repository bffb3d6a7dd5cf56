// Where the store of a database is: beside its file or, for a database in memory, in memory. This depends on
// what SQLite says of the database (its VFS and its name), never on whether its file can be found. Used by
// the thread that uses the connection.
#pragma once

#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "lsm/file/file.h"

namespace spectradb::extension {

// `identity` is equal for two paths to one file (device and inode). For a database in memory it names the
// pages that SQLite keeps for it; it identifies a store only together with the store's id, since a copy of a
// database repeats the id, but has none of the facts.
struct StoreLocation {
  std::string database_file;  // its real path; empty for databases in memory
  std::string directory;
  std::string identity;
  bool in_memory = false;
  bool read_only = false;
  lsm::FileOwner owner;  // owner and mode of the database file
};

// True for databases without a name, temporary and deserialized ones, and all others of the VFS "memdb".
bool is_in_memory(sqlite3* db, const std::string& schema);

// True for those of the VFS "memdb", deserialized ones among them.
bool is_memdb(sqlite3* db, const std::string& schema);

// kInvalid where SQLite does not itself keep the database in a file: a new store beside it might stay behind
// when the pages go elsewhere, so that a commit would be there without its facts.
Status check_directory_goes_along(sqlite3* db, const std::string& schema);

// kMissing: SQLite has opened another file than the one now found under its name, or none is found there.
// kInvalid: the store's place is a symbolic link, which may lead to somebody else's files.
Result<StoreLocation> locate_store(sqlite3* db, const std::string& schema);

}  // namespace spectradb::extension
