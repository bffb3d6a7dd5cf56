// After an erasure no file of a database has a byte of what was erased: every file is read, every compressed
// block in it is decompressed, with its dictionary, and searched. Nothing else has changed, at no commit. A ledger proves
// so, and no file has a seed from which salts of what was erased could be derived.
//
//   erasure --extension=PATH --storage=directory|rows --journal=DELETE|TRUNCATE|PERSIST|WAL
#include <cstdio>
#include <iterator>

#include "tests/byte_scan.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

std::string extension;
std::string storage;
std::string journal;

constexpr const char* kKey = "subject-4711";
// What the rows of that key ever said, in text, in an index, in JSON and in a text index.
constexpr const char* kWords[] = {"subject-4711", "Zaphodine", "Beeblebrock", "Rigel-Street", "quixotically"};
// Seeds of the commits that had the rows, where there is a ledger.
std::vector<std::string> seeds;

void expect(bool holds, const std::string& what) {
  if (!holds) fail("storage " + storage + ", journal_mode " + journal + ": " + what);
}

ByteScan scan(const std::string& directory, Database* database) {
  ByteScan scan({std::begin(kWords), std::end(kWords)}, seeds);
  scan.directory(directory, storage == "rows", database);
  return scan;
}

void expect_nothing(const std::string& directory, Database* database, const std::string& when) {
  const ByteScan all = scan(directory, database);
  const std::string first = all.found().empty() ? "" : all.found().front();
  expect(all.found().empty(), when + ": " + first + " and " + std::to_string(all.found().size()) + " in all");
  expect(all.frames() > 0, when + ": no block was decompressed");
}

void open(Database& database, const std::string& path, bool is_secure) {
  database = Database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
  database.must(std::string("PRAGMA secure_delete = ") + (is_secure ? "ON" : "OFF"));
  // What ordinary tables need of their host, which alone has it.
  sqlite3_create_collation(
      database.handle(), "backwards", SQLITE_UTF8, nullptr,
      [](void*, int left_size, const void* left, int right_size, const void* right) {
        const std::string_view a(static_cast<const char*>(left), static_cast<size_t>(left_size));
        return std::string_view(static_cast<const char*>(right), static_cast<size_t>(right_size)).compare(a);
      });
  sqlite3_create_function(
      database.handle(), "twice", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr,
      [](sqlite3_context* context, int, sqlite3_value** values) {
        sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
      },
      nullptr, nullptr);
}

void fill(Database& database, bool has_ledger = false) {
  database.must("SELECT spectradb_config('storage', '" + storage + "')");
  database.must(
      "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, town TEXT, tags TEXT) WITH SYSTEM VERSIONING;"
      "CREATE INDEX people_by_name ON people (name);"
      "CREATE INDEX people_tags ON people (json_each(tags));"
      "CREATE INDEX people_text ON people (spectradb_fulltext_index(town));"
      "CREATE TABLE other (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "CREATE TABLE ordinary (a TEXT COLLATE backwards UNIQUE, b INTEGER);"
      "CREATE INDEX ordinary_twice ON ordinary (twice(b));"
      "INSERT INTO ordinary VALUES ('x', 1), ('y', 2), ('a', 3)");
  if (has_ledger) database.must("SELECT spectradb_ledger('on')");
  const std::string rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) ";
  database.must(rows +
                "INSERT INTO people SELECT 'subject-' || (i + 5000), 'name ' || hex(i * 7919), 'the town of '"
                " || i, json_array('tag' || (i % 17)) FROM n");
  database.must(rows + "INSERT INTO other SELECT i, hex(randomblob(8)) FROM n");
  database.must(
      "INSERT INTO people VALUES ('subject-4711', 'Zaphodine', 'Rigel-Street', '[\"quixotically\"]')");
  database.must("SELECT spectradb_compact()");
  database.must("UPDATE people SET name = 'Beeblebrock' WHERE id = 'subject-4711'");
  database.must("UPDATE people SET town = town || '!' WHERE id BETWEEN 'subject-5' AND 'subject-6'");
  database.must("SELECT spectradb_flush()");
  database.must(
      "INSERT INTO people VALUES ('subject-4711', 'Zaphodine', 'late', NULL) ON CONFLICT DO UPDATE SET name "
      "= "
      "excluded.name");
  database.must(
      "BEGIN; UPDATE people SET town = 'Rigel-Street 2, taken back' WHERE id = 'subject-4711'; ROLLBACK");
  database.must("UPDATE other SET v = v || '.' WHERE id < 100");
}

std::vector<std::string> histories(Database& database) {
  std::vector<std::string> all;
  const int64_t last = database.integer("SELECT spectradb_commit()");
  for (int64_t commit = 0; commit <= last; ++commit) {
    const std::string as_of = " AS OF " + std::to_string(commit);
    all.push_back(describe(
        database
            .must("SELECT * FROM (SELECT * FROM people" + as_of + ") WHERE id <> '" + kKey + "' ORDER BY id")
            .rows));
    all.push_back(describe(database.must("SELECT * FROM other" + as_of + " ORDER BY id").rows));
  }
  all.push_back(describe(database
                             .must("SELECT commit_no, operation, key, row, _system_to FROM "
                                   "spectradb_history('people') WHERE key <> '" +
                                   std::string(kKey) + "' ORDER BY key, commit_no")
                             .rows));
  return all;
}

// Keeps the seeds of the commits that have facts of the key.
void read_seeds(Database& database) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(
      database.handle(),
      "SELECT seed FROM _spectradb_ledger WHERE substr(record, 1, 1) = x'63' AND commit_no IN (SELECT "
      "commit_no FROM spectradb_history('people', 'subject-4711'))",
      -1, &statement, nullptr);
  while (sqlite3_step(statement) == SQLITE_ROW)
    seeds.emplace_back(static_cast<const char*>(sqlite3_column_blob(statement, 0)),
                       static_cast<size_t>(sqlite3_column_bytes(statement, 0)));
  sqlite3_finalize(statement);
  expect(seeds.size() == 3, "the key's commits have not three seeds");
}

void test_erasing(bool is_secure, bool has_ledger) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("test.db");
  Database database;
  open(database, path, is_secure);
  fill(database, has_ledger);
  seeds.clear();
  std::string digest;
  if (has_ledger) {
    read_seeds(database);
    digest = database.text("SELECT spectradb_digest()");
    expect(scan(directory.path().string(), &database).seeds_found() >= 3, "the scan finds no seeds");
  }
  const std::string ok = has_ledger ? "ok; facts that are erased: 4, since the digest: 4" : "";
  expect(!scan(directory.path().string(), &database).found().empty(),
         "the scan finds nothing where all is there");
  const std::vector<std::string> before = histories(database);
  expect(database.integer("SELECT spectradb_erase('people', 'subject-4711', 'article 17', 'clerk')") == 3,
         "not three facts were erased");
  expect_nothing(directory.path().string(), &database, "after the erasure");
  for (int turn = 0; turn < 2; ++turn) {
    std::vector<std::string> after = histories(database);
    // The commit that deletes adds one to the times that are compared.
    expect(after.size() == before.size() + 2, "the erasure made other commits than one");
    after.erase(after.end() - 3, after.end() - 1);
    expect(after == before, "something else has changed");
    expect(database.integer("SELECT count(*) FROM spectradb_history('people', 'subject-4711')") == 0,
           "the row has a history");
    for (const char* query :
         {"SELECT count(*) FROM people FOR ALL SYSTEM_TIME WHERE id = 'subject-4711'",
          "SELECT count(*) FROM people FOR ALL SYSTEM_TIME WHERE name IN ('Zaphodine', 'Beeblebrock')",
          "SELECT count(*) FROM people AS OF 4 WHERE name = 'Zaphodine'"})
      expect(database.integer(query) == 0, query);
    expect(database.text("SELECT spectradb_check()") == "ok", database.text("SELECT spectradb_check()"));
    expect(database.text("PRAGMA integrity_check") == "ok", "SQLite finds something");
    if (has_ledger) {
      const std::string said = database.text("SELECT spectradb_verify('" + digest + "')");
      expect(said == ok, "the ledger says " + said);
    }
    open(database, path, is_secure);
  }
  expect(database.text("SELECT table_name || facts || state || reason || author FROM spectradb_erasures") ==
             "people3donearticle 17clerk",
         "the record is another one");
  database.must("INSERT INTO people VALUES ('subject-4711', 'a new one', 'x', NULL)");
  expect(database.integer("SELECT count(*) FROM people WHERE name = 'a new one'") == 1, "it is not new");
  database.close();
}

// Somebody who reads sees what he saw, and the erasure waits.
void test_readers() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("test.db");
  Database database;
  open(database, path, false);
  fill(database);
  Database reader;
  open(reader, path, false);
  reader.must("BEGIN; SELECT count(*) FROM people");
  const Outcome refused = database.run("SELECT spectradb_erase('people', 'subject-4711')");
  if (refused.is_ok()) fail("an erasure beside a reader: it is done");
  expect((refused.code & 0xff) == SQLITE_BUSY, "beside a reader: " + refused.message);
  expect(reader.integer("SELECT count(*) FROM people WHERE id = 'subject-4711'") == 1,
         "the reader lost a row");
  reader.must("COMMIT");
  reader.close();
  database.must("SELECT spectradb_erase('people', 'subject-4711')");
  expect_nothing(directory.path().string(), &database, "after the reader");
  expect(database.text("SELECT spectradb_check()") == "ok", "the check finds something");
  database.close();
}

// An erasure that ends behind its first step is told by the check, and finished by the next call.
void test_unfinished() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("test.db");
  Database database;
  open(database, path, false);
  fill(database);
  sqlite3_commit_hook(
      database.handle(),
      [](void* handle) {
        sqlite3_interrupt(static_cast<sqlite3*>(handle));
        return 0;
      },
      database.handle());
  const Outcome ended = database.run("SELECT spectradb_erase('people', 'subject-4711')");
  sqlite3_commit_hook(database.handle(), nullptr, nullptr);
  expect((ended.code & 0xff) == SQLITE_INTERRUPT, "an erasure that is interrupted: " + ended.message);
  for (int turn = 0; turn < 2; ++turn) {
    const std::string check = database.text("SELECT spectradb_check()");
    expect(check.find("SELECT spectradb_erase() finishes it") != std::string::npos,
           "the check says " + check);
    expect(database.text("SELECT state FROM spectradb_erasures") == "unfinished", "it is done");
    if (turn == 0) open(database, path, false);
  }
  expect(database.integer("SELECT spectradb_erase()") == 3, "three facts were to be erased");
  expect_nothing(directory.path().string(), &database, "after the erasure was finished");
  expect(database.text("SELECT spectradb_check()") == "ok", "the check finds something");
  // The last step alone.
  database.must("UPDATE _spectradb_erasures SET stage = 1");
  expect(database.integer("SELECT spectradb_erase()") == 3, "the last step was not done again");
  expect(database.text("SELECT state FROM spectradb_erasures") == "done", "it is not done");
  database.close();
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  storage = argument(argc, argv, "storage", "directory");
  journal = argument(argc, argv, "journal", "WAL");
  if (extension.empty()) fail("usage: erasure --extension=PATH --storage=directory|rows --journal=MODE");
  test_erasing(false, false);
  test_erasing(true, false);
  test_erasing(false, true);
  test_erasing(true, true);
  seeds.clear();
  test_readers();
  test_unfinished();
  std::printf("erasure (%s, %s): nothing was found\n", storage.c_str(), journal.c_str());
  return 0;
}
