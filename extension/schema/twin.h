// A private in-memory database that holds one ordinary table of the user's definition: SQLite itself says
// what a definition means.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/host/lent_functions.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Twin {
 public:
  // kInvalid with SQLite's sentence when it cannot read the definitions.
  // The application's functions and collations are those of `host`, which outlives the twin; null: there are none.
  static Result<Twin> make(const std::string& table, const std::vector<std::string>& columns, sqlite3* host);
  Twin(Twin&& other) noexcept
      : db_(std::exchange(other.db_, nullptr)), functions_(std::move(other.functions_)) {}
  Twin& operator=(Twin&&) = delete;
  ~Twin() { sqlite3_close(db_); }

  sqlite3* db() { return db_; }
  // A statement that may call functions of the application's.
  Status run(const std::string& sql);
  // A function that the definitions call and the application has not; empty for none.
  std::string missing_function() const { return functions_.missing(); }
  sqlite3* release() { return std::exchange(db_, nullptr); }

 private:
  Twin(sqlite3* db, sqlite3* host) : db_(db), functions_(host, db) {}
  sqlite3* db_;
  LentFunctions functions_;
};

// kInvalid for a collation that temporal tables do not know; `of` says whose it is.
Result<temporal::Collation> collation_named(const char* name, const std::string& of);
const char* collation_name(temporal::Collation collation);

}  // namespace spectradb::extension
