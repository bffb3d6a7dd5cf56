// Proves that a dump makes the same database elsewhere: it gives each answer about the past and about any
// valid time, has each commit with its time and notes, and indexes, foreign keys and counters go on as they
// would have in the source. Tried are fixed databases with all that a schema may have, and random
// histories; a restored database has the same dump again.
//
//   dumps --extension=PATH [--mode=hook|api] [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// With --mode=api the dump is run by sqlite3_exec() itself, in a process without the prepare hook.
#include <cstdio>
#include <string>
#include <vector>

#include "tests/database.h"
#include "tests/random_run.h"

namespace spectradb::tests {
namespace {

bool is_hooked = true;

std::vector<std::string> dump_of(Database& database) {
  std::vector<std::string> statements;
  for (const Row& row : database.must("SELECT sql FROM spectradb_dump").rows)
    statements.push_back(row[0].text);
  return statements;
}

void restore(Database& into, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) {
    if (is_hooked) {
      into.must(sql);
      continue;
    }
    char* message = nullptr;
    if (sqlite3_exec(into.handle(), sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK)
      fail(sql + "\n-- " + (message == nullptr ? "" : message));
  }
}

std::string text_of(const Outcome& outcome) {
  return outcome.is_ok() ? describe(outcome.rows) : "error: " + outcome.message + "\n";
}

void expect_same(Database& source, Database& restored, const std::vector<std::string>& questions) {
  for (const std::string& sql : questions) {
    const std::string wanted = text_of(source.run(sql));
    const std::string got = text_of(restored.run(sql));
    if (wanted != got) fail(sql + "\nis in the source\n" + wanted + "and restored\n" + got);
  }
}

// These questions can be asked of every database, whatever its tables are.
const std::vector<std::string> kOfAll = {
    "SELECT commit_no, committed_at, notes FROM spectradb_commits",
    "SELECT commit_no, committed_at, table_name, operation, key, row, _valid_from, _valid_to, before, "
    "pieces, "
    "commit_notes FROM spectradb_changes",
    "SELECT name, kind, key, rows, versions, first_commit, last_commit, indexes FROM spectradb_tables",
    "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE '\\_spectradb%' ESCAPE '\\' AND tbl_name "
    "NOT "
    "LIKE '\\_spectradb%' ESCAPE '\\' ORDER BY type, name",
    "SELECT spectradb_check()",
};

std::vector<std::string> of_table(const std::string& table) {
  return {"SELECT * FROM " + table,
          "SELECT *, _system_from, _system_to, _valid_from, _valid_to, _committed_at FROM " + table +
              " FOR ALL SYSTEM_TIME FOR ALL VALID_TIME",
          "SELECT * FROM " + table + " FOR ALL VALID_TIME",
          "SELECT * FROM " + table + " AS OF 5 VALID AT '2026-01-01 12:00'"};
}

const char* const kRich = R"(
CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price REAL DEFAULT 1, raw BLOB, any) WITH SYSTEM VERSIONING;
CREATE TABLE prices (sku TEXT COLLATE NOCASE, region, price REAL CHECK (price > 0), twice AS (price * 2) STORED,
  PRIMARY KEY (sku, region)) WITH SYSTEM VERSIONING (on_insert = append);
CREATE TABLE events (pk TEXT PRIMARY KEY);
CREATE TABLE log (what TEXT, n) WITH SYSTEM VERSIONING;
CREATE TABLE plain (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT, c, g AS (b || 'x'));
CREATE TABLE child (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id));
CREATE TABLE par (id INTEGER PRIMARY KEY, n TEXT UNIQUE);
CREATE TABLE pairs (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID;
INSERT INTO pairs VALUES (1, 2), ('x', NULL IS NULL);
INSERT INTO plain (b, c) VALUES ('it''s', 1e300), ('nul' || char(0) || 'x', x'00ff'), (NULL, 9e999), ('q', -9223372036854775808);
DELETE FROM plain WHERE a = 4;
INSERT INTO par VALUES (1, 'a'), (2, 'b');
CREATE INDEX plain_b ON plain (b);
CREATE VIEW v AS SELECT * FROM item;
CREATE VIEW at_two AS SELECT * FROM item AS OF 2;
INSERT INTO item VALUES (1, 'tea', 3.5, x'01', 1), (2, 'mint', 2, NULL, '1'), (3, 'a' || char(0) || 'b', 9e999, x'', 2.5);
BEGIN; SELECT spectradb_annotate('author', 'ann "x"'), spectradb_annotate('n', 7), spectradb_annotate('r', 0.1);
UPDATE item SET price = price + 1; DELETE FROM item WHERE id = 2; COMMIT;
INSERT INTO prices (sku, region, price) VALUES ('A', 'eu', 10) VALID FROM '2026-01-01';
UPDATE prices FOR PORTION OF VALID_TIME FROM '2026-06-01' TO '2026-07-01' SET price = 8 WHERE sku = 'a';
DELETE FROM prices FOR PORTION OF VALID_TIME FROM '2026-06-15' TO '2026-08-01';
INSERT INTO prices (sku, region, price) VALUES ('a', 1.0, 11), ('B', 1, 12);
INSERT INTO events VALUES ('e1', '{"a":1}');
INSERT INTO events VALUES ('e1', '[1,2]');
INSERT INTO log VALUES ('x', 1), ('x', 1), ('y', 2);
DELETE FROM log WHERE rowid = 2;
CREATE INDEX item_name ON item (name);
CREATE INDEX item_expr ON item (price * 2);
CREATE INDEX elements ON events (json_each(doc));
INSERT INTO item VALUES (7, 'seven', 7, NULL, NULL);
ALTER TABLE log ADD COLUMN extra DEFAULT 'd';
INSERT INTO log VALUES ('z', 3, 'e');
ALTER TABLE log DROP COLUMN n;
CREATE TABLE gone (x) WITH SYSTEM VERSIONING;
INSERT INTO gone VALUES (1);
INSERT INTO gone VALUES (2);
DROP TABLE gone;
CREATE TABLE emb (id INTEGER PRIMARY KEY, e VECTOR(2)) WITH SYSTEM VERSIONING;
INSERT INTO emb VALUES (1, '[1,0]'), (2, '[0,1]');
CREATE VECTOR INDEX emb_e ON emb (e);
INSERT INTO child VALUES (1, 1), (2, 7);
SELECT spectradb_consumer('mailer', 3);
PRAGMA user_version = 42;
CREATE TABLE kept (id INTEGER PRIMARY KEY, p INTEGER REFERENCES par (id) ON DELETE SET NULL, v) WITH SYSTEM VERSIONING;
CREATE TABLE held (id INTEGER PRIMARY KEY, k INTEGER REFERENCES kept (id) ON DELETE CASCADE) WITH SYSTEM VERSIONING;
CREATE TABLE series (s TEXT PRIMARY KEY, v REAL) WITH SYSTEM VERSIONING (on_insert = series);
CREATE TABLE nows (s TEXT PRIMARY KEY, v REAL DEFAULT 3) WITH SYSTEM VERSIONING (valid_default = now);
CREATE TABLE numbers (s TEXT PRIMARY KEY, v REAL NOT NULL DEFAULT 4) WITH SYSTEM VERSIONING (valid_form = integer);
CREATE TABLE "we""ird t" ("a b" TEXT PRIMARY KEY, rowid, "select") WITH SYSTEM VERSIONING;
CREATE TABLE hidden ("rowid", b) WITH SYSTEM VERSIONING;
CREATE TABLE uniques (id INTEGER PRIMARY KEY, e TEXT UNIQUE COLLATE NOCASE, f, UNIQUE (f)) WITH SYSTEM VERSIONING;
CREATE TRIGGER follows AFTER INSERT ON par BEGIN INSERT INTO nows (s) VALUES ('par' || new.id); INSERT INTO kept (id, p)
  VALUES (100 + new.id, new.id); END;
INSERT INTO par VALUES (3, 'c');
PRAGMA foreign_keys = ON;
INSERT INTO kept VALUES (1, 1, 'x'), (2, 2, 'y'), (5, NULL, NULL);
INSERT INTO held VALUES (1, 1), (2, 1), (3, 2);
DELETE FROM kept WHERE id = 1;
DELETE FROM par WHERE id = 2;
INSERT INTO series VALUES ('k', 1);
INSERT INTO series (s, v) VALUES ('k', 2) VALID FROM '2026-01-02';
INSERT INTO series (s, v) VALUES ('k', 3) VALID FROM '2026-01-01';
INSERT INTO nows (s) VALUES ('a');
UPDATE nows SET v = 9;
DELETE FROM nows WHERE s = 'a';
INSERT INTO numbers VALUES ('a', 1);
INSERT INTO numbers (s, v) VALUES ('b', 1) VALID FROM 1700000000 TO 1800000000;
DELETE FROM numbers FOR PORTION OF VALID_TIME FROM 1750000000 TO 1760000000;
INSERT INTO "we""ird t" VALUES ('x', 5, 'sel'), ('', NULL, '');
INSERT INTO hidden VALUES (7, 8), (7, 8);
UPDATE hidden SET b = b + 1;
DELETE FROM hidden WHERE _rowid = 1;
INSERT INTO uniques VALUES (1, 'A', 'f'), (2, 'B', NULL), (3, 'C', NULL);
UPDATE uniques SET id = 10 WHERE id = 1;
INSERT OR REPLACE INTO uniques VALUES (11, 'a', 'q');
CREATE TABLE old (id INTEGER PRIMARY KEY AUTOINCREMENT, x TEXT) WITH SYSTEM VERSIONING;
INSERT INTO old (x) VALUES ('1'), ('2');
DELETE FROM old WHERE id = 2;
BEGIN; CREATE TABLE newer (id INTEGER PRIMARY KEY AUTOINCREMENT, x INTEGER NOT NULL) WITH SYSTEM VERSIONING;
INSERT INTO newer SELECT id, x FROM old; DROP TABLE old; ALTER TABLE newer RENAME TO old; COMMIT;
INSERT INTO old (x) VALUES (5);
CREATE TABLE converted (id INTEGER PRIMARY KEY AUTOINCREMENT, q);
INSERT INTO converted (q) VALUES (1), (2), (3);
DELETE FROM converted WHERE id = 3;
ALTER TABLE converted ADD SYSTEM VERSIONING;
CREATE TABLE unwritten (x) WITH SYSTEM VERSIONING;
CREATE VIEW both_times AS SELECT n.s, i.v FROM nows n JOIN numbers FOR ALL VALID_TIME AS i ON 1;
)";

// The last statements write, because later writes must have the same outcome in both.
const std::vector<std::string> kOfRich = {
    "SELECT * FROM v",
    "SELECT * FROM at_two",
    "SELECT * FROM both_times",
    "SELECT hex(b), c, * FROM plain",
    "SELECT * FROM child",
    "SELECT * FROM pairs",
    "SELECT * FROM par",
    "SELECT rowid, * FROM log AS OF 9",
    "SELECT id FROM item WHERE name = 'seven'",
    "SELECT id FROM item WHERE price * 2 = 14",
    "SELECT count(*) FROM item AS OF 2 WHERE name = 'tea'",
    "SELECT pk FROM events WHERE spectradb_has(doc, 2)",
    "SELECT id FROM emb WHERE e MATCH '[1,0]' LIMIT 1",
    "SELECT name, behind FROM spectradb_consumers",
    "SELECT min(commit_no) FROM spectradb_changes('item', spectradb_consumer('mailer'))",
    "SELECT * FROM sqlite_sequence ORDER BY name",
    "PRAGMA user_version",
    "PRAGMA foreign_keys = ON",
    "INSERT INTO par VALUES (9, 'nine')",
    "DELETE FROM par WHERE id = 3",
    "INSERT INTO child VALUES (9, 99)",
    "DELETE FROM item WHERE id = 1",
    "SELECT * FROM kept",
    "INSERT INTO old (x) VALUES (6)",
    "SELECT * FROM old",
    "INSERT INTO converted (q) VALUES (8)",
    "SELECT * FROM converted",
    "INSERT INTO uniques VALUES (30, 'b', 1)",
    "DELETE FROM kept WHERE id = 2",
    "SELECT * FROM held",
    "INSERT INTO held VALUES (77, 77)",
    "INSERT INTO hidden VALUES (1, 1)",
    "SELECT _rowid, * FROM hidden",
    "SELECT spectradb_compact()",
    "SELECT spectradb_check()",
};

// `of_source` and `of_restored` are settings that are made before the databases have tables.
void test_rich(const std::string& extension, const std::string& of_source, const std::string& of_restored) {
  TemporaryDirectory directory;
  Database source(directory.path("source.db"), extension);
  source.must("PRAGMA synchronous = OFF");
  source.must(of_source);
  source.must(kRich);
  const std::vector<std::string> dump = dump_of(source);
  Database restored(directory.path("restored.db"), extension);
  restored.must("PRAGMA synchronous = OFF");
  restored.must(of_restored);
  restore(restored, dump);
  expect_same(source, restored, kOfAll);
  for (const char* table :
       {"item", "prices", "events", "log", "emb", "kept", "held", "series", "nows", "numbers",
        "\"we\"\"ird t\"", "hidden", "uniques", "old", "converted", "unwritten"})
    expect_same(source, restored, of_table(table));
  expect_same(source, restored, kOfRich);
  source.close();
  restored.close();
}

// Some things cannot be in a dump, and some lines of a dump cannot be run by themselves.
void test_refusals(const std::string& extension) {
  TemporaryDirectory directory;
  Database database(directory.path("d.db"), extension);
  if (describe(database.must("SELECT sql FROM spectradb_dump LIMIT 1 OFFSET 3").rows) != "COMMIT;\n")
    fail("an empty database has more than a transaction without anything");
  database.must(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1, 'a')");
  const auto refused = [&](const std::string& sql, const std::string& why) {
    const Outcome outcome = database.run(sql);
    if (outcome.is_ok() || outcome.message.find(why) == std::string::npos)
      fail(sql + ": " + (outcome.is_ok() ? "works" : outcome.message));
  };
  database.must("BEGIN; INSERT INTO t VALUES (2, 'b')");
  refused("SELECT sql FROM spectradb_dump", "the open transaction has written facts");
  refused("SELECT spectradb_restore_commit(2, '2020-01-01')", "cannot come behind commit 1");
  database.must("ROLLBACK");
  refused("SELECT spectradb_restore_commit(2, '9999-01-01')", "BEGIN first");
  refused("SELECT sql FROM spectradb_dump('nowhere')", "nowhere");
  database.must("BEGIN");
  refused("INSERT INTO t (_given, id, v) VALUES ('put', 2, 'b')", "behind spectradb_restore_commit()");
  refused("SELECT spectradb_restore_commit(1, '2020-01-01')", "cannot come behind commit 1");
  refused("SELECT spectradb_restore_commit(3, '9999-01-01')", "cannot come behind commit 1");
  refused("SELECT spectradb_restore_commit(2, '2020-01-01')", "does not lie behind");
  refused("SELECT spectradb_restore_commit(2, '9999-01-01', 'full')", "takes 'empty'");
  refused("SELECT spectradb_restore_commit('2', '9999-01-01')", "takes the number of a commit");
  database.must("SELECT spectradb_restore_commit(2, '9999-01-01')");  // the source's clock was ahead
  refused("INSERT INTO t (_given, id, v) VALUES ('putt', 2, 'b')", "is 'put', 'delete', 'row' or 'gone'");
  refused("INSERT INTO t (_given, id, v) VALUES ('put', NULL, 'b')", "says the integer that is its key");
  refused("INSERT INTO t (_given, id, v) VALUES ('put', 'x', 'b')", "says the integer that is its key");
  refused("INSERT INTO t (_given, _valid_from, id) VALUES ('put', 'soon', 2)", "soon");
  refused("INSERT INTO t (_given, _valid_from, id) VALUES ('put', 1.5, 2)", "is text or an integer");
  refused("INSERT INTO t (_given, _valid_from, _valid_to, id) VALUES ('put', '2026-01-02', '2026-01-01', 2)",
          "is valid at no time");
  database.must(
      "INSERT INTO t (_given, id, v) VALUES ('put', 1, 'b'), ('put', 2, 'c'), ('delete', 2, NULL); COMMIT");
  if (describe(database.must("SELECT id, v, _committed_at FROM t").rows) != "1|b|9999-01-01\n")
    fail("a replayed commit is not as it was told");
  database.must("DELETE FROM t; BEGIN");
  refused("INSERT INTO t (_given, id, v) VALUES ('put', 2, 'b')", "behind spectradb_restore_commit()");
  database.close();
}

class RandomHistory : RandomRun {
 public:
  RandomHistory(uint64_t seed, const std::string& extension)
      : RandomRun(seed, extension), extension_(extension) {
    must(
        "CREATE TABLE t (k INTEGER, l TEXT COLLATE NOCASE, v, w TEXT DEFAULT 'w', PRIMARY KEY (k, l)) WITH "
        "SYSTEM "
        "VERSIONING (on_insert = append)");
    must("CREATE TABLE u (v) WITH SYSTEM VERSIONING");
    must("CREATE INDEX t_v ON t (v)");
    must("CREATE TABLE o (a, b)");
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      const int writes = 1 + below(4);
      must("BEGIN");
      if (below(2) == 0) must("SELECT spectradb_annotate('step', " + std::to_string(step) + ")");
      for (int i = 0; i < writes; ++i) write();
      must(below(8) == 0 ? "ROLLBACK" : "COMMIT");
      if (below(12) == 0) upkeep();
    }
    check();
  }

 private:
  std::string instant() { return "'2026-01-" + std::to_string(10 + below(20)) + "'"; }
  std::string bound() { return below(4) == 0 ? "NULL" : instant(); }
  std::string value() {
    constexpr const char* kValues[] = {"NULL", "1",      "1.0", "'1'",   "x'31'",
                                       "0.1",  "'a''b'", "-7",  "1e300", "''"};
    return kValues[below(std::size(kValues))];
  }
  std::string key() { return std::to_string(below(4)) + ", '" + (below(2) == 0 ? "a" : "A") + "'"; }
  std::string portion() {
    const int from = 10 + below(18);
    return "FOR PORTION OF VALID_TIME FROM '2026-01-" + std::to_string(from) + "' TO '2026-01-" +
           std::to_string(from + 1 + below(3)) + "' ";
  }

  void write() {
    switch (below(8)) {
      case 0:
        must("INSERT INTO t (k, l, v) VALUES (" + key() + ", " + value() + ")");
        return;
      case 1:
        must("INSERT INTO t (k, l, v) VALUES (" + key() + ", " + value() + ") VALID FROM " + instant());
        return;
      case 2:
        must("UPDATE t " + portion() + "SET v = " + value() + " WHERE k = " + std::to_string(below(4)));
        return;
      case 3:
        must("DELETE FROM t " + portion() + "WHERE k = " + std::to_string(below(4)));
        return;
      case 4:
        must("INSERT INTO u VALUES (" + value() + "), (" + value() + ")");
        return;
      case 5:
        must("DELETE FROM u WHERE rowid % 3 = " + std::to_string(below(3)));
        return;
      case 6:
        must("SAVEPOINT s");
        must("UPDATE u SET v = " + value());
        must(below(2) == 0 ? "ROLLBACK TO s" : "RELEASE s");
        return;
      default:
        must("INSERT INTO o VALUES (" + value() + ", " + value() + ")");
    }
  }

  void check() {
    const std::vector<std::string> dump = dump_of(database_);
    TemporaryDirectory directory;
    Database restored(directory.path("restored.db"), extension_);
    restored.must("PRAGMA synchronous = OFF");
    restore(restored, dump);
    if (dump_of(restored) != dump) differ("what was restored is dumped in other words");
    std::vector<std::string> questions = kOfAll;
    for (const char* table : {"t", "u"})
      for (const std::string& question : of_table(table)) questions.push_back(question);
    questions.emplace_back("SELECT rowid, * FROM o");
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    for (int i = 0; i < 20 && last > 0; ++i) {
      const std::string times =
          " AS OF " + std::to_string(below(static_cast<size_t>(last) + 1)) + " VALID AT " + instant();
      questions.push_back("SELECT *, _valid_from, _valid_to FROM t" + times);
      questions.push_back("SELECT count(*) FROM t" + times + " WHERE v = " + value());
      questions.push_back("SELECT rowid, * FROM u" + times);
    }
    restored.must("SELECT spectradb_compact()");
    expect_same(database_, restored, questions);
    restored.close();
  }

  const std::string extension_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: dumps --extension=PATH [--mode=hook|api] [--seed=N]");
  is_hooked = argument(argc, argv, "mode", "hook") == "hook";
  choose_mode(is_hooked ? Mode::kHook : Mode::kApi);
  test_rich(extension, "PRAGMA journal_mode = DELETE", "PRAGMA journal_mode = WAL");
  test_rich(extension, "PRAGMA encoding = 'UTF-16le'", "PRAGMA encoding = 'UTF-8'");
  test_refusals(extension);
  const uint64_t first = std::stoull(argument(argc, argv, "seed", "1"));
  const uint64_t seeds = std::stoull(argument(argc, argv, "seeds", "3"));
  const int steps = std::stoi(argument(argc, argv, "steps", "60"));
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    RandomHistory(seed, extension).run(steps);
  }
  return 0;
}
