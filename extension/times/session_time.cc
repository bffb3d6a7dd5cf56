#include "extension/times/session_time.h"

#include <algorithm>

#include "extension/access/gate.h"
#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"
#include "extension/session/database.h"
#include "extension/times/system_time.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

// The greatest number of a commit in any database of the connection.
Result<uint64_t> greatest_commit(Connection& connection) {
  uint64_t greatest = 0;
  Query databases(connection.handle(), "PRAGMA database_list");
  Result<bool> row = databases.step();
  for (; row && *row; row = databases.step()) {
    Result<uint64_t> last = connection.database(databases.text(1))->last_commit();
    if (!last) return last;
    greatest = std::max(greatest, *last);
  }
  if (!row) return row.status();
  return greatest;
}

// Refuses what no database could read as a time. Each database has its own commits, so a statement that reads
// a database which ends before the commit reports that itself.
Status check_time(Connection& connection, const Value& time, bool is_system) {
  if (time.is_null()) return Status::ok();
  if (is_all(time))
    return Status::invalid("'all' is no time for a session: say FOR ALL in the statement that wants it");
  if (is_system && time.type == Value::Type::kInteger) {
    SPECTRADB_ASSIGN_OR_RETURN(const uint64_t last, greatest_commit(connection));
    return check_commit(time, time.integer, last);
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

// spectradb_as_of() returns the system time of the session, NULL for the present; an argument sets it.
Status as_of(const FunctionCall& call) {
  return session_time(call, call.connection.part<SessionTimes>().as_of, true);
}

// spectradb_valid_at() returns the valid time of the session, NULL for now; an argument sets it.
Status valid_at(const FunctionCall& call) {
  return session_time(call, call.connection.part<SessionTimes>().valid_at, false);
}

constexpr Function kSessionTimeFunctions[] = {
    {"spectradb_as_of", 0, SQLITE_DIRECTONLY, as_of},
    {"spectradb_as_of", 1, SQLITE_DIRECTONLY, as_of},
    {"spectradb_valid_at", 0, SQLITE_DIRECTONLY, valid_at},
    {"spectradb_valid_at", 1, SQLITE_DIRECTONLY, valid_at},
};

}  // namespace

Status check_session_writes(Connection& connection) {
  if (!connection.part<SessionTimes>().as_of.is_set()) return Status::ok();
  return Status::invalid("this connection reads as of " +
                         spelled(connection.part<SessionTimes>().as_of.value()) +
                         ", and the past cannot be written: SELECT spectradb_as_of(NULL) first");
}

std::span<const Function> session_time_functions() { return kSessionTimeFunctions; }

}  // namespace spectradb::extension
