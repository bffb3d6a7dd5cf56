// A private in-memory database that holds one ordinary table with the user's definition, so that SQLite
// itself says what the definition means.
#pragma once

#include <string>
#include <string_view>
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
  // `host` lends the application's functions and collations, and outlives the twin; null lends none. `behind` is what
  // stands behind the definitions: WITHOUT ROWID, or nothing.
  static Result<Twin> make(const std::string& table, const std::vector<std::string>& columns, sqlite3* host,
                           std::string_view behind = {});
  Twin(Twin&& other) noexcept
      : db_(std::exchange(other.db_, nullptr)), functions_(std::move(other.functions_)) {}
  Twin& operator=(Twin&&) = delete;
  ~Twin() { sqlite3_close(db_); }

  sqlite3* db() { return db_; }
  // Runs a statement that may call functions of the application.
  Status run(const std::string& sql);
  // Returns a function that the definitions call and the application lacks; empty for none.
  std::string missing_function() const { return functions_.missing(); }
  sqlite3* release() { return std::exchange(db_, nullptr); }

 private:
  Twin(sqlite3* db, sqlite3* host) : db_(db), functions_(host, db) {}
  sqlite3* db_;
  LentFunctions functions_;
};

// kInvalid for a collation that temporal tables do not know; `of` names what has it, for the message.
Result<temporal::Collation> collation_named(const char* name, const std::string& of);
const char* collation_name(temporal::Collation collation);

}  // namespace spectradb::extension
