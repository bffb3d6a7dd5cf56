// SQL functions as rows of a table. A body returns a Status and may throw: what stands between it and SQLite catches
// everything, and there is no other way to register one. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <span>

#include "base/status.h"
#include "extension/host/api.h"

namespace spectradb::extension {

class Connection;

// One call, or one step of an aggregate; valid while the body runs.
struct FunctionCall {
  Connection& connection;
  sqlite3_context* context;  // takes the result
  int count;                 // of arguments
  sqlite3_value** arguments;
};

using FunctionBody = Status (*)(const FunctionCall& call);

struct Function {
  const char* name;
  int argument_count;  // -1: any number
  int flags;           // SQLITE_DIRECTONLY where it has effects or shows what a schema must not reach, else
                       // SQLITE_INNOCUOUS; SQLITE_DETERMINISTIC
  FunctionBody call;   // null for an aggregate
  FunctionBody step = nullptr;  // of an aggregate
  FunctionBody final = nullptr;
  // What it does beside giving a value: a connection that is locked (extension/access/lock.h) does not call it where it
  // may not do that.
  enum class Effect : uint8_t { kNone, kWritesRows, kOther };
  Effect effect = Effect::kNone;
};

// A function on its connection: what SQLite gives to call_function() as its data.
struct BoundFunction {
  Connection* connection;
  const Function* function;
};
void call_function(sqlite3_context* context, int count, sqlite3_value** arguments);

// The functions stay alive as long as the connection.
Status register_functions(Connection& connection, std::span<const Function> functions);

}  // namespace spectradb::extension
