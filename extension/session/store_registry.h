// The stores that this process has open, one for each database file, shared by all its connections. The only
// state of the extension that is global besides the list of connections. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lsm/store/store.h"

namespace spectradb::extension {

// Where the store of a database lives. `identity` is equal for two paths to one file (device and inode); it
// is empty for databases that exist in memory only.
struct StoreLocation {
  std::string database_file;  // its real path; empty for databases in memory
  std::string directory;
  std::string identity;
  bool in_memory = false;
  bool read_only = false;
  lsm::FileOwner owner;  // of the database file
};

// `database_file` as sqlite3_db_filename() gives it; empty for in-memory and temporary databases. kInvalid:
// the store's place is a symbolic link, which may lead to files of others.
Result<StoreLocation> locate_store(const std::string& database_file);

// What identifies the store of a database that has no name: connections with a shared cache have one in
// common.
std::string memory_identity(const lsm::StoreId& id);

// The store that this process has open for the location, or null.
std::shared_ptr<lsm::Store> open_store(const StoreLocation& location);

// Opens the store, or hands out the one that is open already. `committed` is asked for what the database
// says, once the store's lock is held, so that the answer cannot be outdated.
Result<std::shared_ptr<lsm::Store>> acquire_store(const StoreLocation& location,
                                                  const std::function<Result<lsm::Committed>()>& committed);

// What is wrong with the files of a store that cannot be opened; lsm/store/check.h.
Result<std::vector<std::string>> check_closed_store(const StoreLocation& location,
                                                    const std::function<Result<lsm::Committed>()>& committed);

// Makes a new, empty store. A leftover of a CREATE TABLE that was rolled back (a store without facts) is
// taken over.
Result<std::shared_ptr<lsm::Store>> create_store(const StoreLocation& location, const lsm::Knobs& knobs);

}  // namespace spectradb::extension
