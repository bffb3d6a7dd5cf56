#include "extension/facets/feed/wait.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "extension/access/sole_use.h"
#include "extension/host/values.h"
#include "extension/session/commit_listeners.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/table/temporal_tables.h"
#include "extension/times/system_time.h"

namespace spectradb::extension::feed {

using temporal::Value;

namespace {

constexpr double kLongestSeconds = 1e8;  // three years: the clock's nanoseconds have room for it

// So often a statement that waits looks whether it is interrupted, or another process has committed.
constexpr auto kBetweenLooks = std::chrono::milliseconds(50);

// Ends a wait from the thread that has committed.
class Alarm {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      has_rung_ = true;
    }
    signal_.notify_one();
  }
  void wait_for(std::chrono::nanoseconds time) {
    std::unique_lock lock(mutex_);
    signal_.wait_for(lock, time, [this] { return has_rung_; });
    has_rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable signal_;
  bool has_rung_ = false;  // guarded by mutex_
};

std::optional<double> seconds_of(const Value& given) {
  if (given.type == Value::Type::kInteger && given.integer >= 0) return static_cast<double>(given.integer);
  if (given.type == Value::Type::kReal && given.real >= 0) return given.real;
  return std::nullopt;
}

// Reads the last commit and, when it could be read for the first time, the commit that is waited from.
Status look(const FunctionCall& call, Database& database, uint64_t& last, std::optional<uint64_t>& since) {
  SPECTRADB_ASSIGN_OR_RETURN(last, database.last_commit());
  if (since) return Status::ok();
  SPECTRADB_ASSIGN_OR_RETURN(const SystemTime from, to_system_time(database, from_sqlite(call.arguments[0]),
                                                                   last, call.connection.statement_now()));
  if (from.is_all) return Status::invalid("spectradb_wait: 'all' is no time to wait from");
  since = from.commit;
  return Status::ok();
}

}  // namespace

Status wait(const FunctionCall& call) {
  constexpr int kSchemaPlace = 2;
  sqlite3_value* schema_given = call.count > kSchemaPlace ? call.arguments[kSchemaPlace] : nullptr;
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema,
                             schema_of_argument(call.connection, schema_given, kWait));
  const std::optional<double> seconds = seconds_of(from_sqlite(call.arguments[1]));
  if (!seconds) {
    return Status::invalid("spectradb_wait takes the seconds to wait, not " +
                           spelled(from_sqlite(call.arguments[1])));
  }
  sqlite3* const db = call.connection.handle();
  // A statement that reads another schema would also keep the snapshot of the first look, and its lock.
  if (sqlite3_get_autocommit(db) == 0 || !runs_alone(db))
    return Status::invalid(
        "spectradb_wait: inside a transaction, or beside an open query, nothing new is seen");
  const std::shared_ptr<Database> database = call.connection.database(schema);
  Alarm alarm;
  const CommitListener listener(name_in_process(db, schema), [&alarm](uint64_t) { alarm.ring(); });
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::nanoseconds>(
                       std::chrono::duration<double>(std::min(*seconds, kLongestSeconds)));
  uint64_t last = 0;
  std::optional<uint64_t> since;
  for (;;) {
    // Who commits keeps readers out for a moment, with a rollback journal; it may be the commit that is waited for.
    const Status looked = look(call, *database, last, since);
    if (!looked && looked.code() != Code::kBusy) return looked;
    if (looked && last > *since) break;
    const auto now = std::chrono::steady_clock::now();
    if (now >= end) return since ? Status::ok() : looked;
    alarm.wait_for(std::min<std::chrono::nanoseconds>(end - now, kBetweenLooks));
    if (database->is_interrupted()) return {Code::kInterrupted, "interrupted"};
  }
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(last));
  return Status::ok();
}

}  // namespace spectradb::extension::feed
