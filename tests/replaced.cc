// Uses databases that are no longer where, or what, they were when they were opened: copied in memory,
// moved away, attached in the place of another, or replaced under an open connection. Every row that is
// shown is the database's own, or else there is an error before anything is acknowledged.
//
//   replaced --extension=PATH --journal=DELETE|WAL
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

std::string extension;
std::string journal;

constexpr const char* kRows = "SELECT group_concat(v) FROM t";
constexpr const char* kTable = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING";

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

// Does what the shell's `.restore` does: writes another database's pages in the place of the file's, from a
// connection without the extension.
void restore(const std::string& from, const std::string& to) {
  Database source(from, "");
  Database target(to, "");
  sqlite3_busy_timeout(target.handle(), 1000);
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  expect(backup != nullptr && sqlite3_backup_step(backup, -1) == SQLITE_DONE &&
             sqlite3_backup_finish(backup) == SQLITE_OK,
         std::string("restore: ") + sqlite3_errmsg(target.handle()));
}

constexpr const char* kWrites[] = {
    "INSERT INTO t VALUES (77, 'lost')", "UPDATE t SET v = 'lost'", "DELETE FROM t WHERE id = 1",
    "BEGIN; INSERT INTO o VALUES (77, 'lost'); INSERT INTO t VALUES (77, 'lost'); COMMIT",
    "SELECT spectradb_flush(); CREATE INDEX by_v ON t (v)"};

// Makes a database with equal rows in an ordinary and a temporal table, one commit a row.
void make_twins(const std::string& path, const std::string& value, int commits) {
  Database database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
  database.must(std::string(kTable) + "; CREATE TABLE o (id INTEGER PRIMARY KEY, v TEXT)");
  for (int id = 1; id <= commits; ++id) {
    const std::string values = " VALUES (" + std::to_string(id) + ", '" + value + "')";
    database.must("BEGIN; INSERT INTO t" + values + "; INSERT INTO o" + values + "; COMMIT");
  }
}

constexpr const char* kOrdinaryRows = "SELECT group_concat(v) FROM o";

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

void put(const std::string& from, const std::string& to) {
  for (const char* end : {"-wal", "-shm", "-journal"}) fs::remove(to + end);
  fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

// Returns the names and sizes of a store's files, without its locks.
std::string files_of(const std::string& store) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(store)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind("LOCK", 0) != 0) files.push_back(name + " " + std::to_string(fs::file_size(entry.path())));
  }
  std::sort(files.begin(), files.end());
  std::string all;
  for (const std::string& file : files) all += file + "\n";
  return all;
}

// Returns the plan's token, which follows the way of the repair in quotes.
std::string token_of(const std::string& plan, const std::string& way) {
  const std::string call = "spectradb_repair('" + way + "', '";
  const size_t at = plan.find(call);
  expect(at != std::string::npos, "no token in: " + plan);
  return plan.substr(at + call.size(), 16);
}

void repair(Database& database, const std::string& way) {
  const std::string plan = database.text("SELECT spectradb_repair('" + way + "')");
  const Outcome wrong = database.run("SELECT spectradb_repair('" + way + "', 'wrong')");
  expect_error(wrong, SQLITE_ERROR, "ask for the plan");
  const std::string done =
      database.text("SELECT spectradb_repair('" + way + "', '" + token_of(plan, way) + "')");
  expect(done.rfind("done: ", 0) == 0, "spectradb_repair says " + done);
}

std::string rows_of(const std::string& path, const std::string& sql) {
  return Database(path, extension).text(sql);
}

// An older copy of the database file lies beside the store of the newer one.
void test_older_beside_newer() {
  for (const int newer : {1, 2, 20}) {
    for (const bool is_killed : {false, true}) {
      if (is_killed && newer == 1) continue;  // one frame alone may be of an unfinished commit
      const TemporaryDirectory directory;
      const std::string path = directory.path("x.db");
      const std::string store = path + "-spectra";
      make_twins(path, "own", 3);
      restore(path, directory.path("older.db"));
      std::string rows = "own,own,own";
      {
        Database database(path, extension);
        for (int id = 4; id < 4 + newer; ++id) {
          database.must("INSERT INTO t VALUES (" + std::to_string(id) + ", 'new'); INSERT INTO o VALUES (" +
                        std::to_string(id) + ", 'new')");
          rows += ",new";
        }
        restore(path, directory.path("newer.db"));
        if (is_killed) fs::copy(store, directory.path("killed"), fs::copy_options::recursive);
      }
      if (is_killed) {
        fs::remove_all(store);
        fs::rename(directory.path("killed"), store);
      }
      const std::string before = files_of(store);
      put(directory.path("older.db"), path);
      const std::string has =
          "it holds commit " + std::to_string(3 + newer) + ", the database ends at commit 3";
      {
        Database older(path, extension);
        for (const char* sql :
             {kRows, "INSERT INTO t VALUES (9, 'x')", "SELECT * FROM spectradb_history('t')"})
          expect_error(older.run(sql), SQLITE_ERROR, has);
        expect(older.text(kOrdinaryRows) == "own,own,own", "ordinary tables beside it");
        expect(older.text("SELECT spectradb_check()") != "ok", "the check of an older database");
        token_of(older.text("SELECT spectradb_repair('rewind')"), "rewind");
      }
      expect(files_of(store) == before, "a refused store was changed: " + files_of(store));
      put(directory.path("newer.db"), path);
      expect(rows_of(path, kRows) == rows, "the newer database, put back");
      // The older database rewinds the store, then the newer one recovers it.
      put(directory.path("older.db"), path);
      {
        Database older(path, extension);
        repair(older, "rewind");
        expect_rows(older, "own,own,own");
        expect(older.text("SELECT spectradb_check()") == "ok", "the check after a rewind");
        expect(older.text("SELECT spectradb_repair('rewind')").rfind("nothing is to be", 0) == 0, "twice");
      }
      expect(rows_of(path, kRows) == "own,own,own", "what was rewound is opened again");
      put(directory.path("newer.db"), path);
      {
        Database again(path, extension);
        const Outcome outcome = again.run(kRows);
        // The newer database itself has copies of small commits, so that a repair may not be needed.
        if (!outcome.is_ok()) repair(again, "recover");
        expect_rows(again, rows);
        again.must("INSERT INTO t VALUES (100, 'on')");
      }
      expect(rows_of(path, kRows) == rows + ",on", "what was recovered goes on");
    }
  }
}

// The newer commits are in SSTables already; a rewind writes these anew, and keeps the old ones aside.
void test_older_beside_flushed() {
  for (const bool goes_on : {false, true}) {
    const TemporaryDirectory directory;
    const std::string path = directory.path("x.db");
    make_twins(path, "own", 3);
    restore(path, directory.path("older.db"));
    {
      Database newer(path, extension);
      newer.must(
          "CREATE INDEX t_id ON t (id DESC); INSERT INTO t VALUES (4, 'new'); SELECT spectradb_flush()");
      newer.must("UPDATE t SET v = 'newer' WHERE id = 1; SELECT spectradb_compact()");
      newer.must("INSERT INTO t VALUES (5, 'in the log')");
    }
    const std::string rows = "newer,own,own,new,in the log";
    expect(rows_of(path, kRows) == rows, "the newer database");
    put(path, directory.path("newer.db"));
    put(directory.path("older.db"), path);
    {
      Database older(path, extension);
      expect_error(older.run(kRows), SQLITE_ERROR, "the database ends at commit 3");
      const std::string plan = older.text("SELECT spectradb_repair('rewind')");
      expect(plan.find("written anew without them") != std::string::npos, "the plan is " + plan);
      repair(older, "rewind");
      expect_rows(older, "own,own,own");
      expect(older.text("SELECT spectradb_check()") == "ok", "the check after a rewind");
      if (goes_on) older.must("INSERT INTO t VALUES (4, 'branch'); SELECT spectradb_compact()");
    }
    expect(rows_of(path, kRows) == (goes_on ? "own,own,own,branch" : "own,own,own"),
           "what was rewound is opened again");
    put(path, directory.path("branch.db"));
    for (int times = 0; times < 2; ++times) {  // each side is recovered twice
      put(directory.path("newer.db"), path);
      {
        Database newer(path, extension);
        expect_error(newer.run(kRows), SQLITE_ERROR, "");
        repair(newer, "recover");
        expect(rows_of(path, kRows) == rows, "the newer database, put back");
        expect(newer.text("SELECT spectradb_check()") == "ok", "the check after it was recovered");
        expect(newer.text("SELECT count(*) FROM t WHERE v = 'own'") == "2", "an index that came back");
      }
      if (!goes_on) break;
      put(directory.path("branch.db"), path);
      Database branch(path, extension);
      expect_error(branch.run(kRows), SQLITE_ERROR, "");
      repair(branch, "recover");
      expect_rows(branch, "own,own,own,branch");
    }
  }
}

// The older database goes on, and its commits are flushed up to a number that the newer one has given to
// another commit. A recovery does not put the newer one's later commits on top of those: all of its own
// commits come back.
void test_branch_is_flushed() {
  for (const int newer : {1, 2, 3}) {
    for (const int branch : {1, 2}) {
      const TemporaryDirectory directory;
      const std::string path = directory.path("x.db");
      make_twins(path, "own", 3);
      restore(path, directory.path("older.db"));
      std::string rows = "own,own,own";
      {
        Database database(path, extension);
        for (int id = 4; id < 4 + newer; ++id) {
          database.must("INSERT INTO t VALUES (" + std::to_string(id) + ", 'new')");
          rows += ",new";
        }
      }
      put(path, directory.path("newer.db"));
      put(directory.path("older.db"), path);
      std::string branch_rows = "own,own,own";
      {
        Database older(path, extension);
        repair(older, "rewind");
        for (int id = 4; id < 4 + branch; ++id) {
          older.must("INSERT INTO t VALUES (" + std::to_string(id) + ", 'branch')");
          branch_rows += ",branch";
        }
        older.must("SELECT spectradb_flush()");
      }
      put(path, directory.path("branch.db"));
      for (const bool is_newer : {true, false, true}) {
        put(directory.path(is_newer ? "newer.db" : "branch.db"), path);
        Database database(path, extension);
        if (!database.run(kRows).is_ok()) repair(database, "recover");
        expect_rows(database, is_newer ? rows : branch_rows);
        expect(database.text("SELECT spectradb_check()") == "ok", "the check of what came back");
      }
    }
  }
}

// A table of the older database was dropped in the newer one, and its facts are gone.
void test_older_beside_retired() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  make_twins(path, "own", 3);
  Database(path, extension)
      .must("CREATE TABLE gone (pk TEXT PRIMARY KEY); INSERT INTO gone VALUES ('a', '1')");
  restore(path, directory.path("older.db"));
  Database(path, extension)
      .must("DROP TABLE gone; INSERT INTO t VALUES (4, 'new'); SELECT spectradb_compact()");
  put(path, directory.path("newer.db"));
  put(directory.path("older.db"), path);
  {
    Database older(path, extension);
    expect_error(older.run("SELECT spectradb_repair('rewind')"), SQLITE_ERROR, "that was dropped later");
  }
  put(directory.path("newer.db"), path);
  expect(rows_of(path, kRows) == "own,own,own,new", "the newer database, put back");
}

// No other connection may have the store open during a repair.
void test_repair_while_open() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  make_twins(path, "own", 3);
  restore(path, directory.path("older.db"));
  Database database(path, extension);
  Database second(path, extension);
  database.must("INSERT INTO t VALUES (4, 'new'); INSERT INTO t VALUES (5, 'new')");
  expect_rows(second, "own,own,own,new,new");
  restore(directory.path("older.db"), path);
  expect_error(database.run("INSERT INTO t VALUES (9, 'x')"), SQLITE_ERROR, "spectradb_repair('rewind')");
  expect_error(database.run("SELECT spectradb_repair('rewind')"), SQLITE_BUSY, "close all other connections");
  second.close();
  database.must("BEGIN; INSERT INTO o VALUES (9, 'x')");
  database.must("ROLLBACK");
  repair(database, "rewind");
  expect_rows(database, "own,own,own");
  database.must("INSERT INTO t VALUES (4, 'branch')");
  expect_rows(database, "own,own,own,branch");
  for (const char* sql :
       {"SELECT spectradb_repair('backwards')", "SELECT spectradb_repair(NULL)",
        "SELECT spectradb_repair('rewind', 5)", "SELECT spectradb_repair('rewind', NULL, 'nobody')",
        "CREATE VIEW v AS SELECT spectradb_repair('rewind'); SELECT * FROM v",
        "PRAGMA query_only = 1; SELECT spectradb_repair('rewind')"})
    expect(!database.run(sql).is_ok(), std::string("nobody refused ") + sql);
  Database memory(":memory:", extension);
  expect(memory.text("SELECT spectradb_repair('rewind')") == "NULL", "a store that is not there is repaired");
  memory.must(kTable);
  expect(memory.text("SELECT spectradb_repair('recover')").rfind("nothing is to be", 0) == 0,
         "a store in memory is repaired");
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
  extension = argument(argc, argv, "extension", "");
  journal = argument(argc, argv, "journal", "DELETE");
  if (extension.empty()) fail("usage: replaced --extension=PATH --journal=DELETE|WAL");
  test_deserialized();
  test_memdb();
  test_moved_away();
  test_attached_anew();
  test_replaced_by_another();
  test_replaced_by_older();
  test_replaced_by_branch();
  test_older_beside_newer();
  test_older_beside_flushed();
  test_branch_is_flushed();
  test_older_beside_retired();
  test_repair_while_open();
  test_replaced_in_memory();
  test_replaced_by_ordinary();
  std::printf("in memory, copied there, moved away, attached anew, replaced: as expected\n");
  return 0;
}
