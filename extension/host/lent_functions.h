// The application's own functions and collations, as its connection has them, for a private database of ours: there what a
// definition calls is run on the application's connection. Used by the thread that uses both.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

// Lends what a private database lacks, as it is asked for. `host` outlives the database.
class LentFunctions {
 public:
  LentFunctions(sqlite3* host, sqlite3* database) : host_(host), database_(database) {}

  // Collations come when SQLite looks for them. What the application does not trust its schemas with stays so.
  Status begin();
  // Does what may lack functions, again with each that it lacks. Those that the application has not either are there all
  // the same, and fail when they are called.
  Status with_functions(const std::function<Status()>& deed);
  // The first function that the application had not; empty for none.
  const std::string& missing() const { return missing_; }

 private:
  Result<bool> lend(const std::string& function);

  sqlite3* host_;
  sqlite3* database_;
  std::string missing_;
};

}  // namespace spectradb::extension
