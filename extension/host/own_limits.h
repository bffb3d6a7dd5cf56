// Limits that a host has set low (sqlite3_limit) are for its own statements: ours, which it has not written, get what
// SQLite gives by default while they are prepared and run. One thread, as the connection.
#pragma once

#include <array>

#include "extension/host/api.h"

namespace spectradb::extension {

class OwnLimits {
 public:
  explicit OwnLimits(sqlite3* db) : db_(db) {
    for (size_t i = 0; i < kFloors.size(); ++i) {
      before_[i] = sqlite3_limit(db, kFloors[i].limit, -1);
      if (before_[i] < kFloors[i].least) sqlite3_limit(db, kFloors[i].limit, kFloors[i].least);
    }
  }
  ~OwnLimits() {
    for (size_t i = 0; i < kFloors.size(); ++i) {
      if (before_[i] < kFloors[i].least) sqlite3_limit(db_, kFloors[i].limit, before_[i]);
    }
  }
  OwnLimits(const OwnLimits&) = delete;
  OwnLimits& operator=(const OwnLimits&) = delete;

 private:
  struct Floor {
    int limit;
    int least;
  };
  // How many columns a table may have is the host's to say, whosever statement it is. How many bytes a value has, too,
  // but our own rows, which hold several of the user's, have more: those of a commit, until it is spilled.
  static constexpr std::array<Floor, 8> kFloors{{{SQLITE_LIMIT_LENGTH, 64 << 20},
                                                 {SQLITE_LIMIT_SQL_LENGTH, 1'000'000},
                                                 {SQLITE_LIMIT_EXPR_DEPTH, 1'000},
                                                 {SQLITE_LIMIT_VARIABLE_NUMBER, 32'766},
                                                 {SQLITE_LIMIT_FUNCTION_ARG, 100},
                                                 {SQLITE_LIMIT_COMPOUND_SELECT, 500},
                                                 {SQLITE_LIMIT_VDBE_OP, 25'000'000},
                                                 {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50'000}}};

  sqlite3* db_;
  std::array<int, kFloors.size()> before_{};
};

}  // namespace spectradb::extension
