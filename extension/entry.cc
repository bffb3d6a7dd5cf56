// The entry point: what .load and sqlite3_auto_extension() call.
#include <memory>
#include <mutex>

#include "extension/alter/alter_table.h"
#include "extension/front/prepare.h"
#include "extension/front/prepare_hook.h"
#include "extension/front/statement_functions.h"
#include "extension/functions/backup_function.h"
#include "extension/functions/changes_function.h"
#include "extension/functions/commits_function.h"
#include "extension/functions/config_function.h"
#include "extension/functions/diff_function.h"
#include "extension/functions/do_function.h"
#include "extension/functions/functions.h"
#include "extension/functions/history_function.h"
#include "extension/functions/period_functions.h"
#include "extension/functions/stats_function.h"
#include "extension/host/api.h"
#include "extension/host/errors.h"
#include "extension/session/annotations.h"
#include "extension/session/connection.h"
#include "extension/session/session_time.h"
#include "extension/session/transaction.h"
#include "extension/table/table.h"

#ifndef SQLITE_CORE
extern "C" {
const sqlite3_api_routines* sqlite3_api = nullptr;
}
#endif

namespace spectradb::extension {

namespace {

constexpr int kOldestSqlite = 3039000;  // sqlite3_vtab_in, sqlite3_vtab_rhs_value and sqlite3_db_name

Status install(sqlite3* db) {
  if (sqlite3_libversion_number() < kOldestSqlite) {
    return Status::invalid("spectradb needs SQLite 3.39.0 or newer, this is " +
                           std::string(sqlite3_libversion()));
  }
  install_prepare_hook();
  if (Connection::of(db) != nullptr) return Status::ok();  // loaded a second time
  auto connection = std::make_shared<Connection>(db);
  Connection& installed = *connection;
  Connection::enlist(std::move(connection));
  // SQLite calls the destructor when it closes the connection, and also when the registration fails.
  int code = sqlite3_create_module_v2(db, "spectradb", table_module(), &installed, [](void* aux) {
    Connection::strike(static_cast<Connection*>(aux)->handle());
  });
  if (code != SQLITE_OK) return status_of_sqlite(db, code);
  code = sqlite3_create_module_v2(db, "spectradb_raise", raise_module(), &installed, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(db, code);
  SPECTRADB_RETURN_IF_ERROR(register_functions(installed));
  SPECTRADB_RETURN_IF_ERROR(register_statement_functions(installed));
  SPECTRADB_RETURN_IF_ERROR(register_period_functions(installed));
  SPECTRADB_RETURN_IF_ERROR(register_session_times(installed));
  SPECTRADB_RETURN_IF_ERROR(register_annotations(installed));
  SPECTRADB_RETURN_IF_ERROR(register_transaction(installed));
  SPECTRADB_RETURN_IF_ERROR(register_commits_function(installed));
  SPECTRADB_RETURN_IF_ERROR(register_history_function(installed));
  SPECTRADB_RETURN_IF_ERROR(register_changes_function(installed));
  SPECTRADB_RETURN_IF_ERROR(register_diff_function(installed));
  SPECTRADB_RETURN_IF_ERROR(register_backup(installed));
  SPECTRADB_RETURN_IF_ERROR(register_stats_function(installed));
  SPECTRADB_RETURN_IF_ERROR(register_alter_function(installed));
  SPECTRADB_RETURN_IF_ERROR(register_do_table(installed));
  return register_config_function(installed);
}

}  // namespace

}  // namespace spectradb::extension

extern "C" __attribute__((visibility("default"))) int sqlite3_spectradb_init(
    sqlite3* db, char** pzErrMsg, const struct sqlite3_api_routines* pApi) {
#ifdef SQLITE_CORE
  (void)pApi;
#else
  // Once: other threads read it already when the extension is loaded on a further connection.
  static std::once_flag known;
  std::call_once(known, [pApi] { sqlite3_api = pApi; });
#endif
  const int code = spectradb::extension::guarded(pzErrMsg, [&] { return spectradb::extension::install(db); });
#ifdef SQLITE_CORE
  return code;
#else
  // The slots that the hook redirects outlive the connection, so the code must too.
  return code == SQLITE_OK ? SQLITE_OK_LOAD_PERMANENTLY : code;
#endif
}
