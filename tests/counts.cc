// Counts the rows of temporal tables in every way that need not read them, beside a way that does: over random
// histories of two connections, with transactions, savepoints, periods, erasures, flushes and merges, at the present
// and at other times, both numbers must be equal.
//
//   counts --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/database.h"
#include "tests/dice.h"

namespace spectradb::tests {
namespace {

// v is never NULL, so count(v) counts the rows; to read v, SQLite is shown each of them.
constexpr const char* kTables[] = {
    "CREATE TABLE t (id INTEGER PRIMARY KEY, g INTEGER, v TEXT NOT NULL) WITH SYSTEM VERSIONING",
    "CREATE TABLE w (k TEXT, n INTEGER, v TEXT NOT NULL, PRIMARY KEY (k, n)) WITH SYSTEM VERSIONING",
    "CREATE TABLE h (v TEXT NOT NULL) WITH SYSTEM VERSIONING"};
constexpr const char* kNames[] = {"t", "w", "h"};
constexpr const char* kDays[] = {"2024-01-01", "2024-06-01", "2025-01-01",
                                 "2026-01-01", "2031-01-01", "2045-01-01"};

struct Ways {
  const char* question;  // ? stands for the table with its times
  int times;             // how often it counts each row; 0: it only says whether there is one
};
constexpr Ways kWays[] = {
    {"SELECT count(*) FROM ?", 1},
    {"SELECT count(*) FROM ?", 1},
    {"SELECT count(*) AS n FROM ?", 1},
    {"SELECT count(*) FROM (SELECT 1 FROM ?)", 1},
    {"SELECT (SELECT count(*) FROM ?)", 1},
    {"SELECT EXISTS (SELECT 1 FROM ?)", 0},
    {"SELECT count(*) > 0 FROM (SELECT 1 FROM ? LIMIT 3)", 0},
    {"SELECT count(*) FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) CROSS JOIN ?", 3},
    {"SELECT count(*) FROM (SELECT 1 UNION ALL SELECT 2) LEFT JOIN ? ON 1 WHERE 1 < 2", -2},
    // SQLite reads the key that it has not announced, of the rows that match.
    {"SELECT count(*) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a RIGHT JOIN ? ON a.x > 0", 2},
    {"SELECT count(*) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a RIGHT JOIN ? ON a.x > 1", 1},
    {"SELECT count(*) FROM (SELECT 1 AS x UNION ALL SELECT 2) AS a RIGHT JOIN ? ON a.x > 2", 1},
    {"SELECT sum(n) FROM (SELECT count(*) AS n FROM ? UNION ALL SELECT count(*) FROM ?)", 2},
};

std::string large_table() {
  return "WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 7000) SELECT i, 100, "
         "'x' FROM n";
}

class Run {
 public:
  Run(uint64_t seed, std::string extension)
      : random_(seed),
        dice_(random_),
        extension_(std::move(extension)),
        has_periods_(seed % 2 == 0),
        has_small_batches_(seed % 3 == 0) {
    for (size_t i = 0; i < connections_.size(); ++i) open(i);
    for (const char* table : kTables) must(0, table);
    must(0, "CREATE INDEX t_by_g ON t (g)");
    // Only of a large table the number itself is asked for.
    if (dice_.chance(75)) must(0, "INSERT INTO t " + large_table());
  }
  ~Run() { finalize(); }

  void steps(int count) {
    for (int i = 0; i < count; ++i) {
      const size_t connection = writer_ ? *writer_ : static_cast<size_t>(dice_.below(connections_.size()));
      step(connection);
      const int questions = 1 + dice_.below(3);
      for (int q = 0; q < questions; ++q) ask(static_cast<size_t>(dice_.below(connections_.size())));
    }
    if (writer_) end(*writer_, "COMMIT");
    for (size_t i = 0; i < connections_.size(); ++i) ask(i);
  }
  int asked() const { return asked_; }

 private:
  [[noreturn]] void differ(const std::string& what) {
    std::string report;
    for (const std::string& sql : log_) report += sql + ";\n";
    fail(report + "-- " + what);
  }
  void log(size_t connection, const std::string& sql) {
    log_.push_back("/* " + std::to_string(connection) + " */ " + sql);
  }
  void must(size_t connection, const std::string& sql) {
    log(connection, sql);
    const Outcome outcome = connections_[connection].run(sql);
    if (!outcome.is_ok()) differ(outcome.message);
  }
  // What may be refused, as a key that is there already.
  void may(size_t connection, const std::string& sql) {
    log(connection, sql);
    const Outcome outcome = connections_[connection].run(sql);
    if (!outcome.is_ok() && (outcome.code & 0xff) != SQLITE_CONSTRAINT) differ(outcome.message);
  }
  void open(size_t i) {
    connections_[i] = Database(directory_.path("d.db"), extension_);
    connections_[i].must("PRAGMA synchronous = OFF");
    if (i == 0) connections_[i].must("PRAGMA journal_mode = WAL");
    if (has_small_batches_) connections_[i].must("SELECT spectradb_config('memtable_max_bytes', 65536)");
    if (i == 0) kept_ = nullptr;
  }
  void finalize() {
    sqlite3_finalize(kept_);
    kept_ = nullptr;
  }

  std::string day() { return std::string("'") + dice_.any(kDays) + "'"; }
  std::string period() {
    const int from = dice_.below(std::size(kDays) - 1);
    const int to = from + 1 + dice_.below(static_cast<int>(std::size(kDays)) - from - 1);
    return std::string("FROM '") + kDays[from] + "' TO '" + kDays[to] + "'";
  }
  std::string number(int bound) { return std::to_string(dice_.below(bound)); }

  void step(size_t c) {
    switch (dice_.below(24)) {
      case 0:
        if (!writer_) return begin(c);
        return end(c, dice_.chance(70) ? "COMMIT" : "ROLLBACK");
      case 1:
        return savepoint(c);
      case 2:
      case 3:
        return many(c);
      case 4:
        return must(c, "DELETE FROM t WHERE g = " + number(8));
      case 5:
        return must(c, "DELETE FROM w WHERE n < " + number(20));
      case 6:
        // More than a transaction has in memory, where batches are small.
        if (dice_.chance(20)) return must(c, "UPDATE t SET v = printf('%.50c', 'l') WHERE id > 1000");
        return must(c, "UPDATE t SET v = v || '.' WHERE g = " + number(8));
      case 7:
        return may(c, "UPDATE w SET n = n + 100 WHERE n BETWEEN 5 AND " + number(12));
      case 8:
        return must(
            c, "INSERT INTO t VALUES (" + number(60) + ", 1, 'u') ON CONFLICT (id) DO UPDATE SET v = 'up'");
      case 9:
        return must(
            c, "INSERT OR IGNORE INTO w (k, n, v) VALUES ('k" + number(3) + "', " + number(30) + ", 'i')");
      case 10:
        return upkeep(c);
      case 11:
        if (has_periods_) return portion(c);
        return must(c, "INSERT INTO h VALUES ('x')");
      case 12:
        if (has_periods_)
          return may(c, "INSERT INTO t VALUES (" + number(60) + ", 2, 'p') VALID " + period());
        return must(c, "DELETE FROM h WHERE rowid % 3 = " + number(3));
      case 13:
        if (!writer_ && dice_.chance(30)) return must(c, "SELECT spectradb_erase('t', " + number(60) + ")");
        [[fallthrough]];
      case 14:
        if (!writer_ && dice_.chance(10))
          return must(c, "ALTER TABLE w ADD COLUMN c" + std::to_string(++columns_) + " DEFAULT 1");
        return must(c, "INSERT INTO h VALUES ('a'), ('b')");
      case 15:
        return must(c, "REPLACE INTO w (k, n, v) SELECT k, n, 'r' FROM w WHERE n % 2 = 0");
      case 16:
        return must(c, "INSERT INTO h SELECT 'from t' FROM t LIMIT 4");
      default:
        return may(c, "INSERT INTO t VALUES (" + number(60) + ", " + number(8) + ", 'one')");
    }
  }
  void many(size_t c) {
    const std::string to = std::to_string(1 + dice_.below(dice_.chance(10) ? 400 : 20));
    must(c, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + to +
                ") INSERT OR REPLACE INTO t SELECT i * " + std::to_string(1 + dice_.below(3)) +
                ", i % 8, 'many' FROM n");
  }
  void portion(size_t c) {
    const std::string of = " FOR PORTION OF VALID_TIME " + period();
    if (dice_.chance(50)) return must(c, "DELETE FROM t" + of + " WHERE g = " + number(8));
    must(c, "UPDATE t" + of + " SET v = 'portion' WHERE id < 1000 AND id % 5 = " + number(5));
  }
  void begin(size_t c) {
    must(c, dice_.chance(50) ? "BEGIN" : "BEGIN IMMEDIATE");
    must(c, "INSERT INTO h VALUES ('begun')");
    writer_ = c;
    savepoints_ = 0;
  }
  void end(size_t c, const std::string& how) {
    must(c, how);
    writer_.reset();
  }
  void savepoint(size_t c) {
    if (!writer_) return;
    if (savepoints_ == 0 || dice_.chance(40)) return must(c, "SAVEPOINT s" + std::to_string(++savepoints_));
    const std::string name = "s" + std::to_string(savepoints_);
    if (dice_.chance(60)) return must(c, "ROLLBACK TO " + name);
    --savepoints_;
    must(c, "RELEASE " + name);
  }
  void upkeep(size_t c) {
    if (writer_) return;
    if (dice_.chance(40)) return must(c, "SELECT spectradb_flush()");
    if (dice_.chance(50)) return must(c, "SELECT spectradb_compact()");
    log_.push_back("-- connection " + std::to_string(c) + " is opened again");
    if (c == 0) finalize();
    connections_[c].close();
    open(c);
  }

  std::string times(size_t c) {
    const int64_t last = connections_[c].integer("SELECT ifnull(max(commit_no), 0) FROM spectradb_commits");
    const std::string commit = std::to_string(dice_.below(last + 1));
    switch (dice_.below(9)) {
      case 0:
        return " FOR SYSTEM_TIME AS OF " + commit;
      case 1:
        return " VALID AT " + day();
      case 2:
        return " AS OF " + commit + " VALID AT " + day();
      case 3:
        return " FOR SYSTEM_TIME ALL";
      case 4:
        return " FOR ALL VALID_TIME";
      case 5:
        return " FOR SYSTEM_TIME FROM " + commit + " TO " + std::to_string(last);
      case 6:
        return " FOR VALID_TIME " + period();
      default:
        return "";
    }
  }
  int64_t number_of(size_t c, const std::string& sql) {
    log(c, sql);
    const Outcome outcome = connections_[c].run(sql);
    if (!outcome.is_ok()) differ(outcome.message);
    if (outcome.rows.size() != 1) differ("not one row");
    return std::stoll(outcome.rows[0][0].text);
  }
  void ask(size_t c) {
    const std::string table = dice_.any(kNames) + times(c);
    const auto& way = kWays[static_cast<size_t>(dice_.below(std::size(kWays)))];
    std::string question = way.question;
    for (size_t at; (at = question.find('?')) != std::string::npos;) question.replace(at, 1, table);
    // Either may come first, and what it leaves be used by the other one.
    const bool reads_first = dice_.chance(50);
    const std::string reading = "SELECT count(v) FROM " + table;
    const int64_t before = reads_first ? number_of(c, reading) : 0;
    const int64_t counted = number_of(c, question);
    const int64_t read = reads_first ? before : number_of(c, reading);
    const int64_t expected = way.times == 0  ? int64_t{read > 0}
                             : way.times < 0 ? -way.times * std::max<int64_t>(read, 1)
                                             : way.times * read;
    if (counted != expected)
      differ(question + " gives " + std::to_string(counted) + ", and there are " + std::to_string(read) +
             " rows");
    ++asked_;
    if (c == 0) ask_kept();
  }
  // A statement that a host keeps.
  void ask_kept() {
    sqlite3* const db = connections_[0].handle();
    if (kept_ == nullptr &&
        sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &kept_, nullptr) != SQLITE_OK)
      differ(sqlite3_errmsg(db));
    if (sqlite3_step(kept_) != SQLITE_ROW) differ(sqlite3_errmsg(db));
    const int64_t counted = sqlite3_column_int64(kept_, 0);
    if (std::string(sqlite3_column_name(kept_, 0)) != "count(*)") differ(sqlite3_column_name(kept_, 0));
    sqlite3_reset(kept_);
    const int64_t read = number_of(0, "SELECT count(v) FROM t");
    if (counted != read)
      differ("a kept statement counts " + std::to_string(counted) + ", and there are " +
             std::to_string(read));
  }

  std::mt19937_64 random_;
  Dice dice_;
  const std::string extension_;
  const bool has_periods_;
  const bool has_small_batches_;
  TemporaryDirectory directory_;
  std::array<Database, 2> connections_;
  sqlite3_stmt* kept_ = nullptr;  // of the first one
  std::optional<size_t> writer_;  // who has begun a transaction
  int savepoints_ = 0;
  int columns_ = 0;
  int asked_ = 0;
  std::vector<std::string> log_;
};

// A host with a count() of its own gets that, and one with an authorizer is asked what it is asked of an ordinary
// table.
class Hosts {
 public:
  explicit Hosts(const std::string& extension) : database_(directory_.path("h.db"), extension) {
    database_.must("CREATE TABLE t (id INTEGER PRIMARY KEY, g, v) WITH SYSTEM VERSIONING");
    database_.must("CREATE TABLE o (id INTEGER PRIMARY KEY, g, v)");
    for (const char* table : {"t", "o"})
      database_.must("INSERT INTO " + std::string(table) + " " + large_table());
  }

  void ask_authorizer() {
    sqlite3_stmt* const kept = prepare("SELECT count(*) FROM t");
    expect(first(kept) == kRows, "before there is an authorizer");
    sqlite3_set_authorizer(database_.handle(), &Hosts::note, this);
    const std::string of_ordinary = questions("SELECT count(*) FROM o");
    expect(of_ordinary == questions("SELECT count(*) FROM t"),
           "an authorizer hears something else:\n" + asked_);
    denied_ = "t";
    expect(first(kept) < 0, "a kept statement counts what was denied since");
    denied_ = "";
    expect(first(kept) == kRows, "a kept statement under an authorizer");
    sqlite3_set_authorizer(database_.handle(), nullptr, nullptr);
    expect(first(kept) == kRows, "when there is none any more");
    sqlite3_finalize(kept);
  }

  void count_for_host() {
    sqlite3_stmt* const kept = prepare("SELECT count(*) FROM t");
    expect(first(kept) == kRows, "before there is another count()");
    sqlite3_create_function(
        database_.handle(), "count", 0, SQLITE_UTF8, nullptr, nullptr,
        [](sqlite3_context*, int, sqlite3_value**) {},
        [](sqlite3_context* context) { sqlite3_result_int(context, 77); });
    expect(database_.integer("SELECT count(*) FROM o") == 77, "of an ordinary table");
    expect(database_.integer("SELECT count(*) FROM t") == 77, "the host's count()");
    expect(first(kept) == 77, "a kept statement does not hear of the host's count()");
    sqlite3_finalize(kept);
  }

 private:
  static constexpr int64_t kRows = 6000;

  static int note(void* hosts, int action, const char* first, const char* second, const char*, const char*) {
    auto& self = *static_cast<Hosts*>(hosts);
    const std::string name = first == nullptr ? "" : first;
    self.asked_ += std::to_string(action) + " " + (name == "o" || name == "t" ? "table" : name) + " " +
                   (second == nullptr ? "" : second) + "\n";
    return action == SQLITE_READ && name == self.denied_ ? SQLITE_DENY : SQLITE_OK;
  }
  static void expect(bool is_so, const std::string& what) {
    if (!is_so) fail(what);
  }
  sqlite3_stmt* prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_.handle(), sql.c_str(), -1, &statement, nullptr);
    expect(statement != nullptr, sqlite3_errmsg(database_.handle()));
    return statement;
  }
  static int64_t first(sqlite3_stmt* statement) {
    const int64_t value = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
    sqlite3_reset(statement);
    return value;
  }
  std::string questions(const std::string& sql) {
    asked_.clear();
    sqlite3_finalize(prepare(sql));
    return asked_;
  }

  TemporaryDirectory directory_;
  Database database_;
  std::string denied_;
  std::string asked_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: counts --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]");
  const uint64_t first = std::stoull(argument(argc, argv, "seed", "1"));
  const uint64_t count = std::stoull(argument(argc, argv, "seeds", "1"));
  const int steps = std::stoi(argument(argc, argv, "steps", "300"));
  choose_mode(Mode::kHook);
  Hosts(extension).ask_authorizer();
  Hosts(extension).count_for_host();
  for (uint64_t seed = first; seed < first + count; ++seed) {
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Run run(seed, extension);
    run.steps(steps);
    std::printf("%d counts as those of the rows that are read\n", run.asked());
  }
  return 0;
}
