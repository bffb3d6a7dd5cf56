// Databases that are not where, or what, they were when they were opened: in memory and copied there, moved away,
// attached in another's place, replaced under an open connection. What is shown is the database's own, or there is an
// error before anything is acknowledged.
//
//   replaced --extension=PATH --journal=DELETE|WAL
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

std::string extension;
std::string journal;

constexpr const char* kRows = "SELECT group_concat(v) FROM t";
constexpr const char* kTable = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING";

void expect(bool holds, const std::string& what) {
  if (!holds) fail(what);
}

void expect_error(const Outcome& outcome, int code, const std::string& part) {
  expect((outcome.code & 0xff) == code && outcome.message.find(part) != std::string::npos,
         "not error " + std::to_string(code) + " with \"" + part + "\" but " + std::to_string(outcome.code) +
             ": " + outcome.message + describe(outcome.rows));
}

void expect_rows(Database& database, const std::string& rows) {
  const Outcome outcome = database.run(kRows);
  expect(outcome.is_ok() && describe(outcome.rows) == rows + "\n",
         "not " + rows + " but " + outcome.message + describe(outcome.rows));
}

std::string serialized(Database& database) {
  sqlite3_int64 size_bytes = 0;
  unsigned char* bytes = sqlite3_serialize(database.handle(), "main", &size_bytes, 0);
  expect(bytes != nullptr, "sqlite3_serialize");
  std::string content(reinterpret_cast<char*>(bytes), static_cast<size_t>(size_bytes));
  sqlite3_free(bytes);
  return content;
}

void deserialize(Database& database, const std::string& content) {
  auto* bytes = static_cast<unsigned char*>(sqlite3_malloc64(content.size()));
  std::memcpy(bytes, content.data(), content.size());
  const auto size_bytes = static_cast<sqlite3_int64>(content.size());
  expect(sqlite3_deserialize(database.handle(), "main", bytes, size_bytes, size_bytes,
                             SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE) == SQLITE_OK,
         "sqlite3_deserialize");
}

void make(Database& database, const std::string& value) {
  database.must(kTable);
  for (int id = 1; id <= 3; ++id)
    database.must("INSERT INTO t VALUES (" + std::to_string(id) + ", '" + value + "')");
}

void make_in_file(const std::string& path, const std::string& value) {
  Database database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
  make(database, value);
}

void test_deserialized() {
  const TemporaryDirectory directory;
  expect(chdir(directory.path().c_str()) == 0, "chdir");
  Database plain(":memory:", extension);
  plain.must("CREATE TABLE o (a)");
  const std::string ordinary = serialized(plain);
  // Each with its own store, though what they begin with is the same.
  Database first(":memory:", extension);
  Database second(":memory:", extension);
  deserialize(first, ordinary);
  deserialize(second, ordinary);
  make(first, "a");
  make(second, "b");
  expect_rows(first, "a,a,a");
  expect_rows(second, "b,b,b");
  first.must("SELECT spectradb_flush(); SELECT spectradb_compact(); VACUUM");
  expect_rows(first, "a,a,a");
  // A copy has the store's id, but none of its facts, and never writes where the other reads.
  const std::string content = serialized(first);
  for (Database* database : {&plain, &second}) {
    deserialize(*database, content);
    expect_error(database->run(kRows), SQLITE_CANTOPEN,
                 "facts of this database's temporal tables are not here");
    expect_error(database->run("INSERT INTO t VALUES (9, 'lost')"), SQLITE_CANTOPEN, "spectradb_backup()");
    expect(database->text("SELECT spectradb_check()").find("are not here") != std::string::npos,
           "the check of a copy in memory");
    database->must("CREATE TABLE o2 (a); INSERT INTO o2 VALUES (1)");
  }
  first.must("INSERT INTO t VALUES (4, 'a')");
  expect_rows(first, "a,a,a,a");
  // The same with a database from a file.
  make_in_file(directory.path("x.db"), "file");
  Database file(directory.path("x.db"), extension);
  file.must("PRAGMA journal_mode = DELETE");
  Database copy(":memory:", extension);
  deserialize(copy, serialized(file));
  expect_error(copy.run(kRows), SQLITE_CANTOPEN, "are not here");
  copy.close();
  file.close();
  std::string names;
  for (const auto& entry : fs::directory_iterator(directory.path()))
    names += entry.path().filename().string() + " ";
  expect(names == "x.db x.db-spectra " || names == "x.db-spectra x.db ", "on disk: " + names);
}

void test_memdb() {
  const TemporaryDirectory directory;
  expect(chdir(directory.path().c_str()) == 0, "chdir");
  // A name that begins with a slash is shared in the process.
  Database one("file:/shared?vfs=memdb", extension);
  Database same("file:/shared?vfs=memdb", extension);
  Database other("file:/other?vfs=memdb", extension);
  Database nobodys("file:x?vfs=memdb", extension);
  Database nobodys_either("file:x?vfs=memdb", extension);
  make(one, "one");
  make(other, "other");
  make(nobodys, "x");
  make(nobodys_either, "y");
  expect_rows(same, "one,one,one");
  same.must("INSERT INTO t VALUES (4, 'same')");
  expect_rows(one, "one,one,one,same");
  expect_rows(other, "other,other,other");
  expect_rows(nobodys, "x,x,x");
  expect_rows(nobodys_either, "y,y,y");
  one.close();
  expect_rows(same, "one,one,one,same");
  same.close();
  Database anew("file:/shared?vfs=memdb", extension);
  make(anew, "anew");
  expect_rows(anew, "anew,anew,anew");
  expect(fs::is_empty(directory.path()), "a database in memory leaves something on disk");
}

// The first temporal table of a database that this process can no longer find.
void test_moved_away() {
  for (const char* way : {"moved", "deleted", "replaced"}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path("x.db");
    Database database(path, extension);
    database.must("PRAGMA journal_mode = " + journal + "; CREATE TABLE o (a)");
    for (const char* end : {"", "-wal", "-shm"}) {
      if (!fs::exists(path + end)) continue;
      fs::rename(path + end, directory.path("y.db") + end);
      if (std::strcmp(way, "deleted") == 0) fs::remove(directory.path("y.db") + end);
    }
    if (std::strcmp(way, "replaced") == 0) {
      Database other(path, extension);
      make(other, "other");
    }
    // With a rollback journal SQLite itself says so.
    const Outcome outcome = database.run(std::string(kTable) + "; INSERT INTO t VALUES (1, 'lost')");
    if (outcome.code != SQLITE_READONLY_DBMOVED)
      expect_error(outcome, SQLITE_CANTOPEN, "x.db' is no longer there");
    database.close();
    for (const auto& entry : fs::directory_iterator(directory.path())) {
      const std::string name = entry.path().filename().string();
      expect(name.rfind("y.db", 0) == 0 || std::strcmp(way, "replaced") == 0, "left behind: " + name);
    }
    if (std::strcmp(way, "moved") == 0) {
      Database moved(directory.path("y.db"), extension);
      make(moved, "moved");
      expect_rows(moved, "moved,moved,moved");
    }
  }
}

// Another database in the place of one that was detached.
void test_attached_anew() {
  const TemporaryDirectory directory;
  const auto attach = [&](Database& database, const std::string& name) {
    database.run("DETACH other");
    database.must("ATTACH '" + directory.path(name) + "' AS other");
  };
  Database database(":memory:", extension);
  attach(database, "empty.db");
  database.must("CREATE VIRTUAL TABLE other.t USING spectradb(id INTEGER PRIMARY KEY, v TEXT)");
  attach(database, "second.db");
  database.must("CREATE VIRTUAL TABLE other.t USING spectradb(id INTEGER PRIMARY KEY, v TEXT)");
  database.must("INSERT INTO other.t VALUES (1, 'second')");
  attach(database, "empty.db");
  expect(database.text("SELECT count(*) FROM other.t") == "0", "two databases have one store");
  // A copy with its store has the same id, and is another database all the same.
  database.must("DETACH other");
  for (const char* end : {"", "-spectra"}) {
    fs::copy(directory.path("second.db") + end, directory.path("copy.db") + end, fs::copy_options::recursive);
  }
  attach(database, "second.db");
  database.must("SELECT * FROM other.t");
  attach(database, "copy.db");
  database.must("INSERT INTO other.t VALUES (2, 'copy')");
  attach(database, "second.db");
  expect(database.text("SELECT group_concat(v) FROM other.t") == "second", "a copy writes into the original");
  attach(database, "copy.db");
  expect(database.text("SELECT group_concat(v) FROM other.t") == "second,copy", "a copy's own rows");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  journal = argument(argc, argv, "journal", "DELETE");
  if (extension.empty()) fail("usage: replaced --extension=PATH --journal=DELETE|WAL");
  test_deserialized();
  test_memdb();
  test_moved_away();
  test_attached_anew();
  std::printf("in memory, copied there, moved away, attached anew: as expected\n");
  return 0;
}
