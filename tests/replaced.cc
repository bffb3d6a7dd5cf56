// Uses databases that are no longer where, or what, they were when they were opened: copied in memory,
// moved away, attached in the place of another, or replaced under an open connection. Every row that is
// shown is the database's own, or else there is an error before anything is acknowledged.
//
//   replaced --extension=PATH --journal=DELETE|WAL
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "tests/exchanged.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

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
  // Both databases get stores of their own, though they begin with the same bytes.
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
  // A copy in memory has the store's id, but none of its facts, and it never writes into the store of the
  // other.
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
  // The same holds for a copy of a database that was read from a file.
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
  // In memdb a name that begins with a slash is shared in the process.
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

// The database gets its first temporal table when this process can no longer find its file.
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
    // With a rollback journal SQLite itself notices and says so.
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

// Another database is attached in the place of one that was detached.
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
  // A copy with its store has the same id, but is another database.
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

constexpr const char* kWrites[] = {
    "INSERT INTO t VALUES (77, 'lost')", "UPDATE t SET v = 'lost'", "DELETE FROM t WHERE id = 1",
    "BEGIN; INSERT INTO o VALUES (77, 'lost'); INSERT INTO t VALUES (77, 'lost'); COMMIT",
    "SELECT spectradb_flush(); CREATE INDEX by_v ON t (v)"};

// Reads must give the database's own rows or an error; writes must fail with messages that contain `part`.
void expect_refused(Database& database, const std::string& part) {
  const std::string ordinary = database.text(kOrdinaryRows);
  const auto read = [&](const char* sql) {
    const Outcome rows = database.run(sql);
    expect(rows.is_ok() ? describe(rows.rows) == ordinary + "\n" : !rows.message.empty(),
           std::string(sql) + " shows " + describe(rows.rows) + " beside " + ordinary);
  };
  read(kRows);
  read("SELECT group_concat(v) FROM (SELECT json_extract(row, '$.v') AS v FROM spectradb_history('t'))");
  for (const char* sql : kWrites) {
    const Outcome outcome = database.run(sql);
    expect(!outcome.is_ok() && outcome.message.find(part) != std::string::npos,
           std::string(sql) + " says: " + outcome.message);
    database.run("ROLLBACK");
  }
  expect(database.text(kOrdinaryRows) == ordinary, "half a transaction is there");
}

void test_replaced_by_another() {
  for (const int commits : {1, 3, 5}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path("x.db");
    make_twins(path, "own", 3);
    make_twins(directory.path("other.db"), "other", commits);
    restore(path, directory.path("saved.db"));
    Database database(path, extension);
    Database second(path, extension);
    for (Database* open : {&database, &second}) expect_rows(*open, "own,own,own");
    restore(directory.path("other.db"), path);
    for (Database* open : {&database, &second}) expect_refused(*open, "belongs to another database");
    expect(!database.run("SELECT spectradb_backup('" + directory.path("backup.db") + "')").is_ok(),
           "a backup of one database with the store of another");
    // Once the database is put back all its rows are there.
    restore(directory.path("saved.db"), path);
    for (Database* open : {&database, &second}) {
      expect_rows(*open, "own,own,own");
      open->must("INSERT INTO t VALUES (4, 'x'); DELETE FROM t WHERE id = 4");
    }
    // When the other database comes with its store, it is the open database.
    database.must("SELECT spectradb_flush()");
    fs::rename(path + "-spectra", directory.path("moved"));
    fs::copy(directory.path("other.db-spectra"), path + "-spectra", fs::copy_options::recursive);
    restore(directory.path("other.db"), path);
    const std::string rows = commits == 1   ? "other"
                             : commits == 3 ? "other,other,other"
                                            : "other,other,other,other,other";
    for (Database* open : {&database, &second}) expect_rows(*open, rows);
    database.must("INSERT INTO t VALUES (9, 'kept')");
    expect_rows(second, rows + ",kept");
    database.close();
    second.close();
    Database again(path, extension);
    expect_rows(again, rows + ",kept");
    expect(again.text("SELECT spectradb_check()") == "ok", "the check of the other database");
  }
}

void test_replaced_by_older() {
  for (const bool is_flushed : {false, true}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path("x.db");
    make_twins(path, "own", 3);
    restore(path, directory.path("older.db"));
    Database database(path, extension);
    Database second(path, extension);
    database.must("INSERT INTO t VALUES (4, 'new'); INSERT INTO o VALUES (4, 'new')");
    database.must("INSERT INTO t VALUES (5, 'new'); INSERT INTO o VALUES (5, 'new')");
    if (is_flushed) database.must("SELECT spectradb_flush()");
    expect_rows(second, "own,own,own,new,new");
    restore(path, directory.path("newer.db"));
    restore(directory.path("older.db"), path);
    for (Database* open : {&database, &second}) expect_refused(*open, "it ends at commit 3, and its store");
    expect(database.run("INSERT INTO t VALUES (9, 'x')").message.find("has commit 5") != std::string::npos,
           "the store's last commit is not named");
    restore(directory.path("newer.db"), path);
    for (Database* open : {&database, &second}) expect_rows(*open, "own,own,own,new,new");
    database.must("INSERT INTO t VALUES (6, 'on')");
    expect_rows(second, "own,own,own,new,new,on");
  }
}

// A copy that went on by itself has the same store's id, and other commits with the same numbers.
void test_replaced_by_branch() {
  for (const int commits : {1, 2, 3}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path("x.db");
    const std::string copy = directory.path("copy.db");
    make_twins(path, "own", 3);
    Database database(path, extension);
    database.must("SELECT spectradb_backup('" + copy + "')");
    database.must("INSERT INTO t VALUES (4, 'new'); INSERT INTO t VALUES (5, 'new')");
    {
      Database branch(copy, extension);
      for (int i = 0; i < commits; ++i) {
        const std::string values = " VALUES (" + std::to_string(10 + i) + ", 'branch')";
        branch.must("INSERT INTO t" + values + "; INSERT INTO o" + values);
      }
    }
    restore(path, directory.path("saved.db"));
    restore(copy, path);
    expect_refused(database, "was replaced");
    restore(directory.path("saved.db"), path);
    expect_rows(database, "own,own,own,new,new");
    database.must("INSERT INTO t VALUES (6, 'on')");
  }
}

// Another database is restored into one in memory, where its store cannot be found.
void test_replaced_in_memory() {
  const TemporaryDirectory directory;
  make_twins(directory.path("other.db"), "other", 3);
  Database memory(":memory:", extension);
  memory.must(std::string(kTable) + "; CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT)");
  for (const char* id : {"1", "2", "3"}) memory.must(std::string("INSERT INTO t VALUES (") + id + ", 'own')");
  Database source(directory.path("other.db"), "");
  sqlite3_backup* backup = sqlite3_backup_init(memory.handle(), "main", source.handle(), "main");
  expect(backup != nullptr && sqlite3_backup_step(backup, -1) == SQLITE_DONE &&
             sqlite3_backup_finish(backup) == SQLITE_OK,
         "a copy into memory");
  expect_refused(memory, "are not here");
}

// A database without temporal tables replaces the file, while the store is still there.
void test_replaced_by_ordinary() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  make_twins(path, "own", 3);
  Database(directory.path("plain.db"), "").must("CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT)");
  Database database(path, extension);
  expect_rows(database, "own,own,own");
  restore(path, directory.path("saved.db"));
  restore(directory.path("plain.db"), path);
  expect(!database.run(kRows).is_ok(), "a table that is no longer there");
  expect_error(database.run(kTable), SQLITE_ERROR, "move it away");
  restore(directory.path("saved.db"), path);
  expect_rows(database, "own,own,own");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  read_arguments(argc, argv, "replaced");
  test_deserialized();
  test_memdb();
  test_moved_away();
  test_attached_anew();
  test_replaced_by_another();
  test_replaced_by_older();
  test_replaced_by_branch();
  test_replaced_in_memory();
  test_replaced_by_ordinary();
  std::printf("in memory, copied there, moved away, attached anew, replaced: as expected\n");
  return 0;
}
