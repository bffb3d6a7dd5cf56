#include "extension/functions/functions.h"

#include <chrono>
#include <string>
#include <thread>

#include "extension/front/prepare_hook.h"
#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/read/range.h"
#include "extension/session/database.h"
#include "extension/session/read_only.h"
#include "extension/session/system_time.h"
#include "extension/table/sql_catalog.h"
#include "sql/rewriter.h"
#include "temporal/instant.h"

namespace spectradb::extension {

namespace {

using Arguments = sqlite3_value**;

Connection& connection_of(sqlite3_context* context) {
  return *static_cast<Connection*>(sqlite3_user_data(context));
}

// spectradb_version() -> text
void version(sqlite3_context* context, int, Arguments) {
  sqlite3_result_text(context, SPECTRADB_VERSION, -1, SQLITE_STATIC);
}

// spectradb_hooked() -> 1 where sqlite3_prepare_v2() understands temporal SQL in this process, else 0
void hooked(sqlite3_context* context, int, Arguments) {
  sqlite3_result_int(context, is_prepare_hooked() ? 1 : 0);
}

// spectradb_sql(text) -> the plain SQL that the temporal text stands for
void sql(sqlite3_context* context, int, Arguments arguments) {
  guarded(context, [&]() -> Status {
    const temporal::Value text = from_sqlite(arguments[0]);
    if (text.is_null()) return Status::ok();
    SqlCatalog catalog(connection_of(context));
    Result<std::string> rewritten = sql::rewrite_script(text.bytes, catalog);
    if (!catalog.failure()) return catalog.failure();
    if (!rewritten) return rewritten.status();
    sqlite3_result_text64(context, rewritten->data(), rewritten->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  });
}

// The database whose name is the first argument; main without one.
Result<std::shared_ptr<Database>> named_database(sqlite3_context* context, int argument_count,
                                                 Arguments arguments) {
  const temporal::Value schema =
      argument_count > 0 ? from_sqlite(arguments[0]) : temporal::Value::text("main");
  const std::string name(schema.bytes);
  Connection& connection = connection_of(context);
  if (schema.type != temporal::Value::Type::kText ||
      sqlite3_db_filename(connection.handle(), name.c_str()) == nullptr) {
    return Status::invalid("there is no database named " + spelled(schema) + " on this connection");
  }
  return connection.database(name);
}

// spectradb_commit([schema]) -> number of the last commit that this connection sees, 0 for none
void commit(sqlite3_context* context, int argument_count, Arguments arguments) {
  guarded(context, [&]() -> Status {
    const Result<std::shared_ptr<Database>> database = named_database(context, argument_count, arguments);
    if (!database) return database.status();
    Result<uint64_t> last = (*database)->last_commit();
    if (!last) return last.status();
    sqlite3_result_int64(context, static_cast<sqlite3_int64>(*last));
    return Status::ok();
  });
}

// spectradb_commit_time(n) -> ISO 8601 UTC text; NULL for NULL, an error for a commit that does not exist
void commit_time(sqlite3_context* context, int, Arguments arguments) {
  guarded(context, [&]() -> Status {
    const temporal::Value given = from_sqlite(arguments[0]);
    if (given.is_null()) return Status::ok();
    const std::optional<int64_t> number = commit_number(given);
    if (!number) return Status::invalid("spectradb_commit_time takes a commit number, not " + spelled(given));
    std::shared_ptr<Database> database = connection_of(context).database("main");
    Result<uint64_t> last = database->last_commit();
    if (!last) return last.status();
    if (*number < 1 || static_cast<uint64_t>(*number) > *last) {
      return Status::invalid("there is no commit " + std::to_string(*number) + ": the last commit is " +
                             std::to_string(*last));
    }
    Result<std::optional<int64_t>> time = database->commit_time_us(static_cast<uint64_t>(*number));
    if (!time) return time.status();
    if (!time->has_value())
      return Status::corrupt("commit " + std::to_string(*number) + " is missing in _spectradb_commits");
    const std::string text = temporal::format_timestamp(**time);
    sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return Status::ok();
  });
}

// Runs an operation on the store of the main database, or does nothing where there is none. Another process
// that works on the store is waited for as long as busy_timeout says.
template <typename Operation>
void on_store(sqlite3_context* context, const char* function, Operation operation) {
  guarded(context, [&]() -> Status {
    SPECTRADB_RETURN_IF_ERROR(check_may_write(connection_of(context), "main", function));
    std::shared_ptr<Database> database = connection_of(context).database("main");
    Result<bool> has_store = database->has_store();
    if (!has_store) return has_store.status();
    if (!*has_store) return Status::ok();
    Result<lsm::Store*> store = database->store();
    if (!store) return store.status();
    constexpr auto kPause = std::chrono::milliseconds(1);
    const auto deadline = std::chrono::steady_clock::now() +
                          std::chrono::milliseconds(connection_of(context).busy_timeout_ms());
    Status status = operation(**store, *database);
    while (status.code() == Code::kBusy && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(kPause);
      status = operation(**store, *database);
    }
    if (status) sqlite3_result_int(context, 1);
    return status;
  });
}

// spectradb_flush() -> 1: all committed facts are in SSTables, durable; NULL without temporal tables
void flush(sqlite3_context* context, int, Arguments) {
  on_store(context, "spectradb_flush()", [](lsm::Store& store, Database&) { return store.flush(); });
}

// spectradb_compact() -> 1: as flush, each shard is one sorted run, and dropped tables take no space; NULL
// without temporal tables
void compact(sqlite3_context* context, int, Arguments) {
  on_store(context, "spectradb_compact()", [](lsm::Store& store, Database& database) {
    SPECTRADB_RETURN_IF_ERROR(database.retire_dropped());
    return store.compact([&database] { return database.is_interrupted(); });
  });
}

// spectradb_check([schema]) -> 'ok', or a line for each problem of the store's files; NULL without temporal
// tables
void check(sqlite3_context* context, int argument_count, Arguments arguments) {
  guarded(context, [&]() -> Status {
    const Result<std::shared_ptr<Database>> named = named_database(context, argument_count, arguments);
    if (!named) return named.status();
    const std::shared_ptr<Database>& database = *named;
    Result<bool> has_store = database->has_store();
    if (!has_store) return has_store.status();
    if (!*has_store) return Status::ok();
    Result<std::vector<std::string>> problems = database->check();
    if (!problems) return problems.status();
    std::string text = problems->empty() ? "ok" : "";
    for (const std::string& problem : *problems) text.append(text.empty() ? "" : "\n").append(problem);
    sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return Status::ok();
  });
}

// spectradb_period(from, to) -> what FOR PORTION OF passes to the table: a blob. NULL is unbounded.
void period(sqlite3_context* context, int, Arguments arguments) {
  guarded(context, [&]() -> Status {
    const temporal::Value from = from_sqlite(arguments[0]);
    const temporal::Value to = from_sqlite(arguments[1]);
    Result<temporal::Period> made = to_period(from, to, connection_of(context).statement_now());
    if (!made) return made.status();
    if (made->from.us > made->to.us) {
      return Status::invalid("the portion from " + spelled(from) + " to " + spelled(to) +
                             " is reversed: its start must lie before its end");
    }
    const std::string bytes = encode_period(*made);
    sqlite3_result_blob64(context, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return Status::ok();
  });
}

// spectradb_range(form, from, to) -> what FOR axis FROM … TO, BETWEEN … AND and CONTAINED IN pass to the
// table: a blob
void range(sqlite3_context* context, int, Arguments arguments) {
  guarded(context, [&]() -> Status {
    const temporal::Value form = from_sqlite(arguments[0]);
    std::optional<RangeText> known = range_form(form);
    if (!known) {
      return Status::invalid("spectradb_range takes 'from', 'between', 'symmetric' or 'contained', not " +
                             spelled(form));
    }
    known->from = from_sqlite(arguments[1]);
    known->to = from_sqlite(arguments[2]);
    const std::string bytes = encode_range(*known);
    sqlite3_result_blob64(context, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return Status::ok();
  });
}

// spectradb_time(t) -> t, but an error for NULL: AS OF an unknown time must not read the present
void time(sqlite3_context* context, int, Arguments arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) {
    report(context,
           Status::invalid(
               "AS OF or VALID AT was given NULL: name a time, or leave the clause out to read the present"));
    return;
  }
  sqlite3_result_value(context, arguments[0]);
}

// spectradb_now() -> the statement's instant as text, what 'now' means where a time is read
void now(sqlite3_context* context, int, Arguments) {
  const std::string text = temporal::format_instant(connection_of(context).statement_now());
  sqlite3_result_text(context, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

// spectradb_as_commit(n), spectradb_as_timestamp(t) -> the argument, where AS OF COMMIT or AS OF TIMESTAMP
// says what it is, a commit as an integer; an error when it is something else. NULL stays NULL.
void as_commit(sqlite3_context* context, int, Arguments arguments) {
  const temporal::Value given = from_sqlite(arguments[0]);
  if (given.is_null()) return;
  if (const std::optional<int64_t> number = commit_number(given))
    return sqlite3_result_int64(context, *number);
  report(context, Status::invalid("COMMIT takes a commit number, not " + spelled(given)));
}

void as_timestamp(sqlite3_context* context, int, Arguments arguments) {
  const int type = sqlite3_value_type(arguments[0]);
  const bool is_number = commit_number(from_sqlite(arguments[0])).has_value();
  if ((type == SQLITE_TEXT && !is_number) || type == SQLITE_NULL)
    return sqlite3_result_value(context, arguments[0]);
  report(context, Status::invalid("TIMESTAMP takes text such as '2026-01-31 18:00', not " +
                                  spelled(from_sqlite(arguments[0]))));
}

struct Function {
  const char* name;
  int argument_count;
  int flags;
  void (*call)(sqlite3_context*, int, Arguments);
};

constexpr Function kFunctions[] = {
    {"spectradb_version", 0, SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, version},
    {"spectradb_hooked", 0, SQLITE_INNOCUOUS, hooked},
    {"spectradb_sql", 1, SQLITE_DIRECTONLY, sql},
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

Status register_functions(Connection& connection) {
  for (const Function& function : kFunctions) {
    const int code = sqlite3_create_function_v2(connection.handle(), function.name, function.argument_count,
                                                SQLITE_UTF8 | function.flags, &connection, function.call,
                                                nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
