// Finds commit times that a wrong clock made: a clock that was once ahead pulls all later commits to its time, since
// times never run backwards. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"

namespace spectradb::extension {

class Database;

// Commits whose clock read more than a day less than their time says.
struct PulledCommits {
  uint64_t count = 0;
  uint64_t first = 0;
  uint64_t last = 0;
  int64_t first_time_us = 0;
  int64_t first_clock_us = 0;
};

// Returns those after the last commit that a repair of the clock has looked at.
Result<PulledCommits> find_pulled_commits(Database& database);

// Returns sentences for spectradb_check(): times that lie beyond the present clock, and times behind which
// the clock went back, as far as no repair has looked at them.
Result<std::vector<std::string>> clock_problems(Database& database);

// Returns "commit 7", or "commits 7 to 9".
std::string range_of_commits(uint64_t first, uint64_t last);

}  // namespace spectradb::extension
