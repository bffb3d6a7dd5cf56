/*
** Uses the C interface as a C program does that compiles SQLite's loader out: linked with the static library,
** registered with sqlite3_auto_extension(). Checks the promises of spectradb.h: tail pointers, nByte, parameters,
** errors, who frees what.
*/
#include <spectradb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;
static int checks = 0;

#define CHECK(condition)                                                            \
  do {                                                                              \
    checks++;                                                                       \
    if (!(condition)) {                                                             \
      failures++;                                                                   \
      fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #condition); \
    }                                                                               \
  } while (0)

/* Returns the first column of the first row as text, to be compared at once; "" for no row, and the message
 * after an error. */
static const char* ask(sqlite3* db, const char* sql) {
  static char answer[500];
  sqlite3_stmt* statement = NULL;
  int code = spectradb_prepare_v2(db, sql, -1, &statement, NULL);
  answer[0] = 0;
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    const unsigned char* text = sqlite3_column_text(statement, 0);
    sqlite3_snprintf((int)sizeof answer, answer, "%s", text != NULL ? (const char*)text : "NULL");
  } else if (code != SQLITE_DONE) {
    sqlite3_snprintf((int)sizeof answer, answer, "%s", sqlite3_errmsg(db));
  }
  sqlite3_finalize(statement);
  return answer;
}

static void test_tail(sqlite3* db) {
  const char* sql =
      "SELECT doc FROM events WHERE pk = 'a' AS OF 1 ; -- first\n SELECT doc FROM events AS OF 2;SELECT "
      "'x;y' ";
  const char* tail = NULL;
  sqlite3_stmt* statement = NULL;
  CHECK(spectradb_prepare_v2(db, sql, -1, &statement, &tail) == SQLITE_OK);
  CHECK(tail == strstr(sql, " -- first"));
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 0), "1") == 0);
  sqlite3_finalize(statement);

  const char* second = tail;
  CHECK(spectradb_prepare_v2(db, second, -1, &statement, &tail) == SQLITE_OK);
  CHECK(tail == strstr(sql, "SELECT 'x;y'"));
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 0), "2") == 0);
  sqlite3_finalize(statement);

  const char* third = tail;
  CHECK(spectradb_prepare_v2(db, third, -1, &statement, &tail) == SQLITE_OK);
  CHECK(tail == sql + strlen(sql) || strcmp(tail, " ") == 0);
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 0), "x;y") == 0);
  sqlite3_finalize(statement);

  /* A text of blanks and comments has no statement, and is no error. */
  statement = (sqlite3_stmt*)&failures;
  CHECK(spectradb_prepare_v2(db, "  -- AS OF 1\n /* VALID AT */ ", -1, &statement, &tail) == SQLITE_OK);
  CHECK(statement == NULL);
  CHECK(spectradb_prepare_v2(db, "", -1, &statement, &tail) == SQLITE_OK);
  CHECK(statement == NULL);

  /* A host may not want the tail. */
  CHECK(spectradb_prepare_v2(db, "SELECT doc FROM events AS OF 1", -1, &statement, NULL) == SQLITE_OK);
  sqlite3_finalize(statement);

  /* A trigger's body is one statement. */
  const char* trigger =
      "CREATE TEMP TRIGGER tr AFTER INSERT ON plain BEGIN SELECT 1; SELECT 2; END; SELECT 3";
  CHECK(spectradb_prepare_v2(db, trigger, -1, &statement, &tail) == SQLITE_OK);
  CHECK(strcmp(tail, " SELECT 3") == 0);
  sqlite3_finalize(statement);
}

static void test_length(sqlite3* db) {
  /* Bytes behind nByte are not read, whatever they are. */
  const char sql[] = {'S', 'E', 'L', 'E', 'C', 'T', ' ', 'd', 'o', 'c', ' ', 'F', 'R', 'O', 'M', ' ', 'e',
                      'v', 'e', 'n', 't', 's', ' ', 'A', 'S', ' ', 'O', 'F', ' ', '1', '9', 'x', '(', '\''};
  sqlite3_stmt* statement = NULL;
  const char* tail = NULL;
  CHECK(spectradb_prepare_v2(db, sql, 30, &statement, &tail) == SQLITE_OK);
  CHECK(tail == sql + 30);
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 0), "1") == 0);
  sqlite3_finalize(statement);

  /* The same text is on the heap here, exactly as long, so that sanitizers notice a byte read too far. */
  char* exact = malloc(30);
  CHECK(exact != NULL);
  if (exact == NULL) return;
  memcpy(exact, sql, 30);
  CHECK(spectradb_prepare_v2(db, exact, 30, &statement, &tail) == SQLITE_OK);
  sqlite3_finalize(statement);
  free(exact);

  /* nByte may count the terminator, or reach beyond a terminator. */
  const char terminated[] = "SELECT doc FROM events AS OF 1\0SELECT nonsense";
  CHECK(spectradb_prepare_v2(db, terminated, (int)sizeof terminated, &statement, &tail) == SQLITE_OK);
  CHECK(tail == terminated + 30);
  sqlite3_finalize(statement);

  /* With nByte 0 the text is empty. */
  CHECK(spectradb_prepare_v2(db, "SELECT doc FROM events AS OF 1", 0, &statement, &tail) == SQLITE_OK);
  CHECK(statement == NULL);
}

static void test_parameters(sqlite3* db) {
  sqlite3_stmt* statement = NULL;
  CHECK(spectradb_prepare_v2(db, "SELECT ?, doc FROM events AS OF ? WHERE pk = ? AND ? IS NOT NULL", -1,
                             &statement, NULL) == SQLITE_OK);
  CHECK(sqlite3_bind_parameter_count(statement) == 4);
  sqlite3_bind_text(statement, 1, "first", -1, SQLITE_STATIC);
  sqlite3_bind_int(statement, 2, 1);
  sqlite3_bind_text(statement, 3, "a", -1, SQLITE_STATIC);
  sqlite3_bind_int(statement, 4, 4);
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 0), "first") == 0);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 1), "1") == 0);
  CHECK(sqlite3_step(statement) == SQLITE_DONE);
  /* The same statement runs again, at another time. */
  sqlite3_reset(statement);
  sqlite3_bind_int(statement, 2, 2);
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  CHECK(strcmp((const char*)sqlite3_column_text(statement, 1), "2") == 0);
  sqlite3_finalize(statement);

  CHECK(spectradb_prepare_v2(db, "SELECT :b, @c FROM events AS OF :when WHERE pk = $pk AND :b IS NOT NULL",
                             -1, &statement, NULL) == SQLITE_OK);
  CHECK(sqlite3_bind_parameter_count(statement) == 4);
  CHECK(sqlite3_bind_parameter_index(statement, ":b") > 0);
  CHECK(sqlite3_bind_parameter_index(statement, "@c") > 0);
  CHECK(sqlite3_bind_parameter_index(statement, ":when") > 0);
  CHECK(sqlite3_bind_parameter_index(statement, "$pk") > 0);
  CHECK(sqlite3_bind_parameter_index(statement, ":nowhere") == 0);
  sqlite3_finalize(statement);

  CHECK(spectradb_prepare_v2(db, "INSERT INTO typed (id, v) VALUES (?2, ?1) VALID FROM ?4 TO ?3", -1,
                             &statement, NULL) == SQLITE_OK);
  CHECK(sqlite3_bind_parameter_count(statement) == 4);
  sqlite3_bind_text(statement, 1, "value", -1, SQLITE_STATIC);
  sqlite3_bind_int(statement, 2, 77);
  sqlite3_bind_int(statement, 3, 20);
  sqlite3_bind_int(statement, 4, 10);
  CHECK(sqlite3_step(statement) == SQLITE_DONE);
  CHECK(sqlite3_last_insert_rowid(db) == 77);
  sqlite3_finalize(statement);
  CHECK(strcmp(ask(db, "SELECT v || _valid_from || _valid_to FROM typed WHERE id = 77 VALID AT 15"),
               "value1020") == 0);

  /* Column names are the user's. */
  CHECK(spectradb_prepare_v2(db, "SELECT pk, doc AS d FROM events AS OF 1", -1, &statement, NULL) ==
        SQLITE_OK);
  CHECK(sqlite3_column_count(statement) == 2);
  CHECK(strcmp(sqlite3_column_name(statement, 0), "pk") == 0);
  CHECK(strcmp(sqlite3_column_name(statement, 1), "d") == 0);
  CHECK(sqlite3_stmt_readonly(statement) != 0);
  sqlite3_finalize(statement);
}

static void test_errors(sqlite3* db) {
  sqlite3_stmt* statement = (sqlite3_stmt*)&failures;
  const char* tail = NULL;
  CHECK(spectradb_prepare_v2(db, "SELECT * FROM events AS OF 1 AS OF 2", -1, &statement, &tail) ==
        SQLITE_ERROR);
  CHECK(statement == NULL);
  CHECK(sqlite3_errcode(db) == SQLITE_ERROR);
  CHECK(strlen(sqlite3_errmsg(db)) > 10 && strcmp(sqlite3_errmsg(db), "not an error") != 0);

  CHECK(spectradb_prepare_v2(db, "SELECT * FROM nowhere AS OF 1", -1, &statement, &tail) == SQLITE_ERROR);
  CHECK(statement == NULL);
  CHECK(strstr(sqlite3_errmsg(db), "nowhere") != NULL);

  CHECK(spectradb_prepare_v2(db, "SELEC 1", -1, &statement, &tail) == SQLITE_ERROR);
  CHECK(strstr(sqlite3_errmsg(db), "syntax error") != NULL);

  /* The connection can still be used. */
  CHECK(strcmp(ask(db, "SELECT doc FROM events AS OF 1"), "1") == 0);
}

static int count_rows(void* counter, int columns, char** values, char** names) {
  (void)names;
  if (columns == 1 && values[0] != NULL) ++*(int*)counter;
  return 0;
}

static int stop_at_once(void* counter, int columns, char** values, char** names) {
  (void)columns;
  (void)values;
  (void)names;
  ++*(int*)counter;
  return 1;
}

static void test_exec(sqlite3* db) {
  int rows = 0;
  char* message = (char*)&failures;
  CHECK(spectradb_exec(db, "SELECT doc FROM events AS OF 1; SELECT doc FROM events AS OF 2; ; -- end",
                       count_rows, &rows, &message) == SQLITE_OK);
  CHECK(rows == 2);
  CHECK(message == NULL);
  CHECK(spectradb_exec(db, "SELECT 1", NULL, NULL, NULL) == SQLITE_OK);

  /* Statements before a failing one have run, and those behind it have not. */
  CHECK(spectradb_exec(
            db, "INSERT INTO plain VALUES (1); SELECT * FROM events AS OF 99; INSERT INTO plain VALUES (2)",
            NULL, NULL, &message) == SQLITE_ERROR);
  CHECK(message != NULL && strstr(message, "99") != NULL);
  sqlite3_free(message);
  CHECK(strcmp(ask(db, "SELECT group_concat(x) FROM plain"), "1") == 0);
  CHECK(spectradb_exec(db, "SELECT * FROM events AS OF 99", NULL, NULL, NULL) == SQLITE_ERROR);

  rows = 0;
  CHECK(spectradb_exec(db, "SELECT 1 UNION ALL SELECT 2", stop_at_once, &rows, &message) == SQLITE_ABORT);
  CHECK(rows == 1);
  CHECK(message != NULL);
  sqlite3_free(message);
}

static void test_rewrite(sqlite3* db) {
  char* out = NULL;
  char* message = NULL;
  CHECK(spectradb_rewrite(db, "SELECT doc FROM events WHERE pk = 'a' AS OF 1", &out, &message) == SQLITE_OK);
  CHECK(out != NULL && message == NULL);
  if (out != NULL) {
    /* The text is plain SQL, which SQLite's own prepare takes, and it means the same. */
    sqlite3_stmt* statement = NULL;
    CHECK(sqlite3_prepare_v2(db, out, -1, &statement, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(statement) == SQLITE_ROW);
    CHECK(strcmp((const char*)sqlite3_column_text(statement, 0), "1") == 0);
    sqlite3_finalize(statement);
  }
  sqlite3_free(out);

  CHECK(spectradb_rewrite(db, "SELECT 1; SELECT 'AS OF'", &out, &message) == SQLITE_OK);
  CHECK(out != NULL && strcmp(out, "SELECT 1; SELECT 'AS OF'") == 0);
  sqlite3_free(out);

  CHECK(spectradb_rewrite(db, "SELECT doc FROM events AS OF 1 AS OF 2", &out, &message) != SQLITE_OK);
  CHECK(out == NULL && message != NULL);
  sqlite3_free(message);
  CHECK(spectradb_rewrite(db, "SELECT doc FROM events AS OF 1 AS OF 2", &out, NULL) != SQLITE_OK);
  CHECK(out == NULL);
}

/* A statement that uses an index on an expression outlives the index. */
static void test_indexed_expression(sqlite3* db) {
  sqlite3_stmt* statement = NULL;
  CHECK(spectradb_exec(db, "CREATE INDEX by_length ON events (length(doc))", NULL, NULL, NULL) == SQLITE_OK);
  CHECK(spectradb_prepare_v2(db, "SELECT count(*) FROM events WHERE length(doc) > ?", -1, &statement, NULL) ==
        SQLITE_OK);
  CHECK(strstr(sqlite3_sql(statement), "_expression_1") != NULL);
  for (int round = 0; round < 3; ++round) {
    CHECK(sqlite3_bind_int(statement, 1, 0) == SQLITE_OK);
    CHECK(sqlite3_step(statement) == SQLITE_ROW);
    CHECK(sqlite3_column_int(statement, 0) > 0);
    sqlite3_reset(statement);
    CHECK(spectradb_exec(db, round == 0 ? "DROP INDEX by_length" : "ALTER TABLE typed ADD COLUMN more", NULL,
                         NULL, NULL) == (round < 2 ? SQLITE_OK : SQLITE_ERROR));
  }
  sqlite3_finalize(statement);
}

static void test_prepare_v3(sqlite3* db) {
  sqlite3_stmt* statement = NULL;
  const char* sql = "SELECT doc FROM events AS OF 1; ";
  const char* tail = NULL;
  CHECK(spectradb_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, &tail) == SQLITE_OK);
  CHECK(tail == sql + 31);
  CHECK(sqlite3_step(statement) == SQLITE_ROW);
  sqlite3_finalize(statement);
  /* SQLite refuses virtual tables under this flag; so does the interface, with the same message. */
  CHECK(spectradb_prepare_v3(db, sql, -1, SQLITE_PREPARE_NO_VTAB, &statement, &tail) == SQLITE_ERROR);
  CHECK(statement == NULL);
}

/* A statement survives changes of the schema, because SQLite prepares its text again by itself. */
static void test_reprepare(sqlite3* db) {
  sqlite3_stmt* statement = NULL;
  CHECK(spectradb_prepare_v2(db, "SELECT count(*) FROM events AS OF 2", -1, &statement, NULL) == SQLITE_OK);
  CHECK(sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1);
  sqlite3_reset(statement);
  CHECK(spectradb_exec(db,
                       "CREATE TABLE another (pk TEXT PRIMARY KEY); INSERT INTO another VALUES ('x', '{}')",
                       NULL, NULL, NULL) == SQLITE_OK);
  CHECK(sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_int(statement, 0) == 1);
  sqlite3_finalize(statement);
}

/* A cursor that is open calls nothing, so it leaves no doubt which database another statement asks about. */
static void test_calls_beside_cursor(void) {
  sqlite3* db = NULL;
  sqlite3_stmt* there = NULL;
  sqlite3_stmt* here = NULL;
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(spectradb_exec(db,
                       "CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING;"
                       "INSERT INTO t VALUES (1);"
                       "CREATE TABLE parent (id INTEGER PRIMARY KEY);"
                       "CREATE TABLE child (id INTEGER REFERENCES parent ON DELETE CASCADE);"
                       "CREATE TABLE seen (n);"
                       "CREATE TRIGGER see AFTER DELETE ON child BEGIN"
                       "  INSERT INTO seen SELECT spectradb_commit();"
                       "END;"
                       "PRAGMA foreign_keys = ON;"
                       "INSERT INTO parent VALUES (1);"
                       "INSERT INTO child VALUES (1);"
                       "ATTACH ':memory:' AS o;"
                       "CREATE TABLE o.t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING;"
                       "INSERT INTO o.t VALUES (1);"
                       "INSERT INTO o.t VALUES (2);"
                       "CREATE VIEW o.last AS SELECT spectradb_commit() AS n FROM (VALUES (1), (2), (3))",
                       NULL, NULL, NULL) == SQLITE_OK);
  CHECK(spectradb_prepare_v2(db, "SELECT n FROM o.last", -1, &there, NULL) == SQLITE_OK);
  CHECK(spectradb_prepare_v2(db, "SELECT spectradb_commit() FROM (VALUES (1), (2))", -1, &here, NULL) ==
        SQLITE_OK);
  CHECK(sqlite3_step(there) == SQLITE_ROW && sqlite3_column_int(there, 0) == 2);
  CHECK(sqlite3_step(here) == SQLITE_ROW && sqlite3_column_int(here, 0) == 1);
  sqlite3_reset(there);
  CHECK(sqlite3_step(there) == SQLITE_ROW && sqlite3_column_int(there, 0) == 2);
  /* Where both are open and one goes on, releases of SQLite differ: there may be a doubt, but no wrong answer. */
  CHECK(sqlite3_step(there) == SQLITE_ROW ? sqlite3_column_int(there, 0) == 2
                                          : strstr(sqlite3_errmsg(db), "and elsewhere") != NULL);
  sqlite3_finalize(here);
  sqlite3_reset(there);
  CHECK(sqlite3_step(there) == SQLITE_ROW && sqlite3_column_int(there, 0) == 2);
  CHECK(sqlite3_step(there) == SQLITE_ROW && sqlite3_column_int(there, 0) == 2);
  /* What a foreign key leads to is named by no statement, so that it may not be the cursor's. */
  CHECK(spectradb_exec(db, "DELETE FROM parent", NULL, NULL, NULL) == SQLITE_ERROR &&
        strstr(sqlite3_errmsg(db), "and elsewhere") != NULL);
  sqlite3_finalize(there);
  CHECK(spectradb_exec(db, "DELETE FROM parent", NULL, NULL, NULL) == SQLITE_OK);
  CHECK(strcmp(ask(db, "SELECT n FROM seen"), "1") == 0);
  CHECK(sqlite3_close(db) == SQLITE_OK);
}

typedef struct Heard {
  int calls;
  sqlite3_int64 commit;
} Heard;

static void hear(void* arg, sqlite3_int64 commit) {
  Heard* heard = arg;
  heard->calls++;
  heard->commit = commit;
}

static sqlite3* open_shared(void) {
  sqlite3* db = NULL;
  CHECK(sqlite3_open_v2("file:/told?vfs=memdb", &db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL) == SQLITE_OK);
  return db;
}

/* Whoever listens hears of each commit of facts, from whichever connection, and of nothing else. */
static void test_on_commit(sqlite3* bare) {
  Heard first = {0, 0};
  Heard second = {0, 0};
  sqlite3* one = open_shared();
  sqlite3* other = open_shared();
  CHECK(spectradb_exec(one, "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING", NULL, NULL,
                       NULL) == SQLITE_OK);
  CHECK(spectradb_on_commit(bare, NULL, hear, &first) == SQLITE_MISUSE);
  CHECK(spectradb_on_commit(one, "nowhere", hear, &first) == SQLITE_ERROR);
  CHECK(spectradb_on_commit(one, NULL, hear, &first) == SQLITE_OK);
  CHECK(spectradb_on_commit(other, "main", hear, &second) == SQLITE_OK);
  CHECK(spectradb_exec(other, "INSERT INTO t VALUES (1, 'a')", NULL, NULL, NULL) == SQLITE_OK);
  CHECK(first.calls == 1 && first.commit == 1 && second.calls == 1 && second.commit == 1);
  CHECK(strcmp(ask(one, "SELECT spectradb_commit()"), "1") == 0);
  CHECK(spectradb_exec(one,
                       "BEGIN; INSERT INTO t VALUES (2, 'b'); ROLLBACK; CREATE TABLE plain (a); INSERT INTO "
                       "plain VALUES (1)",
                       NULL, NULL, NULL) == SQLITE_OK);
  CHECK(first.calls == 1);
  CHECK(spectradb_exec(one, "BEGIN; INSERT INTO t VALUES (2, 'b'); INSERT INTO t VALUES (3, 'c'); COMMIT",
                       NULL, NULL, NULL) == SQLITE_OK);
  CHECK(first.calls == 2 && first.commit == 2 && second.calls == 2);
  /* A later call takes the place of the former; NULL ends it, and so does the end of the connection. */
  CHECK(spectradb_on_commit(one, "main", hear, &second) == SQLITE_OK);
  CHECK(spectradb_exec(one, "DELETE FROM t WHERE id = 1", NULL, NULL, NULL) == SQLITE_OK);
  CHECK(first.calls == 2 && second.calls == 4 && second.commit == 3);
  CHECK(spectradb_on_commit(one, "MAIN", NULL, NULL) == SQLITE_OK);
  CHECK(sqlite3_close(other) == SQLITE_OK);
  CHECK(spectradb_exec(one, "DELETE FROM t", NULL, NULL, NULL) == SQLITE_OK);
  CHECK(first.calls == 2 && second.calls == 4);
  CHECK(sqlite3_close(one) == SQLITE_OK);
}

int main(void) {
  sqlite3* db = NULL;
  sqlite3* bare = NULL;
  CHECK(sqlite3_open(":memory:", &bare) == SQLITE_OK); /* opened before: without the extension */
  /* sqlite3_auto_extension() asks for this cast. */
  sqlite3_auto_extension((void (*)(void))sqlite3_spectradb_init);
  CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
  CHECK(spectradb_exec(db,
                       "CREATE TABLE events (pk TEXT PRIMARY KEY);"
                       "CREATE TABLE typed (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
                       "CREATE TABLE plain (x);"
                       "INSERT INTO events VALUES ('a', '1'); INSERT INTO events VALUES ('a', '2')",
                       NULL, NULL, NULL) == SQLITE_OK);
  CHECK(strcmp(ask(db, "SELECT spectradb_commit()"), "2") == 0);
  test_tail(db);
  test_length(db);
  test_parameters(db);
  test_errors(db);
  test_exec(db);
  test_rewrite(db);
  test_indexed_expression(db);
  test_prepare_v3(db);
  test_reprepare(db);
  test_calls_beside_cursor();
  test_on_commit(bare);

  /* On a connection without the extension the functions do what SQLite's do. */
  CHECK(strcmp(ask(bare, "SELECT 40 + 2"), "42") == 0);
  CHECK(spectradb_exec(bare, "CREATE TABLE t (a); INSERT INTO t VALUES (1)", NULL, NULL, NULL) == SQLITE_OK);
  CHECK(strcmp(ask(bare, "SELECT a FROM t"), "1") == 0);
  CHECK(spectradb_exec(bare, "SELECT a FROM t AS OF 1", NULL, NULL, NULL) == SQLITE_ERROR);
  CHECK(spectradb_exec(bare, "CREATE TABLE e (pk TEXT PRIMARY KEY); INSERT INTO e VALUES ('a')", NULL, NULL,
                       NULL) == SQLITE_OK);

  CHECK(sqlite3_close(db) == SQLITE_OK);
  CHECK(sqlite3_close(bare) == SQLITE_OK);
  printf("%d checks, %d failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
