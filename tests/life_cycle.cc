// Uses databases in many places: in memory, attached, under two names, read only, moved and copied with and
// without their store, in a forked child, at the end of threads, and on a full disk.
//
//   life_cycle --extension=PATH
#include <dlfcn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <thread>

#include "tests/database.h"
#include "tests/expect.h"

namespace {

// How many writes that lengthen a file still succeed before the disk is full; a negative number means that
// it never is.
std::atomic<int64_t> writes_left{-1};

bool is_full(int fd, int64_t end) {
  struct stat info {};
  if (writes_left.load() < 0 || (fstat(fd, &info) == 0 && end <= info.st_size)) return false;
  int64_t left = writes_left.load();
  while (left > 0 && !writes_left.compare_exchange_weak(left, left - 1)) {
  }
  if (left != 0) return false;
  errno = ENOSPC;
  return true;
}

template <typename Function>
Function next_of(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// SQLite and the module find these functions before those of the C library.
extern "C" {
__attribute__((visibility("default"))) ssize_t pwrite64(int fd, const void* bytes, size_t size,
                                                        off64_t offset) {
  static const auto next = next_of<ssize_t (*)(int, const void*, size_t, off64_t)>("pwrite64");
  return is_full(fd, offset + static_cast<int64_t>(size)) ? -1 : next(fd, bytes, size, offset);
}
__attribute__((visibility("default"))) ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  static const auto next = next_of<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  return is_full(fd, offset + static_cast<int64_t>(size)) ? -1 : next(fd, bytes, size, offset);
}
}

namespace spectradb::tests {
namespace {

constexpr int kOpenForReading = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
std::string extension;

void make(const std::string& path) {
  Database database(path, extension);
  database.must(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING;"
      "INSERT INTO t VALUES (1, 'one'); INSERT INTO t VALUES (2, 'two')");
}

constexpr const char* kRows = "SELECT group_concat(v) FROM t";

void test_memory() {
  Database memory(":memory:", extension);
  Database temporary("", extension);
  for (Database* database : {&memory, &temporary}) {
    database->must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'one')");
    database->must("UPDATE t SET v = 'two'; SELECT spectradb_flush(); SELECT spectradb_compact()");
    expect(database->text("SELECT v FROM t AS OF 1") == "one", "a database in memory forgets");
    database->must("VACUUM");
    expect(database->text("SELECT v FROM t") == "two", "VACUUM in memory");
  }
  Database shared("file:shared?mode=memory&cache=shared", extension);
  shared.must(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'one')");
  Database other("file:shared?mode=memory&cache=shared", extension);
  expect(other.text("SELECT v FROM t") == "one", "a shared cache is not shared");
}

void test_names() {
  const TemporaryDirectory directory;
  make(directory.path("one.db"));
  // Two paths, two links and a URI name one database.
  std::filesystem::create_symlink(directory.path("one.db"), directory.path("link.db"));
  std::filesystem::create_directory(directory.path("sub"));
  std::filesystem::create_symlink(directory.path("sub"), directory.path("way"));
  std::filesystem::create_symlink(directory.path("one.db"), directory.path("sub/far.db"));
  Database first(directory.path("one.db"), extension);
  first.must("INSERT INTO t VALUES (3, 'three')");
  int64_t id = 3;
  for (const std::string& name :
       {directory.path("link.db"), directory.path("way/far.db"), directory.path("sub/../one.db"),
        "file:" + directory.path("one.db"), "file://localhost" + directory.path("one.db") + "?mode=rw"}) {
    Database second(name, extension);
    expect(second.integer("SELECT max(id) FROM t") == id, name + " shows another state");
    second.must("INSERT INTO t VALUES (" + std::to_string(++id) + ", 'more')");
    expect(first.integer("SELECT max(id) FROM t") == id, name + " writes elsewhere");
  }
}

void test_attached() {
  const TemporaryDirectory directory;
  make(directory.path("one.db"));
  make(directory.path("two.db"));
  Database database(directory.path("one.db"), extension);
  for (int round = 0; round < 3; ++round) {
    database.must("ATTACH '" + directory.path("two.db") + "' AS two");
    database.must("BEGIN; INSERT INTO t VALUES (10, 'main'); INSERT INTO two.t VALUES (10, 'two'); COMMIT");
    expect(database.integer("SELECT count(*) FROM t JOIN two.t USING (id)") == 3, "a join across databases");
    database.must("BEGIN; DELETE FROM t WHERE id = 10; DELETE FROM two.t WHERE id = 10; ROLLBACK");
    database.must("DELETE FROM t WHERE id = 10; DELETE FROM two.t WHERE id = 10");
    database.must("DETACH two");
  }
  expect(Database(directory.path("two.db"), extension).integer("SELECT count(*) FROM t AS OF 3") == 3,
         "an attached database's history");
}

void test_read_only() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("one.db");
  make(path);
  {
    Database reader(path, extension, kOpenForReading);
    expect(reader.text(kRows) == "one,two", "read only");
    expect_error(reader.run("INSERT INTO t VALUES (3, 'three')"), SQLITE_READONLY, "readonly");
    Database uri("file:" + path + "?mode=ro", extension);
    expect(uri.text("SELECT v FROM t AS OF 1") == "one", "mode=ro");
    Database immutable("file:" + path + "?immutable=1", extension);
    expect(immutable.text(kRows) == "one,two", "immutable=1");
  }
  if (getuid() == 0) return;  // permissions do not bind root
  for (const std::string& name : {path, path + "-spectra", directory.path().string()})
    (void)chmod(name.c_str(), name == path ? 0444 : 0555);
  expect(Database(path, extension, kOpenForReading).text(kRows) == "one,two", "a read-only directory");
  expect(!Database(path, extension).run("INSERT INTO t VALUES (3, 'three')").is_ok(),
         "wrote to a read-only file");
  for (const std::string& name : {directory.path().string(), path + "-spectra", path})
    (void)chmod(name.c_str(), 0755);
}

// A file is all there is of the database.
void test_moved_in_rows(const TemporaryDirectory& directory, const std::string& path) {
  std::filesystem::copy_file(path, directory.path("copy.db"));
  {
    Database copy(directory.path("copy.db"), extension);
    expect(copy.text(kRows) == "one,two", "a copy");
    copy.must("INSERT INTO t VALUES (3, 'three')");
  }
  std::filesystem::rename(path, directory.path("moved.db"));
  {
    Database moved(directory.path("moved.db"), extension);
    expect(moved.text(kRows) == "one,two", "moved");
    expect(moved.text("SELECT v FROM t AS OF 1") == "one", "the history of what was moved");
  }
  // The copy that has gone on takes the place of the database, and the older one its place again.
  std::filesystem::rename(directory.path("moved.db"), directory.path("older.db"));
  std::filesystem::rename(directory.path("copy.db"), directory.path("moved.db"));
  expect(Database(directory.path("moved.db"), extension).text(kRows) == "one,two,three", "the newer one");
  std::filesystem::rename(directory.path("older.db"), directory.path("moved.db"));
  {
    Database older(directory.path("moved.db"), extension);
    expect(older.text(kRows) == "one,two", "the older one");
    older.must("INSERT INTO t VALUES (3, 'drei')");
    expect(older.text("SELECT spectradb_check()") == "ok", "the older one, which goes on");
  }
  // A database is deleted, and made anew.
  std::filesystem::remove(directory.path("moved.db"));
  make(directory.path("moved.db"));
  expect(Database(directory.path("moved.db"), extension).text(kRows) == "one,two", "made anew");
}

void test_moved() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("one.db");
  const std::string store = path + "-spectra";
  make(path);
  const auto copy_options = std::filesystem::copy_options::recursive;
  if (!std::filesystem::exists(store)) return test_moved_in_rows(directory, path);
  // Database and store are copied together under another name.
  std::filesystem::copy_file(path, directory.path("copy.db"));
  std::filesystem::copy(store, directory.path("copy.db-spectra"), copy_options);
  Database copy(directory.path("copy.db"), extension);
  expect(copy.text(kRows) == "one,two", "a copy of both");
  copy.must("INSERT INTO t VALUES (3, 'three')");
  copy.close();
  std::filesystem::rename(path, directory.path("moved.db"));
  std::filesystem::rename(store, directory.path("moved.db-spectra"));
  expect(Database(directory.path("moved.db"), extension).text(kRows) == "one,two", "both moved");
  // The database is copied without its store.
  std::filesystem::copy_file(directory.path("moved.db"), directory.path("alone.db"));
  Database alone(directory.path("alone.db"), extension);
  expect_error(alone.run("SELECT * FROM t"), SQLITE_CANTOPEN, "alone.db-spectra");
  expect_error(alone.run("INSERT INTO t VALUES (9, 'nine')"), SQLITE_CANTOPEN, "alone.db-spectra");
  expect(alone.run("CREATE TABLE plain (x); INSERT INTO plain VALUES (1)").is_ok(),
         "ordinary tables beside it");
  alone.close();
  // The database gets the store of a copy that has gone on, then that of another database.
  std::filesystem::copy(directory.path("copy.db-spectra"), directory.path("alone.db-spectra"), copy_options);
  const Outcome newer = Database(directory.path("alone.db"), extension).run(kRows);
  expect(newer.is_ok() ? describe(newer.rows) == "one,two\n"
                       : newer.message.find("spectradb_repair('rewind')") != std::string::npos,
         "the store of a copy that went on: " + newer.message + describe(newer.rows));
  std::filesystem::remove_all(directory.path("alone.db-spectra"));
  make(directory.path("other.db"));
  std::filesystem::copy(directory.path("other.db-spectra"), directory.path("alone.db-spectra"), copy_options);
  expect_error(Database(directory.path("alone.db"), extension).run(kRows), SQLITE_ERROR, "another database");
  // A database is deleted without its store, and made anew.
  std::filesystem::remove(directory.path("other.db"));
  Database anew(directory.path("other.db"), extension);
  expect_error(anew.run("CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY)"), SQLITE_ERROR,
               "move it away");
}

void test_fork() {
  const TemporaryDirectory directory;
  make(directory.path("one.db"));
  Database database(directory.path("one.db"), extension);
  expect(database.text(kRows) == "one,two", "before the fork");
  const pid_t child = fork();
  expect(child >= 0, "fork");
  if (child == 0) {
    const Outcome outcome = database.run("INSERT INTO t VALUES (3, 'three')");
    _exit((outcome.code & 0xff) == SQLITE_BUSY && outcome.message.find("forked") != std::string::npos ? 0
                                                                                                      : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a forked child is not told");
  database.must("INSERT INTO t VALUES (3, 'three')");
}

void test_threads() {
  const TemporaryDirectory directory;
  make(directory.path("one.db"));
  const auto count_threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
  };
  const auto before = count_threads();
  for (int round = 0; round < 3; ++round) {
    std::thread([&] {
      Database database(directory.path("one.db"), extension);
      database.must("UPDATE t SET v = 'more'; SELECT spectradb_compact()");
    }).join();
  }
  // The kernel wakes the thread that joins a moment before the joined thread leaves /proc, so that one may
  // still be listed.
  for (int i = 0; i < 1000 && count_threads() > before; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  expect(count_threads() <= before, "threads outlive the connections");
}

// Fails every write from the N-th on, for each N until one run succeeds; after each run there is room
// again.
void test_full_disk() {
  int64_t runs = 0;
  const std::vector<std::string> phases = {
      "INSERT INTO t SELECT id + 1000 * #, hex(randomblob(20)) FROM t WHERE id < 3",
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
      "INSERT INTO t SELECT i + 10000 * #, hex(randomblob(20)) FROM n",
      "SELECT spectradb_flush()",
      "SELECT spectradb_compact()",
      "UPDATE t SET v = v || '#'",
      "CREATE INDEX i# ON t (v)",
      "DELETE FROM t WHERE id > 100",
      "SELECT spectradb_backup('@/copy.db')"};
  for (const char* journal : {"DELETE", "WAL"}) {
    const TemporaryDirectory directory;
    make(directory.path("one.db"));
    Database database(directory.path("one.db"), extension);
    database.must(std::string("PRAGMA journal_mode = ") + journal);
    database.must("CREATE TABLE plain (id INTEGER PRIMARY KEY, v); INSERT INTO plain SELECT * FROM t");
    for (size_t phase = 0; phase < phases.size(); ++phase) {
      std::string sql = phases[phase];
      for (size_t at = sql.find('#'); at != std::string::npos; at = sql.find('#'))
        sql.replace(at, 1, std::to_string(phase + 1));
      if (const size_t at = sql.find('@'); at != std::string::npos)
        sql.replace(at, 1, directory.path().string());
      for (int64_t writes = 0;; ++writes, ++runs) {
        const std::string before = describe(database.must("SELECT * FROM t").rows);
        const int64_t commit = database.integer("SELECT spectradb_commit()");
        writes_left = writes;
        const Outcome outcome = database.run(sql);
        const bool struck = writes_left == 0;
        const bool reads =
            describe(database.must("SELECT * FROM t AS OF " + std::to_string(commit)).rows) == before;
        writes_left = -1;
        expect(reads, "a full disk changes what is read");
        if (sqlite3_get_autocommit(database.handle()) == 0) database.must("ROLLBACK");
        if (outcome.is_ok() && !struck) break;
        if (!outcome.is_ok()) {
          const int code = outcome.code & 0xff;
          expect(code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN,
                 sql + " on a full disk: " + std::to_string(outcome.code) + " " + outcome.message);
          expect(describe(database.must("SELECT * FROM t").rows) == before,
                 "a statement that failed on a full disk did something: " + sql);
        }
        database.must("INSERT INTO t VALUES (-1, 'x'); DELETE FROM t WHERE id = -1");
        if (outcome.is_ok()) break;  // a failure behind the statement is tried again later
      }
    }
    const std::string now = describe(database.must("SELECT * FROM t FOR SYSTEM_TIME ALL").rows);
    database.close();
    Database again(directory.path("one.db"), extension);
    expect(describe(again.must("SELECT * FROM t FOR SYSTEM_TIME ALL").rows) == now,
           "what was written on a full disk is gone");
    expect(again.text("PRAGMA integrity_check") == "ok", "PRAGMA integrity_check");
  }
  std::printf("full disk: %lld statements failed cleanly, reads and later writes went on\n",
              static_cast<long long>(runs));
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: life_cycle --extension=PATH");
  test_fork();  // runs before there are threads
  test_memory();
  test_names();
  test_attached();
  test_read_only();
  test_moved();
  test_threads();
  test_full_disk();
  std::printf(
      "in memory, attached, by other names, read only, moved, copied, forked, in threads: as expected\n");
  return 0;
}
