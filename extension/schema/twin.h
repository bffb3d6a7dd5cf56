// A private in-memory database that holds one ordinary table of the user's definition: SQLite itself says
// what a definition means.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Twin {
 public:
  // kInvalid with SQLite's sentence when it cannot read the definitions.
  static Result<Twin> make(const std::string& table, const std::vector<std::string>& columns);
  Twin(Twin&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  Twin& operator=(Twin&&) = delete;
  ~Twin() { sqlite3_close(db_); }

  sqlite3* db() { return db_; }
  sqlite3* release() { return std::exchange(db_, nullptr); }

 private:
  Twin() = default;
  sqlite3* db_ = nullptr;
};

// kInvalid for a collation that temporal tables do not know; `of` says whose it is.
Result<temporal::Collation> collation_named(const char* name, const std::string& of);
const char* collation_name(temporal::Collation collation);

}  // namespace spectradb::extension
