// Running statements whose writes a function that they call has rolled back, by ROLLBACK or ROLLBACK TO. SQLite
// aborts such a statement by the pages that it writes; a statement that writes virtual tables has none, and would
// go on with half of its rows. A part of the connection; used by the thread that uses it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;

class LostStatements {
 public:
  explicit LostStatements(Connection& connection);

  // Call them when SQLite rolls back: the transaction, or to a savepoint, which may be that of a statement that
  // fails and concerns no other one. They cannot fail.
  void transaction_rolled_back() noexcept;
  void savepoint_rolled_back() noexcept;
  // Call it in a statement that makes a table, or that the first table takes part in a transaction by: no statement
  // that runs inside it can be lost.
  void statement_begins() noexcept;
  // Whether the statement that writes now is one of them.
  bool has_innermost() noexcept;
  void innermost_fails() noexcept;  // where the statement that writes now is one

  uint64_t count() const { return count_; }  // how often running statements have been lost
  const char* last_act() const;              // what a function did that lost the last ones

 private:
  struct Run {
    sqlite3_stmt* statement;
    int number;   // of this run of the statement
    size_t text;  // its hash
    bool operator==(const Run& other) const {
      return statement == other.statement && number == other.number && text == other.text;
    }
  };
  static constexpr size_t kMostNested = 64;

  static Run run_of(sqlite3_stmt* statement) noexcept;
  void add_writing() noexcept;
  bool has(const Run& run) const noexcept;

  sqlite3* const db_;
  std::array<Run, kMostNested> runs_{};  // so that a rollback needs no memory
  size_t size_ = 0;
  size_t most_ = 0;  // of the statements that write, so many outer ones may be lost
  uint64_t count_ = 0;
  bool are_in_transaction_ = false;  // the last ones: ROLLBACK TO has lost them
};

}  // namespace spectradb::extension
