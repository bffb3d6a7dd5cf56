// Loads into an SQLite that was built without some of its features, as drivers bring it along: its table of
// routines has null pointers in their places. The extension loads and works there all the same.
//
//   omitted --extension=PATH
#include <dlfcn.h>
#include <sqlite3ext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

sqlite3_api_routines routines;  // the host's routines without some of them
bool has_routines = false;

int take_routines(sqlite3*, char**, const sqlite3_api_routines* api) {
  if (!has_routines) routines = *api;
  has_routines = true;
  return SQLITE_OK;
}

[[noreturn]] void fail(const std::string& what) {
  std::fprintf(stderr, "omitted: %s\n", what.c_str());
  std::exit(1);
}

using Init = int (*)(sqlite3*, char**, const sqlite3_api_routines*);

}  // namespace

#undef sqlite3_open
#undef sqlite3_close
#undef sqlite3_exec
#undef sqlite3_auto_extension
#undef sqlite3_errmsg
extern "C" {
int sqlite3_open(const char*, sqlite3**);
int sqlite3_close(sqlite3*);
int sqlite3_exec(sqlite3*, const char*, int (*)(void*, int, char**, char**), void*, char**);
int sqlite3_auto_extension(void (*)(void));
const char* sqlite3_errmsg(sqlite3*);
}

int main(int argc, char** argv) {
  const char* const option = "--extension=";
  if (argc != 2 || std::strncmp(argv[1], option, std::strlen(option)) != 0)
    fail("usage: omitted --extension=PATH");
  sqlite3_auto_extension(reinterpret_cast<void (*)()>(take_routines));
  sqlite3* db = nullptr;
  if (sqlite3_open(":memory:", &db) != SQLITE_OK || !has_routines) fail("there are no routines");
  // These are missing in better-sqlite3's SQLite (OMIT_PROGRESS_CALLBACK, OMIT_GET_TABLE), and by
  // OMIT_AUTHORIZATION.
  routines.progress_handler = nullptr;
  routines.get_table = nullptr;
  routines.set_authorizer = nullptr;
  void* module = dlopen(argv[1] + std::strlen(option), RTLD_NOW);
  if (module == nullptr) fail(dlerror());
  const auto init = reinterpret_cast<Init>(dlsym(module, "sqlite3_spectradb_init"));
  char* message = nullptr;
  const int code = init(db, &message, &routines);
  if (code != SQLITE_OK && code != SQLITE_OK_LOAD_PERMANENTLY)
    fail(message == nullptr ? "does not load" : message);
  std::string answer;
  const auto add = [](void* out, int, char** values, char**) {
    *static_cast<std::string*>(out) += values[0] == nullptr ? "NULL" : values[0];
    return 0;
  };
  const char* const sql =
      "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
      "INSERT INTO t VALUES (1, 'a'); UPDATE t SET v = 'b';"
      "SELECT v FROM t; SELECT v FROM t(1); SELECT count(*) FROM spectradb_history('t'); SELECT "
      "spectradb_check();";
  if (sqlite3_exec(db, sql, add, &answer, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
  if (answer != "ba2ok") fail("answers " + answer);
  sqlite3_close(db);
  std::puts("loads and works without progress handlers, authorizers and sqlite3_get_table()");
}
