// Plans against those of ordinary tables: the same random rows under the same random indexes, on temporal tables
// and on ordinary ones after ANALYZE, asked the same random joins and subqueries. Both must answer alike, and the
// temporal side may take at most four times the steps of SQLite's machine (SQLITE_STMTSTATUS_VM_STEP), of which
// every row visited takes some. No clock is read. SQLite's automatic indexes are off, as are skips through indexes: no
// virtual table has either. Columns are compared with those of one affinity, which xBestIndex cannot see.
//
//   plans --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/random_run.h"

namespace spectradb::tests {
namespace {

constexpr int kTables = 2;
constexpr int64_t kWorstFactor = 4;
// A row that is found by an index costs as much as eight that are passed in order, or as eight entries alone: a plan
// may rather visit more of those. And no virtual table can say that it has less than a row for each of another, so
// the order of three tables is less sure.
constexpr int64_t kWorstFactorOfOthers = 8;
// Where one side reads next to nothing, a few steps more are no matter; nor is it for a join to scan a table once.
constexpr int64_t kFreeSteps = 4000;
constexpr int64_t kFreeStepsOfRow = 4;
// Queries that take an ordinary table more than this are left out.
constexpr int64_t kMostSteps = 1'500'000;

struct Asked {
  std::vector<Row> rows;
  int64_t steps = 0;
  bool is_given_up = false;
};

class Run : RandomRun {
 public:
  Run(uint64_t seed, const std::string& extension) : RandomRun(seed, extension), is_text_(below(4) == 0) {}

  void go(int steps) {
    for (int number = 0; number < kTables; ++number) make_table(number);
    must("ANALYZE");
    must("UPDATE sqlite_stat1 SET stat = stat || ' noskipscan'");
    must("ANALYZE sqlite_schema");
    if (below(3) > 0) upkeep();
    must("PRAGMA automatic_index = OFF");
    for (int step = 0; step < steps; ++step) compare(random_query());
  }

 private:
  struct Table {
    int rows = 0;
    std::vector<int> values;  // how many each column has
    std::vector<int> indexed;
  };

  static std::string column(int number) { return "c" + std::to_string(number); }
  static std::string sided(std::string sql, char side) {
    std::replace(sql.begin(), sql.end(), '@', side);
    return sql;
  }

  void both(const std::string& sql) {
    for (const char side : {'t', 'p'}) must(sided(sql, side));
  }

  // Two to four indexes of one to three columns, each column with few or many values.
  void make_table(int number) {
    Table table;
    table.rows = 100 + below(below(2) == 0 ? 400 : 2500);
    const std::string name = "@" + std::to_string(number);
    const int columns = 3 + below(3);
    std::string list;
    std::string values;
    for (int i = 0; i < columns; ++i) {
      const int some[] = {2, 7, 30, table.rows / 20 + 1, table.rows / 4 + 1, table.rows};
      table.values.push_back(some[below(6)]);
      list += ", " + column(i) + (is_text_ ? " TEXT" : " INTEGER");
      std::string value = "abs(random_of * " + std::to_string(7919 + 2 * below(50'000)) + " >> " +
                          std::to_string(below(4)) + ") % " + std::to_string(table.values.back());
      if (below(6) == 0) value = "CASE WHEN i % 5 > 0 THEN " + value + " END";
      values += ", " + value;
    }
    const std::string definition = "(id INTEGER PRIMARY KEY" + list + ")";
    must(sided("CREATE TABLE " + name + definition + " WITH SYSTEM VERSIONING", 't'));
    must(sided("CREATE TABLE " + name + definition, 'p'));
    both(
        "WITH RECURSIVE n(i, random_of) AS (SELECT 0, 12345 UNION ALL SELECT i + 1, (random_of * 1103515245 "
        "+ "
        "12345) & 2147483647 FROM n WHERE i < " +
        std::to_string(table.rows - 1) + ") INSERT INTO " + name + " SELECT i" + values + " FROM n");
    for (int index = 2 + below(3); index > 0; --index) {
      std::string terms;
      const int length = 1 + below(2) + below(2);
      std::vector<int> taken;
      while (static_cast<int>(taken.size()) < length) {
        const int one = below(static_cast<size_t>(columns));
        if (std::find(taken.begin(), taken.end(), one) != taken.end()) continue;
        taken.push_back(one);
        terms += (terms.empty() ? "" : ", ") + column(one);
      }
      table.indexed.push_back(taken.front());
      both("CREATE INDEX " + name + "_i" + std::to_string(index) + " ON " + name + " (" + terms + ")");
    }
    tables_.push_back(std::move(table));
  }

  const Table& table(int number) const { return tables_[static_cast<size_t>(number)]; }
  // Mostly one that begins an index.
  int some_column(int number) {
    const Table& of = table(number);
    return below(3) == 0 ? below(of.values.size())
                         : of.indexed[static_cast<size_t>(below(of.indexed.size()))];
  }
  std::string named(int number) { return "@" + std::to_string(number); }
  std::string equals(const std::string& alias, int number) {
    const int one = some_column(number);
    const int value = below(static_cast<size_t>(table(number).values[static_cast<size_t>(one)]));
    return alias + "." + column(one) + " = " +
           (is_text_ ? "'" + std::to_string(value) + "'" : std::to_string(value));
  }
  std::string alike(const std::string& a, int of_a, const std::string& b, int of_b) {
    const auto one_of = [this](int number) {
      return !is_text_ && below(5) == 0 ? "id" : column(some_column(number));
    };
    return a + "." + one_of(of_a) + " = " + b + "." + one_of(of_b);
  }

  std::string random_query() {
    const int a = below(kTables);
    const int b = below(kTables);
    const std::string from_a = named(a) + " a";
    const std::string from_b = named(b) + " b";
    const int other = below(3);
    const std::string both_of =
        a == b && other > 0 ? "a." + column(other - 1) + " = b." + column(other - 1) : alike("a", a, "b", b);
    const std::string sums = "count(*), sum(a.id), sum(b.id)";
    switch (below(12)) {
      case 0:
        return "SELECT " + sums + " FROM " + from_a + " JOIN " + from_b + " ON " + both_of + " AND " +
               alike("a", a, "b", b);
      case 1:
        return "SELECT " + sums + " FROM " + from_a + " JOIN " + from_b + " ON " + both_of + " WHERE " +
               equals("a", a);
      case 2:
        return "SELECT " + sums + " FROM " + from_a + " JOIN " + from_b + " ON " + both_of + " WHERE " +
               equals("a", a) + " AND " + equals("b", b);
      case 3:
        return "SELECT count(*), sum(c.id) FROM " + from_a + " JOIN " + from_b + " ON " + both_of + " JOIN " +
               named(a) + " c ON " + alike("b", b, "c", a) + " WHERE " + equals("a", a);
      case 4:
        return "SELECT " + sums + " FROM " + from_a + " LEFT JOIN " + from_b + " ON " + both_of + " AND " +
               alike("a", a, "b", b) + " WHERE " + equals("a", a);
      case 5:
        return "SELECT count(*), sum(a.id) FROM " + from_a + " WHERE a." + column(some_column(a)) +
               " IN (SELECT b." + column(some_column(b)) + " FROM " + from_b + " WHERE " + equals("b", b) +
               ")";
      case 6:
        return "SELECT count(*), sum(a.id) FROM " + from_a + " WHERE " + (below(2) == 0 ? "" : "NOT ") +
               "EXISTS (SELECT 1 FROM " + from_b + " WHERE " + both_of + " AND " + alike("a", a, "b", b) +
               ")";
      case 7:
        return "SELECT sum((SELECT count(*) FROM " + from_b + " WHERE " + both_of + " AND " + equals("b", b) +
               ")) FROM " + from_a;
      case 8:
        return "SELECT count(*), sum(a.id) FROM " + from_a + " WHERE " + equals("a", a) + " AND " +
               equals("a", a);
      case 9:
        return "SELECT count(*) FROM (SELECT DISTINCT a." + column(some_column(a)) + " FROM " + from_a + ")";
      case 10: {
        const std::string by = column(some_column(a));
        return "SELECT a." + by + " FROM " + from_a + " ORDER BY a." + by + (below(2) == 0 ? "" : " DESC") +
               " LIMIT " + std::to_string(1 + below(20));
      }
      default: {
        const std::string by = column(some_column(a));
        return "SELECT a." + by + ", count(*), sum(a.id) FROM " + from_a + " WHERE " + equals("a", a) +
               " GROUP BY 1 ORDER BY 1";
      }
    }
  }

  // SQLite asks for every statement that has taken so many steps, those too that a store of rows runs inside the
  // watched one, and keeps: these are not meant.
  static int give_up(void* watched) {
    auto* const statement = static_cast<sqlite3_stmt*>(watched);
    sqlite3* const handle = sqlite3_db_handle(statement);
    for (sqlite3_stmt* other = sqlite3_next_stmt(handle, nullptr); other != nullptr;
         other = sqlite3_next_stmt(handle, other)) {
      if (other != statement && sqlite3_stmt_busy(other) != 0) return 0;
    }
    return 1;
  }

  // Ends a query that takes more steps than `most`.
  Asked ask(const std::string& sql, int64_t most) {
    sqlite3* const handle = database_.handle();
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      differ(sql + ": " + sqlite3_errmsg(handle));
    sqlite3_progress_handler(handle, static_cast<int>(most), give_up, statement);
    Asked asked;
    int code = SQLITE_ROW;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Row row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i)
        row.push_back(cell_of(sqlite3_column_value(statement, i)));
      asked.rows.push_back(std::move(row));
    }
    asked.is_given_up = code == SQLITE_INTERRUPT;
    if (code != SQLITE_DONE && !asked.is_given_up) differ(sql + ": " + sqlite3_errmsg(handle));
    asked.steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0);
    sqlite3_progress_handler(handle, 0, nullptr, nullptr);
    sqlite3_finalize(statement);
    return asked;
  }

  std::string plan_of(const std::string& sql) {
    std::string text;
    for (const Row& row : database_.must("EXPLAIN QUERY PLAN " + sql).rows)
      text += "\n--   " + row.back().text;
    return text;
  }

  // How many tables a plan reads in these words.
  int64_t count_in(const std::string& sql, std::string_view words) {
    const std::vector<Row> rows = database_.must("EXPLAIN QUERY PLAN " + sql).rows;
    return std::count_if(rows.begin(), rows.end(), [words](const Row& row) {
      return row.back().text.find(words) != std::string::npos;
    });
  }

  void compare(const std::string& sql) {
    const Asked plain = ask(sided(sql, 'p'), kMostSteps);
    if (plain.is_given_up) return;
    const bool is_join = sql.find(" b.") != std::string::npos;
    const bool joins_three = sql.find(" c ON") != std::string::npos;
    const bool looks_up_fewer =
        count_in(sided(sql, 't'), ":INDEX ") < count_in(sided(sql, 'p'), " USING INDEX ");
    const int64_t factor = looks_up_fewer || joins_three ? kWorstFactorOfOthers : kWorstFactor;
    const int64_t free = kFreeSteps + (is_join ? kFreeStepsOfRow * (table(0).rows + table(1).rows) : 0);
    const int64_t most = factor * plain.steps + free;
    const Asked temporal = ask(sided(sql, 't'), most);
    const bool is_alike = temporal.is_given_up || temporal.rows == plain.rows;
    if (is_alike && !temporal.is_given_up && temporal.steps <= most) return;
    const std::string how =
        is_alike ? "takes " +
                       (temporal.is_given_up ? "more than " + std::to_string(most)
                                             : std::to_string(temporal.steps)) +
                       " steps, not " + std::to_string(plain.steps)
                 : "answers\n-- " + describe(temporal.rows) + "\n-- not\n-- " + describe(plain.rows);
    differ(sided(sql, 't') + "\n-- " + how + "; the plan" + plan_of(sided(sql, 't')) +
           "\n-- of ordinary tables" + plan_of(sided(sql, 'p')));
  }

  const bool is_text_;
  std::vector<Table> tables_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  run_seeds(argc, argv, "60",
            [](uint64_t seed, const std::string& extension, int steps) { Run(seed, extension).go(steps); });
}
