// Meets obstacles outside the database: a process that keeps the lock for flushes, a lock that cannot be
// opened, many databases in one process, a file that cannot change, a connection that locks out all others,
// a check that is interrupted, and a folder for temporary files that is not there.
//
//   odd_machines --extension=PATH --journal=DELETE|WAL
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

struct Place {
  TemporaryDirectory directory;
  std::string extension;
  std::string path = directory.path("x.db");
  std::string work_lock = path + "-spectra/LOCK.work";
  Database database;
  int64_t rows = 0;

  Place(const std::string& module, const std::string& journal) : extension(module) {
    database = Database(path, extension);
    database.must("PRAGMA journal_mode = " + journal + "; PRAGMA busy_timeout = 50");
    database.must(
        "CREATE TABLE o (a); CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
    database.must("SELECT spectradb_config('memtable_max_bytes', 65536)");
    write();
    database.must("SELECT spectradb_flush()");
  }

  Outcome write() {
    const Outcome outcome = database.run(
        "BEGIN; INSERT INTO o VALUES (1); INSERT INTO t(v) VALUES (hex(randomblob(20000))); COMMIT");
    if (outcome.is_ok()) {
      ++rows;
    } else {
      database.run("ROLLBACK");  // SQLite rolls back itself unless the error is SQLITE_BUSY
    }
    return outcome;
  }
  std::string background_error() {
    return database.text("SELECT value FROM spectradb_stats WHERE name = 'background_error'");
  }

  // Writes until a commit fails, which has to happen soon.
  Outcome write_until_refused() {
    constexpr int kMany = 60;  // each commit fills a memtable
    for (int i = 0; i < kMany; ++i) {
      const Outcome outcome = write();
      if (!outcome.is_ok()) return outcome;
    }
    fail("writes go on without a flush");
  }
  void goes_on() {
    write_after_pause();
    database.must("SELECT spectradb_flush()");
    // The error stays until the next work in the background has been done.
    for (int i = 0; !background_error().empty() && i < 200; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    expect(background_error().empty(), "the background error stays: " + background_error());
    expect(database.integer("SELECT count(*) FROM t") == rows, "rows of refused commits");
    expect(database.integer("SELECT count(*) FROM o") == rows, "rows of the ordinary table");
    expect(database.text("SELECT spectradb_check()") == "ok", "the check");
  }
  void write_after_pause() {
    Outcome outcome = write();
    for (int i = 0; !outcome.is_ok() && i < 200; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      outcome = write();
    }
    expect(outcome.is_ok(), "writes do not go on: " + outcome.message);
  }
};

void test_held_lock(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  const int file = ::open(place.work_lock.c_str(), O_RDWR | O_CLOEXEC);
  // The merge that the flush has caused may still hold the lock.
  expect(file >= 0 && ::flock(file, LOCK_EX) == 0, "LOCK.work cannot be locked");
  place.write();
  const Outcome flush = place.database.run("SELECT spectradb_flush()");
  expect((flush.code & 0xff) == SQLITE_BUSY, "a flush while another process works says " + flush.message);
  const Outcome refused = place.write_until_refused();
  expect((refused.code & 0xff) == SQLITE_BUSY && refused.message.find("LOCK.work") != std::string::npos,
         "a commit without room says " + refused.message);
  expect(place.background_error().find("LOCK.work") != std::string::npos,
         "the background error is " + place.background_error());
  expect(place.database.integer("SELECT value FROM spectradb_stats WHERE name = 'memtables'") <= 6,
         "more memtables than may wait");
  expect(place.database.integer("SELECT count(*) FROM t") == place.rows, "reads go on");
  // A statement that changes the schema does not wait, or needs no room.
  const Outcome index = place.database.run("CREATE INDEX held ON t (v)");
  expect((index.code & 0xff) == SQLITE_BUSY && index.message.find("LOCK.work") != std::string::npos,
         "an index without room says " + index.message);
  expect(place.database.run("ALTER TABLE t ADD COLUMN held").is_ok(), "a column that needs no room");
  expect(place.database.run("CREATE TABLE held (pk TEXT PRIMARY KEY)").is_ok(), "a table that needs no room");
  expect(place.database.run("DROP TABLE held").is_ok(), "a table is dropped without room");
  ::close(file);
  place.goes_on();
}

void test_lock_that_cannot_be_opened(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  fs::remove(place.work_lock);
  fs::create_directory(place.work_lock);
  place.write();
  expect(!place.database.run("SELECT spectradb_flush()").is_ok(), "a flush without its lock");
  const Outcome refused = place.write_until_refused();
  expect(refused.message.find("LOCK.work") != std::string::npos,
         "a commit without room says " + refused.message);
  expect(place.background_error().find("LOCK.work") != std::string::npos,
         "the background error is " + place.background_error());
  fs::remove(place.work_lock);
  place.goes_on();
}

size_t threads() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& task : fs::directory_iterator("/proc/self/task")) ++count;
  return count;
}

// Threads that have done their work may take a moment to end.
bool settles_at(size_t count) {
  for (int i = 0; threads() > count && i < 600; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  return threads() == count;
}

void test_threads(const std::string& extension) {
  constexpr size_t kDatabases = 100;
  const size_t before = threads();
  TemporaryDirectory directory;
  std::vector<Database> all;
  for (size_t i = 0; i < kDatabases; ++i) {
    all.emplace_back(directory.path(std::to_string(i) + ".db"), extension);
    all.back().must(
        "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; CREATE TABLE t (id INTEGER PRIMARY KEY) "
        "WITH SYSTEM VERSIONING; INSERT "
        "INTO t "
        "VALUES (1)");
  }
  expect(settles_at(before), "stores without work have threads");
  for (size_t i = 0; i < kDatabases; i += 10) all[i].must("SELECT spectradb_flush()");
  expect(settles_at(before), "stores whose work is done have threads");
  for (size_t i = 0; i < kDatabases; i += 10)
    all[i].must("INSERT INTO t VALUES (2); SELECT spectradb_flush()");
}

size_t descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

// Each open database has kOfEach descriptors: SQLite's own, those of the store's lock and log. When no more
// descriptors are left there is a clear error, and no row is lost.
void test_descriptors(const std::string& extension) {
  constexpr size_t kDatabases = 40;
  constexpr size_t kOfEach = 3;
  constexpr size_t kLeft = 7;
  const TemporaryDirectory directory;
  const auto path = [&](size_t i) { return directory.path(std::to_string(i) + ".db"); };
  const std::string make =
      "PRAGMA synchronous = OFF; CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO "
      "t VALUES (1)";
  const size_t before = descriptors();
  std::vector<Database> all;
  for (size_t i = 0; i < kDatabases; ++i) {
    all.emplace_back(path(i), extension);
    all.back().must(make);
  }
  const size_t open = descriptors();
  expect(open - before <= kDatabases * kOfEach, std::to_string(open - before) + " descriptors are open");
  struct rlimit usual {};
  expect(getrlimit(RLIMIT_NOFILE, &usual) == 0, "getrlimit");
  const struct rlimit few { open + kLeft, usual.rlim_max };
  expect(setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
  std::string refused;
  for (size_t i = kDatabases; refused.empty() && i < kDatabases + kLeft; ++i) {
    all.emplace_back(path(i), extension);
    const Outcome outcome =
        all.back().open_outcome().is_ok() ? all.back().run(make) : all.back().open_outcome();
    if (!outcome.is_ok()) refused = outcome.message;
  }
  std::vector<bool> is_written;
  for (Database& database : all) is_written.push_back(database.run("INSERT INTO t VALUES (2)").is_ok());
  expect(setrlimit(RLIMIT_NOFILE, &usual) == 0, "setrlimit");
  const bool is_clear = refused.find("Too many open files") != std::string::npos ||
                        refused.find("unable to open") != std::string::npos;
  expect(is_clear, "without descriptors it says: " + refused);
  all.clear();
  for (size_t i = 0; i < kDatabases; ++i) {
    Database again(path(i), extension);
    expect(again.integer("SELECT count(*) FROM t") == (is_written[i] ? 2 : 1),
           "rows behind too many open files");
    again.must("INSERT INTO t VALUES (3)");
    expect(again.text("SELECT spectradb_check()") == "ok", "the check behind too many open files");
  }
}

void test_interrupt(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.database.must(
      "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 41000) INSERT INTO t "
      "SELECT i, "
      "hex(randomblob(40)) FROM n; SELECT spectradb_flush()");
  int calls = 0;
  constexpr int kCallsBefore = 600;
  sqlite3_progress_handler(
      place.database.handle(), 1,
      [](void* count) { return ++*static_cast<int*>(count) > kCallsBefore ? 1 : 0; }, &calls);
  const Outcome check = place.database.run("SELECT spectradb_check()");
  sqlite3_progress_handler(place.database.handle(), 0, nullptr, nullptr);
  expect((check.code & 0xff) == SQLITE_INTERRUPT, "a check that is interrupted says " + check.message);
  expect(place.database.text("SELECT spectradb_check()") == "ok",
         "the check behind one that was interrupted");
}

// If the connection waited for its own lock, this would take as long as the busy timeout.
void test_exclusive(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.database.close();
  Database alone(place.path, extension);
  alone.must("PRAGMA busy_timeout = 1000000; PRAGMA locking_mode = EXCLUSIVE");
  expect(alone.integer("SELECT count(*) FROM t") == place.rows, "rows of a connection that shuts out others");
  alone.must("INSERT INTO t(v) VALUES ('x'); SELECT spectradb_flush()");
}

void test_immutable(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.database.close();
  const auto names = [&] {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(place.directory.path())) ++count;
    return count;
  };
  const size_t before = names();
  Database database("file:" + place.path + "?immutable=1", extension);
  expect(database.integer("SELECT count(*) FROM t") == place.rows, "rows of a file that cannot change");
  expect(database.integer("SELECT count(*) FROM t AS OF 1") == 1, "its past");
  expect(database.text("SELECT spectradb_check()") == "ok", "its check");
  expect(names() == before, "reading a file that cannot change makes others");
}

// COPY sets large cells aside in a temporary file, and does without where none can be made.
void test_no_temporary_file(const std::string& extension) {
  const TemporaryDirectory directory;
  ::setenv("SPECTRADB_COPY_FOLDER", directory.path("").c_str(), 1);
  std::ofstream(directory.path("past.csv"))
      << "2," << std::string(5000, 'b') << ",2026-05-02\n1," << std::string(6000, 'a') << ",2026-05-01\n";
  for (const std::string& temporary : {directory.path(""), directory.path("nowhere")}) {
    ::setenv("SQLITE_TMPDIR", temporary.c_str(), 1);
    Database database(":memory:", extension);
    database.must("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
    database.must("COPY t (id, v, since) FROM 'past.csv' WITH (SYSTEM_FROM since)");
    const std::string told = database.text(
        "SELECT group_concat(committed_at || key || substr(row ->> '$.v', -1) || length(row ->> '$.v'), ' ') "
        "FROM spectradb_changes('t')");
    expect(told == "2026-05-011a6000 2026-05-022b5000", "with files in " + temporary + " there is " + told);
  }
  ::unsetenv("SQLITE_TMPDIR");
  ::unsetenv("SPECTRADB_COPY_FOLDER");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: odd_machines --extension=PATH --journal=DELETE|WAL");
  const std::string journal = argument(argc, argv, "journal", "DELETE");
  test_threads(extension);
  test_descriptors(extension);
  test_held_lock(extension, journal);
  test_lock_that_cannot_be_opened(extension, journal);
  test_interrupt(extension, journal);
  test_exclusive(extension, journal);
  test_immutable(extension, journal);
  test_no_temporary_file(extension);
  std::puts("held locks, many databases, few descriptors, interrupts, files that cannot change or be made");
}
