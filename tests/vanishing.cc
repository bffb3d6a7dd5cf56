// Removes, cuts off or replaces a store's files while a process has the store open: another process finds
// what was acknowledged, reads give right rows or an error, and nothing ends the process.
//
//   vanishing --extension=PATH --journal=DELETE|WAL
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
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
             std::string(sql) + " says: " + outcome.message);
      database.run("ROLLBACK");
    }
    expect(database.integer("SELECT count(*) FROM o") == 0, "half a transaction is there");
    expect(database.integer("SELECT count(*) FROM t") == kRows,
           "rows of a transaction that failed are shown");
    database.must("BEGIN; INSERT INTO o VALUES (1); ROLLBACK");
  }

  int64_t count_anew() { return Database(path, extension).integer("SELECT count(*) FROM t"); }
};

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
  test_tables(extension, journal);
  std::printf("%s: directories, logs and tables that vanish, move or shrink are noticed\n", journal.c_str());
  return 0;
}
