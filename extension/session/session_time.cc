#include "extension/session/session_time.h"

#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/gate.h"
#include "extension/session/system_time.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

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

Status session_time(const FunctionCall& call, SessionTime& session, bool is_system) {
  if (call.count > 0) {
    Value time = integral(from_sqlite(call.arguments[0]));
    if (const std::optional<int64_t> number = commit_number(time); is_system && number)
      time = Value::of_integer(*number);
    SPECTRADB_RETURN_IF_ERROR(ask_permission(call.connection.handle(), SQLITE_PRAGMA,
                                             is_system ? "spectradb_as_of" : "spectradb_valid_at",
                                             spelled(time).c_str(), nullptr));
    SPECTRADB_RETURN_IF_ERROR(check_time(call.connection, time, is_system));
    session.set(time);
  }
  give(call.context, session.value());
  return Status::ok();
}

// spectradb_as_of() -> the system time of the session, NULL for the present; with an argument: sets it
Status as_of(const FunctionCall& call) { return session_time(call, call.connection.session_as_of, true); }

// spectradb_valid_at() -> the valid time of the session, NULL for now; with an argument: sets it
Status valid_at(const FunctionCall& call) {
  return session_time(call, call.connection.session_valid_at, false);
}

constexpr Function kFunctions[] = {
    {"spectradb_as_of", 0, SQLITE_DIRECTONLY, as_of},
    {"spectradb_as_of", 1, SQLITE_DIRECTONLY, as_of},
    {"spectradb_valid_at", 0, SQLITE_DIRECTONLY, valid_at},
    {"spectradb_valid_at", 1, SQLITE_DIRECTONLY, valid_at},
};

}  // namespace

Status check_session_writes(const Connection& connection) {
  if (!connection.session_as_of.is_set()) return Status::ok();
  return Status::invalid("this connection reads as of " + spelled(connection.session_as_of.value()) +
                         ", and the past cannot be written: SELECT spectradb_as_of(NULL) first");
}

std::span<const Function> session_time_functions() { return kFunctions; }

}  // namespace spectradb::extension
