// Commits by a clock that is wrong, and checks which times the commits get, what spectradb_check() and
// spectradb_commits say of them, and that spectradb_repair('clock') mends them. The program's own
// clock_gettime() replaces the system's.
//
//   clock --extension=PATH --journal=DELETE|WAL
#include <cstdio>

#include "tests/database.h"
#include "tests/expect.h"
#include "tests/wrong_clock.h"

namespace spectradb::tests {
namespace {

constexpr int64_t kDay = 86'400;
constexpr int64_t kYear = 365 * kDay;

void expect_text(Database& database, const std::string& sql, const std::string& text) {
  const std::string got = database.text(sql);
  if (got != text) fail(sql + "\ngives " + got + "\nand not " + text);
}

void expect_part(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) fail(text + "\nlacks " + part);
}

struct Place {
  TemporaryDirectory directory;
  std::string extension;
  std::string path = directory.path("x.db");
  Database database;
  int64_t rows = 0;

  Place(const std::string& module, const std::string& journal) : extension(module) {
    clock_offset_s = 0;
    open();
    database.must("PRAGMA journal_mode = " + journal);
    database.must("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
  }

  void open() { database = Database(path, extension); }
  void commit_at(int64_t offset) {
    clock_offset_s = offset;
    database.must("INSERT INTO t VALUES (" + std::to_string(++rows) + ", 'x')");
  }
  std::string check() { return database.text("SELECT spectradb_check()"); }
  std::string plan() { return database.text("SELECT spectradb_repair('clock')"); }
  std::string repair() {
    const std::string text = plan();
    const std::string call = "spectradb_repair('clock', '";
    const size_t at = text.find(call);
    if (at == std::string::npos) fail("there is no token in " + text);
    return database.text("SELECT " + call + text.substr(at + call.size(), 16) + "')");
  }
  // Says of each commit how many days its time lies before now.
  std::string days() {
    return database.text(
        "SELECT group_concat(CAST(round((julianday('now') - julianday(committed_at)) ) AS INTEGER)) FROM "
        "(SELECT committed_at FROM spectradb_commits ORDER BY commit_no)");
  }
  void times_rise() {
    expect_text(
        database,
        "SELECT count(*) FROM spectradb_commits a JOIN spectradb_commits b ON b.commit_no = a.commit_no + 1 "
        "WHERE b.committed_at <= a.committed_at",
        "0");
  }
};

// One commit with a time in 2116 makes the later ones follow it there.
void test_ahead(const std::string& extension, const std::string& journal, bool is_reopened, bool is_flushed) {
  Place place(extension, journal);
  place.commit_at(-20 * kDay);
  place.commit_at(90 * kYear);
  place.commit_at(-10 * kDay);
  if (is_flushed) place.database.must("SELECT spectradb_flush()");
  place.commit_at(-5 * kDay);
  clock_offset_s = 0;
  if (is_reopened) place.open();
  place.times_rise();
  expect_text(place.database, "SELECT group_concat(id) FROM t AS OF 'now'", "1,2,3,4");
  expect_text(place.database, "SELECT group_concat(id) FROM t AS OF 'now -7 days'", "1");
  const std::string said = place.check();
  expect_part(said, "commits 2 to 4 of main have times up to 21");
  expect_part(said, "the clock had gone back by 328");
  expect_part(said, "spectradb_repair('clock')");
  expect_text(place.database,
              "SELECT group_concat(coalesce(sign(clock_jump) * (abs(clock_jump) / 86400 / 1000), 0)) FROM "
              "spectradb_commits",
              "0,32,-32,-32");
  expect_text(place.database, "SELECT count(*) FROM spectradb_commits WHERE was_committed_at IS NULL", "4");
  expect_text(place.database,
              "SELECT group_concat(CAST(round(julianday('now') - julianday(clock_at)) AS INTEGER)) FROM "
              "spectradb_commits WHERE commit_no <> 2",
              "20,10,5");

  const std::string plan = place.plan();
  expect_part(plan, "3 commits of main are timed anew, commit 2 from 21");
  expect_text(place.database, "SELECT count(*) FROM spectradb_commits WHERE was_committed_at IS NULL", "4");
  expect(!place.database.run("SELECT spectradb_repair('clock', 'wrong')").is_ok(), "a wrong token");
  expect(!place.database.run("BEGIN; INSERT INTO t VALUES (99, 'open'); SELECT spectradb_repair('clock')")
              .is_ok(),
         "a repair inside a transaction that writes");
  place.database.must("ROLLBACK");
  const std::string former = place.database.text("SELECT group_concat(committed_at) FROM spectradb_commits");
  place.database.must("BEGIN");
  expect_part(place.repair(), "done: 3 commits");
  place.database.must("ROLLBACK");
  expect_text(place.database, "SELECT group_concat(committed_at) FROM spectradb_commits", former);
  expect_part(place.repair(), "done: 3 commits of main are timed anew");

  for (int again = 0; again < 2; ++again) {
    expect_text(place.database, "SELECT spectradb_check()", "ok");
    expect_part(place.plan(), "nothing is to be repaired");
    expect(place.days() == "20,20,10,5", "times after the repair: " + place.days());
    place.times_rise();
    expect_text(place.database, "SELECT group_concat(id) FROM t AS OF 'now -15 days'", "1,2");
    expect_text(place.database, "SELECT group_concat(id) FROM t AS OF 'now -7 days'", "1,2,3");
    expect_text(place.database, "SELECT group_concat(id) FROM t AS OF 3", "1,2,3");
    // The repair keeps the former times.
    expect_text(place.database,
                "SELECT group_concat(coalesce(was_committed_at, committed_at)) FROM spectradb_commits",
                former);
    expect_text(place.database,
                "SELECT max(clock_jump) / 86400 / 1000 FROM spectradb_commits WHERE commit_no = 2", "32");
    place.open();
  }
  place.commit_at(0);
  expect(place.days() == "20,20,10,5,0", "times of what comes later: " + place.days());
  expect_text(place.database, "SELECT spectradb_check()", "ok");

  // After a second jump and a second repair, the times of before the first repair are still kept, and times
  // that are right stay.
  place.commit_at(3 * kYear);
  place.commit_at(0);
  clock_offset_s = 0;
  expect_part(place.check(), "commits 6 to 7");
  expect_part(place.repair(), "done: 2 commits");
  expect(place.days() == "20,20,10,5,0,0,0", "times after the second repair: " + place.days());
  expect_text(place.database, "SELECT spectradb_check()", "ok");
  expect_text(
      place.database,
      "SELECT group_concat(coalesce(was_committed_at, committed_at)) FROM spectradb_commits WHERE commit_no "
      "< 5",
      former);
}

// A clock without a battery goes back to 1970 for some commits: these get times right after those of the
// commits before them.
void test_back(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.commit_at(-9 * kDay);
  place.commit_at(-8 * kDay);
  place.commit_at(-50 * kYear);
  place.commit_at(-50 * kYear);
  place.commit_at(-2 * kDay);
  place.commit_at(-1 * kDay);
  clock_offset_s = 0;
  expect(place.days() == "9,8,8,8,2,1", "times of a clock that went back: " + place.days());
  expect_part(place.check(), "when main got commit 3: 2 of commits 3 to 4");
  expect_part(place.repair(), "stay as they are");
  expect(place.days() == "9,8,8,8,2,1", "times that stay: " + place.days());
  expect_text(place.database, "SELECT spectradb_check()", "ok");
  // When the clock goes back again it is noticed again, however long that lasts.
  place.commit_at(-50 * kYear);
  clock_offset_s = 0;
  expect_part(place.check(), "when main got commit 7: 1 of commit 7");
  for (int i = 0; i < 20; ++i) place.commit_at(-50 * kYear);
  place.commit_at(0);
  expect_part(place.repair(), "commits 7 to 27 of main stay as they are");
  expect(place.days().rfind("9,8,8,8,2,1,1,1", 0) == 0, "times of many: " + place.days());
}

// The first commit of all may be the one that is wrong. A clock that was ahead by less than has passed
// since is noticed as well.
void test_first_and_passed(const std::string& extension, const std::string& journal) {
  {
    Place place(extension, journal);
    place.commit_at(5 * kYear);
    clock_offset_s = 0;
    expect(!place.database.run("SELECT spectradb_repair('clock')").is_ok(), "no commit is credible");
    expect_part(place.check(), "commit 1 of main have times up to");
    place.commit_at(0);
    expect_part(place.repair(), "done: 2 commits");
    expect(place.days() == "0,0", "times of a first commit: " + place.days());
    expect_text(place.database, "SELECT spectradb_check()", "ok");
  }
  Place place(extension, journal);
  for (const int64_t day : {-100, -99, -98, -20, -97, -96, -3}) place.commit_at(day * kDay);
  clock_offset_s = 0;
  expect(place.days() == "100,99,98,20,20,20,3", "times before: " + place.days());
  expect_part(place.repair(), "done: 3 commits");
  expect(place.days() == "100,99,98,98,97,96,3", "times after: " + place.days());
  expect_text(place.database, "SELECT spectradb_check()", "ok");
}

// Small steps of a clock are not reported. Of commits of earlier releases the readings of the clock are not
// known.
void test_small_and_unknown(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.commit_at(-2 * kDay);
  place.commit_at(-2 * kDay - 600);
  place.commit_at(-2 * kDay + 7200);
  clock_offset_s = 0;
  expect_text(place.database, "SELECT spectradb_check()", "ok");
  expect_text(place.database, "SELECT count(*) FROM spectradb_commits WHERE clock_jump IS NOT NULL", "0");
  expect_text(place.database, "SELECT clock_at < committed_at FROM spectradb_commits WHERE commit_no = 2",
              "1");
  expect_part(place.plan(), "nothing is to be repaired");

  place.commit_at(30 * kDay);
  place.commit_at(-1 * kDay);
  // The database is made as an earlier release would have left it, in its format.
  place.database.must(
      "DROP TABLE _spectradb_clock; ALTER TABLE _spectradb_commits DROP COLUMN seal;"
      "ALTER TABLE _spectradb_recent DROP COLUMN seal; DELETE FROM _spectradb_meta WHERE name LIKE 'seal%';"
      "UPDATE _spectradb_meta SET value = '2' WHERE name = 'format'");
  place.open();
  clock_offset_s = 0;
  expect_text(place.database, "SELECT count(*) FROM t", "5");
  expect_part(place.check(), "commits 4 to 5 of main have times up to");
  place.commit_at(-1 * kDay);
  clock_offset_s = 0;
  expect_text(place.database, "SELECT group_concat(commit_no) FROM spectradb_commits WHERE clock_at IS NULL",
              "2,5");
  expect_part(place.plan(), "what the clock read at 1 of them is not known");
  expect_part(place.repair(), "done: 3 commits");
  expect(place.days() == "2,2,2,2,2,1", "times where a reading is not known: " + place.days());
  expect_text(place.database, "SELECT spectradb_check()", "ok");
}

void test_attached_and_views(const std::string& extension, const std::string& journal) {
  Place place(extension, journal);
  place.database.must("ATTACH '" + place.directory.path("o.db") + "' AS o");
  place.database.must("CREATE TABLE o.u (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING");
  clock_offset_s = 9 * kYear;
  place.database.must("INSERT INTO o.u VALUES (1)");
  clock_offset_s = 0;
  place.database.must("INSERT INTO o.u VALUES (2); CREATE TEMP VIEW v AS SELECT * FROM o.spectradb_commits");
  expect_text(place.database, "SELECT count(*) FROM v WHERE clock_jump IS NOT NULL", "2");
  expect_text(place.database, "SELECT spectradb_check()", "ok");
  expect_part(place.database.text("SELECT spectradb_check('o')"), "commits 1 to 2 of o");
  const std::string plan = place.database.text("SELECT spectradb_repair('clock', NULL, 'o')");
  expect_part(plan, "', 'o') does it");
  place.database.must("SELECT " + plan.substr(plan.find("spectradb_repair('clock', '"), 52));
  expect_text(place.database, "SELECT spectradb_check('o')", "ok");
  for (const char* sql :
       {"PRAGMA query_only = 1; SELECT spectradb_repair('clock')",
        "PRAGMA query_only = 0; CREATE VIEW w AS SELECT spectradb_repair('clock'); SELECT * FROM w"})
    expect(!place.database.run(sql).is_ok(), sql);
  Database memory(":memory:", extension);
  expect_text(memory, "SELECT spectradb_repair('clock')", "NULL");
  memory.must("CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1)");
  expect_part(memory.text("SELECT spectradb_repair('clock')"), "nothing is to be repaired");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: clock --extension=PATH --journal=DELETE|WAL");
  const std::string journal = argument(argc, argv, "journal", "DELETE");
  for (const bool is_reopened : {false, true}) {
    for (const bool is_flushed : {false, true}) test_ahead(extension, journal, is_reopened, is_flushed);
  }
  test_back(extension, journal);
  test_first_and_passed(extension, journal);
  test_small_and_unknown(extension, journal);
  test_attached_and_views(extension, journal);
  std::puts("a clock that was ahead, behind, and set right");
}
