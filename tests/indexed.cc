// Runs the same random statements at random times on two temporal tables, of which one has indexes: every
// question must have the same answer from both at every system and valid time. A third table has UNIQUE
// columns: a row that it refuses must be in conflict with a row that exists, and a row that it accepts must
// not.
//
//   indexed --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints what led there and ends with status 1.
#include <algorithm>
#include <cstdio>
#include <random>
#include <tuple>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr std::string_view kColumns = "(k TEXT PRIMARY KEY, a, b TEXT COLLATE NOCASE, c INTEGER)";
constexpr std::string_view kKeys[] = {"'p'", "'q'", "'r'", "'s'", "'t'"};
constexpr std::string_view kValues[] = {"1", "2", "1.0", "'a'", "'A'", "'b'", "NULL", "x'61'", "'2'", "3"};
constexpr std::string_view kIndexes[] = {
    "(a)",
    "(b)",
    "(c DESC)",
    "(b COLLATE BINARY, a DESC)",
    "(a, c, b)",
    "(c, k)",
    "(b DESC)",
    "(a COLLATE NOCASE DESC, c)",
    "(a || b)",
    "(coalesce(a, c), b DESC)",
    "(CAST(a AS TEXT) DESC)",
    "(CAST(b AS INTEGER), a)",
    "(lower(b) COLLATE NOCASE, c)",
    "(c + 1 DESC, CAST(b AS TEXT))",
    "(typeof(a), k)",
    "(json_each(json_array(c + 0, lower(b), typeof(a), CAST(a AS TEXT))))",
    "(json_each(json_object('x', json_array(lower(b), c + 0)), '$.x'))"};
// Questions about elements use the expressions of the last two indexes.
constexpr std::string_view kElements[] = {"json_array(c + 0, lower(b), typeof(a), CAST(a AS TEXT))",
                                          "json_object('x', json_array(lower(b), c + 0)), '$.x'"};
// These expressions have one value in all rows in which their operands are equal.
constexpr std::string_view kStrictExpressions[] = {"a || b", "typeof(a)", "CAST(b AS INTEGER)", "c + 1"};
constexpr std::string_view kExpressions[] = {"a || b",          "coalesce(a, c)",     "CAST(a AS TEXT)",
                                             "lower(b)",        "CAST(b AS INTEGER)", "c + 1",
                                             "CAST(b AS TEXT)", "typeof(a)"};
constexpr std::string_view kOperators[] = {"=", "=", "=", "<", ">", "<=", ">=", "IS"};
constexpr std::string_view kColumnNames[] = {"a", "b", "c"};

class Run {
 public:
  Run(uint64_t seed, std::string extension) : seed_(seed), random_(seed), extension_(std::move(extension)) {
    open();
    for (const char* table : {"o", "i"})
      must("CREATE TABLE " + std::string(table) + std::string(kColumns) + " WITH SYSTEM VERSIONING");
    must(
        "CREATE TABLE u (k TEXT PRIMARY KEY, a UNIQUE, b TEXT COLLATE NOCASE, c INTEGER, UNIQUE (b, c)) "
        "WITH SYSTEM VERSIONING");
    // This table converts values by the affinities of its columns.
    must("CREATE TABLE w (k TEXT, a, b TEXT COLLATE NOCASE, c INTEGER)");
  }

  void steps(int count) {
    for (int i = 0; i < count; i++) {
      const int what = below(20);
      if (what < 8) {
        write();
      } else if (what < 11) {
        write_unique();
      } else if (what < 13) {
        change_transaction();
      } else if (what < 15) {
        change_indexes();
      } else if (what == 15 && sqlite3_get_autocommit(database_.handle()) != 0) {
        upkeep();
      } else {
        ask();
      }
    }
    database_.run("COMMIT");
    for (int i = 0; i < 30; i++) ask();
    check_unique();
  }

  int asked() const { return asked_; }
  int refused() const { return refused_; }
  int by_elements() const { return by_elements_; }

 private:
  int below(size_t bound) { return static_cast<int>(random_() % bound); }
  template <typename List>
  std::string any(const List& list) {
    return std::string(list[static_cast<size_t>(below(std::size(list)))]);
  }

  Outcome run(const std::string& sql) {
    log_.push_back(sql);
    return database_.run(sql);
  }
  void must(const std::string& sql) {
    const Outcome outcome = run(sql);
    if (!outcome.is_ok()) differ(outcome.message);
  }

  void open() {
    database_ = Database(directory_.path("d.db"), extension_);
    database_.must("PRAGMA synchronous = OFF");
  }

  // ---- writing

  std::string bound(int from) { return std::to_string(from * 10); }

  // Makes " VALID FROM x TO y" with random bounds, or nothing.
  std::string period(std::string_view before) {
    const int from = below(6);
    switch (below(4)) {
      case 0:
        return "";
      case 1:
        return std::string(before) + " FROM " + bound(from) + " TO NULL";
      default:
        return std::string(before) + " FROM " + bound(from) + " TO " + bound(from + 1 + below(4));
    }
  }

  std::string assignments() {
    std::string out;
    for (const std::string_view column : kColumnNames) {
      if (below(2) == 0) out += (out.empty() ? "" : ", ") + std::string(column) + " = " + any(kValues);
    }
    return out.empty() ? "a = a" : out;
  }

  std::string statement() {
    const std::string portion = period(" FOR PORTION OF VALID_TIME");
    switch (below(5)) {
      case 0:
        return "UPDATE @" + portion + " SET " + assignments() + " WHERE k " + any(kOperators) + " " +
               any(kKeys);
      case 1:
        return "DELETE FROM @" + portion + " WHERE " + condition();
      case 2:
        return "UPDATE @" + portion + " SET " + assignments() + " WHERE " + condition();
      default:
        return "INSERT OR REPLACE INTO @ VALUES (" + any(kKeys) + ", " + any(kValues) + ", " + any(kValues) +
               ", " + any(kValues) + ")" + period(" VALID");
    }
  }

  static std::string on(char table, const std::string& sql) {
    std::string out = sql;
    std::replace(out.begin(), out.end(), '@', table);
    return out;
  }

  void write() {
    const std::string sql = statement();
    must("SAVEPOINT both");  // makes the writes of both tables one commit
    const Outcome plain = run(on('o', sql));
    const Outcome indexed = run(on('i', sql));
    must("RELEASE both");
    if (plain.code != indexed.code || plain.changes != indexed.changes)
      differ(plain.message + " / " + indexed.message);
  }

  void write_unique() {
    const std::string values[] = {any(kKeys), any(kValues), any(kValues), any(kValues)};
    const int from = below(8);
    const std::string times[] = {bound(from), bound(from + 1 + below(4))};
    const std::string sql = "INSERT INTO u VALUES (" + values[0] + ", " + values[1] + ", " + values[2] +
                            ", " + values[3] + ") VALID FROM " + times[0] + " TO " + times[1];
    must("DELETE FROM w; INSERT INTO w VALUES (" + values[0] + ", " + values[1] + ", " + values[2] + ", " +
         values[3] + ")");
    const Outcome conflicts =
        run("SELECT count(*) FROM u FOR VALID_TIME FROM " + times[0] + " TO " + times[1] +
            " x, w WHERE +x.k = w.k OR +x.a = w.a OR (+x.b = w.b AND +x.c = w.c)");
    const Outcome outcome = run(sql);
    const bool has_conflict = conflicts.rows.at(0).at(0).text != "0";
    if (outcome.is_ok() == has_conflict) differ(outcome.message);
    if (!outcome.is_ok()) ++refused_;
  }

  void check_unique() {
    const Outcome pairs = run(
        "SELECT x.k, y.k FROM u FOR ALL VALID_TIME x, u FOR ALL VALID_TIME y WHERE x.k < y.k AND (+x.a = "
        "+y.a "
        "OR (+x.b = +y.b AND +x.c = +y.c)) AND x._valid_from < y._valid_to AND y._valid_from < x._valid_to");
    if (!pairs.is_ok() || !pairs.rows.empty()) differ(pairs.message + describe(pairs.rows));
  }

  void change_indexes() {
    const std::string name = "i" + std::to_string(below(4));
    switch (below(5)) {
      case 0:
        run("DROP INDEX " + name);
        return;
      case 1:
        run("REINDEX " + name);
        return;
      default:
        run("CREATE INDEX " + name + " ON i " + any(kIndexes));
    }
  }

  void change_transaction() {
    static constexpr std::string_view kStatements[] = {
        "BEGIN", "COMMIT", "COMMIT", "ROLLBACK", "SAVEPOINT s", "SAVEPOINT s", "RELEASE s", "ROLLBACK TO s"};
    run(any(kStatements));
  }

  void upkeep() {
    switch (below(3)) {
      case 0:
        must("SELECT spectradb_flush()");
        return;
      case 1:
        must("SELECT spectradb_compact()");
        return;
      default:
        log_.push_back("-- reopened");
        database_.close();
        open();
    }
  }

  // ---- reading

  // Makes a column, or an expression that an index may be on.
  std::string compared() { return below(3) == 0 ? any(kExpressions) : any(kColumnNames); }

  std::string condition() {
    const std::string column = compared();
    switch (below(9)) {
      case 7:
        return "spectradb_has(" + any(kElements) + ", " + any(kValues) + ")" +
               (below(2) == 0 ? " AND c " + any(kOperators) + " " + any(kValues) : "");
      case 8:
        return std::string(below(3) == 0 ? "c > 1 OR (" : "(") + any(kValues) +
               " IN (SELECT value FROM json_each(" + any(kElements) + ")))";
      case 0:
        return column + " IN (" + any(kValues) + ", " + any(kValues) + ")";
      case 1:
        return column + " BETWEEN " + any(kValues) + " AND " + any(kValues);
      case 2:
        return below(2) == 0 ? any(kValues) + " " + any(kOperators) + " " + column
                             : column + " " + any(kOperators) + " " + compared();
      case 3:
        return "a = " + any(kValues) + " AND b " + any(kOperators) + " " + any(kValues);
      case 4:
        return "(" + column + " = " + any(kValues) + " OR c < " + any(kValues) + ")";
      default:
        return column + " " + any(kOperators) + " " + any(kValues);
    }
  }

  std::string times() {
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    const auto commit = [&] { return std::to_string(below(static_cast<size_t>(last) + 1)); };
    std::string system;
    switch (below(6)) {
      case 0:
        system = " FOR SYSTEM_TIME ALL";
        break;
      case 1:
        system = " FOR SYSTEM_TIME FROM " + commit() + " TO " + commit();
        break;
      case 2:
      case 3:
        system = " AS OF " + commit();
        break;
      default:
        break;
    }
    switch (below(5)) {
      case 0:
        return system + " FOR ALL VALID_TIME";
      case 1:
        return system + " FOR VALID_TIME BETWEEN " + bound(below(6)) + " AND " + bound(below(9));
      case 2:
      case 3:
        return system + " VALID AT " + bound(below(9));
      default:
        return system;
    }
  }

  // Asks for what index entries may tell without the row; asks in an order only where equal values are
  // identical.
  void ask_little() {
    static constexpr std::string_view kAsked[] = {"count(*)",      "count(*), count(a), count(DISTINCT b)",
                                                  "k, a",          "b",
                                                  "b, a",          "c, k",
                                                  "quote(a)",      "typeof(c), k, b, c",
                                                  "k, _valid_from"};
    std::string order;
    std::string asked = any(kAsked);
    if (below(3) == 0) {
      asked = below(2) == 0 ? "c, k" : "k, c, typeof(c)";
      order = std::string(" ORDER BY c") + (below(2) == 0 ? " DESC" : "") + ", k" +
              (below(2) == 0 ? " DESC" : "");
      if (below(2) == 0) order += " LIMIT 3";
    }
    compare(
        "SELECT " + asked + " FROM @" + times() + " WHERE " + (below(4) == 0 ? "c IS NOT NULL" : condition()),
        order);
  }

  void ask_groups() {
    const std::string expression = any(kStrictExpressions);
    const std::string source = " FROM @" + times() + " WHERE " + condition();
    if (below(2) == 0) {
      compare("SELECT DISTINCT " + expression + source, "");
    } else {
      compare("SELECT " + expression + ", count(*)" + source + " GROUP BY " + expression, "");
    }
  }

  void ask() {
    if (below(5) == 0) {
      ask_groups();
      return;
    }
    if (below(2) == 0) {
      ask_little();
      return;
    }
    std::string order;
    if (below(2) == 0) {
      order = " ORDER BY " + compared() + (below(2) == 0 ? " DESC" : "") +
              ", k, quote(a), quote(b), quote(c), _system_from, _valid_from, _system_to, _valid_to";
      if (below(2) == 0) order += " LIMIT 3";
    }
    std::string since;  // a row may be newer than its index entry
    if (below(4) == 0) {
      const auto commits = static_cast<size_t>(database_.integer("SELECT spectradb_commit()"));
      since = " AND _system_from > " + std::to_string(below(commits + 1));
    }
    compare("SELECT *, _system_from, _system_to, _valid_from, _valid_to FROM @" + times() + " WHERE " +
                condition() + since,
            order);
  }

  void compare(const std::string& unordered, const std::string& order) {
    const std::string sql = unordered + order;
    const Outcome plain = run(on('o', sql));
    const Outcome indexed = run(on('i', sql));
    ++asked_;
    if (sql.find("json_") != std::string::npos) {
      const std::string plan = describe(run("EXPLAIN QUERY PLAN " + on('i', sql)).rows);
      if (plan.find(" has =?") != std::string::npos) ++by_elements_;
    }
    const auto sorted = [&order](std::vector<Row> rows) {
      if (order.empty()) {
        std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
          return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                              [](const Cell& x, const Cell& y) {
                                                return std::tie(x.type, x.text) < std::tie(y.type, y.text);
                                              });
        });
      }
      return rows;
    };
    if (plain.code != indexed.code || sorted(plain.rows) != sorted(indexed.rows)) {
      differ(describe(run("EXPLAIN QUERY PLAN " + on('i', sql)).rows) + "without indexes: " + plain.message +
             "\n" + describe(plain.rows) + "with indexes: " + indexed.message + " (" +
             std::to_string(indexed.code) + ")\n" + describe(indexed.rows));
    }
  }

  [[noreturn]] void differ(const std::string& what) {
    std::string report =
        "seed " + std::to_string(seed_) + ": " + log_.back() + "\n" + what + "\nall statements:\n";
    for (const std::string& sql : log_) report += sql + ";\n";
    fail(report);
  }

  uint64_t seed_;
  std::mt19937_64 random_;
  std::string extension_;
  TemporaryDirectory directory_;
  Database database_;
  std::vector<std::string> log_;
  int asked_ = 0;
  int refused_ = 0;
  int by_elements_ = 0;  // questions that an index on elements answered
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: indexed --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]");
  const uint64_t first = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  const uint64_t count = std::strtoull(argument(argc, argv, "seeds", "1").c_str(), nullptr, 10);
  const int steps = std::atoi(argument(argc, argv, "steps", "400").c_str());
  choose_mode(Mode::kHook);
  for (uint64_t seed = first; seed < first + count; seed++) {
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Run run(seed, extension);
    run.steps(steps);
    std::printf("%d questions answered alike, %d of them by elements, %d rows refused\n", run.asked(),
                run.by_elements(), run.refused());
  }
  return 0;
}
