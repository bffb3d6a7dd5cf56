#include "extension/session/session_time.h"

#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/system_time.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

using Arguments = sqlite3_value**;

Connection& connection_of(sqlite3_context* context) {
  return *static_cast<Connection*>(sqlite3_user_data(context));
}

// What no database could read as a time is refused here; that a commit is beyond the last one is told by the
// statement that reads, as each database has its own.
Status check_time(Connection& connection, const Value& time, bool is_system) {
  if (time.is_null()) return Status::ok();
  if (is_all(time))
    return Status::invalid("'all' is no time for a session: say FOR ALL in the statement that wants it");
  if (is_system && time.type == Value::Type::kInteger) {
    if (time.integer >= 0) return Status::ok();
    return Status::invalid("commit numbers start at 1 (0 is the empty database), not " + spelled(time));
  }
  if (is_system && time.type != Value::Type::kText) {
    return Status::invalid("cannot read " + spelled(time) +
                           " as a system time: expected a commit number or text such as '2026-01-31 18:00'");
  }
  return to_bound(time, connection.statement_now()).status();
}

void session_time(sqlite3_context* context, int count, Arguments arguments, SessionTime& session,
                  bool is_system) {
  guarded(context, [&]() -> Status {
    if (count > 0) {
      Value time = integral(from_sqlite(arguments[0]));
      if (const std::optional<int64_t> number = commit_number(time); is_system && number)
        time = Value::of_integer(*number);
      SPECTRADB_RETURN_IF_ERROR(check_time(connection_of(context), time, is_system));
      session.set(time);
    }
    give(context, session.value());
    return Status::ok();
  });
}

// spectradb_as_of() -> the system time of the session, NULL for the present; with an argument: sets it
void as_of(sqlite3_context* context, int count, Arguments arguments) {
  session_time(context, count, arguments, connection_of(context).session_as_of, true);
}

// spectradb_valid_at() -> the valid time of the session, NULL for now; with an argument: sets it
void valid_at(sqlite3_context* context, int count, Arguments arguments) {
  session_time(context, count, arguments, connection_of(context).session_valid_at, false);
}

}  // namespace

Status check_session_writes(const Connection& connection) {
  if (!connection.session_as_of.is_set()) return Status::ok();
  return Status::invalid("this connection reads as of " + spelled(connection.session_as_of.value()) +
                         ", and the past cannot be written: SELECT spectradb_as_of(NULL) first");
}

Status register_session_times(Connection& connection) {
  struct Function {
    const char* name;
    void (*call)(sqlite3_context*, int, Arguments);
  };
  static constexpr Function kFunctions[] = {{"spectradb_as_of", as_of}, {"spectradb_valid_at", valid_at}};
  for (const Function& function : kFunctions) {
    for (int count = 0; count <= 1; ++count) {
      const int code = sqlite3_create_function_v2(connection.handle(), function.name, count,
                                                  SQLITE_UTF8 | SQLITE_DIRECTONLY, &connection, function.call,
                                                  nullptr, nullptr, nullptr);
      if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
    }
  }
  return Status::ok();
}

}  // namespace spectradb::extension
