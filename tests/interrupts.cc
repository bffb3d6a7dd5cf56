// Calls sqlite3_interrupt() in each act that writes on its own: erasing, retiring, merging, repairing,
// reverting, copying, dumping, altering and backing up, at many steps of SQLite's virtual machine. After each, no
// transaction is open and another connection can write; rows are those of before the act or of after it, or
// the act says that it is recorded and unfinished; and the act can be done again. In a transaction of the
// user's, what an interrupted act has written is taken back, with or without the rest.
//
//   interrupts --extension=PATH [--places=COUNT] [--act=NAME]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

struct Act {
  const char* name;
  const char* sql;  // FOLDER stands for a directory of its own
  bool may_be_in_transaction = true;
};

constexpr Act kActs[] = {
    {"erase", "SELECT spectradb_erase('t', 7)", false},
    {"erase where", "ERASE FROM t WHERE id < 4", false},
    {"retire", "SELECT spectradb_retire('u', 6)", false},
    {"flush", "SELECT spectradb_flush()"},
    {"compact", "SELECT spectradb_compact()"},
    {"revert", "SELECT spectradb_revert(5)"},
    {"annotate", "SELECT spectradb_annotate('note', 'x', 3)"},
    {"hold", "SELECT spectradb_hold('t', 3, 'x')"},
    {"consume", "SELECT spectradb_consumer('reader', 2)"},
    {"undrop", "SELECT spectradb_undrop('gone')"},
    {"index", "CREATE INDEX by_lower ON t (lower(v))"},
    {"alter", "ALTER TABLE t ADD COLUMN w TEXT DEFAULT 'seven'"},
    {"let refer", "CREATE TABLE o (id INTEGER PRIMARY KEY, t REFERENCES t)"},
    {"version", "ALTER TABLE plain ADD SYSTEM VERSIONING"},
    {"copy in", "COPY t FROM 'FOLDER/rows.csv'"},
    {"copy in parts", "COPY t FROM 'FOLDER/rows.csv' (COMMIT_EVERY 3)", false},
    {"copy out", "COPY t TO 'FOLDER/out.csv'"},
    {"dump", "SELECT spectradb_dump('FOLDER/out.sql')", false},
    {"backup", "SELECT spectradb_backup('FOLDER/backup.db')", false},
    {"backup into the other form", "SELECT spectradb_backup('FOLDER/backup.db', 'main', 'OTHER')", false},
    {"update a portion", "UPDATE t FOR PORTION OF VALID_TIME FROM '2026-01-01' TO '2026-02-01' SET v = 'p'"},
    {"upsert", "INSERT INTO t VALUES (1, 'z'), (2, 'z'), (99, 'z') ON CONFLICT (id) DO UPDATE SET v = 'y'"},
};

constexpr const char* kRows =
    "SELECT group_concat(r, ';') FROM (SELECT id || v || _valid_from AS r FROM t FOR ALL VALID_TIME ORDER BY "
    "id, "
    "_valid_from)";

struct Interrupter {
  sqlite3* handle = nullptr;
  int64_t ticks = 0;
  int64_t at = 0;  // 0: never
};

class Interrupts {
 public:
  Interrupts(std::string extension, int64_t places, std::string act)
      : extension_(std::move(extension)), places_(places), only_(std::move(act)) {}
  void run();

 private:
  void make();
  std::string path() const { return directory_.path("copy.db"); }
  void copy();
  std::string text_of(const Act& act) const;
  void watch(Database& database);
  Outcome run_at(Database& database, const std::string& sql, int64_t tick);
  void try_alone(const Act& act);
  void try_in_transaction(const Act& act);
  void attempt(const Act& act, int64_t tick, const std::string& before, const std::string& after);
  void attempt_inside(const Act& act, int64_t tick, const std::string& before, const std::string& inside);

  const std::string extension_;
  const int64_t places_;
  const std::string only_;  // this act; empty for all
  TemporaryDirectory directory_;
  const std::string origin_ = directory_.path("x.db");
  Interrupter interrupter_;
  int interrupted_ = 0;
  int unfinished_ = 0;
  int rolled_back_ = 0;
};

void Interrupts::make() {
  Database database(origin_, extension_);
  database.must(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "CREATE TABLE u (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "CREATE TABLE gone (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING;"
      "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO plain VALUES (1, 'a'), (2, 'b');"
      "INSERT INTO t WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20) SELECT i, 'v' FROM n;"
      "INSERT INTO u VALUES (1, 'a'), (2, 'b'); UPDATE u SET v = 'c'; INSERT INTO gone VALUES (1, 'g');"
      "UPDATE t SET v = 'w'; UPDATE u SET v = 'd'; DELETE FROM u WHERE id = 2;"
      "SELECT spectradb_flush(); DROP TABLE gone");
}

void Interrupts::copy() {
  for (const char* suffix : {"", "-wal", "-shm", "-journal", "-spectra"}) fs::remove_all(path() + suffix);
  fs::copy(origin_, path());
  if (fs::exists(origin_ + "-spectra"))
    fs::copy(origin_ + "-spectra", path() + "-spectra", fs::copy_options::recursive);
  fs::remove_all(directory_.path("files"));
  fs::create_directory(directory_.path("files"));
  std::FILE* rows = std::fopen(directory_.path("files/rows.csv").c_str(), "w");
  for (int i = 30; i < 40; ++i) std::fprintf(rows, "%d,copied\n", i);
  std::fclose(rows);
}

std::string Interrupts::text_of(const Act& act) const {
  std::string sql = act.sql;
  if (const size_t at = sql.find("FOLDER"); at != std::string::npos)
    sql.replace(at, 6, directory_.path("files"));
  if (const size_t at = sql.find("OTHER"); at != std::string::npos)
    sql.replace(at, 5, fs::exists(origin_ + "-spectra") ? "rows" : "directory");
  return sql;
}

Outcome Interrupts::run_at(Database& database, const std::string& sql, int64_t tick) {
  interrupter_ = {database.handle(), 0, tick};
  sqlite3_progress_handler(
      database.handle(), 1,
      [](void* given) {
        auto* interrupter = static_cast<Interrupter*>(given);
        if (++interrupter->ticks == interrupter->at) sqlite3_interrupt(interrupter->handle);
        return 0;
      },
      &interrupter_);
  Outcome outcome = database.run(sql);
  sqlite3_progress_handler(database.handle(), 0, nullptr, nullptr);
  return outcome;
}

void Interrupts::attempt(const Act& act, int64_t tick, const std::string& before, const std::string& after) {
  copy();
  Database database(path(), extension_);
  const std::string sql = text_of(act);
  const std::string where = sql + ", interrupted at step " + std::to_string(tick) + ": ";
  const Outcome outcome = run_at(database, sql, tick);
  expect(sqlite3_get_autocommit(database.handle()) == 1 &&
             sqlite3_txn_state(database.handle(), nullptr) == SQLITE_TXN_NONE,
         where + "a transaction is open after " + outcome.message);
  {
    Database other(path(), extension_);
    const Outcome written = other.run("BEGIN IMMEDIATE; INSERT INTO plain VALUES (77, 'other'); ROLLBACK");
    expect(written.is_ok(), where + "another connection cannot write: " + written.message);
  }
  if (outcome.is_ok()) return;
  ++interrupted_;
  // SQLite's own ALTER TABLE makes another error of it.
  expect((outcome.code & 0xff) == SQLITE_INTERRUPT || outcome.message.ends_with("interrupted"),
         where + "the error is " + std::to_string(outcome.code) + " " + outcome.message);
  const std::string check = database.text("SELECT spectradb_check()");
  const bool is_unfinished = check.find("finishes it") != std::string::npos;
  expect(check == "ok" || is_unfinished, where + "the check says " + check);
  const std::string rows = database.text(kRows);
  unfinished_ += is_unfinished ? 1 : 0;
  const bool is_in_parts = sql.find("COMMIT_EVERY") != std::string::npos;
  expect(rows == before || rows == after || is_in_parts, where + "the rows are " + rows);
  if (is_unfinished && sql.find("rase") != std::string::npos) database.must("SELECT spectradb_erase()");
  if (is_in_parts || std::string(act.name).rfind("erase", 0) == 0) return;
  const Outcome again = database.run(sql);
  const bool is_done = rows == after && after != before;
  expect(again.is_ok() || is_done, where + "a second time it says " + again.message);
  expect(database.text("SELECT spectradb_check()") == "ok", where + "the check behind a second time");
}

void Interrupts::try_alone(const Act& act) {
  std::string before;
  std::string after;
  {
    copy();
    Database database(path(), extension_);
    before = database.text(kRows);
    const Outcome outcome = run_at(database, text_of(act), 0);
    expect(outcome.is_ok(), std::string(act.name) + ": " + outcome.message);
    after = database.text(kRows);
  }
  const int64_t ticks = interrupter_.ticks;
  const int interrupted = interrupted_;
  const int64_t step = std::max<int64_t>(1, ticks / places_);
  for (int64_t tick = 1; tick <= ticks; tick += step) attempt(act, tick, before, after);
  std::printf("%s: %lld steps, interrupted %d times\n", act.name, static_cast<long long>(ticks),
              interrupted_ - interrupted);
  expect(interrupted_ > interrupted, std::string(act.name) + " was never interrupted");
}

void Interrupts::attempt_inside(const Act& act, int64_t tick, const std::string& before,
                                const std::string& inside) {
  copy();
  Database database(path(), extension_);
  const std::string where =
      text_of(act) + ", interrupted in a transaction at step " + std::to_string(tick) + ": ";
  database.must("BEGIN; INSERT INTO t VALUES (50, 'mine')");
  const Outcome outcome = run_at(database, text_of(act), tick);
  if (outcome.is_ok()) return;
  ++interrupted_;
  const bool is_over = sqlite3_get_autocommit(database.handle()) == 1;
  rolled_back_ += is_over ? 1 : 0;
  const std::string rows = database.text(kRows);
  expect(rows == (is_over ? before : inside), where + "the rows are " + rows);
  if (!is_over) database.must("COMMIT");
  expect(database.text(kRows) == (is_over ? before : inside), where + "the rows behind the end");
  expect(database.text("SELECT spectradb_check()") == "ok",
         where + database.text("SELECT spectradb_check()"));
}

void Interrupts::try_in_transaction(const Act& act) {
  std::string before;
  std::string inside;
  {
    copy();
    Database database(path(), extension_);
    before = database.text(kRows);
    database.must("BEGIN; INSERT INTO t VALUES (50, 'mine')");
    inside = database.text(kRows);
    const Outcome outcome = run_at(database, text_of(act), 0);
    if (!outcome.is_ok()) fail(std::string(act.name) + " in a transaction: " + outcome.message);
  }
  const int64_t ticks = interrupter_.ticks;
  const int64_t step = std::max<int64_t>(1, ticks / places_);
  for (int64_t tick = 1; tick <= ticks; tick += step) attempt_inside(act, tick, before, inside);
}

void Interrupts::run() {
  setenv("SPECTRADB_COPY_FOLDER", directory_.path("files").c_str(), 1);
  make();
  for (const Act& act : kActs) {
    if (!only_.empty() && only_ != act.name) continue;
    try_alone(act);
    if (act.may_be_in_transaction) try_in_transaction(act);
  }
  std::printf("interrupted %d times: %d acts stay to be finished, %d transactions are rolled back\n",
              interrupted_, unfinished_, rolled_back_);
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: interrupts --extension=PATH [--places=COUNT] [--act=NAME]");
  Interrupts(extension, std::stoll(argument(argc, argv, "places", "12")), argument(argc, argv, "act", ""))
      .run();
}
