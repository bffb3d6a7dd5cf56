// Puts a database in the place of one that connections have open, in every pairing of storages: by the backup
// API, by one of these connections or another, by DETACH and ATTACH, and by sqlite3_deserialize(). Where the
// facts came along, every connection shows and writes the database that is there now; else each statement fails,
// and nothing is acknowledged.
//
//   restored --extension=PATH --journal=DELETE|WAL
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "tests/exchanged.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStorages[] = {"rows", "directory"};

// One commit a row.
void make_in(const std::string& path, const std::string& storage, const std::string& value, int commits) {
  Database database(path, extension);
  database.must("SELECT spectradb_config('storage', '" + storage +
                "'); PRAGMA synchronous = OFF; PRAGMA journal_mode = " + journal);
  database.must(std::string(kTable) + "; CREATE FULLTEXT INDEX words ON t (v)");
  for (int id = 1; id <= commits; ++id)
    database.must("INSERT INTO t VALUES (" + std::to_string(id) + ", '" + value + "')");
}

std::string repeated(const std::string& value, int times) {
  std::string all = value;
  for (int i = 1; i < times; ++i) all += ',' + value;
  return all;
}

// As restore(), into the connection's own database.
void restore_into(Database& target, const std::string& from) {
  Database source(from, "");
  sqlite3_backup* backup = sqlite3_backup_init(target.handle(), "main", source.handle(), "main");
  expect(backup != nullptr && sqlite3_backup_step(backup, -1) == SQLITE_DONE &&
             sqlite3_backup_finish(backup) == SQLITE_OK,
         std::string("restore into an open database: ") + sqlite3_errmsg(target.handle()));
}

struct Case {
  std::string from;  // the storage of the database that is open
  std::string to;    // of the one that takes its place
  bool is_same;      // the other is a copy of the first, in that storage
  bool is_by_itself;
  std::string first_read;  // what the connections ask first

  std::string text() const {
    return to + " over " + from + (is_same ? ", the same database" : ", another database") +
           (is_by_itself ? ", by the connection itself" : ", by another connection") + ", then " + first_read;
  }
};

void expect_whole(Database& database, const Case& each, const std::string& rows) {
  expect(database.run(each.first_read).is_ok(), each.text() + ": " + database.run(each.first_read).message);
  const Outcome shown = database.run(kRows);
  expect(describe(shown.rows) == rows + "\n",
         each.text() + ": " + shown.message + describe(shown.rows) + " instead of " + rows);
  expect(database.text("SELECT spectradb_config('storage')") == each.to, each.text() + ": its storage");
  expect(database.text("SELECT spectradb_check()") == "ok", each.text() + ": its check");
}

// Nothing says that it is done, and nothing shows rows that the database does not have.
void expect_nothing_works(Database& database, const Case& each) {
  for (const std::string& sql :
       {each.first_read, std::string(kRows), std::string("INSERT INTO t VALUES (77, 'lost')"),
        std::string("UPDATE t SET v = 'lost'"), std::string("SELECT spectradb_flush()"),
        std::string("SELECT spectradb_compact()"), std::string("CREATE INDEX by_v ON t (v)")}) {
    const Outcome outcome = database.run(sql);
    expect(!outcome.is_ok() && !outcome.message.empty(), each.text() + ": " + sql + " works");
    expect(outcome.message.find("no such table") == std::string::npos,
           each.text() + ": " + sql + " says " + outcome.message);
  }
  expect(database.text("SELECT spectradb_check()") != "ok", each.text() + ": the check finds nothing");
}

void expect_writes_stay(Database& database, Database& second, const Case& each, const std::string& path,
                        const std::string& rows) {
  database.must(
      "INSERT INTO t VALUES (50, 'one'); SELECT spectradb_flush(); INSERT INTO t VALUES (51, 'two')");
  second.must("BEGIN; INSERT INTO t VALUES (52, 'three'); SELECT spectradb_compact(); COMMIT");
  for (int id = 60; id < 70; ++id)
    (id % 2 == 0 ? database : second).must("INSERT INTO t VALUES (" + std::to_string(id) + ", 'x')");
  const std::string all = rows + ",one,two,three," + repeated("x", 10);
  for (Database* open : {&database, &second}) expect_whole(*open, each, all);
  for (const char* word : {"own", "other", "x"})
    expect(database.text("SELECT count(*) FROM t WHERE _text MATCH '" + std::string(word) + "'") ==
               second.text("SELECT count(*) FROM t WHERE v = '" + std::string(word) + "'"),
           each.text() + ": rows with the word " + word);
  database.close();
  second.close();
  Database again(path, extension);
  expect_whole(again, each, all);
}

void test_restored(const Case& each) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  const std::string other = directory.path("other.db");
  make_in(path, each.from, "own", 3);
  if (each.is_same) {
    Database(path, extension).must("SELECT spectradb_backup('" + other + "', 'main', '" + each.to + "')");
  } else {
    make_in(other, each.to, "other", 5);
  }
  const std::string rows = each.is_same ? repeated("own", 3) : repeated("other", 5);
  Database database(path, extension);
  Database second(path, extension);
  for (Database* open : {&database, &second}) {
    open->must("PRAGMA synchronous = OFF");
    expect_rows(*open, "own,own,own");
  }
  if (each.is_by_itself) {
    restore_into(database, other);
  } else {
    restore(other, path);
  }
  const bool needs_directory = each.to == "directory" && !(each.is_same && each.from == "directory");
  if (needs_directory) {
    for (Database* open : {&database, &second}) expect_nothing_works(*open, each);
    if (fs::exists(path + "-spectra")) fs::rename(path + "-spectra", directory.path("moved"));
    fs::copy(other + "-spectra", path + "-spectra", fs::copy_options::recursive);
  }
  for (Database* open : {&database, &second}) expect_whole(*open, each, rows);
  expect_writes_stay(database, second, each, path, rows);
}

void test_all_pairings() {
  for (const char* from : kStorages) {
    for (const char* to : kStorages) {
      for (const bool is_same : {false, true}) {
        for (const bool is_by_itself : {false, true})
          test_restored({from, to, is_same, is_by_itself,
                         is_by_itself ? "SELECT count(*) FROM t" : "SELECT * FROM t WHERE id = 1"});
      }
    }
  }
}

// A statement that is prepared, and does not run: SQLite keeps the table that it was prepared with.
class Held {
 public:
  Held(Database& database, const std::string& sql) {
    expect(sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement_, nullptr) == SQLITE_OK,
           sql + ": " + sqlite3_errmsg(database.handle()));
  }
  ~Held() { sqlite3_finalize(statement_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  std::string first() {
    const int code = sqlite3_step(statement_);
    expect(code == SQLITE_ROW, sqlite3_errmsg(sqlite3_db_handle(statement_)));
    const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement_, 0));
    std::string text = value == nullptr ? "" : value;
    sqlite3_reset(statement_);
    return text;
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

// Files of one inode or another, with the directory beside them where there is one.
void copy_whole(const std::string& from, const std::string& to) {
  fs::remove_all(to + "-spectra");
  fs::copy(from, to, fs::copy_options::overwrite_existing);
  if (fs::exists(from + "-spectra"))
    fs::copy(from + "-spectra", to + "-spectra", fs::copy_options::recursive);
}

// Another database is attached by the name of one that was detached, while a statement on that is kept. Both
// have as many commits.
void test_attached_by_its_name(const std::string& from, const std::string& to, bool is_branch) {
  const std::string what = to + " attached in the place of " + from + (is_branch ? ", a branch" : "");
  const TemporaryDirectory directory;
  const std::string first = directory.path("first.db");
  const std::string second = directory.path("second.db");
  make_in(first, from, "own", 3);
  if (is_branch) {
    copy_whole(first, second);
  } else {
    make_in(second, to, "own", 3);
  }
  Database(first, extension).must("UPDATE t SET v = 'first'");
  Database(second, extension).must("UPDATE t SET v = 'second'");
  Database database(":memory:", extension);
  const auto attach = [&](const std::string& path) {
    database.run("DETACH m");
    database.must("ATTACH '" + path + "' AS m");
  };
  attach(first);
  std::optional<Held> kept(std::in_place, database, "SELECT group_concat(v) FROM m.t");
  Held& held = *kept;
  expect(held.first() == "first,first,first", what + ": the first one");
  attach(second);
  expect(database.text("SELECT group_concat(v) FROM m.t") == "second,second,second", what + ": its rows");
  expect(held.first() == "second,second,second", what + ": its rows by the statement that was kept");
  expect(database.text("SELECT count(*) FROM m.t WHERE _text MATCH 'second'") == "3", what + ": its words");
  expect(database.text("SELECT spectradb_check('m')") == "ok", what + ": its check");
  database.must("INSERT INTO m.t VALUES (9, 'kept')");
  expect(held.first() == "second,second,second,kept", what + ": what was written");
  attach(first);
  expect(held.first() == "first,first,first", what + ": the first one again");
  database.must("INSERT INTO m.t VALUES (9, 'kept')");
  kept.reset();
  database.close();
  for (const auto& [path, value] : {std::pair(first, "first"), std::pair(second, "second")}) {
    Database again(path, extension);
    expect_rows(again, repeated(value, 3) + ",kept");
    expect(again.text("SELECT spectradb_check()") == "ok", what + ": the check of " + path);
  }
}

// Copies went on by themselves, each with as many commits: a kept statement shows the one that is there, its
// words and their ranks, by lists of words that were kept for the other.
void test_deserialized_over_another() {
  constexpr const char* kWords = "SELECT count(*) || ' ' || min(_rank) FROM t WHERE _text MATCH 'common'";
  Database database(":memory:", extension);
  database.must("SELECT spectradb_config('storage', 'rows')");
  database.must(std::string(kTable) + "; CREATE FULLTEXT INDEX words ON t (v)");
  const auto insert = [](Database& into, int first, int rows, const std::string& text) {
    into.must("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < " +
              std::to_string(rows) + ") INSERT INTO t SELECT " + std::to_string(first) + " + i, '" + text +
              "' FROM n");
  };
  insert(database, 0, 50, "common word");
  const std::string origin = serialized(database);
  const auto branch = [&](int rows, const std::string& text) {
    Database copy(":memory:", extension);
    deserialize(copy, origin);
    insert(copy, 100, rows, text);
    return std::pair(serialized(copy), copy.text(kWords));
  };
  const std::pair<std::string, std::string> branches[] = {branch(20, "common alpha"),
                                                          branch(40, "common beta and more")};
  Held held(database, kWords);
  (void)held.first();
  for (const int number : {0, 1, 0, 1}) {
    const auto& [content, words] = branches[number];
    deserialize(database, content);
    expect(held.first() == words, "a kept statement says " + held.first() + ", not " + words);
    expect(database.text(kWords) == words,
           "a new statement says " + database.text(kWords) + ", not " + words);
    expect(database.text("SELECT count(*) FROM t WHERE _text MATCH 'alpha'") == (number == 0 ? "20" : "0"),
           "words of the other one");
    expect(database.text("SELECT spectradb_check()") == "ok", "the check of what was deserialized");
  }
}

// The storage and the knobs that were chosen for a database that was not made yet are not the next one's.
void test_choice_ends_with_detach() {
  const TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  database.must("ATTACH '" + directory.path("a.db") + "' AS m");
  const std::string usual = database.text("SELECT spectradb_config('storage', NULL, 'm')");
  const std::string other = usual == "rows" ? "directory" : "rows";
  database.must("SELECT spectradb_config('storage', '" + other +
                "', 'm'), spectradb_config('shard_count', 7, 'm')");
  expect(database.text("SELECT spectradb_config('storage', NULL, 'm')") == other, "what was chosen");
  database.must("DETACH m; ATTACH '" + directory.path("b.db") + "' AS m");
  expect(database.text("SELECT spectradb_config('storage', NULL, 'm')") == usual,
         "a storage chosen for a database that was detached");
  expect(database.text("SELECT spectradb_config('shard_count', NULL, 'm')") != "7",
         "a knob turned for a database that was detached");
  database.must("CREATE VIRTUAL TABLE m.t USING spectradb(id INTEGER PRIMARY KEY)");
  expect(fs::exists(directory.path("b.db-spectra")) == (usual == "directory"), "where its store is");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  read_arguments(argc, argv, "restored");
  test_all_pairings();
  for (const char* from : kStorages) {
    for (const char* to : kStorages) test_attached_by_its_name(from, to, false);
    test_attached_by_its_name(from, from, true);
  }
  test_deserialized_over_another();
  test_choice_ends_with_detach();
  std::printf("restored, attached, deserialized: each connection shows the database that is there\n");
  return 0;
}
