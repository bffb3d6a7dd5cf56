#include "extension/session/connection.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <new>

#include "extension/front/kept_statements.h"
#include "extension/host/process.h"
#include "extension/host/query.h"
#include "extension/session/database.h"
#include "extension/table/table.h"

namespace spectradb::extension {

namespace {

struct Connections {
  std::mutex mutex;
  std::map<sqlite3*, std::shared_ptr<Connection>> by_handle;
};

// Never destroyed: connections may be closed while the process runs its destructors.
Connections& connections() {
  static Connections* all = new Connections;
  return *all;
}

}  // namespace

int64_t wall_clock_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

Connection::Connection(sqlite3* handle) : handle_(handle), generation_(process_generation()) {}

Connection::~Connection() {
  if (check_process()) return;
  // A forked child cannot end the threads of its parent's stores, so it leaks them.
  for (auto& [schema, store] : stores_) new (std::nothrow) std::shared_ptr<lsm::Store>(std::move(store));
}

Status Connection::check_process() const {
  if (generation_ == process_generation()) return Status::ok();
  return Status::busy("this process was forked while the database was open: open it anew in the child");
}

Connection* Connection::of(sqlite3* handle) {
  Connections& all = connections();
  std::lock_guard<std::mutex> lock(all.mutex);
  auto found = all.by_handle.find(handle);
  return found == all.by_handle.end() ? nullptr : found->second.get();
}

void Connection::enlist(std::shared_ptr<Connection> connection) {
  Connections& all = connections();
  std::lock_guard<std::mutex> lock(all.mutex);
  sqlite3* handle = connection->handle();
  all.by_handle[handle] = std::move(connection);
}

void Connection::strike(sqlite3* handle) {
  std::shared_ptr<Connection> last;  // destroyed outside the lock: closing a store waits for its threads
  Connections& all = connections();
  std::lock_guard<std::mutex> lock(all.mutex);
  auto found = all.by_handle.find(handle);
  if (found == all.by_handle.end()) return;
  last = std::move(found->second);
  all.by_handle.erase(found);
}

std::shared_ptr<Database> Connection::database(std::string_view schema) {
  auto found = databases_.find(schema);
  if (found != databases_.end()) {
    if (std::shared_ptr<Database> known = found->second.lock()) return known;
  }
  auto made = std::make_shared<Database>(*this, std::string(schema));
  databases_[std::string(schema)] = made;
  return made;
}

void Connection::keep_store(const std::string& schema, std::shared_ptr<lsm::Store> store) {
  stores_[schema] = std::move(store);
}

std::shared_ptr<lsm::Store> Connection::kept_store(const std::string& schema) const {
  const auto found = stores_.find(schema);
  return found == stores_.end() ? nullptr : found->second;
}

// SQLite gives virtual tables no access to a statement's own "now". An execution is recognized by its
// statement, by how often that has run, and by the changes made before. The asking statement is the newest
// running one that was not seen before or, when all were seen, the one seen last. A new statement may get the
// address of an old one. So seen statements are forgotten when one is prepared at their address (where the
// hook tells), and at the first cursor, when none of them can be running.
int64_t Connection::statement_now() {
  const int64_t clock = wall_clock_us();
  const int64_t changes = sqlite3_total_changes64(handle_);
  std::vector<Execution> current;
  bool found_new = false;
  int64_t latest = INT64_MIN;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(handle_, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(handle_, statement)) {
    if (!sqlite3_stmt_busy(statement)) continue;
    const int run = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 0);
    auto seen = std::find_if(executions_.begin(), executions_.end(), [&](const Execution& execution) {
      return execution.statement == statement && execution.run == run && execution.changes == changes;
    });
    const bool is_new = seen == executions_.end();
    const int64_t now_us = is_new ? clock : seen->now_us;
    found_new = found_new || is_new;
    latest = std::max(latest, now_us);
    current.push_back({statement, run, changes, now_us});
  }
  executions_ = std::move(current);
  return found_new || latest == INT64_MIN ? clock : latest;
}

void Connection::statement_prepared(sqlite3_stmt* statement) {
  std::erase_if(executions_, [&](const Execution& seen) { return seen.statement == statement; });
}

void Connection::remove_table(Table* table) {
  std::erase_if(tables_, [&](const Connected& each) { return each.table == table; });
  if (planned_ == table) planned_ = nullptr;
}

// Of several tables of one name, SQLite means the one that it plans with.
const Table* Connection::find_table(std::string_view schema, std::string_view name) {
  const auto is_it = [&](const Connected& each) {
    return sqlite3_stricmp(each.table->database().schema().c_str(), std::string(schema).c_str()) == 0 &&
           sqlite3_stricmp(each.table->schema().name.c_str(), std::string(name).c_str()) == 0;
  };
  std::optional<int64_t> version;
  if (!has_altered_) {
    if (std::none_of(tables_.begin(), tables_.end(), is_it)) return nullptr;
    const Result<int64_t> asked = database(schema)->schema_version();
    if (asked.status().code() == Code::kNoMemory) throw std::bad_alloc();
    // An uncommitted schema version may be rolled back, and its number be used again.
    const bool is_committed = sqlite3_txn_state(handle_, std::string(schema).c_str()) != SQLITE_TXN_WRITE;
    if (asked && is_committed) version = *asked;
    for (const Connected& each : tables_) {
      if (version && each.schema_version == version && is_it(each)) return each.table;
    }
  }
  planned_ = nullptr;
  Query query(handle_, "SELECT 1 FROM " + quoted(schema) + "." + quoted(name));
  if (query.prepare().code() == Code::kNoMemory) throw std::bad_alloc();
  const Table* found = nullptr;
  for (Connected& each : tables_) {
    if (!is_it(each)) continue;
    each.schema_version = each.table == planned_ ? version : std::nullopt;
    if (each.table == planned_) found = planned_;
  }
  return found;
}

void Connection::remember_target(std::string_view target) {
  constexpr size_t kMostTargets = 1000;
  if (plain_targets_.size() < kMostTargets) plain_targets_.emplace(target);
}

int Connection::busy_timeout_ms() {
  Query query(handle_, "PRAGMA busy_timeout");
  Result<bool> row = query.step();
  return row && *row ? static_cast<int>(query.integer(0)) : 0;
}

}  // namespace spectradb::extension
