#include "extension/functions/functions.h"

#include <chrono>
#include <string>
#include <thread>

#include "extension/access/damaged_pages.h"
#include "extension/access/gate.h"
#include "extension/access/intruders.h"
#include "extension/access/read_only.h"
#include "extension/functions/stored_call.h"
#include "extension/host/errors.h"
#include "extension/host/instants.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/read/range.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/session/erasures.h"
#include "extension/session/own_rows.h"
#include "extension/times/clock_problems.h"
#include "extension/times/system_time.h"
#include "extension/write/foreign_keys.h"
#include "temporal/instant.h"

namespace spectradb::extension {

namespace {

// spectradb_version() -> text
Status version(const FunctionCall& call) {
  sqlite3_result_text(call.context, SPECTRADB_VERSION, -1, SQLITE_STATIC);
  return Status::ok();
}

// The database whose name is the first argument; main without one.
Result<std::shared_ptr<Database>> named_database(const FunctionCall& call) {
  const temporal::Value schema =
      call.count > 0 ? from_sqlite(call.arguments[0]) : temporal::Value::text("main");
  const std::string name(schema.bytes);
  if (schema.type != temporal::Value::Type::kText ||
      sqlite3_db_filename(call.connection.handle(), name.c_str()) == nullptr) {
    return Status::invalid("there is no database named " + spelled(schema) + " on this connection");
  }
  return call.connection.database(name);
}

// Returns the database whose view calls the function, or main.
Result<std::shared_ptr<Database>> calling_database(const FunctionCall& call, const char* function) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string schema, schema_of_stored_call(call.connection, function));
  return call.connection.database(schema.empty() ? "main" : schema);
}

// spectradb_commit([schema]) -> number of the last commit that this connection sees, 0 for none
Status commit(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(
      const std::shared_ptr<Database> database,
      call.count == 0 ? calling_database(call, "spectradb_commit") : named_database(call));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, database->last_commit());
  sqlite3_result_int64(call.context, static_cast<sqlite3_int64>(last));
  return Status::ok();
}

// spectradb_commit_time(n) -> text as SQLite writes times, UTC; NULL for NULL, an error for a commit that does not exist
Status commit_time(const FunctionCall& call) {
  const temporal::Value given = from_sqlite(call.arguments[0]);
  if (given.is_null()) return Status::ok();
  const std::optional<int64_t> number = commit_number(given);
  if (!number) return Status::invalid("spectradb_commit_time takes a commit number, not " + spelled(given));
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Database> database,
                             calling_database(call, "spectradb_commit_time"));
  Result<uint64_t> last = database->last_commit();
  if (!last) return last.status();
  if (*number < 1 || static_cast<uint64_t>(*number) > *last) {
    return Status::invalid("there is no commit " + std::to_string(*number) + ": the last commit is " +
                           std::to_string(*last));
  }
  SPECTRADB_ASSIGN_OR_RETURN(std::optional<int64_t> time,
                             database->commit_time_us(static_cast<uint64_t>(*number)));
  if (!time.has_value())
    return Status::corrupt("commit " + std::to_string(*number) + " is missing in _spectradb_commits");
  give_instant(call.context, *time);
  return Status::ok();
}

// Runs an operation on the store of the main database, or does nothing where there is none. Another process
// that works on the store is waited for as long as busy_timeout says.
template <typename Operation>
Status on_store(const FunctionCall& call, const char* function, Operation operation) {
  SPECTRADB_RETURN_IF_ERROR(check_may_write(call.connection, "main", function));
  std::shared_ptr<Database> database = call.connection.database("main");
  SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
  if (!has_store) return Status::ok();
  constexpr auto kPause = std::chrono::milliseconds(1);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(call.connection.busy_timeout_ms());
  const auto work = [&](lsm::Store& store) { return operation(store, *database); };
  Status status = database->work_on_store(work);
  while (status.code() == Code::kBusy && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(kPause);
    status = database->work_on_store(work);
  }
  if (status) sqlite3_result_int(call.context, 1);
  return status;
}

// spectradb_flush() -> 1: all committed facts are in SSTables, durable; NULL without temporal tables
Status flush(const FunctionCall& call) {
  return on_store(call, "spectradb_flush()", [](lsm::Store& store, Database&) { return store.flush(); });
}

constexpr const char* kCompactCall = "spectradb_compact()";

// spectradb_compact() -> 1: as flush, each shard is one sorted run, and dropped tables take no space; NULL
// without temporal tables
Status compact(const FunctionCall& call) {
  bool is_in_rows = false;
  const auto compact = [&is_in_rows](lsm::Store& store, Database& database) {
    is_in_rows = database.has_rows_store();
    SPECTRADB_RETURN_IF_ERROR(database.retire_dropped());
    return store.compact([&database] { return database.is_interrupted(); });
  };
  SPECTRADB_RETURN_IF_ERROR(on_store(call, kCompactCall, compact));
  // In the database, what was merged is only marked by the transaction that merges, and goes with the next one.
  const bool is_committed = sqlite3_get_autocommit(call.connection.handle()) != 0;
  return is_in_rows && is_committed ? on_store(call, kCompactCall, compact) : Status::ok();
}

Result<std::vector<std::string>> reference_problems(Database& database) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::vector<ForeignKeys::Wrong> found,
                             database.foreign_keys().find_wrong());
  std::vector<std::string> sentences;
  for (const ForeignKeys::Wrong& wrong : found)
    sentences.push_back(wrong.sentence + ": SELECT spectradb_repair('references') has the way out");
  return sentences;
}

// spectradb_check([schema]) -> 'ok', or a line for each problem of the store's files; NULL without temporal
// tables
Status check(const FunctionCall& call) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::shared_ptr<Database> named, named_database(call));
  const std::shared_ptr<Database>& database = named;
  Result<std::vector<std::string>> problems = missing_own_tables(*database);
  if (!problems) return problems.status();
  if (problems->empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool has_store, database->has_store());
    if (!has_store) return Status::ok();
    problems = database->check();
    if (!problems) return problems.status();
    for (const auto& more :
         {damaged_pages, intruders, own_row_problems, clock_problems, Erasures::problems}) {
      SPECTRADB_ASSIGN_OR_RETURN(const std::vector<std::string> others, more(*database));
      problems->insert(problems->end(), others.begin(), others.end());
    }
    if (problems->empty()) problems = reference_problems(*database);  // which reads facts
    if (!problems) return problems.status();
  }
  std::string text = problems->empty() ? "ok" : "";
  for (const std::string& problem : *problems) text.append(text.empty() ? "" : "\n").append(problem);
  sqlite3_result_text64(call.context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

// spectradb_period(from, to) -> what FOR PORTION OF passes to the table: a blob. NULL is unbounded.
Status period(const FunctionCall& call) {
  const temporal::Value from = from_sqlite(call.arguments[0]);
  const temporal::Value to = from_sqlite(call.arguments[1]);
  SPECTRADB_ASSIGN_OR_RETURN(temporal::Period made, to_period(from, to, call.connection.statement_now()));
  if (made.from.us > made.to.us) {
    return Status::invalid("the portion from " + spelled(from) + " to " + spelled(to) +
                           " is reversed: its start must lie before its end");
  }
  const std::string bytes = encode_period(made);
  sqlite3_result_blob64(call.context, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return Status::ok();
}

// spectradb_range(form, from, to) -> what FOR axis FROM … TO, BETWEEN … AND and CONTAINED IN pass to the
// table: a blob
Status range(const FunctionCall& call) {
  const temporal::Value form = from_sqlite(call.arguments[0]);
  std::optional<RangeText> known = range_form(form);
  if (!known) {
    return Status::invalid("spectradb_range takes 'from', 'between', 'symmetric' or 'contained', not " +
                           spelled(form));
  }
  known->from = from_sqlite(call.arguments[1]);
  known->to = from_sqlite(call.arguments[2]);
  const std::string bytes = encode_range(*known);
  sqlite3_result_blob64(call.context, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return Status::ok();
}

// spectradb_time(t) -> t, but an error for NULL: AS OF an unknown time must not read the present
Status time(const FunctionCall& call) {
  if (sqlite3_value_type(call.arguments[0]) == SQLITE_NULL) {
    return Status::invalid(
        "AS OF or VALID AT was given NULL: name a time, or leave the clause out to read the present");
  }
  sqlite3_result_value(call.context, call.arguments[0]);
  return Status::ok();
}

// spectradb_now() -> the statement's instant as text, what 'now' means where a time is read
Status now(const FunctionCall& call) {
  give_instant(call.context, call.connection.statement_now());
  return Status::ok();
}

// spectradb_as_commit(n), spectradb_as_timestamp(t) -> the argument, where AS OF COMMIT or AS OF TIMESTAMP
// says what it is, a commit as an integer; an error when it is something else. NULL stays NULL.
Status as_commit(const FunctionCall& call) {
  const temporal::Value given = from_sqlite(call.arguments[0]);
  if (given.is_null()) return Status::ok();
  const std::optional<int64_t> number = commit_number(given);
  if (!number) return Status::invalid("COMMIT takes a commit number, not " + spelled(given));
  sqlite3_result_int64(call.context, *number);
  return Status::ok();
}

Status as_timestamp(const FunctionCall& call) {
  const int type = sqlite3_value_type(call.arguments[0]);
  const bool is_number = commit_number(from_sqlite(call.arguments[0])).has_value();
  if ((type != SQLITE_TEXT || is_number) && type != SQLITE_NULL) {
    return Status::invalid("TIMESTAMP takes text such as '2026-01-31 18:00', not " +
                           spelled(from_sqlite(call.arguments[0])));
  }
  sqlite3_result_value(call.context, call.arguments[0]);
  return Status::ok();
}

constexpr Function kFunctions[] = {
    {"spectradb_version", 0, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, version},
    {"spectradb_commit", 0, SQLITE_INNOCUOUS, commit},
    {"spectradb_commit", 1, SQLITE_INNOCUOUS, commit},
    {"spectradb_commit_time", 1, SQLITE_INNOCUOUS, commit_time},
    {"spectradb_flush", 0, SQLITE_DIRECTONLY, flush},
    {"spectradb_compact", 0, SQLITE_DIRECTONLY, compact},
    {"spectradb_check", 0, SQLITE_DIRECTONLY, check},
    {"spectradb_check", 1, SQLITE_DIRECTONLY, check},
    {"spectradb_period", 2, SQLITE_INNOCUOUS, period},
    {"spectradb_range", 3, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, range},
    {"spectradb_time", 1, SQLITE_INNOCUOUS, time},
    {"spectradb_now", 0, SQLITE_INNOCUOUS, now},
    {"spectradb_as_commit", 1, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, as_commit},
    {"spectradb_as_timestamp", 1, SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, as_timestamp},
};

}  // namespace

std::span<const Function> common_functions() { return kFunctions; }

}  // namespace spectradb::extension
