// Restricts a connection to reading, or to reading and writing rows, until it is closed: for servers that run
// other people's SQL. It decides in the place of the host's authorizer (extension/access/gate.h), which is
// asked after it. The progress handler enforces the limits, and then calls the host's own handler. Used by
// the thread that uses the connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/status.h"
#include "extension/host/api.h"
#include "extension/host/handle_fields.h"

namespace spectradb::extension {

class Lock {
 public:
  enum class Mode : uint8_t { kRead, kWrite };
  struct Limits {
    int64_t max_ms = 0;  // from a statement's start to its last row; zero: no limit
    int64_t max_rows = 0;
  };

  // kInvalid when the lock cannot find out what the host has set on the connection, or cannot go on beside
  // it.
  static Result<std::unique_ptr<Lock>> make(sqlite3* db, Mode mode, Limits limits);
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  // Limits can be lowered, and set where there are none, but never raised; the mode stays.
  Status tighten(Mode mode, Limits limits);
  // Takes what an authorizer is asked. False: refusal() says what was refused.
  bool allows(int action, const char* first, const char* second);
  const std::string& refusal() const { return refusal_; }
  std::string describe() const;  // JSON

  // Whether the statement that runs has had its time, which is noted then. For work that is no step of SQLite's
  // virtual machine.
  bool stops_late();
  bool has_limits() const { return limits_.max_ms > 0 || limits_.max_rows > 0; }
  void set_host_progress(const HostProgress& progress);

 private:
  struct Running {
    std::chrono::steady_clock::time_point start;
    int64_t rows = 0;
  };

  Lock(sqlite3* db, Mode mode, Limits limits) : db_(db), mode_(mode), limits_(limits) {}
  bool may_write(int action, const std::string& table) const;
  Status watch();
  void set_steps(int steps);
  bool is_late() const;
  int tick();
  void traced(unsigned event, sqlite3_stmt* statement);

  sqlite3* db_;
  Mode mode_;
  Limits limits_;
  std::set<std::string> functions_;  // names of refused functions, in lower case
  std::string refusal_;
  std::string stopped_;  // why the last statement was interrupted
  bool is_watching_ = false;
  HostProgress host_progress_;
  int64_t host_steps_ = 0;  // since the host's handler was called
  int steps_ = 0;           // between two calls of ours
  bool has_too_many_rows_ = false;
  std::map<sqlite3_stmt*, Running> running_;
};

}  // namespace spectradb::extension
