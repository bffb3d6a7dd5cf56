// SQL functions as rows of a table. A body returns a Status and may throw: the code between it and SQLite
// catches everything, and there is no other way to register a function. Used by the thread that uses the
// connection.
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
  FunctionBody step = nullptr;  // for an aggregate
  FunctionBody final = nullptr;
  // What the function does besides returning a value: a locked connection (extension/access/lock.h) refuses
  // functions whose effects it does not allow.
  enum class Effect : uint8_t { kNone, kWritesRows, kOther };
  Effect effect = Effect::kNone;
};

// A function with its connection: SQLite passes this to call_function() as the function's data.
struct BoundFunction {
  Connection* connection;
  const Function* function;
};
void call_function(sqlite3_context* context, int count, sqlite3_value** arguments);

// `functions` must live as long as the connection.
Status register_functions(Connection& connection, std::span<const Function> functions);

}  // namespace spectradb::extension
