// With SQLITE_DBCONFIG_DEFENSIVE only the extension writes, drops or alters the tables that it keeps in
// SQLite, while temporal tables can be used as before. None of SQLite's own tools is disturbed by the
// virtual table _spectradb, which makes those tables its shadow tables.
//
//   shadow --extension=PATH
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

int refused = 0;

void defend(Database& database) {
  if (sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr) != SQLITE_OK)
    fail("DEFENSIVE cannot be set");
}

void expect(Database& database, const std::string& sql, const std::string& wanted) {
  const std::string got = describe(database.must(sql).rows);
  if (got != wanted) fail(sql + "\n  gives " + got + "\n  not   " + wanted);
}

void expect_refused(Database& database, const std::string& sql) {
  if (database.run(sql).is_ok()) fail(sql + "\n  works");
  ++refused;
}

std::vector<std::string> own_tables(Database& database, const std::string& schema) {
  std::vector<std::string> names;
  for (const Row& row : database
                            .must("SELECT name FROM " + schema +
                                  ".sqlite_master WHERE type = 'table' AND name LIKE '\\_spectradb\\_%' "
                                  "ESCAPE '\\' ORDER BY name")
                            .rows)
    names.push_back(row[0].text);
  if (names.size() < 4) fail("only " + std::to_string(names.size()) + " tables of our own in " + schema);
  return names;
}

// Does everything that makes a table of the extension's own, or writes one.
void use(Database& database, const std::string& schema) {
  const std::string t = schema + ".t";
  database.must("CREATE TABLE " + t + " (id INTEGER PRIMARY KEY, v TEXT UNIQUE) WITH SYSTEM VERSIONING");
  database.must("INSERT INTO " + t + " VALUES (1, 'a'), (2, 'b')");
  database.must("CREATE INDEX " + schema + ".i ON t (v)");
  database.must("ALTER TABLE " + t + " ADD COLUMN w INT DEFAULT 7");
  database.must("BEGIN; SELECT spectradb_annotate('who', 'ann'); UPDATE " + t +
                " SET v = 'c' WHERE id = 1; SAVEPOINT s; DELETE FROM " + t + "; ROLLBACK TO s; INSERT INTO " +
                t + " VALUES (3, 'd', 1); COMMIT");
  database.must("SELECT spectradb_flush(), spectradb_compact()");
  database.must("CREATE TABLE " + schema + ".plain (id INTEGER PRIMARY KEY, a); INSERT INTO " + schema +
                ".plain VALUES (1, 2)");
  database.must("ALTER TABLE " + schema + ".plain ADD SYSTEM VERSIONING");
  database.must("UPDATE " + schema + ".plain SET a = 3");
  database.must("ALTER TABLE " + schema + ".plain DROP COLUMN a");
  database.must("DROP INDEX " + schema + ".i; CREATE INDEX " + schema + ".i ON t (lower(v))");
}

void expect_contents(Database& database, const std::string& schema) {
  expect(database, "SELECT * FROM " + schema + ".t ORDER BY id", "1|c|7\n2|b|7\n3|d|1\n");
  expect(database, "SELECT id, v FROM " + schema + ".t AS OF 1 ORDER BY id", "1|a\n2|b\n");
  expect(database, "SELECT spectradb_check('" + schema + "')", "ok\n");
}

void expect_protected(Database& database, const std::string& schema) {
  for (const std::string& name : own_tables(database, schema)) {
    const std::string table = schema + "." + name;
    expect(database, "SELECT type FROM pragma_table_list('" + name + "') WHERE schema = '" + schema + "'",
           "shadow\n");
    expect_refused(database, "DROP TABLE " + table);
    expect_refused(database, "DELETE FROM " + table);
    expect_refused(database, "INSERT INTO " + table + " DEFAULT VALUES");
    expect_refused(database, "ALTER TABLE " + table + " RENAME TO mine");
    expect_refused(database, "ALTER TABLE " + table + " ADD COLUMN mine");
  }
  expect_refused(database, "UPDATE " + schema + "._spectradb_meta SET value = 'x'");
  expect_refused(database, "DROP TABLE " + schema + "._spectradb");
  expect_refused(database, "ALTER TABLE " + schema + "._spectradb RENAME TO mine");
  expect_refused(database, "DELETE FROM " + schema + "._spectradb");
  expect(database,
         "SELECT format = (SELECT value FROM " + schema + "._spectradb_meta WHERE name = 'format') FROM " +
             schema + "._spectradb",
         "1\n");
}

void test_defended(const std::string& extension) {
  TemporaryDirectory directory;
  {
    Database database(directory.path("main.db"), extension);
    defend(database);
    database.must("ATTACH '" + directory.path("other.db") + "' AS other");
    for (const char* schema : {"main", "other", "temp"}) {
      use(database, schema);
      expect_protected(database, schema);
      expect_contents(database, schema);
    }
  }
  for (const char* journal : {"WAL", "DELETE"}) {
    Database database(directory.path("main.db"), extension);
    defend(database);
    database.must("ATTACH '" + directory.path("other.db") + "' AS other");
    database.must(std::string("PRAGMA main.journal_mode = ") + journal);
    for (const char* schema : {"main", "other"}) {
      expect_protected(database, schema);
      expect_contents(database, schema);
      database.must(std::string("INSERT INTO ") + schema + ".t VALUES (4, 'e', 1); DELETE FROM " + schema +
                    ".t WHERE id = 4");
    }
  }
  Database reading(directory.path("main.db"), extension, SQLITE_OPEN_READONLY);
  defend(reading);
  expect_protected(reading, "main");
  expect_contents(reading, "main");
}

// Uses SQLite's own tools, with the extension and without it.
void test_tools(const std::string& extension) {
  TemporaryDirectory directory;
  const std::string path = directory.path("main.db");
  {
    Database database(path, extension);
    use(database, "main");
    database.must("CREATE TABLE o (a); INSERT INTO o VALUES (1); VACUUM");
    expect_contents(database, "main");
    database.must("VACUUM INTO '" + directory.path("into.db") + "'");
    database.must("SELECT spectradb_backup('" + directory.path("copy.db") + "')");
    expect(database, "PRAGMA integrity_check", "ok\n");
  }
  Database copy(directory.path("copy.db"), extension);
  defend(copy);
  expect_contents(copy, "main");
  expect_protected(copy, "main");
  for (const char* file : {"main.db", "into.db"}) {
    Database stock(directory.path(file), "");
    expect(stock, "SELECT a FROM o", "1\n");
    stock.must(
        "INSERT INTO o VALUES (2); CREATE INDEX oi ON o (a); VACUUM; DROP INDEX oi; DELETE FROM o WHERE a = "
        "2");
    expect(stock, "SELECT count(*) FROM _spectradb_tables", "2\n");
    expect(stock, "PRAGMA integrity_check", "ok\n");
  }
  Database database(path, extension);
  expect_contents(database, "main");
  // The last temporal table is dropped, and a new one is made.
  database.must("DROP TABLE t");
  expect_refused(database, "DROP TABLE _spectradb");
  database.must("DROP TABLE plain");
  database.must("DROP TABLE _spectradb");
  database.must(
      "CREATE TABLE again (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO again VALUES (1)");
  expect(database, "SELECT count(*) FROM _spectradb", "1\n");
  database.must(
      "BEGIN; DROP TABLE again; CREATE TABLE once (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; ROLLBACK");
  expect(database, "SELECT id FROM again", "1\n");
}

// A rolled back CREATE TABLE leaves no table behind.
void test_rolled_back(const std::string& extension) {
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  database.must(
      "BEGIN; CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1); "
      "ROLLBACK");
  expect(database, "SELECT count(*) FROM sqlite_master", "0\n");
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
  expect(database, "SELECT count(*) FROM t, _spectradb", "1\n");
}

// A database of an earlier release has no table _spectradb until its schema is changed.
void test_earlier(const std::string& extension) {
  TemporaryDirectory directory;
  const std::string path = directory.path("main.db");
  {
    Database database(path, extension);
    use(database, "main");
    database.must(
        "PRAGMA writable_schema = 1; DELETE FROM sqlite_master WHERE name = '_spectradb'; PRAGMA "
        "schema_version = 999");
  }
  Database database(path, extension);
  expect(database, "SELECT count(*) FROM sqlite_master WHERE name = '_spectradb'", "0\n");
  expect_contents(database, "main");
  database.must("INSERT INTO t VALUES (4, 'e', 1); DELETE FROM t WHERE id = 4");
  database.must("ALTER TABLE t RENAME COLUMN w TO x");
  defend(database);
  expect_protected(database, "main");
  expect_contents(database, "main");
}

// Acknowledged commits are there, even where a trigger in temp makes SQLite ignore rows of the extension's
// tables.
void test_ignored(const std::string& extension) {
  TemporaryDirectory directory;
  const std::string path = directory.path("main.db");
  for (const char* table : {"_spectradb_recent", "_spectradb_commits"}) {
    Database database(path, extension);
    database.must("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING");
    database.must(std::string("CREATE TEMP TRIGGER mine BEFORE INSERT ON main.") + table +
                  " WHEN new.commit_no % 3 > 0 BEGIN SELECT RAISE(IGNORE); END");
    int64_t acknowledged = database.integer("SELECT count(*) FROM t");
    for (int i = 0; i < 20; ++i) {
      if (i % 5 == 4) database.run("SELECT spectradb_flush()");
      if (database.run("INSERT INTO t VALUES (NULL)").is_ok()) ++acknowledged;
    }
    database.close();
    Database again(path, extension);
    if (again.integer("SELECT count(*) FROM t") != acknowledged ||
        again.text("SELECT spectradb_check()") != "ok")
      fail(std::string("commits vanish with a trigger on ") + table);
  }
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: shadow --extension=PATH");
  choose_mode(Mode::kHook);
  test_defended(extension);
  test_tools(extension);
  test_rolled_back(extension);
  test_earlier(extension);
  test_ignored(extension);
  std::printf("shadow tables: %d statements of others refused, nothing of ours\n", refused);
  return 0;
}
