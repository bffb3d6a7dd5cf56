// How functions that list facts show commits and changes: as text. One thread.
#pragma once

#include <cstdint>
#include <string>

#include "extension/host/api.h"
#include "extension/session/database.h"
#include "temporal/fact_history.h"

namespace spectradb::extension {

// "insert", "update" or "delete".
inline const char* operation_name(temporal::Change change) {
  static constexpr const char* kNames[] = {"insert", "update", "delete"};
  return kNames[static_cast<int>(change)];
}

// Reads the times of commits, and keeps the last one.
class CommitTimes {
 public:
  explicit CommitTimes(Database& database) : database_(database) {}

  // Gives text as SQLite writes times, UTC; NULL for a commit under way.
  Status give(sqlite3_context* context, uint64_t commit);

 private:
  Database& database_;
  uint64_t commit_ = 0;
  std::string text_;
};

}  // namespace spectradb::extension
