// Backups while a writer goes on: each opens, with the same rows in the ordinary and the temporal table at
// each of its commits; a repeated one writes only what is new; a copy of one side only is refused; a copy put
// back in the place of the database is the database again.
//
//   backup --extension=PATH --journal=DELETE|WAL [--backups=COUNT]
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

void expect(bool holds, const std::string& what) {
  if (!holds) fail(what);
}

void write_until(const std::string& path, const std::string& extension, const std::atomic<bool>& done) {
  Database database(path, extension);
  database.must("PRAGMA busy_timeout = 60000");
  for (int64_t number = 2; !done; ++number) {
    const std::string row = std::to_string(number) + ", hex(randomblob(50))";
    database.must("BEGIN IMMEDIATE; INSERT INTO plain VALUES (" + row +
                  "); INSERT INTO ledger SELECT * FROM plain WHERE id = " + std::to_string(number) +
                  "; COMMIT");
    if (number % 97 == 0) database.must("SELECT spectradb_flush()");
    if (number % 311 == 0) database.must("SELECT spectradb_compact()");
  }
}

// The number of its last commit.
int64_t check_copy(const std::string& path, const std::string& extension) {
  Database copy(path, extension);
  const int64_t commits = copy.integer("SELECT spectradb_commit()");
  expect(copy.text("PRAGMA integrity_check") == "ok", "PRAGMA integrity_check of a backup");
  expect(copy.integer("SELECT count(*) FROM plain") == commits, "a backup is not whole");
  expect(copy.integer("SELECT count(*) FROM (SELECT * FROM plain EXCEPT SELECT * FROM ledger)") == 0 &&
             copy.integer("SELECT count(*) FROM ledger") == commits,
         "the tables of a backup differ");
  for (int64_t commit = 1; commit <= commits; commit += 1 + commits / 7) {
    const std::string number = std::to_string(commit);
    expect(copy.integer("SELECT count(*) FROM ledger AS OF " + number) == commit,
           "a backup does not know commit " + number);
  }
  copy.must("INSERT INTO ledger VALUES (-1, 'only here')");
  copy.must("DELETE FROM ledger WHERE id = -1");
  return commits;
}

void test_while_writing(const std::string& extension, const std::string& journal, int backups) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("busy.db");
  Database database(path, extension);
  database.must("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = " + journal);
  database.must(
      "CREATE TABLE ledger (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT);"
      "BEGIN; INSERT INTO plain VALUES (1, 'one'); INSERT INTO ledger VALUES (1, 'one'); COMMIT");
  std::atomic<bool> done = false;
  std::thread writer(write_until, path, extension, std::cref(done));
  int64_t last = 0;
  for (int number = 0; number < backups; ++number) {
    usleep(20'000);
    // Every other one goes where the one before the last went.
    const std::string target = directory.path("copy" + std::to_string(number % 2) + ".db");
    const Outcome steps = database.must("SELECT * FROM spectradb_backup('" + target + "')");
    expect(steps.rows.size() >= 3, "hardly any steps");
    expect(steps.rows.back()[3] == steps.rows.back()[4], "the last step is not the whole");
    const int64_t commits = check_copy(target, extension);
    expect(commits >= last, "a backup is older than the one before");
    last = commits;
  }
  done = true;
  writer.join();
  std::printf("%s: %d backups while a writer made %lld commits, all whole\n", journal.c_str(), backups,
              static_cast<long long>(database.integer("SELECT spectradb_commit()")));
}

void expect_error(const Outcome& outcome, const std::string& part) {
  expect(!outcome.is_ok() && outcome.message.find(part) != std::string::npos,
         "no error with \"" + part + "\" but: " + outcome.message);
}

void test_places(const std::string& extension) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("one.db");
  const std::string copy = directory.path("copy.db");
  {
    Database database(path, extension);
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'one');"
        "SELECT spectradb_flush()");
    expect_error(database.run("SELECT spectradb_backup('" + path + "')"), "the database itself");
    expect_error(database.run("SELECT spectradb_backup('" + directory.path("no/where.db") + "')"),
                 "there is no directory");
    expect_error(database.run("SELECT spectradb_backup(5)"), "as text, not 5");
    expect_error(database.run("SELECT * FROM spectradb_backup"), "needs the name of a file");
    expect_error(database.run("SELECT spectradb_backup('x.db', 'nosuch')"), "no database named 'nosuch'");
    // A transaction's own rows are not in it.
    database.must("BEGIN; INSERT INTO t VALUES (2, 'two')");
    database.must("SELECT spectradb_backup('" + copy + "')");
    database.must("COMMIT");
  }
  {
    Database other(copy, extension);
    expect(other.text("SELECT group_concat(v) FROM t") == "one", "not the committed rows");
    Database database(path, extension);
    expect_error(database.run("SELECT spectradb_backup('" + copy + "')"), "locked");  // it is in use
    database.must("VACUUM INTO '" + directory.path("alone.db") + "'");
    database.must("DELETE FROM t");
  }
  // Without its store a copy is refused, and so is one with a store that is newer.
  expect_error(Database(directory.path("alone.db"), extension).run("SELECT * FROM t"), "alone.db-spectra");
  std::filesystem::copy(path + "-spectra", directory.path("alone.db-spectra"));
  expect(
      !Database(directory.path("alone.db"), extension).run("SELECT * FROM t").is_ok() ||
          Database(directory.path("alone.db"), extension).text("SELECT group_concat(v) FROM t") == "one,two",
      "a store that is newer than its database gives wrong rows");
  // Put back.
  std::filesystem::remove_all(path + "-spectra");
  std::filesystem::copy_file(copy, path, std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(copy + "-spectra", path + "-spectra");
  Database restored(path, extension);
  expect(restored.text("SELECT group_concat(v) FROM t") == "one", "what was put back is not the backup");
  // From memory, and of an attached database.
  Database memory(":memory:", extension);
  memory.must("CREATE TABLE m (pk TEXT PRIMARY KEY); INSERT INTO m VALUES ('a', '{}')");
  memory.must("ATTACH '" + path + "' AS other");
  memory.must("SELECT spectradb_backup('" + directory.path("memory.db") + "')");
  memory.must("SELECT spectradb_backup('" + directory.path("attached.db") + "', 'other')");
  expect_error(memory.run("BEGIN; INSERT INTO m VALUES ('b', '{}'); SELECT spectradb_backup('" +
                          directory.path("no.db") + "')"),
               "COMMIT first");
  expect(Database(directory.path("memory.db"), extension).text("SELECT pk FROM m") == "a", "memory.db");
  expect(Database(directory.path("attached.db"), extension).text("SELECT v FROM t") == "one", "attached.db");
  std::printf(
      "places: refused where something else is, put back from a copy, from memory, of attached ones\n");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: backup --extension=PATH --journal=DELETE|WAL [--backups=COUNT]");
  test_while_writing(extension, argument(argc, argv, "journal", "WAL"),
                     std::atoi(argument(argc, argv, "backups", "30").c_str()));
  test_places(extension);
  return 0;
}
