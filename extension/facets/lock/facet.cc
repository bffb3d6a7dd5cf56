// spectradb_lock() restricts a connection to reading, or to reading and writing rows, until it is closed.
#include "extension/facet/facet.h"

#include "extension/access/gate.h"
#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

namespace {

using temporal::Value;

Result<int64_t> read_limit(const FunctionCall& call, int argument, const char* name) {
  if (call.count <= argument) return int64_t{0};
  const Value given = integral(from_sqlite(call.arguments[argument]));
  if (given.is_null()) return int64_t{0};
  if (given.type != Value::Type::kInteger || given.integer < 1)
    return Status::invalid("spectradb_lock(): " + std::string(name) +
                           " is a whole number from 1 on, or NULL for no "
                           "limit, not " +
                           spelled(given));
  return given.integer;
}

Status give_description(const FunctionCall& call, const Gate& gate) {
  if (gate.lock() == nullptr) return Status::ok();
  const std::string text = gate.lock()->describe();
  sqlite3_result_text64(call.context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return Status::ok();
}

// spectradb_lock('read' | 'write' [, max_ms [, max_rows]]) locks the connection and returns JSON;
// spectradb_lock() returns the same, or NULL where the connection is not locked.
Status lock(const FunctionCall& call) {
  Gate* gate = Gate::of(call.connection.handle());
  if (gate == nullptr)
    return Status::invalid("spectradb_lock(): the extension is not loaded on this connection");
  if (call.count == 0) return give_description(call, *gate);
  const Value mode = from_sqlite(call.arguments[0]);
  const bool is_text = mode.type == Value::Type::kText;
  if (!is_text || (mode.bytes != "read" && mode.bytes != "write"))
    return Status::invalid("spectradb_lock() takes 'read' or 'write', not " + spelled(mode));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t max_ms, read_limit(call, 1, "max_ms"));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t max_rows, read_limit(call, 2, "max_rows"));
  SPECTRADB_RETURN_IF_ERROR(
      gate->lock(mode.bytes == "read" ? Lock::Mode::kRead : Lock::Mode::kWrite, {max_ms, max_rows}));
  return give_description(call, *gate);
}

constexpr Function kLockFunctions[] = {{"spectradb_lock", 0, SQLITE_DIRECTONLY, lock},
                                       {"spectradb_lock", 1, SQLITE_DIRECTONLY, lock},
                                       {"spectradb_lock", 2, SQLITE_DIRECTONLY, lock},
                                       {"spectradb_lock", 3, SQLITE_DIRECTONLY, lock}};

constexpr Help kLockHelp[] = {
    {"spectradb_lock", Help::Kind::kFunction, "spectradb_lock('read' | 'write' [, max_ms [, max_rows]])",
     "Lets this connection only read until it is closed ('write': and write rows): no schema changes, "
     "files, settings or session "
     "times; a statement that runs longer or has more rows is interrupted. Without "
     "arguments: what is locked.",
     "SELECT spectradb_lock();"}};

}  // namespace

const Facet& facet_lock() {
  static constexpr Facet kFacet{.name = "lock", .functions = kLockFunctions, .help = kLockHelp};
  return kFacet;
}

}  // namespace spectradb::extension
