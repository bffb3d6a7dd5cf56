// The entry point: what .load and sqlite3_auto_extension() call.
#include <memory>

#include "extension/access/gate.h"
#include "extension/facet/facet.h"
#include "extension/front/prepare_hook.h"
#include "extension/host/api.h"
#include "extension/host/errors.h"
#include "extension/host/numbers.h"
#include "extension/host/second_sqlite.h"
#include "extension/module.h"
#include "extension/session/connection.h"
#include "extension/times/time_collation.h"

namespace spectradb::extension {

namespace {

// The first with sqlite3_vtab_in, sqlite3_vtab_rhs_value and sqlite3_db_name.
constexpr int kOldestSqlite = 3039000;

Status install(sqlite3* db) {
  if (sqlite3_libversion_number() < kOldestSqlite) {
    return Status::invalid("spectradb needs SQLite 3.39.0 or newer, this is " +
                           std::string(sqlite3_libversion()));
  }
  install_prepare_hook();
  if (Connection::of(db) != nullptr) return Status::ok();  // the extension is loaded already
  auto connection = std::make_shared<Connection>(db);
  Connection& installed = *connection;
  SPECTRADB_RETURN_IF_ERROR(Gate::install(db));
  write_reals_as(db);
  // This comes last of what can fail: SQLite calls the destructor when the registration fails, too.
  Connection::enlist(std::move(connection));
  SPECTRADB_RETURN_IF_ERROR(register_module(installed, "spectradb", table_module(), nullptr, [](void* aux) {
    Connection::strike(static_cast<Connection*>(aux)->handle());
  }));
  SPECTRADB_RETURN_IF_ERROR(register_time_collation(installed));
  return register_facets(installed);
}

}  // namespace

}  // namespace spectradb::extension

extern "C" __attribute__((visibility("default"))) int sqlite3_spectradb_init(
    sqlite3* db, char** pzErrMsg, const struct sqlite3_api_routines* pApi) {
  const spectradb::extension::ModuleCopy* copy = nullptr;
  const int chosen = spectradb::extension::choose_module(pApi, &copy, pzErrMsg);
  if (chosen != SQLITE_OK) return chosen;
  if (copy != nullptr) return copy->init(db, pzErrMsg, pApi);
  const int code = spectradb::extension::guarded(pzErrMsg, [&] { return spectradb::extension::install(db); });
  return code == SQLITE_OK ? spectradb::extension::code_of_loading() : code;
}
