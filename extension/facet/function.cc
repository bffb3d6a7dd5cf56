#include "extension/facet/function.h"

#include "extension/host/errors.h"
#include "extension/schema/schema_text.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

namespace {

const BoundFunction& bound_function(sqlite3_context* context) {
  return *static_cast<const BoundFunction*>(sqlite3_user_data(context));
}

void run(FunctionBody body, sqlite3_context* context, int count, sqlite3_value** arguments) {
  const BoundFunction& called = bound_function(context);
  guarded(context, [&]() -> Status {
    if ((called.function->flags & SQLITE_DIRECTONLY) != 0)
      SPECTRADB_RETURN_IF_ERROR(
          check_called_by_statement(called.connection->handle(), called.function->name));
    return body({*called.connection, context, count, arguments});
  });
}

void x_step(sqlite3_context* context, int count, sqlite3_value** arguments) {
  run(bound_function(context).function->step, context, count, arguments);
}

void x_final(sqlite3_context* context) { run(bound_function(context).function->final, context, 0, nullptr); }

}  // namespace

void call_function(sqlite3_context* context, int count, sqlite3_value** arguments) {
  run(bound_function(context).function->call, context, count, arguments);
}

Status register_functions(Connection& connection, std::span<const Function> functions) {
  for (const Function& function : functions) {
    const bool is_aggregate = function.call == nullptr;
    // SQLite calls the destructor even when the registration fails.
    const int code = sqlite3_create_function_v2(
        connection.handle(), function.name, function.argument_count, SQLITE_UTF8 | function.flags,
        new BoundFunction{&connection, &function}, is_aggregate ? nullptr : call_function,
        is_aggregate ? x_step : nullptr, is_aggregate ? x_final : nullptr,
        [](void* function_data) { delete static_cast<BoundFunction*>(function_data); });
    if (code != SQLITE_OK) return status_of_sqlite(connection.handle(), code);
  }
  return Status::ok();
}

}  // namespace spectradb::extension
