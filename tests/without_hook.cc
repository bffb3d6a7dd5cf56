// In a host without the prepare hook, whose text reaches SQLite as it is, nothing is silently different:
// what needs the rewriter fails with a message that names the way out.
//
//   without_hook --extension=PATH
#include <cstdio>
#include <string>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

// Runs the text through SQLite's own functions. Returns the rows, a line each, or the message.
std::string plain(Database& database, const char* sql) {
  std::string rows;
  char* message = nullptr;
  const auto add_row = [](void* out, int count, char** values, char**) {
    auto& text = *static_cast<std::string*>(out);
    for (int i = 0; i < count; ++i) {
      if (i > 0) text += '|';
      text += values[i] == nullptr ? "NULL" : values[i];
    }
    text += '\n';
    return 0;
  };
  const int code = sqlite3_exec(database.handle(), sql, add_row, &rows, &message);
  if (code != SQLITE_OK) rows = std::string("error: ") + (message == nullptr ? "" : message) + "\n";
  sqlite3_free(message);
  return rows;
}

void expect(Database& database, const char* sql, const std::string& wanted) {
  const std::string got = plain(database, sql);
  if (got != wanted + "\n") fail(std::string(sql) + "\n  gives " + got + "  not   " + wanted + "\n");
}

void expect_error(Database& database, const char* sql, const std::string& part) {
  const std::string got = plain(database, sql);
  if (got.rfind("error: ", 0) != 0 || got.find(part) == std::string::npos)
    fail(std::string(sql) + "\n  gives " + got + "  not an error with " + part + "\n");
}

void test_functions_in_schemas(const std::string& extension) {
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  const std::string attach = "ATTACH '" + directory.path("other.db") + "' AS o";
  if (plain(database, attach.c_str()) != "") fail("cannot attach");
  plain(database,
        "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, "
        "'main');"
        "CREATE VIRTUAL TABLE o.t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
        "INSERT INTO o.t VALUES (1, 'other'); UPDATE o.t SET v = 'other 2'");
  expect_error(database, "SELECT count(*) FROM o.spectradb_commits", "schema = 'o'");
  expect_error(database, "SELECT * FROM \"o\" . [spectradb_history]('t')", "schema = 'o'");
  expect_error(database, "SELECT * FROM main.spectradb_changes", "schema = 'main'");
  expect(database, "SELECT count(*) FROM spectradb_commits", "1");
  expect(database, "SELECT count(*) FROM spectradb_commits('o')", "2");
  expect(database, "SELECT count(*) FROM spectradb_commits WHERE schema = 'o'", "2");
  expect(database, "SELECT count(*) FROM spectradb_changes('t', 0, 'o')", "2");
  expect(database, "SELECT 'o.spectradb_commits', count(*) FROM spectradb_history('o.t')",
         "o.spectradb_commits|2");
}

// A PRAGMA is SQLite's own here, but its table-valued form tells of temporal tables.
void test_reflection(const std::string& extension) {
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  plain(database,
        "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT NOT NULL DEFAULT 'x', w INT "
        "UNIQUE "
        "REFERENCES t (id) ON DELETE CASCADE)");
  expect(database, "SELECT * FROM pragma_table_info('t') WHERE name <> 'w'",
         "0|id|INTEGER|0|NULL|1\n1|v|TEXT|1|'x'|0");
  expect(database, "SELECT count(*) FROM pragma_table_xinfo('t')", "3");
  expect(database,
         "SELECT m.name, l.name, l.origin, i.name FROM sqlite_master m, pragma_index_list(m.name) l, "
         "pragma_index_info(l.name) i WHERE m.name = 't'",
         "t|sqlite_autoindex_t_1|u|w");
  expect(database, "SELECT \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list('t', 'main')",
         "t|w|id|CASCADE");
  expect(database, "SELECT type, ncol FROM pragma_table_list('t')", "table|3");
  expect(database, "SELECT spectradb_sql('PRAGMA table_info(t)')", "SELECT * FROM pragma_table_info('t')");
}

// SQLite would return the values that the statement gives: the key that the table assigns, DEFAULTs and
// generated columns would be missing.
void test_returning(const std::string& extension) {
  constexpr const char* kRefused = "without the prepare hook: SQLite would return what the statement gives";
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  const std::string attach = "ATTACH '" + directory.path("other.db") + "' AS o";
  plain(database, attach.c_str());
  plain(
      database,
      "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT DEFAULT 'd', g AS (v || '!'));"
      "CREATE VIRTUAL TABLE docs USING spectradb(pk TEXT PRIMARY KEY);"
      "CREATE VIRTUAL TABLE o.t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
      "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT DEFAULT 'p');"
      "CREATE TABLE caught (id INTEGER PRIMARY KEY, v);"
      "CREATE TRIGGER copies AFTER INSERT ON caught BEGIN INSERT INTO t (id, v) VALUES (new.id, new.v); END;"
      "CREATE TEMP TABLE docs (pk, doc);"
      "CREATE TEMP TRIGGER copies_docs AFTER INSERT ON temp.docs BEGIN INSERT INTO main.docs VALUES (new.pk, "
      "new.doc); END");
  for (const char* sql :
       {"INSERT INTO t (v) VALUES ('x') RETURNING id", "INSERT INTO t (id) VALUES (7) RETURNING *",
        "REPLACE INTO main.t (v) VALUES ('x') RETURNING id",
        "INSERT INTO \"T\" (id, v) SELECT 8, 'x' RETURNING v",
        "WITH a AS (SELECT 9) INSERT OR IGNORE INTO t (id) SELECT * FROM a RETURNING v",
        "/* first */ INSERT INTO t DEFAULT VALUES RETURNING id",
        "INSERT INTO o.t (v) VALUES ('x') RETURNING id",
        "INSERT INTO main.docs VALUES ('a', '{}') RETURNING doc",
        "INSERT INTO t (v) SELECT v FROM (SELECT 'x' AS v UNION ALL SELECT 'y') RETURNING id"})
    expect_error(database, sql, kRefused);
  expect_error(database, "INSERT INTO t (v) VALUES ('x') RETURNING id", "temporal table t");
  expect(database, "SELECT count(*), (SELECT count(*) FROM o.t), spectradb_commit() FROM t", "0|0|0");
  // The same holds inside a transaction, after rows that were written in it, and after savepoints.
  plain(database, "BEGIN; INSERT INTO t (id) VALUES (1); INSERT INTO t (id) VALUES (2)");
  expect_error(database, "INSERT INTO t (id) VALUES (3) RETURNING v", kRefused);
  plain(database, "SAVEPOINT s; INSERT INTO t (id) VALUES (4); RELEASE s");
  expect_error(database, "INSERT INTO t (id) VALUES (5) RETURNING v", kRefused);
  expect(database, "SELECT group_concat(id) FROM t; COMMIT", "1,2,4");
  // A kept statement is refused, too, while another one is being read.
  sqlite3_stmt* reading = nullptr;
  sqlite3_stmt* kept = nullptr;
  sqlite3_prepare_v2(database.handle(), "SELECT id FROM t", -1, &reading, nullptr);
  sqlite3_prepare_v2(database.handle(), "INSERT INTO t (v) VALUES (?) RETURNING id", -1, &kept, nullptr);
  for (int i = 0; i < 3; ++i) {
    sqlite3_step(reading);
    if (sqlite3_step(kept) != SQLITE_ERROR) fail("a kept INSERT … RETURNING runs");
    sqlite3_reset(kept);
    plain(database, "INSERT INTO t (v) VALUES ('between')");
  }
  sqlite3_finalize(reading);
  sqlite3_finalize(kept);
  // Statements that return rows of other tables, or that were rewritten, run.
  expect(database, "INSERT INTO plain (v) VALUES ('x') RETURNING id, v", "1|x");
  expect(database, "INSERT INTO caught VALUES (20, 'caught') RETURNING v", "caught");
  expect(database, "INSERT INTO docs VALUES ('k', '{}') RETURNING pk", "k");
  expect(database, "SELECT v, g FROM t WHERE id = 20", "caught|caught!");
  const std::string rewritten =
      plain(database, "SELECT spectradb_sql('INSERT INTO t (id) VALUES (30) RETURNING *')");
  expect(database, rewritten.c_str(), "30|d|d!");
}

// The first form of a document table is also an ordinary table's definition.
void test_tables_made_without(const std::string& extension) {
  constexpr const char* kWhy = "table events was made without the prepare hook";
  constexpr const char* kWay = "CREATE VIRTUAL TABLE \"events\" USING spectradb(pk TEXT PRIMARY KEY)";
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  const std::string attach = "ATTACH '" + directory.path("other.db") + "' AS o";
  plain(database, attach.c_str());
  plain(database,
        "CREATE TABLE events (pk TEXT PRIMARY KEY); CREATE TABLE o.Later(\n pk text primary key -- one\n);"
        "CREATE TABLE plain (id INTEGER PRIMARY KEY); CREATE VIEW w AS SELECT * FROM events;"
        "CREATE TABLE close (pk TEXT PRIMARY KEY, doc)");
  for (const char* sql :
       {"SELECT * FROM spectradb_history('events')", "SELECT * FROM spectradb_history('main.events')",
        "SELECT * FROM spectradb_history('EVENTS', 'a')", "SELECT * FROM spectradb_changes('events')",
        "SELECT * FROM spectradb_diff('events', 0, 1)",
        "SELECT spectradb_alter('ALTER TABLE events ADD COLUMN x')",
        "SELECT spectradb_alter('CREATE INDEX i ON events (pk || 1)')",
        "SELECT spectradb_sql('SELECT * FROM events AS OF 1')",
        "SELECT spectradb_sql('INSERT INTO events VALUES (1) VALID FROM 1')",
        "SELECT spectradb_sql('DELETE FROM main.events FOR PORTION OF VALID_TIME FROM 1 TO 2')"}) {
    expect_error(database, sql, "was made without the prepare hook");
    expect_error(database, sql, "USING spectradb(pk TEXT PRIMARY KEY)");
  }
  expect_error(database, "SELECT * FROM spectradb_history('events')", kWhy);
  expect_error(database, "SELECT * FROM spectradb_history('events')", kWay);
  expect_error(database, "SELECT * FROM spectradb_history('later', NULL, 'o')",
               "table later was made without");
  expect_error(database, "SELECT * FROM spectradb_history('o.later')", "table later was made without");
  for (const char* sql :
       {"SELECT * FROM spectradb_history('plain')", "SELECT * FROM spectradb_history('close')",
        "SELECT * FROM spectradb_changes('plain')"})
    expect_error(database, sql, "is no temporal table; ALTER TABLE … ADD SYSTEM VERSIONING makes");
  const std::string of_view = plain(database, "SELECT * FROM spectradb_history('w')");
  if (of_view.find("w is no temporal table\n") == std::string::npos) fail("of a view: " + of_view);
  // The way that the message names works.
  plain(database,
        "DROP TABLE events; CREATE VIRTUAL TABLE \"events\" USING spectradb(pk TEXT PRIMARY KEY);"
        "INSERT INTO events VALUES ('a', '{}')");
  expect(database, "SELECT count(*) FROM spectradb_history('events')", "1");
}

// Acts as a host that runs scripts statement by statement, each one just after it was rewritten. Returns
// the message of the first statement that fails.
std::string run_script(Database& database, const std::string& script) {
  sqlite3_stmt* rewriting = nullptr;
  sqlite3_prepare_v2(database.handle(), "SELECT sql, tail FROM spectradb_statements(?, ?) LIMIT 1", -1,
                     &rewriting, nullptr);
  sqlite3_bind_text(rewriting, 1, script.c_str(), -1, SQLITE_STATIC);
  std::string message;
  for (int64_t skip = 0;;) {
    sqlite3_bind_int64(rewriting, 2, skip);
    const int code = sqlite3_step(rewriting);
    if (code != SQLITE_ROW) {
      if (code != SQLITE_DONE) message = sqlite3_errmsg(database.handle());
      break;
    }
    const std::string sql = reinterpret_cast<const char*>(sqlite3_column_text(rewriting, 0));
    skip = sqlite3_column_int64(rewriting, 1);
    sqlite3_reset(rewriting);
    char* text = nullptr;
    if (sqlite3_exec(database.handle(), sql.c_str(), nullptr, nullptr, &text) != SQLITE_OK) message = text;
    sqlite3_free(text);
    if (!message.empty()) break;
  }
  sqlite3_finalize(rewriting);
  return message;
}

void test_scripts(const std::string& extension) {
  Database database(":memory:", extension);
  const auto run = [&](const std::string& script) {
    if (const std::string message = run_script(database, script); !message.empty())
      fail(script + "\n  gives " + message);
  };
  // In each script a statement depends on those before it.
  run("CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t(v) VALUES ('ü;');"
      "INSERT INTO t VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET v = excluded.v;");
  expect(database, "SELECT v, spectradb_commit() FROM t", "2|2");
  run("CREATE TABLE u (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;\n-- a view\nCREATE VIEW w AS "
      "SELECT * "
      "FROM u AS OF 2; INSERT INTO u VALUES (1, 'x') RETURNING id");
  expect(database, "SELECT count(*), (SELECT count(*) FROM u) FROM w", "0|1");
  run("CREATE TABLE x (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; CREATE INDEX xi ON x(v); ALTER "
      "TABLE x ADD "
      "COLUMN z DEFAULT 3; INSERT INTO x (v) VALUES ('a'); CREATE TABLE events (pk TEXT PRIMARY KEY);"
      "INSERT INTO events VALUES ('a', '{}');");
  expect(database, "SELECT z, (SELECT doc FROM events) FROM x WHERE v = 'a'", "3|{}");
  run("BEGIN; INSERT INTO x (v) VALUES ('b'); SAVEPOINT s; DELETE FROM x RETURNING id; ROLLBACK TO s; "
      "COMMIT; ");
  expect(database, "SELECT count(*) FROM x", "2");
  const std::string message =
      run_script(database, "INSERT INTO x (v) VALUES ('c'); SELECT * FROM x AS OF 99; DROP TABLE x");
  if (message.find("99") == std::string::npos) fail("a script fails with " + message);
  expect(database, "SELECT count(*) FROM x", "3");
}

// Some hosts distinguish parameters with names from those without, so rewriting must not invent names.
void test_anonymous_parameters(const std::string& extension) {
  Database database(":memory:", extension);
  plain(database, "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT DEFAULT 'd')");
  const auto prepare = [&](const char* sql) {
    std::string text = plain(database, (std::string("SELECT spectradb_sql('") + sql + "')").c_str());
    text.pop_back();  // the end of the line
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database.handle(), text.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      fail(text + ": " + sqlite3_errmsg(database.handle()));
    return statement;
  };
  for (const char* sql :
       {"INSERT INTO t (v) VALUES (?) RETURNING id, v", "INSERT INTO t (id, v) VALUES (?, ?), (?, ?)",
        "INSERT INTO t (id, v) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET v = excluded.v || ?",
        "INSERT INTO t (id, v) VALUES (?, ?) VALID FROM ? TO ?",
        "UPDATE t SET v = ? WHERE id = ? RETURNING *", "DELETE FROM t WHERE id = ? RETURNING *",
        "SELECT * FROM t AS OF ? WHERE id = ?", "SELECT ? FROM t FOR SYSTEM_TIME FROM ? TO ?"}) {
    sqlite3_stmt* const statement = prepare(sql);
    for (int i = 1; i <= sqlite3_bind_parameter_count(statement); ++i) {
      if (const char* name = sqlite3_bind_parameter_name(statement, i); name != nullptr)
        fail(std::string(sql) + " has a parameter named " + name);
    }
    sqlite3_finalize(statement);
  }
  sqlite3_stmt* const statement = prepare("INSERT INTO t (id, v) VALUES (?, ?) RETURNING v, id");
  sqlite3_bind_int(statement, 1, 7);
  sqlite3_bind_text(statement, 2, "seven", -1, SQLITE_STATIC);
  if (sqlite3_step(statement) != SQLITE_ROW || sqlite3_column_int(statement, 1) != 7)
    fail("the parameters are others");
  sqlite3_reset(statement);
  // A kept statement keeps its meaning when the schema has changed.
  plain(database, "SELECT spectradb_alter('ALTER TABLE t ADD COLUMN w DEFAULT 5')");
  sqlite3_bind_int(statement, 1, 8);
  if (sqlite3_step(statement) != SQLITE_ROW) fail(sqlite3_errmsg(database.handle()));
  sqlite3_finalize(statement);
  sqlite3_stmt* const all = prepare("INSERT INTO t (id) VALUES (?) RETURNING *");
  plain(database, "SELECT spectradb_alter('ALTER TABLE t ADD COLUMN x DEFAULT 6')");
  sqlite3_bind_int(all, 1, 9);
  if (sqlite3_step(all) != SQLITE_ROW || sqlite3_column_count(all) != 4 || sqlite3_column_int(all, 3) != 6)
    fail(std::string("a kept RETURNING * has another shape: ") + sqlite3_errmsg(database.handle()));
  sqlite3_finalize(all);
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: without_hook --extension=PATH");
  choose_mode(Mode::kApi);
  test_functions_in_schemas(extension);
  test_reflection(extension);
  test_returning(extension);
  test_tables_made_without(extension);
  test_scripts(extension);
  test_anonymous_parameters(extension);
  std::printf("without the hook: nothing is silently different\n");
  return 0;
}
