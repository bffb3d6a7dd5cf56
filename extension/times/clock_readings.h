// What the clock read when each commit was made. A commit's time is that, or a microsecond behind the commit before,
// whichever is later. So the time tells the reading, but where it is exactly one microsecond behind the commit before:
// then the reading has a row of its own. A commit of an earlier release has none: its reading is not known then.
// What a repair of times has changed is kept in the same row. Used by the thread that uses the connection.
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

// The time of a commit, given what the clock reads and the commit before (none: the first).
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

  // With the commit's own row, in place of what an earlier attempt to commit has recorded; none: no row.
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
