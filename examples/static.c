/*
** C, where SQLite is compiled in or the prepare hook is not wanted: link the static library, and use spectradb_exec() and
** spectradb_prepare_v2() in the place of SQLite's.
**
**   cc static.c $(pkg-config --cflags --libs --static spectradb) && ./a.out
*/
#include <spectradb.h>
#include <stdio.h>

static int show(void* unused, int count, char** values, char** names) {
  (void)unused;
  (void)names;
  for (int i = 0; i < count; i++) printf("%s%s", values[i], i + 1 < count ? "|" : "\n");
  return 0;
}

int main(void) {
  sqlite3* db = NULL;
  char* message = NULL;
  sqlite3_auto_extension(
      (void (*)(void))sqlite3_spectradb_init); /* for each connection that is opened from here on */
  int code = sqlite3_open(":memory:", &db);
  if (code == SQLITE_OK)
    code = spectradb_exec(
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
