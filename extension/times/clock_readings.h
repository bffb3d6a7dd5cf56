// What the clock read when each commit was made. A commit's time is its reading, or a microsecond after the
// commit before, whichever is later. So the time tells the reading, unless it is exactly one microsecond
// after the commit before: then the reading has a row of its own. A commit of an earlier release has no row,
// and its reading is unknown in that case. The row also keeps a time that a repair replaced. Used by the
// thread that uses the connection.
//
//   _spectradb_clock(commit_no PRIMARY KEY, clock_us, was_us)      made with the first row
//                                                                  clock_us is NULL where it is not known; was_us is
//                                                                  the time that a repair replaced, else NULL
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/status.h"
#include "extension/host/query.h"

namespace spectradb::extension {

inline constexpr const char* kClockTable = "_spectradb_clock";
inline constexpr int64_t kJumpUs = 86'400'000'000;  // a day: a clock that is off by more has jumped

// Returns the time of a commit, from the clock's reading and the time of the commit before (none: it is the
// first).
int64_t monotone_time_us(int64_t clock_us, std::optional<int64_t> before_us);
// Whether the reading of a commit with this time needs a row.
bool needs_reading(int64_t time_us, std::optional<int64_t> before_us);
// Whether a lies more than a day behind b.
bool is_jump(int64_t a_us, int64_t b_us);

class ClockReadings {
 public:
  ClockReadings(sqlite3* db, const std::string& schema);

  struct Reading {
    std::optional<int64_t> clock_us;
    std::optional<int64_t> was_us;
  };

  // Writes the row with the commit's own row, replacing that of an earlier attempt to commit; without a
  // reading, none.
  Status record(uint64_t commit, std::optional<int64_t> clock_us, bool is_again);
  Status keep(uint64_t commit, const Reading& reading);
  Result<std::optional<Reading>> find(uint64_t commit);
  Result<bool> has_table();

 private:
  Status create();

  sqlite3* db_;
  std::string table_;
  Query there_;
  Query insert_;
  Query find_;
};

}  // namespace spectradb::extension
