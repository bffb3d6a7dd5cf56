// Removes, cuts off or replaces a store's files while a process has the store open: another process finds
// what was acknowledged, reads give right rows or an error, and nothing ends the process.
//
//   vanishing --extension=PATH --journal=DELETE|WAL
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <vector>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRows = 5000;

struct Place {
  TemporaryDirectory directory;
  std::string extension;
  std::string path = directory.path("x.db");
  std::string store = path + "-spectra";
  Database database;

  Place(const std::string& module, const std::string& journal) : extension(module) {
    database = Database(path, extension);
    database.must("PRAGMA journal_mode = " + journal);
    database.must(
        "CREATE TABLE o (a); CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
        std::to_string(kRows) + ") INSERT INTO t SELECT i, hex(randomblob(40)) FROM n");
  }

  void refuses_commits(const std::string& part) {
    for (const char* sql : {"INSERT INTO t VALUES (-1, 'lost')", "UPDATE t SET v = 'lost' WHERE id = 1",
                            "BEGIN; INSERT INTO o VALUES (1); DELETE FROM t WHERE id < 9; COMMIT"}) {
      const Outcome outcome = database.run(sql);
      expect(!outcome.is_ok() && outcome.message.find(part) != std::string::npos,
             std::string(sql) + " says: " + outcome.message + ", and not: " + part);
      database.run("ROLLBACK");
    }
    expect(database.integer("SELECT count(*) FROM o") == 0, "half a transaction is there");
    expect(database.integer("SELECT count(*) FROM t") == kRows,
           "rows of a transaction that failed are shown");
    database.must("BEGIN; INSERT INTO o VALUES (1); ROLLBACK");
  }

  int64_t count_anew() { return Database(path, extension).integer("SELECT count(*) FROM t"); }

  // The files of the store whose names begin or end so, in order.
  std::vector<fs::path> files(const std::string& begin, const std::string& end = "") const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(store)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(begin) && name.ends_with(end)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  void goes_on() {
    database.must(
        "INSERT INTO t VALUES (-7, 'goes on'); DELETE FROM t WHERE id = -7; SELECT spectradb_flush()");
  }

  // All that was acknowledged is there for another process.
  void is_whole_anew() {
    database.close();
    Database again(path, extension);
    expect(again.integer("SELECT count(*) FROM t") == kRows, "rows that were acknowledged are missing");
    const std::string check = again.text("SELECT spectradb_check()");
    expect(check == "ok", "the check says: " + check);
  }
};

// Writes into the file that is there, as cp does.
void copy_over(const fs::path& from, const fs::path& to) {
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

// Puts another file with the same bytes in the place of one.
void put_copy(const fs::path& path) {
  fs::copy_file(path, path.string() + ".copy");
  fs::rename(path.string() + ".copy", path);
}

void flip_last_bit(const fs::path& file) { flip_bit(file, fs::file_size(file) - 1); }

void test_directory(const std::string& extension, const std::string& journal) {
  {
    Place place(extension, journal);
    fs::remove_all(place.store);
    place.refuses_commits("was removed while the database was open");
    expect(!place.database.run("SELECT spectradb_flush()").is_ok(), "a flush into a directory that is gone");
    place.database.must("INSERT INTO o VALUES (1)");  // the ordinary tables go on
  }
  {
    Place place(extension, journal);
    fs::rename(place.store, place.directory.path("moved"));
    place.refuses_commits("was removed while the database was open");
    fs::rename(place.directory.path("moved"), place.store);
    place.database.must("INSERT INTO t VALUES (-1, 'goes on'); SELECT spectradb_flush()");
    place.database.close();
    expect(place.count_anew() == kRows + 1, "what was moved away and back");
  }
  {
    Place place(extension, journal);
    fs::copy(place.store, place.directory.path("copy"));
    fs::rename(place.store, place.directory.path("moved"));
    fs::rename(place.directory.path("copy"), place.store);
    place.refuses_commits("was replaced while the database was open");
    expect(!place.database.run("SELECT spectradb_compact()").is_ok(), "work in a directory of another's");
    place.database.close();
    Database again(place.path, extension);
    again.must("INSERT INTO t VALUES (-1, 'goes on'); SELECT spectradb_flush()");
    again.close();
    expect(place.count_anew() == kRows + 1, "what was replaced by its copy");
  }
}

void test_log(const std::string& extension, const std::string& journal) {
  const auto with_log = [&](const std::string& message,
                            const std::function<void(const fs::path& log)>& change) {
    Place place(extension, journal);
    place.database.must(
        "SELECT spectradb_flush(); INSERT INTO t VALUES (0, 'in the log'); DELETE FROM t WHERE id = 0");
    std::vector<fs::path> logs;
    for (const auto& entry : fs::directory_iterator(place.store)) {
      if (entry.path().filename().string().starts_with("log-")) logs.push_back(entry.path());
    }
    for (const fs::path& log : logs) change(log);
    place.refuses_commits(message);
  };
  with_log("was removed while the database was open", [](const fs::path& log) { fs::remove(log); });
  const std::string other = "was replaced or cut off while the database was open";
  with_log(other, [](const fs::path& log) { fs::resize_file(log, 0); });
  with_log(other, [](const fs::path& log) { fs::resize_file(log, fs::file_size(log) - 1); });
  with_log(other, [](const fs::path& log) {
    fs::copy(log, log.string() + ".copy");
    fs::rename(log.string() + ".copy", log);
  });
}

// An older copy of the log is copied over it, or another store's. What it has before its end is not what was written.
void test_other_log(const std::string& extension, const std::string& journal) {
  const std::string other = "was replaced or cut off while the database was open";
  for (const char* way : {"older", "of another store", "with another end"}) {
    Place place(extension, journal);
    Place another(extension, journal);
    for (Place* one : {&place, &another})
      one->database.must("SELECT spectradb_flush(); INSERT INTO t VALUES (0, 'in the log')");
    const fs::path log = place.files("log-").back();
    const std::string copy = place.directory.path("log");
    fs::copy_file(log, copy);
    place.database.must("DELETE FROM t WHERE id = 0");
    const std::string right = place.directory.path("right");
    fs::copy_file(log, right);
    another.database.must("DELETE FROM t WHERE id = 0");
    if (way == std::string("older")) copy_over(copy, log);
    if (way == std::string("of another store")) copy_over(another.files("log-").back(), log);
    if (way == std::string("with another end")) flip_last_bit(log);
    place.refuses_commits(other);
    copy_over(right, log);
    place.goes_on();
    place.is_whole_anew();
  }
}

// Segments that are full wait for a flush, which another process holds up.
void test_full_segments(const std::string& extension, const std::string& journal) {
  const std::string other = "was replaced or cut off while the database was open";
  struct Way {
    const char* message;  // null: the commit goes on
    std::function<void(const fs::path& log)> change;
  };
  const Way ways[] = {
      {"was removed while the database was open", [](const fs::path& log) { fs::remove(log); }},
      {other.c_str(), [](const fs::path& log) { fs::resize_file(log, fs::file_size(log) / 2); }},
      {other.c_str(), [](const fs::path& log) { fs::resize_file(log, 0); }},
      {other.c_str(), flip_last_bit},
      {nullptr, put_copy}};
  for (const Way& way : ways) {
    Place place(extension, journal);
    place.database.must("SELECT spectradb_flush(); SELECT spectradb_config('memtable_max_bytes', 65536)");
    const int work = ::open((place.store + "/LOCK.work").c_str(), O_RDWR | O_CLOEXEC);
    expect(work >= 0 && ::flock(work, LOCK_EX) == 0, "LOCK.work");
    const size_t logs = place.files("log-").size();
    for (int i = 0; i < 100 && place.files("log-").size() < logs + 2; ++i)
      place.database.must("UPDATE t SET v = hex(randomblob(900)) WHERE id < 20");
    expect(place.files("log-").size() >= logs + 2, "no segment of the log is full");
    const fs::path full = place.files("log-")[logs];
    const std::string right = place.directory.path("right");
    fs::copy_file(full, right);
    way.change(full);
    if (way.message != nullptr) place.refuses_commits(way.message);
    if (way.message != nullptr) fs::copy_file(right, full, fs::copy_options::overwrite_existing);
    ::close(work);
    place.goes_on();
    place.is_whole_anew();
  }
}

void test_manifest(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  const fs::path manifest = place.store + "/MANIFEST";
  const std::string older = place.directory.path("older");
  const std::string right = place.directory.path("right");
  place.database.must("SELECT spectradb_flush()");
  fs::copy_file(manifest, older);
  place.database.must("UPDATE t SET v = 'new' WHERE id = 1; SELECT spectradb_flush()");
  fs::copy_file(manifest, right);
  copy_over(older, manifest);
  place.refuses_commits("was replaced by an older one while the database was open");
  const Outcome work = place.database.run("SELECT spectradb_compact()");
  expect(work.message.find("was replaced by an older one") != std::string::npos,
         "work beside an older manifest says: " + work.message);
  fs::remove(manifest);
  place.refuses_commits("was removed while the database was open");
  fs::rename(older, manifest);
  place.refuses_commits("was replaced by an older one while the database was open");
  copy_over(right, manifest);
  place.goes_on();
  put_copy(manifest);
  place.goes_on();
  {
    Place another(extension, journal);
    another.database.must("SELECT spectradb_flush()");
    fs::copy_file(manifest, right, fs::copy_options::overwrite_existing);
    copy_over(another.store + "/MANIFEST", manifest);
    place.refuses_commits("was replaced by another store's while the database was open");
    copy_over(right, manifest);
  }
  place.goes_on();
  place.is_whole_anew();
}

// Tables that no statement reads any more are missed, too, when the database is opened anew.
void test_missing_tables(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.database.must("SELECT spectradb_flush()");
  for (const fs::path& table : place.files("", ".sst")) {
    const std::string away = place.directory.path("away");
    fs::rename(table, away);
    place.refuses_commits(table.filename().string() + " was removed while the database was open");
    fs::copy_file(away, table);
    fs::resize_file(table, fs::file_size(table) - 1);
    place.refuses_commits(table.filename().string() + " was replaced or cut off while the database was open");
    fs::rename(away, table);
    place.goes_on();
  }
  place.is_whole_anew();
}

// Who removes LOCK because it seems to be left over lets another process take the store for its own.
void test_lock(const std::string& extension, const std::string& journal) {
  for (const bool is_replaced : {false, true}) {
    Place place(extension, journal);
    fs::remove(place.store + "/LOCK");
    if (is_replaced) std::ofstream(place.store + "/LOCK").flush();
    place.refuses_commits("LOCK was removed or replaced while the database was open");
    expect(!place.database.run("SELECT spectradb_compact()").is_ok(), "work without LOCK");
    place.is_whole_anew();
  }
}

// Cuts every SSTable off at several lengths, while a cursor is reading.
void test_tables(const std::string& extension, const std::string& journal) {
  for (const uintmax_t left : {0, 1, 4096, 100'000}) {
    Place place(extension, journal);
    place.database.must("SELECT spectradb_flush(); SELECT spectradb_config('block_cache_bytes', 65536)");
    sqlite3_stmt* cursor = nullptr;
    expect(sqlite3_prepare_v2(place.database.handle(), "SELECT v FROM t ORDER BY id", -1, &cursor, nullptr) ==
                   SQLITE_OK &&
               sqlite3_step(cursor) == SQLITE_ROW,
           "a cursor");
    uintmax_t shortest = UINTMAX_MAX;
    for (const auto& entry : fs::directory_iterator(place.store)) {
      if (entry.path().extension() != ".sst") continue;
      shortest = std::min(shortest, fs::file_size(entry.path()));
      if (fs::file_size(entry.path()) > left) fs::resize_file(entry.path(), left);
    }
    expect(shortest > left, "the tables are shorter than what is to be left of them");
    int code = SQLITE_ROW;
    while (code == SQLITE_ROW) code = sqlite3_step(cursor);
    expect((code & 0xff) == SQLITE_IOERR,
           "a cursor over a table that was cut off gives " + std::to_string(code));
    sqlite3_finalize(cursor);
    const Outcome sum = place.database.run("SELECT sum(length(v)) FROM t");
    expect((sum.code & 0xff) == SQLITE_IOERR && sum.message.find(".sst") != std::string::npos,
           "a scan of a table that was cut off says: " + sum.message);
    expect(place.database.text("SELECT spectradb_check()").find(".sst") != std::string::npos,
           "the check of a table that was cut off");
    expect(!place.database.run("SELECT spectradb_compact()").is_ok(),
           "a table that was cut off is compacted");
  }
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: vanishing --extension=PATH --journal=DELETE|WAL");
  const std::string journal = argument(argc, argv, "journal", "DELETE");
  test_directory(extension, journal);
  test_log(extension, journal);
  test_other_log(extension, journal);
  test_full_segments(extension, journal);
  test_manifest(extension, journal);
  test_missing_tables(extension, journal);
  test_lock(extension, journal);
  test_tables(extension, journal);
  std::printf("%s: directories, logs, manifests, locks and tables that vanish, move or shrink are noticed\n",
              journal.c_str());
  return 0;
}
