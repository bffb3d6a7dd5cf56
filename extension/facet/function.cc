#include "extension/facet/function.h"

#include "extension/host/errors.h"
#include "extension/schema/schema_text.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

namespace {

// What SQLite keeps for a function.
struct Registration {
  Connection* connection;
  const Function* function;
};

const Registration& registration_of(sqlite3_context* context) {
  return *static_cast<const Registration*>(sqlite3_user_data(context));
}

void run(FunctionBody body, sqlite3_context* context, int count, sqlite3_value** arguments) {
  const Registration& called = registration_of(context);
  guarded(context, [&]() -> Status {
    if ((called.function->flags & SQLITE_DIRECTONLY) != 0)
      SPECTRADB_RETURN_IF_ERROR(
          check_called_by_statement(called.connection->handle(), called.function->name));
    return body({*called.connection, context, count, arguments});
  });
}

void x_call(sqlite3_context* context, int count, sqlite3_value** arguments) {
  run(registration_of(context).function->call, context, count, arguments);
}

void x_step(sqlite3_context* context, int count, sqlite3_value** arguments) {
  run(registration_of(context).function->step, context, count, arguments);
}

void x_final(sqlite3_context* context) { run(registration_of(context).function->final, context, 0, nullptr); }

}  // namespace

Status register_functions(Connection& connection, std::span<const Function> functions) {
  for (const Function& function : functions) {
    const bool is_aggregate = function.call == nullptr;
    // SQLite calls the destructor when the registration fails, too.
    const int code = sqlite3_create_function_v2(
        connection.handle(), function.name, function.argument_count, SQLITE_UTF8 | function.flags,
        new Registration{&connection, &function}, is_aggregate ? nullptr : x_call,
        is_aggregate ? x_step : nullptr, is_aggregate ? x_final : nullptr,
        [](void* registration) { delete static_cast<Registration*>(registration); });
    if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
