#include "extension/times/system_time.h"

#include <algorithm>

#include "extension/host/api.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/times/commit_cursor.h"
#include "lsm/memory/write_batch.h"
#include "temporal/instant.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

bool is_now(const Value& value) {
  return value.type == Value::Type::kText && value.bytes.size() == 3 &&
         sqlite3_strnicmp(value.bytes.data(), "now", 3) == 0;
}

// A transaction that has written nothing may take no number.
bool is_of_open_transaction(const Database& database, int64_t number) {
  return database.batch() != nullptr && database.batch()->count() > 0 && number > 0 &&
         static_cast<uint64_t>(number) == database.own_commit();
}

}  // namespace

bool is_all(const Value& value) {
  return value.type == Value::Type::kText && value.bytes.size() == 3 &&
         sqlite3_strnicmp(value.bytes.data(), "all", 3) == 0;
}

Status check_commit(const Value& given, int64_t number, uint64_t last_commit) {
  if (number < 0)
    return Status::invalid("commit numbers start at 1 (0 is the empty database), not " + spelled(given));
  if (static_cast<uint64_t>(number) <= last_commit) return Status::ok();
  return Status::invalid("commit " + spelled(given) + " is beyond the last commit (" +
                         std::to_string(last_commit) +
                         "); a time is written as text, such as AS OF '2026-01-31 18:00'");
}

Result<SystemTime> to_system_time(Database& database, const Value& value, uint64_t snapshot, int64_t now_us) {
  SystemTime time;
  time.commit = snapshot;
  if (value.is_null()) return time;
  time.is_given = true;
  if (is_all(value)) {
    time.is_all = true;
    return time;
  }
  if (const std::optional<int64_t> number = commit_number(value)) {
    if (is_of_open_transaction(database, *number))
      return Status::invalid(
          "commit " + spelled(value) + " is beyond the last commit (" + std::to_string(snapshot) +
          "): the open transaction will be that commit, and until then what it has written "
          "is read without AS OF");
    SPECTRADB_RETURN_IF_ERROR(check_commit(value, *number, snapshot));
    time.commit = static_cast<uint64_t>(*number);
    return time;
  }
  if (const std::optional<CommitCursor> cursor = read_commit_cursor(value)) {
    SPECTRADB_RETURN_IF_ERROR(check_cursor(database, *cursor, snapshot));
    time.commit = cursor->commit;
    return time;
  }
  if (value.type != Value::Type::kText) {
    return Status::invalid("cannot read " + spelled(value) +
                           " as a system time: expected a commit number or text such as '2026-01-31 18:00'");
  }
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t us, temporal::parse_instant(value.bytes, now_us));
  // A clock that was ahead may have made the last commit: it exists now, whatever its time says.
  SPECTRADB_ASSIGN_OR_RETURN(uint64_t commit,
                             is_now(value) ? Result<uint64_t>(snapshot) : database.commit_at_or_before(us));
  SPECTRADB_ASSIGN_OR_RETURN(std::optional<int64_t> own_us, database.commit_time_us(commit));
  time.commit = commit;
  time.time_us = std::max(us, own_us.value_or(us));
  time.is_behind = own_us != time.time_us;  // commit 0 has no time: it lies before all times
  return time;
}

}  // namespace spectradb::extension
