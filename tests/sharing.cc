// Several threads of one process, each with its own connection, and a second process use one database:
// commits become visible as SQLite shows them, the snapshot of a transaction holds for both kinds of tables
// at once, and another process is served at the same time, or told "database is locked" where SQLite would
// say so.
//
//   sharing --extension=PATH
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <thread>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr int kWriters = 2;
constexpr int kReaders = 2;
constexpr int kCommitsEach = 60;

void prepare(Database& database, const std::string& journal) {
  database.must("PRAGMA busy_timeout = 60000; PRAGMA journal_mode = " + journal);
}

// Each transaction adds one to a counter in a temporal and in an ordinary table.
void write_commits(const std::string& path, const std::string& extension, const std::string& journal,
                   int writer) {
  Database database(path, extension);
  prepare(database, journal);
  for (int i = 0; i < kCommitsEach; i++) {
    database.must("BEGIN IMMEDIATE");
    database.must("UPDATE ledger SET n = n + 1 WHERE id = 1");
    database.must("INSERT INTO ledger VALUES (" + std::to_string(1000 * (writer + 1) + i) + ", " +
                  std::to_string(i) + ")");
    database.must("UPDATE plain SET n = n + 1");
    database.must("COMMIT");
    if (i % 20 == 10) database.must("SELECT spectradb_flush()");
    if (i == 30) database.must("SELECT spectradb_compact()");
  }
}

// Whenever a reader looks, both tables, the commit number and the count agree, and they stay the same
// within a transaction.
void read_snapshots(const std::string& path, const std::string& extension, const std::string& journal,
                    const std::atomic<bool>& done) {
  Database database(path, extension);
  prepare(database, journal);
  constexpr const char* kState =
      "SELECT (SELECT n FROM ledger WHERE id = 1), (SELECT n FROM plain), (SELECT count(*) FROM ledger) - 1, "
      "spectradb_commit() - 1";
  std::string last;
  int rounds = 0;
  while (!done || rounds == 0) {
    rounds++;
    database.must("BEGIN");
    const Row first = database.must(kState).rows.at(0);
    for (const Cell& cell : first) {
      if (cell != first[0]) fail("a torn snapshot: " + describe({first}));
    }
    const Row second = database.must(kState).rows.at(0);
    if (first != second) fail("a snapshot that moves: " + describe({first}) + "then " + describe({second}));
    database.must("COMMIT");
  }
}

void test_threads(const std::string& extension, const std::string& journal) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("shared.db");
  Database database(path, extension);
  prepare(database, journal);
  database.must(
      "CREATE TABLE ledger (id INTEGER PRIMARY KEY, n INTEGER) WITH SYSTEM VERSIONING; CREATE TABLE plain (n "
      "INTEGER);"
      "BEGIN; INSERT INTO ledger VALUES (1, 0); INSERT INTO plain VALUES (0); COMMIT");
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  std::vector<std::thread> writers;
  for (int i = 0; i < kReaders; i++) {
    readers.emplace_back(read_snapshots, path, extension, journal, std::cref(done));
  }
  for (int i = 0; i < kWriters; i++) writers.emplace_back(write_commits, path, extension, journal, i);
  for (std::thread& thread : writers) thread.join();
  done = true;
  for (std::thread& thread : readers) thread.join();
  const int64_t total = kWriters * kCommitsEach;
  if (database.integer("SELECT n FROM ledger WHERE id = 1") != total ||
      database.integer("SELECT n FROM plain") != total ||
      database.integer("SELECT spectradb_commit()") != total + 1 ||
      database.integer("SELECT count(*) FROM ledger FOR SYSTEM_TIME ALL WHERE id = 1") != total + 1) {
    fail("commits were lost");
  }
  for (int64_t commit = 1; commit <= total + 1; commit++) {
    const std::string n = std::to_string(commit - 1);
    if (database.text("SELECT n FROM ledger WHERE id = 1 AS OF " + std::to_string(commit)) != n) {
      fail("AS OF " + std::to_string(commit) + " is not " + n);
    }
  }
  std::printf("%s: %d threads, %lld commits, every snapshot whole\n", journal.c_str(), kWriters + kReaders,
              static_cast<long long>(total));
}

// Runs the function in another process; its result is the exit status.
template <typename Function>
int in_child(Function function) {
  std::fflush(stdout);
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) _exit(function());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

// A child begins anew through exec, and this process must not have the extension open when it forks.
int run_self(const std::string& task, const std::string& path, const std::string& extension) {
  return in_child([&] {
    execl("/proc/self/exe", "/proc/self/exe", ("--task=" + task).c_str(), ("--path=" + path).c_str(),
          ("--extension=" + extension).c_str(), static_cast<char*>(nullptr));
    return 127;
  });
}

// Does the work of the other process; returns 0 when all went as expected.
int run_task(const std::string& task, const std::string& path, const std::string& extension) {
  Database database(path, extension);
  if (!database.open_outcome().is_ok())
    fail("the extension does not load: " + database.open_outcome().message);
  if (task == "refused") {  // another process writes, so the message is SQLite's
    const Outcome outcome = database.run("INSERT INTO t VALUES (2, 'from the other process')");
    if ((outcome.code & 0xff) != SQLITE_BUSY)
      fail("not busy but " + std::to_string(outcome.code) + " " + outcome.message);
    if (outcome.message.find("database is locked") == std::string::npos) fail("says: " + outcome.message);
    if (database.integer("SELECT count(*) FROM t") != 1) fail("not one row");
    return 0;
  }
  if (task == "locked") {  // not even the schema can be read
    const Outcome outcome = database.run("SELECT * FROM t AS OF 1");
    if (outcome.code != SQLITE_BUSY || outcome.message.find("database is locked") == std::string::npos)
      fail("not locked but " + std::to_string(outcome.code) + " " + outcome.message);
    return 0;
  }
  if (task == "served") {
    if (database.integer("SELECT count(*) FROM t") != 1) fail("not one row");
    database.must("INSERT INTO t VALUES (2, 'from the other process')");
    if (database.integer("SELECT count(*) FROM t AS OF 1") != 1) fail("not one row at commit 1");
    return 0;
  }
  fail("no task " + task);
}

void test_processes(const std::string& extension) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("processes.db");
  Database database(path, extension);
  database.must(
      "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "INSERT INTO t VALUES (1, 'one'); BEGIN IMMEDIATE; INSERT INTO t VALUES (3, 'three')");
  if (run_self("refused", path, extension) != 0) fail("the other process was not refused as it should be");
  database.must("ROLLBACK; BEGIN");
  if (database.integer("SELECT count(*) FROM t") != 1) fail("not one row");
  if (run_self("served", path, extension) != 0)
    fail("the other process cannot use the store beside this one");
  if (database.integer("SELECT count(*) FROM t") != 1) fail("a snapshot that moves");
  database.must("COMMIT");
  if (database.text("SELECT v FROM t WHERE id = 2") != "from the other process")
    fail("the other process's row is not there");
  database.must("DELETE FROM t WHERE id = 2; SELECT spectradb_compact()");
  database.must("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
  if (run_self("locked", path, extension) != 0) fail("the other process is not told of the lock");
  database.must("COMMIT");
  database.close();
  if (run_self("served", path, extension) != 0) fail("the other process cannot use the store alone");
  database = Database(path, extension);
  if (database.integer("SELECT count(*) FROM t") != 2) fail("the other process's row is not there");
  std::printf("processes: served beside one another, refused only where SQLite refuses\n");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: sharing --extension=PATH");
  choose_mode(Mode::kHook);
  const std::string task = argument(argc, argv, "task", "");
  if (!task.empty()) return run_task(task, argument(argc, argv, "path", ""), extension);
  test_threads(extension, "DELETE");
  test_threads(extension, "WAL");
  test_processes(extension);
  return 0;
}
