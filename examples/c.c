/*
** C, with the system's SQLite: load the module, and sqlite3_prepare_v2() and sqlite3_exec() understand temporal SQL.
**
**   cc c.c -lsqlite3 && ./a.out [MODULE]
*/
#include <sqlite3.h>
#include <stdio.h>

static int show(void* unused, int count, char** values, char** names) {
  (void)unused;
  (void)names;
  for (int i = 0; i < count; i++) printf("%s%s", values[i], i + 1 < count ? "|" : "\n");
  return 0;
}

int main(int argc, char** argv) {
  const char* module = argc > 1 ? argv[1] : "spectradb";
  sqlite3* db = NULL;
  char* message = NULL;
  int code = sqlite3_open(":memory:", &db); /* a file works the same; its facts lie in it */
  if (code == SQLITE_OK) code = sqlite3_enable_load_extension(db, 1);
  if (code == SQLITE_OK) code = sqlite3_load_extension(db, module, NULL, &message);
  if (code == SQLITE_OK)
    code = sqlite3_exec(
        db,
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING;"
        "INSERT INTO accounts VALUES (1, 'alice', 100);" /* commit 1 */
        "UPDATE accounts SET balance = 80;"              /* commit 2 */
        "SELECT 'now', balance FROM accounts;"
        "SELECT 'after commit 1', balance FROM accounts AS OF 1;",
        show, NULL, &message);
  if (code != SQLITE_OK) fprintf(stderr, "%s\n", message != NULL ? message : sqlite3_errmsg(db));
  sqlite3_free(message);
  sqlite3_close(db);
  return code == SQLITE_OK ? 0 : 1;
}
