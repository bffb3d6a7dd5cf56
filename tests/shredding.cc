// Once the key of a subject is dropped, nobody can read what was said of it: no file has a byte of its values, nor a seed from which
// its key could be derived; all else is what it was. SELECT spectradb_erase() takes away the subject's own key. Wherever
// a process is killed, the subject can be read, or is erased.
//
//   shredding --extension=PATH --storage=directory|rows --journal=DELETE|TRUNCATE|PERSIST|WAL [--part=bytes|spilled|kill]
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
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
constexpr const char* kValues[] = {"Zaphodine", "Beeblebrock", "Rigel-Street", "quixotically"};

void expect(bool holds, const std::string& what) {
  if (!holds) fail("storage " + storage + ", journal_mode " + journal + ": " + what);
}

void open(Database& database, const std::string& path, bool is_secure) {
  database = Database(path, extension);
  database.must("PRAGMA journal_mode = " + journal);
  database.must(std::string("PRAGMA secure_delete = ") + (is_secure ? "ON" : "OFF"));
}

void fill(Database& database, bool has_ledger) {
  database.must("SELECT spectradb_config('storage', '" + storage + "')");
  database.must(
      "CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, town TEXT, tags TEXT) WITH SYSTEM VERSIONING "
      "(erase_by = id);"
      "CREATE TABLE visit (who TEXT, no INTEGER, said TEXT, PRIMARY KEY (who, no)) WITH SYSTEM VERSIONING "
      "(erase_by = who);"
      "CREATE TABLE other (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
  if (has_ledger) database.must("SELECT spectradb_ledger('on')");
  const std::string rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) ";
  database.must(rows +
                "INSERT INTO people SELECT 'subject-' || (i + 5000), 'name ' || hex(i * 7919), 'the town of '"
                " || i, json_array('tag' || (i % 17)) FROM n");
  database.must(rows + "INSERT INTO other SELECT i, hex(randomblob(8)) FROM n");
  database.must(rows + "INSERT INTO visit SELECT 'subject-' || (i % 20 + 4700), i, 'said ' || i FROM n");
  database.must(
      "INSERT INTO people VALUES ('subject-4711', 'Zaphodine', 'Rigel-Street', '[\"quixotically\"]')");
  database.must("SELECT spectradb_compact()");
  database.must("UPDATE people SET name = 'Beeblebrock' WHERE id = 'subject-4711'");
  database.must("UPDATE people SET town = town || '!' WHERE id BETWEEN 'subject-5' AND 'subject-6'");
  database.must("SELECT spectradb_flush()");
  database.must(
      "INSERT INTO people VALUES ('subject-4711', 'Zaphodine', 'late', NULL) ON CONFLICT DO UPDATE SET name "
      "= excluded.name");
  database.must(
      "UPDATE visit SET said = 'Rigel-Street, quixotically' WHERE who = 'subject-4711' AND no % 2 = 1");
  database.must(
      "BEGIN; UPDATE people SET town = 'Rigel-Street 2, taken back' WHERE id = 'subject-4711'; SAVEPOINT s; "
      "DELETE FROM visit; ROLLBACK TO s; ROLLBACK");
  database.must("UPDATE other SET v = v || '.' WHERE id < 100");
}

std::vector<std::string> histories(Database& database, int64_t last) {
  std::vector<std::string> all;
  for (int64_t commit = 0; commit <= last; ++commit) {
    for (const auto& [table, column] :
         {std::pair("people", "id"), std::pair("visit", "who"), std::pair("other", "id")})
      all.push_back(describe(database
                                 .must("SELECT * FROM (SELECT * FROM " + std::string(table) + " AS OF " +
                                       std::to_string(commit) + ") WHERE " + column + " <> '" + kKey +
                                       "' ORDER BY 1, 2")
                                 .rows));
  }
  all.push_back(describe(database
                             .must("SELECT commit_no, operation, key, row, _system_to FROM "
                                   "spectradb_history('people') WHERE key <> '" +
                                   std::string(kKey) + "' ORDER BY key, commit_no")
                             .rows));
  return all;
}

// The seeds that a database keeps (temporal/subject_keys.h).
std::vector<std::string> seeds_of(Database& database) {
  constexpr size_t kSeedBytes = 16;
  std::vector<std::string> seeds;
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database.handle(), "SELECT seeds FROM _spectradb_subject_seeds", -1, &statement,
                     nullptr);
  expect(sqlite3_step(statement) == SQLITE_ROW, "there are no seeds");
  const std::string state(static_cast<const char*>(sqlite3_column_blob(statement, 0)),
                          static_cast<size_t>(sqlite3_column_bytes(statement, 0)));
  sqlite3_finalize(statement);
  size_t at = 0;
  while ((static_cast<unsigned char>(state[at]) & 0x80) != 0) ++at;
  for (++at; at < state.size(); ++at) {
    if (state[at] == '\xff') continue;
    seeds.push_back(state.substr(at + 1, kSeedBytes));
    at += kSeedBytes;
  }
  return seeds;
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& kept) {
  std::vector<std::string> rest;
  for (const std::string& one : all)
    if (std::find(kept.begin(), kept.end(), one) == kept.end()) rest.push_back(one);
  return rest;
}

ByteScan scan(const TemporaryDirectory& directory, Database& database, const std::vector<std::string>& seeds,
              bool with_key) {
  std::vector<std::string> words(std::begin(kValues), std::end(kValues));
  if (with_key) words.emplace_back(kKey);
  ByteScan scan(words, seeds);
  scan.directory(directory.path().string(), storage == "rows", &database);
  return scan;
}

void expect_nothing(const ByteScan& scan, const std::string& when) {
  expect(scan.found().empty(), when + ": " + (scan.found().empty() ? "" : scan.found().front()) + " and " +
                                   std::to_string(scan.found().size()) + " in all");
  expect(scan.frames() > 0, when + ": no block was decompressed");
}

void expect_shredded(Database& database) {
  for (const char* query :
       {"SELECT count(*) FROM people FOR ALL SYSTEM_TIME WHERE id = 'subject-4711'",
        "SELECT count(*) FROM people FOR ALL SYSTEM_TIME WHERE name IN ('Zaphodine', 'Beeblebrock')",
        "SELECT count(*) FROM people AS OF 4 WHERE name = 'Zaphodine'",
        "SELECT count(*) FROM spectradb_history('people', 'subject-4711')",
        "SELECT count(*) FROM spectradb_history('people') WHERE key = 'subject-4711'",
        "SELECT count(*) FROM spectradb_changes WHERE key = 'subject-4711'",
        "SELECT count(*) FROM spectradb_diff('people', 1, 8) WHERE key = 'subject-4711'"})
    expect(database.integer(query) == 0, query);
  expect(database.integer("SELECT count(*) FROM people FOR ALL SYSTEM_TIME") ==
             database.integer(
                 "SELECT count(*) FROM (SELECT 1 FROM people FOR ALL SYSTEM_TIME ORDER BY id DESC)"),
         "backwards there are others");
  expect(database.text("SELECT spectradb_check()") == "ok", database.text("SELECT spectradb_check()"));
  expect(database.text("PRAGMA integrity_check") == "ok", "SQLite finds something");
}

void test_shredding(bool is_secure, bool has_ledger) {
  const TemporaryDirectory directory;
  const std::string path = directory.path("test.db");
  Database database;
  open(database, path, is_secure);
  fill(database, has_ledger);
  const std::string digest = has_ledger ? database.text("SELECT spectradb_digest()") : "";
  const int64_t last = database.integer("SELECT spectradb_commit()");
  const std::vector<std::string> before = histories(database, last);
  const std::vector<std::string> seeds = seeds_of(database);
  expect(seeds.size() == 1, "there are more seeds than one at first");
  expect(database.text("SELECT name || town FROM people AS OF 4 WHERE id = 'subject-4711'") ==
             "ZaphodineRigel-Street",
         "the row cannot be read");
  expect_nothing(scan(directory, database, {}, false), "where rows are encrypted");
  expect(scan(directory, database, seeds, true).seeds_found() > 0, "the scan finds no seed");
  Database beside;  // with another snapshot, and keys of its own
  open(beside, path, is_secure);
  if (storage == "rows") beside.must("SELECT count(*) FROM people");

  expect(database.integer("SELECT spectradb_shred('people', 'subject-4711', 'article 17', 'clerk')") == 3,
         "not three facts were shredded");
  expect(database.integer("SELECT spectradb_shred('people', 'subject-4711')") == 0,
         "they were shredded twice");
  if (storage == "rows") expect_shredded(beside);
  beside.close();
  const std::vector<std::string> left = seeds_of(database);
  expect_nothing(scan(directory, database, without(seeds, left), false), "after shredding");
  expect(!scan(directory, database, {}, true).found().empty(),
         "the key is gone, and the page says it is not");
  for (int turn = 0; turn < 2; ++turn) {
    expect_shredded(database);
    expect(histories(database, last) == before, "something else has changed");
    expect(database.text("SELECT table_name || facts || state || reason || author FROM spectradb_erasures") ==
               "people3shreddedarticle 17clerk",
           "the record is another one");
    expect(database.integer("SELECT count(*) FROM spectradb_erased('people')") == 4,
           "what stays is not four facts");
    const Outcome refused =
        database.run("INSERT INTO people VALUES ('subject-4711', 'a new one', 'x', NULL)");
    expect(refused.message.find("SELECT spectradb_erase()") != std::string::npos,
           "a subject that was shredded is written: " + refused.message);
    if (has_ledger) {
      const std::string said = database.text("SELECT spectradb_verify('" + digest + "')");
      expect(said == "ok; facts that are erased: 4, since the digest: 4", "the ledger says " + said);
    }
    open(database, path, is_secure);
  }

  // Rows of one subject, in another table, by a condition.
  expect(
      database.integer("SELECT spectradb_shred('ERASE FROM visit WHERE said LIKE ''Rigel-Street%''')") == 30,
      "not thirty facts were shredded");
  const std::vector<std::string> last_seeds = seeds_of(database);
  expect_nothing(scan(directory, database, without(left, last_seeds), false), "after shredding again");
  expect(database.integer("SELECT count(*) FROM visit FOR ALL SYSTEM_TIME WHERE who = 'subject-4711'") == 0,
         "the subject has rows");
  expect(histories(database, last) == before, "something else has changed with the second subject");

  expect(database.integer("SELECT spectradb_erase()") == 33, "not all that was shredded is erased");
  expect_nothing(scan(directory, database, without(seeds, left), true), "after the erasure");
  expect_shredded(database);
  expect(histories(database, last) == before, "something else has changed with the erasure");
  database.must("INSERT INTO people VALUES ('subject-4711', 'a new one', 'x', NULL)");
  open(database, path, is_secure);
  expect(database.text("SELECT name FROM people WHERE id = 'subject-4711'") == "a new one", "it is not new");
  expect(histories(database, last) == before, "something else has changed with a new epoch");
  if (has_ledger) {
    const std::string said = database.text("SELECT spectradb_verify('" + digest + "')");
    expect(said.starts_with("ok; facts that are erased:"), "the ledger says " + said);
  }
  database.close();
}

// What a large transaction has written to files is encrypted, too, and read before it is committed.
void test_spilled() {
  const TemporaryDirectory directory;
  Database database;
  open(database, directory.path("test.db"), false);
  fill(database, false);
  database.must("SELECT spectradb_config('memtable_max_bytes', 65536)");
  database.must(
      "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) INSERT INTO "
      "people SELECT 'many-' || i, 'Zaphodine ' || i, 'Rigel-Street ' || i, NULL FROM n; SAVEPOINT s; UPDATE "
      "people SET town = 'quixotically' WHERE id LIKE 'many-%'; ROLLBACK TO s");
  expect(database.integer("SELECT count(*) FROM people WHERE name LIKE 'Zaphodine %'") == 4000,
         "the transaction does not read its rows");
  expect_nothing(scan(directory, database, {}, false), "in a spilled transaction");
  database.must("COMMIT");
  expect(database.integer("SELECT count(*) FROM people WHERE town LIKE 'Rigel-Street %'") == 4000,
         "rows were lost");
  database.must("SELECT spectradb_shred('ERASE FROM people WHERE id LIKE ''many-%5''')");
  expect_nothing(scan(directory, database, {}, false), "after a spilled transaction");
  expect(database.integer("SELECT count(*) FROM people FOR ALL SYSTEM_TIME WHERE name LIKE 'Zaphodine %'") ==
             3600,
         "not four hundred were shredded");
  database.close();
}

// Somebody who reads sees what he saw, and nothing is shredded. A backup that was made before has the keys.
void test_readers_and_backups() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("test.db");
  Database database;
  open(database, path, false);
  fill(database, false);
  const TemporaryDirectory elsewhere;
  database.must("SELECT spectradb_backup('" + elsewhere.path("copy.db") + "')");
  Database reader;
  open(reader, path, false);
  reader.must("BEGIN; SELECT count(*) FROM people");
  const Outcome refused = database.run("SELECT spectradb_shred('people', 'subject-4711')");
  expect((refused.code & 0xff) == SQLITE_BUSY, "beside a reader: " + refused.message);
  expect(reader.text("SELECT name FROM people WHERE id = 'subject-4711'") == "Zaphodine",
         "the reader lost a row");
  reader.must("COMMIT");
  reader.close();
  database.must("SELECT spectradb_shred('people', 'subject-4711')");
  database.close();
  Database copy(elsewhere.path("copy.db"), extension);
  expect(copy.text("SELECT name FROM people WHERE id = 'subject-4711'") == "Zaphodine",
         "the backup lost its keys");
}

// A table whose CREATE was rolled back is known as long as a statement of it is kept, and another connection may give its id to
// one that is not encrypted.
void test_rolled_back() {
  const TemporaryDirectory directory;
  const std::string path = directory.path("test.db");
  Database database;
  open(database, path, false);
  fill(database, false);
  database.must(
      "BEGIN; CREATE TABLE later (id TEXT PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING (erase_by = id)");
  sqlite3_stmt* kept = nullptr;
  sqlite3_prepare_v2(database.handle(), "INSERT INTO later VALUES ('ann', 'a')", -1, &kept, nullptr);
  expect(sqlite3_step(kept) == SQLITE_DONE && sqlite3_reset(kept) == SQLITE_OK, "nothing is inserted");
  database.must("ROLLBACK");
  Database other;
  open(other, path, false);
  other.must("CREATE TABLE later (id TEXT PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
  other.must("INSERT INTO later VALUES ('ann', 'b'), ('bob', 'c')");
  const Outcome refused = database.run("SELECT spectradb_shred('later', 'ann')");
  expect(refused.message.find("keeps no keys to drop") != std::string::npos,
         "a table that is not encrypted is shredded: " + refused.message);
  for (Database* each : {&database, &other})
    expect(describe(each->must("SELECT id, v FROM later ORDER BY id").rows) == "ann|b\nbob|c\n",
           "a row is gone that was not to be shredded: " +
               describe(each->must("SELECT id, v FROM later ORDER BY id").rows));
  sqlite3_finalize(kept);
}

// The n-th time that SQLite asks whether to go on, or behind its n-th commit, the process is killed. Returns whether it was.
enum class Moment { kStep, kCommit };
bool killed_at(const std::string& path, Moment moment, int64_t n) {
  static int64_t left = 0;
  const pid_t child = fork();
  if (child == 0) {
    constexpr int kSteps = 20;
    Database database;
    open(database, path, false);
    left = n;
    if (moment == Moment::kCommit) {
      sqlite3_wal_hook(
          database.handle(),
          [](void*, sqlite3*, const char*, int) {
            if (--left == 0) kill(getpid(), SIGKILL);
            return SQLITE_OK;
          },
          nullptr);
    } else {
      sqlite3_progress_handler(
          database.handle(), kSteps,
          [](void*) {
            if (--left == 0) kill(getpid(), SIGKILL);
            return 0;
          },
          nullptr);
    }
    database.must("SELECT spectradb_shred('people', 'subject-4711')");
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFSIGNALED(status) || WEXITSTATUS(status) == 0, "the child failed");
  return WIFSIGNALED(status);
}

void test_killed() {
  const TemporaryDirectory made;
  std::vector<std::string> seeds;
  {
    Database database;
    open(database, made.path("test.db"), false);
    fill(database, true);
    seeds = seeds_of(database);
  }
  int readable = 0;
  int shredded = 0;
  int unwiped = 0;
  constexpr int64_t kCommits = 4;
  for (int64_t n = 1 - kCommits;; n += n <= 0 ? 1 : 2 + n / 6) {
    const TemporaryDirectory directory;
    std::filesystem::copy(
        made.path(), directory.path(),
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    const bool was_killed = n <= 0 ? killed_at(directory.path("test.db"), Moment::kCommit, n + kCommits)
                                   : killed_at(directory.path("test.db"), Moment::kStep, n);
    Database database;
    open(database, directory.path("test.db"), false);
    const std::string said = database.text("SELECT group_concat(spectradb_check())");
    const bool is_unwiped =
        said.find("logs or free pages of the database may still have it") != std::string::npos;
    const bool is_begun = said.find("SELECT spectradb_shred() finishes it") != std::string::npos;
    unwiped += is_unwiped ? 1 : 0;
    const int64_t is_shredded =
        is_unwiped ? 1 : database.integer("SELECT count(*) FROM spectradb_erasures WHERE state = 'shredded'");
    const std::string when = "killed at " + std::to_string(n);
    if (is_shredded == 1) {
      if (!is_unwiped) expect_shredded(database);
      expect(database.integer("SELECT count(*) FROM spectradb_erased('people')") == 4,
             when + ": not four facts stay");
    } else {
      expect(database.text("SELECT name || town FROM people AS OF 4 WHERE id = 'subject-4711'") ==
                 "ZaphodineRigel-Street",
             when + ": neither there nor erased");
    }
    (is_shredded == 1 ? shredded : readable) += 1;
    expect(database.text("SELECT state FROM spectradb_erasures UNION ALL SELECT 'none'") ==
               (is_unwiped || is_begun ? "unfinished"
                : is_shredded == 1     ? "shredded"
                                       : "none"),
           when + ": the check says " + said);
    const int64_t finished = database.integer("SELECT spectradb_shred()");
    expect(finished == (is_unwiped || is_begun ? 3 : 0),
           when + ": facts were finished: " + std::to_string(finished));
    if (finished == 0 && is_shredded == 0) database.must("SELECT spectradb_shred('people', 'subject-4711')");
    expect_shredded(database);
    expect(
        database.text("SELECT spectradb_check() || (SELECT state FROM spectradb_erasures)") == "okshredded",
        when + ": not finished");
    if (is_unwiped)
      expect_nothing(scan(directory, database, without(seeds, seeds_of(database)), false), when);
    expect(database.text("SELECT spectradb_verify()").starts_with("ok"),
           when + ": the ledger says " + database.text("SELECT spectradb_verify()"));
    if (n > 0 && !was_killed) break;
  }
  expect(readable > 5 && shredded > 0 && unwiped > 0, "the process was killed " + std::to_string(readable) +
                                                          " times before and " + std::to_string(shredded) +
                                                          " times after, " + std::to_string(unwiped) +
                                                          " times with the logs as they were");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  storage = argument(argc, argv, "storage", "directory");
  journal = argument(argc, argv, "journal", "WAL");
  if (extension.empty()) fail("usage: shredding --extension=PATH --storage=directory|rows --journal=MODE");
  const std::string part = argument(argc, argv, "part", "");
  if (part.empty() || part == "bytes") {
    test_shredding(false, false);
    test_shredding(true, true);
    test_readers_and_backups();
    test_rolled_back();
  }
  if (part.empty() || part == "spilled") test_spilled();
  if (part.empty() || part == "kill") test_killed();
  std::printf("shredding (%s, %s): nothing was found\n", storage.c_str(), journal.c_str());
  return 0;
}
