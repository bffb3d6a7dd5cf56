#include "extension/access/lock.h"

#include <algorithm>
#include <string_view>

#include "extension/facet/facet.h"
#include "extension/host/author.h"
#include "extension/host/query.h"
#include "sql/text/tokenizer.h"

namespace spectradb::extension {

namespace {

constexpr int kSteps = 1000;  // some 10 microseconds of SQLite's virtual machine

std::string lowered_name(const char* name) {
  std::string text = name == nullptr ? "" : name;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// Our functions with effects beyond rows.
constexpr std::string_view kActing[] = {"spectradb_alter", "spectradb_backup", "spectradb_compact",
                                        "spectradb_erase", "spectradb_flush"};
// Our functions that write rows: rewritten statements call most of them, and the statements that they run are
// checked like any others.
constexpr std::string_view kWriting[] = {"spectradb_annotate", "spectradb_count", "spectradb_upsert",
                                         "spectradb_write"};
// Functions of SQLite and its shell that reach files.
constexpr std::string_view kFileFunctions[] = {"load_extension", "readfile", "writefile",
                                               "edit",           "lsmode",   "fts3_tokenizer"};
constexpr std::string_view kFileTables[] = {"fsdir", "zipfile", "sqlite_dbpage", "spectradb_backup",
                                            "spectradb_in_schema_backup"};
constexpr std::string_view kPragmasOfATable[] = {"table_info", "table_xinfo", "table_list",      "index_list",
                                                 "index_info", "index_xinfo", "foreign_key_list"};
constexpr std::string_view kPragmas[] = {
    "database_list", "collation_list", "function_list", "module_list",    "pragma_list", "compile_options",
    "data_version",  "schema_version", "user_version",  "application_id", "encoding",    "page_count",
    "page_size",     "freelist_count", "journal_mode",  "foreign_keys",   "query_only",  "trusted_schema",
    "busy_timeout",  "synchronous",    "locking_mode"};

template <size_t N>
bool is_among(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool may_read(const std::string& table) {
  return table.rfind("_spectradb_", 0) != 0 && !is_among(kFileTables, table);
}

bool may_ask(const std::string& pragma, const char* value) {
  return is_among(kPragmasOfATable, pragma) || (value == nullptr && is_among(kPragmas, pragma));
}

bool is_schema_table(const std::string& table) {
  return table == "sqlite_master" || table == "sqlite_temp_master";
}

// Says in words what an action would do.
std::string words_of(int action, const char* first, const char* second) {
  const auto name = [](const char* text) { return std::string(text == nullptr ? "" : text); };
  switch (action) {
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      if (is_schema_table(lowered_name(first))) return "to change the schema";
      // RETURNING and ON CONFLICT write to this table.
      return name(first) == "spectradb_returned" ? "to write" : "to write to " + name(first);
    case SQLITE_READ:
      return "to read " + name(first);
    case SQLITE_FUNCTION:
      return "to call " + name(second) + "()";
    case SQLITE_PRAGMA:
      return name(first).rfind("spectradb_", 0) == 0 ? "to call " + name(first) + "()"
                                                     : "PRAGMA " + name(first);
    case SQLITE_ATTACH:
      return "to attach a file or write one";
    case SQLITE_DETACH:
      return "to detach a database";
    default:
      return "to change the schema";
  }
}

Status unknown_handle() {
  return Status::invalid(
      "spectradb_lock() cannot see what the host has set on this connection, in a build of SQLite that keeps "
      "it "
      "elsewhere: use PRAGMA query_only = 1 and an authorizer and a progress handler of the host's own");
}

std::string limit_text(int64_t limit) { return limit == 0 ? "null" : std::to_string(limit); }

}  // namespace

Result<std::unique_ptr<Lock>> Lock::make(sqlite3* db, Mode mode, Limits limits) {
  if (!authorizer_of(db)) return unknown_handle();
  if (sqlite3_get_autocommit(db) == 0)
    return Status::invalid(
        "spectradb_lock() is for a connection without a transaction: COMMIT or ROLLBACK first");
  std::unique_ptr<Lock> lock(new Lock(db, mode, limits));
  for (const std::string_view name : kActing) lock->functions_.emplace(name);
  if (mode == Mode::kRead)
    for (const std::string_view name : kWriting) lock->functions_.emplace(name);
  for (const std::string_view name : kFileFunctions) lock->functions_.emplace(name);
  for (const Facet* facet : facets()) {
    for (const Function& function : facet->functions) {
      const bool is_refused = function.effect == Function::Effect::kOther ||
                              (function.effect == Function::Effect::kWritesRows && mode == Mode::kRead);
      if (is_refused) lock->functions_.emplace(function.name);
    }
  }
  // Functions that others have registered for direct use only may do anything.
  Query acting(
      db,
      "SELECT DISTINCT lower(name) FROM pragma_function_list WHERE flags & ?1 <> 0 AND name NOT LIKE "
      "'spectradb\\_%' ESCAPE '\\'");
  acting.bind(1, int64_t{SQLITE_DIRECTONLY});
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, acting.step());
    if (!row) break;
    lock->functions_.insert(acting.text(0));
  }
  if (lock->has_limits()) SPECTRADB_RETURN_IF_ERROR(lock->watch());
  if (mode == Mode::kRead) SPECTRADB_RETURN_IF_ERROR(execute(db, "PRAGMA query_only = 1"));
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
  return lock;
}

Status Lock::watch() {
  if (is_watching_) return Status::ok();
  const std::optional<HostProgress> progress = progress_of(db_);
  const std::optional<bool> traces = is_traced(db_);
  if (!progress || !traces) return unknown_handle();
  if (sqlite3_api->progress_handler == nullptr)
    return Status::invalid(
        "this SQLite is built without progress handlers, by which spectradb_lock() limits time and rows: "
        "lock "
        "without limits");
  if (*traces)
    return Status::invalid(
        "spectradb_lock() counts time and rows by sqlite3_trace_v2(), which this connection uses already: "
        "take the "
        "trace away, or lock without limits");
  host_progress_ = *progress;
  is_watching_ = true;
  sqlite3_trace_v2(
      db_, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW | SQLITE_TRACE_PROFILE,
      [](unsigned event, void* lock, void* statement, void*) {
        static_cast<Lock*>(lock)->traced(event, static_cast<sqlite3_stmt*>(statement));
        return 0;
      },
      this);
  set_steps(kSteps);
  return Status::ok();
}

void Lock::set_steps(int steps) {
  const bool has_host = host_progress_.callback != nullptr && host_progress_.steps > 0;
  steps_ = has_host ? std::min(steps, host_progress_.steps) : steps;
  sqlite3_progress_handler(
      db_, steps_, [](void* lock) { return static_cast<Lock*>(lock)->tick(); }, this);
}

void Lock::set_host_progress(const HostProgress& progress) {
  host_progress_ = progress;
  host_steps_ = 0;
  set_steps(kSteps);
}

Status Lock::tighten(Mode mode, Limits limits) {
  if (mode != mode_)
    return Status::invalid(std::string("this connection is locked for ") +
                           (mode_ == Mode::kRead ? "reading" : "writing rows") + " until it is closed");
  const auto is_looser = [](int64_t now, int64_t wanted) { return now > 0 && (wanted == 0 || wanted > now); };
  if (is_looser(limits_.max_ms, limits.max_ms) || is_looser(limits_.max_rows, limits.max_rows))
    return Status::invalid(
        "this connection is locked until it is closed: its limits can be lowered, not raised");
  if (limits.max_ms > 0 || limits.max_rows > 0) SPECTRADB_RETURN_IF_ERROR(watch());
  limits_ = limits;
  return Status::ok();
}

// On a connection that writes rows: only to tables that are not internal.
bool Lock::may_write(int action, const std::string& table) const {
  // Opening a virtual table asks to update the schema as table x; making a table inserts its definition.
  if (is_schema_table(table)) return action == SQLITE_UPDATE;
  return table.rfind("sqlite_", 0) != 0 && table != "spectradb_do" && may_read(table);
}

bool Lock::allows(int action, const char* first, const char* second) {
  bool is_allowed = false;
  refusal_.clear();  // the host's own authorizer may refuse what the lock allows
  switch (action) {
    // PRAGMA query_only refuses BEGIN IMMEDIATE.
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return true;
    case SQLITE_READ:
      is_allowed = may_read(lowered_name(first));
      break;
    case SQLITE_FUNCTION:
      is_allowed = functions_.count(lowered_name(second)) == 0;
      break;
    // Opening a virtual table asks for these, too, as table x. query_only refuses real writes.
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
      is_allowed = mode_ == Mode::kRead ? is_schema_table(lowered_name(first))
                                        : may_write(action, lowered_name(first));
      break;
    case SQLITE_DELETE:
      is_allowed = mode_ == Mode::kWrite && may_write(action, lowered_name(first));
      break;
    case SQLITE_CREATE_TABLE:
      is_allowed = lowered_name(first) == "x";
      break;
    case SQLITE_PRAGMA:
      is_allowed = may_ask(lowered_name(first), second);
      break;
    default:
      break;
  }
  if (!is_allowed)
    refusal_ = std::string("this connection is locked for ") +
               (mode_ == Mode::kRead ? "reading" : "writing rows") +
               " by spectradb_lock(), and may not be used " +
               (action == SQLITE_PRAGMA && words_of(action, first, second).rfind("PRAGMA", 0) == 0
                    ? "for " + words_of(action, first, second)
                    : words_of(action, first, second)) +
               ": open another one";
  return is_allowed;
}

// With several running statements the oldest one counts, since SQLite does not say which one runs.
bool Lock::is_late() const {
  if (limits_.max_ms == 0) return false;
  const Running* last = nullptr;
  for (sqlite3_stmt* statement = sqlite3_next_stmt(db_, nullptr); statement != nullptr;
       statement = sqlite3_next_stmt(db_, statement)) {
    if (sqlite3_stmt_busy(statement) == 0) continue;
    const auto found = running_.find(statement);
    if (found != running_.end() && (last == nullptr || found->second.start > last->start))
      last = &found->second;
  }
  if (last == nullptr) return false;
  return std::chrono::steady_clock::now() - last->start > std::chrono::milliseconds(limits_.max_ms);
}

bool Lock::stops_late() {
  if (!is_late()) return false;
  stopped_ = "a statement ran longer than max_ms = " + std::to_string(limits_.max_ms);
  return true;
}

// Returning 1 interrupts the statement. Allocates nothing except the text that says why.
int Lock::tick() {
  try {
    if (has_too_many_rows_) {
      has_too_many_rows_ = false;
      stopped_ = "a statement had more than max_rows = " + std::to_string(limits_.max_rows) + " rows";
      return 1;
    }
    if (stops_late()) return 1;
  } catch (...) {
    return 1;
  }
  if (host_progress_.callback == nullptr || host_progress_.steps <= 0) return 0;
  host_steps_ += steps_;
  if (host_steps_ < host_progress_.steps) return 0;
  host_steps_ = 0;
  return host_progress_.callback(host_progress_.argument);
}

void Lock::traced(unsigned event, sqlite3_stmt* statement) {
  try {
    if (AuthorScope::current() != Author::kUser) {
      running_.erase(statement);  // an earlier statement of the user had that address
      return;
    }
    if (event == SQLITE_TRACE_STMT) {
      running_[statement] = {std::chrono::steady_clock::now(), 0};
    } else if (event == SQLITE_TRACE_PROFILE) {
      running_.erase(statement);
      if (limits_.max_rows > 0) set_steps(kSteps);
    } else if (limits_.max_rows > 0) {
      const int64_t rows = ++running_[statement].rows;
      // SQLite calls a handler that runs at every step once more before it returns a row.
      if (rows == limits_.max_rows) set_steps(1);
      has_too_many_rows_ = rows > limits_.max_rows;
    }
  } catch (...) {  // memory ran out
    sqlite3_interrupt(db_);
  }
}

std::string Lock::describe() const {
  const std::string mode = mode_ == Mode::kRead ? "read" : "write";
  return "{\"mode\":\"" + mode + "\",\"max_ms\":" + limit_text(limits_.max_ms) +
         ",\"max_rows\":" + limit_text(limits_.max_rows) +
         ",\"stopped\":" + (stopped_.empty() ? "null" : "\"" + stopped_ + "\"") + "}";
}

}  // namespace spectradb::extension
