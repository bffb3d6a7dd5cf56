// Lends an application's functions and collations to a private database of ours: what a definition calls
// there runs on the application's connection. Used by the thread that uses both.
#pragma once

#include <functional>
#include <string>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

// Lends what the private database lacks, on demand. `host` outlives the database.
class LentFunctions {
 public:
  LentFunctions(sqlite3* host, sqlite3* database) : host_(host), database_(database) {}

  // Collations are lent when SQLite looks for them. Functions that the application does not trust its schemas
  // with stay untrusted.
  Status begin();
  // Runs `deed`, and again after each missing function was lent. A function that the application lacks, too,
  // is registered all the same, and fails when it is called.
  Status with_functions(const std::function<Status()>& deed);
  // Returns the first function that the application lacked; empty for none.
  const std::string& missing() const { return missing_; }

 private:
  Result<bool> lend(const std::string& function);

  sqlite3* host_;
  sqlite3* database_;
  std::string missing_;
};

}  // namespace spectradb::extension
