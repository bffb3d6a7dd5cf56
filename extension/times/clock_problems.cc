#include "extension/times/clock_problems.h"

#include <optional>

#include "extension/session/database.h"
#include "extension/times/clock_readings.h"
#include "temporal/instant.h"

namespace spectradb::extension {

namespace {

constexpr const char* kAsk = "SELECT spectradb_repair('clock') says how they are timed anew";

std::string days(int64_t later_us, int64_t earlier_us) {
  const double count =
      (static_cast<double>(later_us) - static_cast<double>(earlier_us)) / static_cast<double>(kJumpUs);
  return std::to_string(static_cast<int64_t>(count)) + " days";
}

// Returns the last commit that a repair has looked at.
Result<uint64_t> settled_until(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, database.has_table("_spectradb_repairs"));
  if (!there) return uint64_t{0};
  Query last(
      database.connection().handle(),
      "SELECT max(until_commit) FROM " + database.qualified("_spectradb_repairs") + " WHERE way = 'clock'");
  const Result<bool> row = last.step();
  if (!row) return row.status();
  return static_cast<uint64_t>(last.integer(0));
}

}  // namespace

std::string range_of_commits(uint64_t first, uint64_t last) {
  if (first == last) return "commit " + std::to_string(first);
  return "commits " + std::to_string(first) + " to " + std::to_string(last);
}

Result<PulledCommits> find_pulled_commits(Database& database) {
  PulledCommits pulled;
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t settled, settled_until(database));
  sqlite3* db = database.connection().handle();
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, ClockReadings(db, database.schema()).has_table());
  if (!there) return pulled;
  Query query(db, "SELECT commit_no, time_us, clock_us FROM " + CommitTable::relation(database.schema()) +
                      " JOIN " + database.qualified(kClockTable) +
                      " USING (commit_no) WHERE commit_no > ?1 AND time_us - clock_us > " +
                      std::to_string(kJumpUs) + " ORDER BY commit_no");
  query.bind(1, static_cast<int64_t>(settled));
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return pulled;
    pulled.last = static_cast<uint64_t>(query.integer(0));
    if (pulled.count++ > 0) continue;
    pulled.first = pulled.last;
    pulled.first_time_us = query.integer(1);
    pulled.first_clock_us = query.integer(2);
  }
}

Result<std::vector<std::string>> clock_problems(Database& database) {
  std::vector<std::string> problems;
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database.last_commit());
  if (last == 0) return problems;
  SPECTRADB_ASSIGN_OR_RETURN(const PulledCommits pulled, find_pulled_commits(database));
  if (pulled.count > 0) {
    problems.push_back("the clock had gone back by " + days(pulled.first_time_us, pulled.first_clock_us) +
                       " when " + database.schema() + " got commit " + std::to_string(pulled.first) + ": " +
                       std::to_string(pulled.count) + " of " + range_of_commits(pulled.first, pulled.last) +
                       " have times that their clock did not read; " + kAsk);
  }
  const int64_t now_us = wall_clock_us();
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> last_us, database.commit_time_us(last));
  if (last_us && is_jump(*last_us, now_us)) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t before, database.commit_at_or_before(now_us + kJumpUs));
    problems.push_back(range_of_commits(before + 1, last) + " of " + database.schema() +
                       " have times up to " + temporal::format_instant(*last_us) + ", " +
                       days(*last_us, now_us) + " beyond this machine's clock; once that is right, " + kAsk);
  }
  return problems;
}

}  // namespace spectradb::extension
