#include "extension/times/clock_readings.h"

#include <algorithm>
#include <limits>

namespace spectradb::extension {

namespace {

int64_t next_us(int64_t us) { return us == std::numeric_limits<int64_t>::max() ? us : us + 1; }

std::optional<int64_t> number_or_null(const Query& query, int column) {
  return query.is_null(column) ? std::nullopt : std::optional<int64_t>(query.integer(column));
}

temporal::Value value_of(std::optional<int64_t> number) {
  return number ? temporal::Value::of_integer(*number) : temporal::Value::null();
}

}  // namespace

int64_t monotone_time_us(int64_t clock_us, std::optional<int64_t> before_us) {
  return before_us ? std::max(clock_us, next_us(*before_us)) : clock_us;
}

bool needs_reading(int64_t time_us, std::optional<int64_t> before_us) {
  return before_us && time_us <= next_us(*before_us);
}

bool is_jump(int64_t a_us, int64_t b_us) {
  int64_t difference = 0;
  if (__builtin_sub_overflow(a_us, b_us, &difference)) return a_us > b_us;
  return difference > kJumpUs;
}

ClockReadings::ClockReadings(sqlite3* db, const std::string& schema)
    : db_(db),
      table_(quoted(schema) + "." + kClockTable),
      there_(db, "SELECT 1 FROM " + quoted(schema) + ".sqlite_master WHERE type = 'table' AND name = '" +
                     kClockTable + "'"),
      insert_(db, "INSERT OR REPLACE INTO " + table_ + "(commit_no, clock_us, was_us) VALUES (?1, ?2, ?3)"),
      find_(db, "SELECT clock_us, was_us FROM " + table_ + " WHERE commit_no = ?1") {}

Result<bool> ClockReadings::has_table() {
  const QueryScope scope(there_);
  return there_.step();
}

Status ClockReadings::create() {
  const Result<bool> there = has_table();
  if (!there || *there) return there.status();
  return execute(
      db_, "CREATE TABLE " + table_ + "(commit_no INTEGER PRIMARY KEY, clock_us INTEGER, was_us INTEGER)");
}

Status ClockReadings::record(uint64_t commit, std::optional<int64_t> clock_us, bool is_again) {
  if (clock_us) return keep(commit, {clock_us, std::nullopt});
  if (!is_again) return Status::ok();
  const Result<bool> there = has_table();
  if (!there || !*there) return there.status();
  Query remove(db_, "DELETE FROM " + table_ + " WHERE commit_no = ?1");
  return remove.bind(1, static_cast<int64_t>(commit)).run();
}

Status ClockReadings::keep(uint64_t commit, const Reading& reading) {
  SPECTRADB_RETURN_IF_ERROR(create());
  const QueryScope scope(insert_);
  insert_.bind(1, static_cast<int64_t>(commit));
  insert_.bind(2, value_of(reading.clock_us)).bind(3, value_of(reading.was_us));
  return insert_.run();
}

Result<std::optional<ClockReadings::Reading>> ClockReadings::find(uint64_t commit) {
  SPECTRADB_ASSIGN_OR_RETURN(const bool there, has_table());
  if (!there) return std::optional<Reading>();
  const QueryScope scope(find_);
  find_.bind(1, static_cast<int64_t>(commit));
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, find_.step());
  if (!row) return std::optional<Reading>();
  return std::optional(Reading{number_or_null(find_, 0), number_or_null(find_, 1)});
}

}  // namespace spectradb::extension
