// Runs out of memory: every operation is repeated with its first allocation failing, then its second and so
// on, once alone and once with all later ones, until none is left to fail. For work in the background the
// allocations of its thread fail. Each attempt must succeed or fail as SQLite fails when it has no memory,
// a query must not give another answer, and afterwards nothing is lost: the temporal table, the ordinary
// one written beside it, and the number of commits are what the outcome says.
//
//   out_of_memory --extension=PATH [--stride=7] [--schema-stride=19]
//     Where all later allocations fail, too, and where an attempt opens a store, only every seventh allocation
//     is the first to fail; where it changes a schema, for which SQLite reads all of it, only every
//     nineteenth is. 1 leaves none out.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <vector>

#include "tests/allocations.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

// Holds the code and a checksum of all rows, because a run that may fail must not need memory of this
// program's own.
struct Answer {
  int code = SQLITE_OK;
  uint64_t sum = 0;
};

void add(std::string_view text, uint64_t* sum) {
  for (const char c : text) *sum = *sum * 1099511628211U + static_cast<unsigned char>(c);
}

Answer run_frugally(sqlite3* db, const char* sql) {
  Answer answer;
  while (*sql != '\0') {
    sqlite3_stmt* statement = nullptr;
    const char* tail = sql;
    answer.code = sqlite3_prepare_v2(db, sql, -1, &statement, &tail);
    if (answer.code != SQLITE_OK) return answer;
    sql = tail;
    if (statement == nullptr) continue;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
        if (text == nullptr && sqlite3_errcode(db) == SQLITE_NOMEM) {
          sqlite3_finalize(statement);
          return {SQLITE_NOMEM, 0};
        }
        add(text == nullptr ? "\x01" : text, &answer.sum);
        add("|", &answer.sum);
      }
      add("\n", &answer.sum);
    }
    answer.code = sqlite3_finalize(statement);
    // A step that could not begin leaves no error in the statement that sqlite3_finalize() could report.
    if (code != SQLITE_DONE && answer.code == SQLITE_OK) answer.code = code;
    if (code != SQLITE_DONE) return answer;
  }
  return answer;
}

bool is_out_of_memory(int code, const char* message) {
  if ((code & 0xff) == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM) return true;
  // SQLite says it only in words where it has no better code, as for a schema that could not be read.
  return std::strstr(message, "out of memory") != nullptr;
}

class Shortage {
 public:
  Shortage(std::string extension, uint64_t stride, uint64_t schema_stride)
      : extension_(std::move(extension)), usual_stride_(stride), schema_stride_(schema_stride) {}

  void run() {
    make();
    opening(false);
    step_ = stride_;  // each attempt opens a store, which takes long
    opening(true);
    founding();
    change_schemas();
    creating();
    leave_schemas();
    for (const char* sql : kQueries) querying(sql);
    writing();
    spilling();
    writing_vectors();
    change_schemas();
    indexing("CREATE INDEX ledger_more ON ledger(id, v)", "ledger_more");
    indexing("CREATE INDEX emb_more ON emb (spectradb_vector_index(e, 'metric=l2', 'list_size=8'))",
             "emb_more");
    altering("CREATE VIRTUAL TABLE fresh USING spectradb(id INTEGER PRIMARY KEY, a TEXT, b INT)",
             "SELECT spectradb_alter('ALTER TABLE fresh ADD COLUMN c INT DEFAULT 5')");
    altering("CREATE VIRTUAL TABLE fresh USING spectradb(id INTEGER PRIMARY KEY, a TEXT, b INT)",
             "SELECT spectradb_alter('ALTER TABLE fresh DROP COLUMN b')");
    altering("CREATE VIRTUAL TABLE fresh USING spectradb(id INTEGER PRIMARY KEY, a TEXT, b INT)",
             "SELECT spectradb_alter('CREATE UNIQUE INDEX fresh_sum ON fresh (a || b) WHERE b > 0')");
    altering("CREATE TABLE fresh (id INTEGER PRIMARY KEY, a TEXT, b INT)",
             "SELECT spectradb_alter('ALTER TABLE fresh ADD SYSTEM VERSIONING')");
    leave_schemas();
    for (const char* sql : {"SELECT spectradb_flush()", "SELECT spectradb_compact()"}) {
      tidying(sql, Threads::kThis);
      tidying(sql, Threads::kOthers);
    }
    going_on();
    std::printf("%llu allocations failed, in %llu attempts: nothing lost\n",
                static_cast<unsigned long long>(failed_), static_cast<unsigned long long>(attempts_));
  }

 private:
  static constexpr const char* kQueries[] = {
      "SELECT id, v FROM ledger ORDER BY id",
      "SELECT id, v, _valid_from, _valid_to FROM ledger AS OF 3 FOR ALL VALID_TIME",
      "SELECT id, v, _system_from, _system_to FROM ledger FOR ALL SYSTEM_TIME WHERE id < 9",
      "SELECT id, v FROM ledger FOR SYSTEM_TIME FROM 2 TO 4 VALID AT '2026-03-01'",
      "SELECT a.id, b.v FROM ledger a JOIN ledger AS OF 2 b USING (v) WHERE a.id IN (1, 2, 3, 40)",
      "SELECT count(*), max(v) FROM ledger FOR VALID_TIME ONLY FROM '2026-01-01' TO '2026-06-01' WHERE v > "
      "'r2'",
      "SELECT id, _distance FROM emb WHERE e MATCH '[1, 2]' ORDER BY _distance LIMIT 5",
      "SELECT id, _distance FROM emb AS OF 5 WHERE e MATCH '[1, 2]' ORDER BY +_distance, id",
      "SELECT e.id, l.v FROM emb e JOIN ledger l USING (id) ORDER BY spectradb_distance(e.e, '[1, 2]') LIMIT "
      "5"};

  void make() {
    database_ = Database(file_, extension_);
    database_.must(
        "PRAGMA journal_mode = WAL;"
        "CREATE VIRTUAL TABLE ledger USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
        "CREATE INDEX ledger_v ON ledger(v);"
        "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT)");
    for (int commit = 1; commit <= 4; ++commit) {
      const std::string value = "'r" + std::to_string(commit) + "'";
      database_.must("BEGIN");
      for (const char* table : {"ledger", "plain"}) {
        database_.must(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 30) "
            "INSERT OR REPLACE INTO " +
            std::string(table) + " SELECT i * " + std::to_string(commit) + ", " + value + " || i FROM n");
      }
      database_.must("COMMIT");
      if (commit == 3) database_.must("SELECT spectradb_flush()");
    }
    database_.must(
        "CREATE VIRTUAL TABLE emb USING spectradb(id INTEGER PRIMARY KEY, e VECTOR);"
        "CREATE INDEX emb_e ON emb (spectradb_vector_index(e, 'list_size=8', 'nulls=listed', "
        "'centroids=int8'));"
        "INSERT INTO emb SELECT id, json_array(id % 7 - 3, id % 5 - 2) FROM plain ORDER BY id LIMIT 30;"
        "UPDATE emb SET e = NULL WHERE id = 4");
    commits_ = database_.integer("SELECT spectradb_commit()");
  }

  void change_schemas() { step_ = stride_ = schema_stride_; }
  void leave_schemas() {
    step_ = 1;
    stride_ = usual_stride_;
  }

  // Repeats `attempt` with each of its allocations failing. `attempt` returns its code; afterwards `check`
  // is told it.
  void repeat(const char* what, Threads threads, const std::function<Answer()>& attempt,
              const std::function<void(const Answer&)>& check) {
    for (const Failing failing : {Failing::kOnce, Failing::kFromThenOn}) {
      for (uint64_t number = 1;; number += failing == Failing::kOnce ? step_ : stride_) {
        fail_allocation(number, failing, threads);
        const Answer answer = attempt();
        const uint64_t failed = stop_failing();
        attempts_ += 1;
        failed_ += failed;
        what_ = std::string(what) + ", allocation " + std::to_string(number) +
                (failing == Failing::kOnce ? " failed" : " and all later ones failed");
        if (answer.code != SQLITE_OK && answer.code != SQLITE_DONE &&
            (failed == 0 || !is_out_of_memory(answer.code, message_.data())))
          fail(what_ + ": " + std::to_string(answer.code) + ", " + message_.data());
        check(answer);
        if (failed == 0) break;
      }
    }
  }

  Answer run_here(const char* sql) {
    const Answer answer = run_frugally(database_.handle(), sql);
    note(sqlite3_errmsg(database_.handle()));
    return answer;
  }

  void note(const char* message) { std::snprintf(message_.data(), message_.size(), "%s", message); }

  // Checks both tables, and a read of the past.
  void expect_equal(Database& database) {
    const std::string ours = describe(database.must("SELECT id, v FROM ledger ORDER BY id").rows);
    const std::string theirs = describe(database.must("SELECT id, v FROM plain ORDER BY id").rows);
    if (ours != theirs) fail(what_ + ": the temporal table has\n" + ours + "the ordinary one\n" + theirs);
    const std::string by_index =
        describe(database.must("SELECT id, v FROM ledger WHERE v > '' ORDER BY id").rows);
    if (by_index != theirs) fail(what_ + ": by its index the temporal table has\n" + by_index);
    if (past_.empty()) past_ = describe(database.must("SELECT * FROM ledger AS OF 4").rows);
    if (describe(database.must("SELECT * FROM ledger AS OF 4").rows) != past_)
      fail(what_ + ": the past changed");
    const int64_t commits = database.integer("SELECT spectradb_commit()");
    if (commits != commits_)
      fail(what_ + ": there are " + std::to_string(commits) + " commits, not " + std::to_string(commits_));
  }

  // Opens the database while this process has its store open; `alone`: recovers the store and closes it
  // again.
  void opening(bool alone) {
    repeat(
        alone ? "opening and closing a store" : "opening", Threads::kThis,
        [&] {
          if (alone) database_.close();
          return open_frugally();
        },
        [&](const Answer&) {
          if (alone) database_ = Database(file_, extension_);
          expect_equal(database_);
        });
  }

  Answer open_frugally() {
    sqlite3* db = nullptr;
    Answer answer;
    char* error = nullptr;
    answer.code = sqlite3_open_v2(file_.c_str(), &db, SQLITE_OPEN_READWRITE, nullptr);
    if (answer.code == SQLITE_OK) answer.code = sqlite3_enable_load_extension(db, 1);
    // The function says SQLITE_ERROR whatever is wrong, and without memory it often cannot give a reason.
    if (answer.code == SQLITE_OK &&
        sqlite3_load_extension(db, extension_.c_str(), nullptr, &error) != SQLITE_OK)
      answer.code = SQLITE_NOMEM;
    if (answer.code == SQLITE_OK) answer = run_frugally(db, kQueries[0]);
    note(error != nullptr ? error : db != nullptr ? sqlite3_errmsg(db) : "out of memory");
    sqlite3_free(error);
    sqlite3_close(db);
    return answer;
  }

  // The first temporal table of a database makes its store.
  void founding() {
    const char* sql =
        "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, "
        "'a')";
    Database database;
    const auto begin = [&] {
      database.close();
      std::filesystem::remove_all(directory_.path("founded"));
      std::filesystem::create_directory(directory_.path("founded"));
      database = Database(directory_.path("founded/new.db"), extension_);
    };
    begin();
    repeat(
        "the first CREATE VIRTUAL TABLE", Threads::kThis,
        [&] {
          const Answer answer = run_frugally(database.handle(), sql);
          note(sqlite3_errmsg(database.handle()));
          return answer;
        },
        [&](const Answer&) {
          database.must(
              "CREATE VIRTUAL TABLE IF NOT EXISTS t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
              "INSERT OR REPLACE INTO t VALUES (1, 'a')");
          if (database.integer("SELECT count(*) FROM t WHERE v = 'a'") != 1) fail(what_ + ": no row");
          begin();
        });
  }

  void creating() {
    repeat(
        "CREATE VIRTUAL TABLE", Threads::kThis,
        [&] {
          return run_here(
              "CREATE VIRTUAL TABLE fresh USING spectradb(id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', CHECK "
              "(a > ''))");
        },
        [&](const Answer&) {
          database_.must("DROP TABLE IF EXISTS fresh");
          expect_equal(database_);
        });
  }

  void querying(const char* sql) {
    const Answer right = run_here(sql);
    if (right.code != SQLITE_OK) fail(std::string(sql) + ": " + message_.data());
    repeat(
        sql, Threads::kThis, [&] { return run_here(sql); },
        [&](const Answer& answer) {
          if (answer.code == SQLITE_OK && answer.sum != right.sum) fail(what_ + ": another answer");
        });
    expect_equal(database_);
  }

  void writing() {
    repeat(
        "a transaction", Threads::kThis,
        [&] {
          return run_here(
              "BEGIN IMMEDIATE;"
              "INSERT INTO ledger VALUES (500, 'new'); INSERT INTO plain VALUES (500, 'new');"
              "SAVEPOINT s; DELETE FROM ledger; ROLLBACK TO s;"
              "UPDATE ledger SET v = v || 'u' WHERE id % 7 = 3; UPDATE plain SET v = v || 'u' WHERE id % 7 = "
              "3;"
              "DELETE FROM ledger WHERE id = 500; DELETE FROM plain WHERE id = 500;"
              "UPDATE ledger SET v = substr(v, 1, 8) WHERE id % 7 = 3; UPDATE plain SET v = substr(v, 1, 8) "
              "WHERE id % 7 = 3;"
              "COMMIT");
        },
        [&](const Answer& answer) {
          if (sqlite3_get_autocommit(database_.handle()) == 0) database_.must("ROLLBACK");
          if (answer.code == SQLITE_OK) commits_ += 1;
          expect_equal(database_);
        });
    repeat(
        "ROLLBACK", Threads::kThis,
        [&] {
          return run_here(
              "BEGIN; INSERT INTO ledger VALUES (501, 'never'); INSERT INTO plain VALUES (501, 'never'); "
              "ROLLBACK");
        },
        [&](const Answer&) {
          if (sqlite3_get_autocommit(database_.handle()) == 0) database_.must("ROLLBACK");
          expect_equal(database_);
        });
  }

  // A transaction goes on behind a statement that memory lacked for: all that follows is committed.
  void going_on() {
    const auto begin = [&] {
      database_.must(
          "BEGIN IMMEDIATE; INSERT OR REPLACE INTO ledger VALUES (600, 'before'); INSERT OR REPLACE INTO "
          "plain "
          "VALUES (600, 'before')");
    };
    begin();
    repeat(
        "a statement within a transaction", Threads::kThis,
        [&] {
          return run_here(
              "INSERT OR REPLACE INTO ledger SELECT id + 1000, v || hex(zeroblob(40000)) FROM ledger WHERE "
              "id "
              "< 4");
        },
        [&](const Answer& answer) {
          if (sqlite3_get_autocommit(database_.handle()) != 0) begin();  // SQLite has taken it back
          if (answer.code == SQLITE_OK)
            database_.must(
                "INSERT OR REPLACE INTO plain SELECT id + 1000, v || hex(zeroblob(40000)) FROM plain WHERE "
                "id < 4");
          for (const char* table : {"ledger", "plain"})
            database_.must(std::string("INSERT OR REPLACE INTO ") + table +
                           " VALUES (601, 'behind'), (602, 'behind')");
          database_.must("COMMIT");
          commits_ += 1;
          expect_equal(database_);
          database_.must(
              "BEGIN; DELETE FROM ledger WHERE id >= 600; DELETE FROM plain WHERE id >= 600; COMMIT");
          commits_ += 1;
          begin();
        });
    database_.must("ROLLBACK");
  }

  // With so small a memtable each row of the transaction goes to a file.
  void spilling() {
    database_.must("SELECT spectradb_config('memtable_max_bytes', 1024)");
    step_ = 7;
    repeat(
        "a spilled transaction", Threads::kThis,
        [&] {
          return run_here(
              "BEGIN IMMEDIATE;"
              "INSERT INTO ledger VALUES (500, 'new'); INSERT INTO plain VALUES (500, 'new');"
              "SAVEPOINT s; DELETE FROM ledger WHERE id < 3; ROLLBACK TO s;"
              "UPDATE ledger SET v = v || 'u' WHERE id = 500; UPDATE plain SET v = v || 'u' WHERE id = 500;"
              "DELETE FROM ledger WHERE id = 500; DELETE FROM plain WHERE id = 500;"
              "COMMIT");
        },
        [&](const Answer& answer) {
          if (sqlite3_get_autocommit(database_.handle()) == 0) database_.must("ROLLBACK");
          if (answer.code == SQLITE_OK) commits_ += 1;
          expect_equal(database_);
        });
    step_ = 1;
    database_.must("SELECT spectradb_config('memtable_max_bytes', 'default')");
  }

  // Lists are split, and a search in the index must still find what a scan finds.
  void writing_vectors() {
    step_ = stride_;
    repeat(
        "a transaction of vectors", Threads::kThis,
        [&] {
          return run_here(
              "BEGIN IMMEDIATE;"
              "INSERT INTO emb SELECT id + 1000, json_array(id % 11 - 5, id % 3 - 1) FROM plain LIMIT 20;"
              "UPDATE emb SET e = NULL WHERE id % 5 = 2; DELETE FROM emb WHERE id > 1000;"
              "INSERT OR REPLACE INTO emb SELECT id, json_array(id % 7 - 3, id % 5 - 2) FROM plain WHERE id "
              "% 5 = 2 "
              "AND id IN (SELECT id FROM emb);"
              "COMMIT");
        },
        [&](const Answer& answer) {
          if (sqlite3_get_autocommit(database_.handle()) == 0) database_.must("ROLLBACK");
          if (answer.code == SQLITE_OK) commits_ += 1;
          expect_equal(database_);
          const std::string searched = describe(
              database_.must("SELECT id, _distance FROM emb WHERE e MATCH '[1, 2]' ORDER BY +_distance, id")
                  .rows);
          const std::string scanned = describe(database_
                                                   .must("SELECT id, spectradb_distance(e, '[1, 2]') AS d "
                                                         "FROM emb WHERE e IS NOT NULL ORDER BY d, id")
                                                   .rows);
          if (searched != scanned) fail(what_ + ": a search gives\n" + searched + "and a scan\n" + scanned);
        });
    step_ = 1;
  }

  void indexing(const char* create, const std::string& name) {
    repeat(
        create, Threads::kThis, [&] { return run_here(create); },
        [&](const Answer&) {
          commits_ = database_.integer("SELECT spectradb_commit()");
          expect_equal(database_);
          database_.must("DROP INDEX IF EXISTS " + name);
        });
  }

  // ALTER TABLE is done as a whole or not at all.
  void altering(const char* make, const char* alter) {
    const auto begin = [&] {
      database_.must("DROP TABLE IF EXISTS fresh");
      database_.must(make);
      database_.must("INSERT INTO fresh (id, a, b) VALUES (1, 'x', 7)");
      commits_ = database_.integer("SELECT spectradb_commit()");
    };
    begin();
    const auto shown = [&] {
      return describe(database_.must("SELECT * FROM fresh").rows) +
             describe(database_.must("SELECT sql FROM sqlite_master WHERE name = 'fresh'").rows);
    };
    const std::string before = shown();
    repeat(
        alter, Threads::kThis, [&] { return run_here(alter); },
        [&](const Answer& answer) {
          if (sqlite3_get_autocommit(database_.handle()) == 0) fail(what_ + ": a transaction was left open");
          const std::string after = shown();
          const bool is_altered = after != before;
          if (is_altered && answer.code != SQLITE_OK)
            fail(what_ + ": it failed, and did something:\n" + before + "is now\n" + after);
          if (database_.integer("SELECT a = 'x' AND id = 1 FROM fresh") != 1)
            fail(what_ + ": the row changed");
          commits_ = database_.integer("SELECT spectradb_commit()");
          expect_equal(database_);
          begin();
        });
  }

  void tidying(const char* sql, Threads threads) {
    repeat(
        sql, threads, [&] { return run_here(sql); },
        [&](const Answer&) {
          expect_equal(database_);
          // The work that has failed so far is done now, so that every attempt has the same work to do;
          // otherwise it could grow with each attempt. One more flush would start a compaction in the
          // background.
          if (sqlite3_get_autocommit(database_.handle()) == 0) fail(what_ + ": a transaction was left open");
          database_.must("SELECT spectradb_compact()");
          for (int flushes = 3;; --flushes) {
            database_.must(
                "BEGIN; UPDATE ledger SET v = 'r4' || id WHERE id = 4; UPDATE plain SET v = 'r4' || id WHERE "
                "id = 4; COMMIT");
            commits_ += 1;
            if (flushes == 0) break;
            database_.must("SELECT spectradb_flush()");
          }
        });
  }

  const std::string extension_;
  const uint64_t usual_stride_;
  const uint64_t schema_stride_;
  uint64_t stride_ = usual_stride_;  // every so many allocations all from there on fail
  uint64_t step_ = 1;                // every so many allocations one fails alone
  TemporaryDirectory directory_;
  const std::string file_ = directory_.path("short.db");
  Database database_;
  int64_t commits_ = 0;
  std::string past_;
  std::string what_;
  std::array<char, 256> message_{};
  uint64_t failed_ = 0;
  uint64_t attempts_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: out_of_memory --extension=PATH [--stride=N] [--schema-stride=N]");
  const auto number = [&](const char* name, const char* otherwise) {
    return std::max<uint64_t>(1, std::strtoull(argument(argc, argv, name, otherwise).c_str(), nullptr, 10));
  };
  Shortage(extension, number("stride", "7"), number("schema-stride", "19")).run();
  return 0;
}
