#include "extension/front/hooked_calls.h"

#include <array>

#include "extension/access/gate.h"
#include "extension/front/exec.h"
#include "extension/front/prepare.h"
#include "extension/front/prepare_utf16.h"
#include "extension/host/api.h"
#include "extension/session/connection.h"

namespace spectradb::extension {

namespace {

// SQLite's own functions are called through its table of routines, which the hook leaves as it is.
int original_v3(sqlite3* db, const char* sql, int bytes, unsigned int flags, sqlite3_stmt** out,
                const char** tail) {
  return sqlite3_prepare_v3(db, sql, bytes, flags, out, tail);
}

// sqlite3_prepare(): SQLite does not prepare its statements again when the schema has changed.
int original_v1(sqlite3* db, const char* sql, int bytes, unsigned int, sqlite3_stmt** out,
                const char** tail) {
  return sqlite3_api->prepare(db, sql, bytes, out, tail);
}

int hooked_prepare(sqlite3* db, const char* sql, int bytes, sqlite3_stmt** out, const char** tail) {
  return prepare_temporal(original_v1, Way::kHook, db, sql, bytes, 0, out, tail);
}

int hooked_prepare_v2(sqlite3* db, const char* sql, int bytes, sqlite3_stmt** out, const char** tail) {
  return prepare_temporal(original_v3, Way::kHook, db, sql, bytes, 0, out, tail);
}

int hooked_prepare_v3(sqlite3* db, const char* sql, int bytes, unsigned int flags, sqlite3_stmt** out,
                      const char** tail) {
  return prepare_temporal(original_v3, Way::kHook, db, sql, bytes, flags, out, tail);
}

int hooked_prepare16(sqlite3* db, const void* sql, int bytes, sqlite3_stmt** out, const void** tail) {
  return prepare_utf16(original_v1, db, sql, bytes, 0, out, tail);
}

int hooked_prepare16_v2(sqlite3* db, const void* sql, int bytes, sqlite3_stmt** out, const void** tail) {
  return prepare_utf16(original_v3, db, sql, bytes, 0, out, tail);
}

int hooked_prepare16_v3(sqlite3* db, const void* sql, int bytes, unsigned int flags, sqlite3_stmt** out,
                        const void** tail) {
  return prepare_utf16(original_v3, db, sql, bytes, flags, out, tail);
}

int hooked_exec(sqlite3* db, const char* sql, ExecCallback callback, void* argument, char** message) {
  if (Connection::of(db) == nullptr) return sqlite3_api->exec(db, sql, callback, argument, message);
  return exec_script(hooked_prepare_v2, db, sql, callback, argument, message);
}

int hooked_get_table(sqlite3* db, const char* sql, char*** table, int* rows, int* columns, char** message) {
  if (Connection::of(db) == nullptr || table == nullptr)
    return sqlite3_api->get_table(db, sql, table, rows, columns, message);
  return get_table(hooked_prepare_v2, db, sql, table, rows, columns, message);
}

// The step of a kept statement may fail because its text is outdated (kept_statements.h).
int hooked_step(sqlite3_stmt* statement) {
  if (statement == nullptr) return sqlite3_step(statement);  // a text without a statement is prepared to null
  const bool is_first = sqlite3_stmt_busy(statement) == 0;
  if (!is_first) return sqlite3_step(statement);
  if (const int refused = before_step(statement); refused != SQLITE_OK) return refused;
  const int before = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
  const int code = sqlite3_step(statement);
  if (code == SQLITE_DONE) after_step(statement);
  if (code != SQLITE_ERROR) return code;
  return step_again(statement, code, sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0) - before);
}

template <typename Function>
Redirection redirection(const char* name, Function original, Function replacement) {
  return {name, reinterpret_cast<const void*>(original), reinterpret_cast<void*>(replacement)};
}

}  // namespace

std::span<const Redirection> redirections() {
  static const std::array<Redirection, 9> all = {{
      redirection("sqlite3_prepare", sqlite3_api->prepare, hooked_prepare),
      redirection("sqlite3_prepare_v2", sqlite3_api->prepare_v2, hooked_prepare_v2),
      redirection("sqlite3_prepare_v3", sqlite3_api->prepare_v3, hooked_prepare_v3),
      redirection("sqlite3_prepare16", sqlite3_api->prepare16, hooked_prepare16),
      redirection("sqlite3_prepare16_v2", sqlite3_api->prepare16_v2, hooked_prepare16_v2),
      redirection("sqlite3_prepare16_v3", sqlite3_api->prepare16_v3, hooked_prepare16_v3),
      {"sqlite3_set_authorizer", reinterpret_cast<const void*>(sqlite3_api->set_authorizer),
       reinterpret_cast<void*>(&Gate::set_authorizer)},
      {"sqlite3_progress_handler", reinterpret_cast<const void*>(sqlite3_api->progress_handler),
       reinterpret_cast<void*>(&Gate::set_progress)},
      redirection("sqlite3_step", sqlite3_api->step, hooked_step),
  }};
  return all;
}

std::span<const Redirection> redirections_of_scripts() {
  static const std::array<Redirection, 2> all = {{
      redirection("sqlite3_exec", sqlite3_api->exec, hooked_exec),
      redirection("sqlite3_get_table", sqlite3_api->get_table, hooked_get_table),
  }};
  return all;
}

}  // namespace spectradb::extension
