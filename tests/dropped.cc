// Proves that the space of dropped tables and indexes comes back, and that nothing else is lost: in both
// journal modes, beside rolled back DROPs and older snapshots, and with older databases that are put back, beside a
// newer store or with the one inside of them.
//
//   dropped --extension=PATH --journal=DELETE|WAL
#include <cstdio>
#include <filesystem>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

std::string extension;
std::string journal;

int64_t bytes_of(Database& database) {
  return database.integer(
      "SELECT sum(value) FROM spectradb_stats WHERE name IN ('file_bytes', 'history_file_bytes')");
}

int64_t figure(Database& database, const std::string& name) {
  return database.integer("SELECT value FROM spectradb_stats WHERE name = '" + name + "'");
}

void open(Database& database, const std::string& path) {
  database = Database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
}

constexpr const char* kFill =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO ";

bool is_in_rows(Database& database) { return database.text("SELECT spectradb_config('storage')") == "rows"; }

// Makes tables `kept` and `gone` with 3000 rows each, every row written twice, and an index on each table.
void fill(Database& database) {
  for (const std::string table : {"kept", "gone"}) {
    database.must("CREATE TABLE " + table + " (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;" +
                  "CREATE INDEX " + table + "_by_v ON " + table + " (v)");
    database.must(kFill + table + " SELECT i, hex(randomblob(20)) FROM n");
    database.must("UPDATE " + table + " SET v = hex(randomblob(20))");
  }
}

constexpr const char* kSum = "SELECT count(*) || ' ' || sum(length(v)) FROM ";
constexpr const char* kAllRows = "3000 120000";

void expect_kept(Database& database, const std::string& table) {
  expect(database.text(kSum + table) == kAllRows, table + " lost rows");
  expect(database.text(kSum + table + " FOR ALL SYSTEM_TIME") == "6000 240000", table + " lost history");
  expect(database.text("SELECT count(*) FROM " + table + " WHERE v > ''") == "3000",
         table + "'s index lost rows");
  expect(database.text("SELECT spectradb_check()") == "ok", "the check finds something");
}

void test_space_comes_back(const std::string& path) {
  Database database;
  open(database, path);
  fill(database);
  database.must("SELECT spectradb_compact()");
  const int64_t full = bytes_of(database);
  const int64_t versions = figure(database, "versions");
  database.must("DROP TABLE gone");
  database.must("SELECT spectradb_compact()");
  const int64_t left = bytes_of(database);
  std::printf("dropped (%s): %lld bytes with two tables, %lld with one\n", journal.c_str(),
              static_cast<long long>(full), static_cast<long long>(left));
  expect(left < full * 6 / 10, "a dropped table keeps its space");
  expect(figure(database, "versions") == versions / 2, "a dropped table keeps its versions");
  expect(figure(database, "retired_bytes") == 0, "there are retired bytes left");
  expect_kept(database, "kept");
  database.must("DROP INDEX kept_by_v");
  database.must("SELECT spectradb_compact()");
  expect(bytes_of(database) < left, "a dropped index keeps its space");
  expect(figure(database, "versions") == 6000, "a dropped index keeps its entries");
  database.must("CREATE INDEX kept_by_v ON kept (v)");
  expect_kept(database, "kept");
  database.close();
  open(database, path);
  expect_kept(database, "kept");
  database.must(
      "CREATE TABLE gone (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING; INSERT INTO gone VALUES "
      "(1, 'x')");
  database.must("SELECT spectradb_compact()");
  expect(database.text("SELECT v FROM gone") == "x", "a new table of an old name is empty");
}

void test_rolled_back(const std::string& path) {
  Database database;
  open(database, path);
  fill(database);
  database.must("BEGIN; DROP TABLE gone");
  database.must("SELECT spectradb_compact()");
  database.must("ROLLBACK");
  database.must("SELECT spectradb_compact()");
  expect_kept(database, "gone");
  database.must(
      "BEGIN; CREATE TABLE fresh (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING; INSERT INTO fresh "
      "VALUES (1, 'x')");
  database.must("SELECT spectradb_compact()");
  Database other(path, extension);
  (void)other.run("SELECT spectradb_compact()");  // may fail because it is locked out
  database.must("COMMIT");
  database.must("SELECT spectradb_compact()");
  expect(database.text("SELECT v FROM fresh") == "x", "a table that was being made lost rows");
  expect_kept(database, "gone");
}

// Only a write-ahead log lets a reader stay behind a DROP.
void test_older_snapshot(const std::string& path) {
  Database database;
  open(database, path);
  fill(database);
  Database reader(path, extension);
  reader.must("BEGIN");
  expect(reader.text(kSum + std::string("gone")) == kAllRows, "the reader reads something else");
  if (journal != "WAL") {
    const Outcome locked = database.run("DROP TABLE gone");
    expect(locked.code == SQLITE_BUSY, "a table is dropped under a reader");
    return;
  }
  database.must("DROP TABLE gone");
  const int64_t versions = figure(database, "versions");
  database.must("SELECT spectradb_compact()");
  // SQLite keeps rows for its older readers, and files are kept by us.
  const int64_t left = is_in_rows(database) ? versions / 2 : versions;
  expect(figure(database, "versions") == left, "a table that is still read is taken away, or stays in rows");
  expect_kept(reader, "gone");
  reader.must("COMMIT");
  database.must("SELECT spectradb_compact()");
  expect(figure(database, "versions") == versions / 2,
         "a table that nobody reads any more keeps its versions");
  expect_kept(database, "kept");
}

void test_older_database(const std::string& path) {
  {
    Database database;
    open(database, path);
    fill(database);
  }
  const std::string old = path + ".old";
  std::filesystem::copy_file(path, old);
  {
    Database database;
    open(database, path);
    database.must("DROP TABLE gone");
    database.must("SELECT spectradb_compact()");
    expect_kept(database, "kept");
  }
  std::filesystem::remove(path + "-wal");
  std::filesystem::rename(old, path);
  Database database(path, extension);
  if (is_in_rows(database)) {
    expect_kept(database, "gone");
    expect_kept(database, "kept");
    return;
  }
  const Outcome outcome = database.run("SELECT count(*) FROM gone");
  expect(!outcome.is_ok() && outcome.message.find("is older than its store") != std::string::npos,
         "a database that is older than its store: " + outcome.message);
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  journal = argument(argc, argv, "journal", "WAL");
  if (extension.empty()) fail("usage: dropped --extension=PATH --journal=DELETE|WAL");
  TemporaryDirectory directory;
  test_space_comes_back(directory.path("space.db"));
  test_rolled_back(directory.path("rolled_back.db"));
  test_older_snapshot(directory.path("snapshot.db"));
  test_older_database(directory.path("older.db"));
  return 0;
}
