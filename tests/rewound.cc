// Puts an older copy of a database file beside the store of the newer one: it is refused, or rewound by
// spectradb_repair('rewind'), and what was rewound comes back by spectradb_repair('recover').
//
//   rewound --extension=PATH --journal=DELETE|WAL
#include <algorithm>
#include <cstdio>

#include "tests/exchanged.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

// Puts a copy of one database file in the place of another, without the files beside it.
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

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  read_arguments(argc, argv, "rewound");
  test_older_beside_newer();
  test_older_beside_flushed();
  test_branch_is_flushed();
  test_older_beside_retired();
  test_repair_while_open();
  std::printf("older copies beside newer stores, rewound and recovered: as expected\n");
  return 0;
}
