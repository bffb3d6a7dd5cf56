// Runs a statement for the user, in the user's words: temporal SQL is rewritten, and the host's authorizer is
// asked, as if the user had prepared it. One thread.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "extension/host/api.h"
#include "temporal/value.h"

namespace spectradb::extension::copy {

class UserStatement {
 public:
  UserStatement() = default;
  ~UserStatement() { sqlite3_finalize(statement_); }
  UserStatement(const UserStatement&) = delete;
  UserStatement& operator=(const UserStatement&) = delete;

  Status prepare(sqlite3* db, const std::string& sql);
  // The bytes must live until the next run ends.
  void bind(int index, const temporal::Value& value);
  void clear() { sqlite3_clear_bindings(statement_); }
  Result<bool> step();  // true when there is a row
  Status run();         // runs to the end, and resets
  // Says after a failed run() whether the row violated a constraint.
  bool is_constraint() const { return (code_ & 0xff) == SQLITE_CONSTRAINT; }
  sqlite3_stmt* statement() const { return statement_; }

 private:
  sqlite3* db_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  int code_ = SQLITE_OK;
};

}  // namespace spectradb::extension::copy
