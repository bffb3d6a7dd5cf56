// Compares what a temporal table adds up by itself with what SQLite makes of the same rows. Each random query is
// asked twice: as it is, and with `+` before the arguments of its aggregates and a FILTER behind count(*), which
// leave the answer and take the work from the table. Values are odd: NULL, mixed types, huge integers, numbers as
// text, blobs, NOCASE. Some statements are kept over commits and changes of the schema. What a host sees of a
// statement before it runs (names and types of its results, its parameters) is compared with that of the same text
// under an authorizer that allows everything, where SQLite does all.
//
//   aggregates --extension=PATH [--seed=N] [--seeds=COUNT] [--steps=COUNT]
//
// Prints each seed before it runs; on a difference it prints the statements that led there and ends with status 1.
#include <array>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/random_run.h"

namespace spectradb::tests {
namespace {

constexpr std::string_view kOddValues[] = {"NULL",
                                           "0",
                                           "1",
                                           "-1",
                                           "2",
                                           "3",
                                           "7",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "9007199254740993",
                                           "4503599627370497",
                                           "4611686018427387904",
                                           "1.0",
                                           "2.5",
                                           "-0.0",
                                           "0.1",
                                           "1e15",
                                           "1e300",
                                           "-1e300",
                                           "9e999",
                                           "''",
                                           "'a'",
                                           "'A'",
                                           "'b'",
                                           "'b '",
                                           "'12'",
                                           "'1e2'",
                                           "'3.0'",
                                           "'12abc'",
                                           "' 7'",
                                           "x''",
                                           "x'3132'",
                                           "x'ff'",
                                           "'é'"};
constexpr size_t kIntegers = 12;  // NULL among them
constexpr std::string_view kAlike[][2] = {{"1", "1.0"}, {"'a'", "'A'"}, {"'b'", "'b '"}, {"0", "-0.0"}};
constexpr std::string_view kColumns[] = {"i", "r", "n", "s", "c", "x", "b", "w", "id"};
constexpr std::string_view kGroups[] = {"g", "h", "s", "i", "r", "n", "c", "x", "id"};
constexpr std::string_view kFunctions[] = {"count", "sum", "total", "avg", "min", "max"};
constexpr std::string_view kComparisons[] = {"=", "==", "<>", "!=", "<", "<=", ">", ">=", "IS", "IS NOT"};
constexpr std::string_view kTimes[] = {"",
                                       "",
                                       "",
                                       " AS OF $C",
                                       " AS OF $C",
                                       " VALID AT $V",
                                       " AS OF $C VALID AT $V",
                                       " FOR SYSTEM_TIME ALL",
                                       " FOR ALL VALID_TIME",
                                       " FOR SYSTEM_TIME BETWEEN $C AND 9000"};

// A query as it is, and as SQLite alone answers it.
struct Pair {
  std::string table;
  std::string sqlite;
};

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

struct Kept {
  Pair text;
  Statement table;
  Statement sqlite;
};

class Run : private RandomRun {
 public:
  Run(uint64_t seed, std::string extension) : RandomRun(seed, std::move(extension)) {
    // Few values, so that many are equal or too much together: any, integers, or two that are alike.
    const int kind = below(3);
    const auto& alike = kAlike[static_cast<size_t>(below(std::size(kAlike)))];
    if (kind == 1) pool_.assign({alike[0], alike[1], "NULL"});
    for (int i = 3 + below(5); kind != 1 && i > 0; i--)
      pool_.push_back(kOddValues[static_cast<size_t>(below(kind == 0 ? kIntegers : std::size(kOddValues)))]);
    const char* const key = below(3) == 0 ? ", PRIMARY KEY (g, id)" : ", PRIMARY KEY (id)";
    must(std::string("CREATE TABLE t (id INTEGER NOT NULL, g TEXT NOT NULL, h INTEGER, i INTEGER, r REAL, n "
                     "NUMERIC, s TEXT, "
                     "c TEXT COLLATE NOCASE, x, b BLOB, w TEXT COLLATE RTRIM") +
         key + ") WITH SYSTEM VERSIONING");
    // Fewer rows a table does not add up. With many of them it may find that groups are too many.
    const int rows = below(4) == 0 ? 2200 : 1020;
    std::string sql = "INSERT INTO t (id, g, h, i, r, n, s, c, x, b, w) VALUES ";
    for (int id = 0; id < rows; id++) sql += (id == 0 ? "" : ", ") + any_row(id);
    must(sql);
  }

  void steps(int count) {
    for (int step = 0; step < count; step++) {
      const int what = below(100);
      if (what < 20) {
        write();
      } else if (what < 24) {
        if (!is_open_) upkeep_here();
      } else if (what < 27) {
        change_transaction();
      } else if (what < 29) {
        change_schema();
      } else if (what < 36) {
        check_kept();
      } else {
        check(any_query());
      }
    }
    if (is_open_) must("COMMIT");
  }

  int native() const { return native_; }
  int checked() const { return checked_; }

 private:
  template <typename List>
  std::string any(const List& list) {
    return std::string(list[static_cast<size_t>(below(std::size(list)))]);
  }
  std::string value() { return any(pool_); }

  // Commits, savepoints and the like are not what is tested, so a kept statement may stand between any two.
  void upkeep_here() {
    kept_.clear();
    upkeep();
  }

  std::string any_row(int id) {
    std::string row = "(" + std::to_string(id) + ", '" + static_cast<char>('a' + below(4)) + "', " +
                      std::to_string(below(3));
    for (int column = 0; column < 8; column++) row += ", " + value();
    return row + ")";
  }

  void write() {
    const int id = below(40);
    const int what = below(10);
    if (what < 6) {
      std::string sql = "INSERT OR REPLACE INTO t (id, g, h, i, r, n, s, c, x, b, w) VALUES " + any_row(id);
      if (below(5) == 0)
        sql += " VALID FROM " + std::to_string(below(50)) + " TO " + std::to_string(60 + below(50));
      log_and_run(sql);
    } else if (what < 9) {
      log_and_run("UPDATE t SET " + any(kColumns).substr(0, 1) + " = " + value() +
                  " WHERE h = " + std::to_string(below(3)));
    } else {
      log_and_run("DELETE FROM t WHERE id = " + std::to_string(id));
    }
  }

  // May fail, as a key column takes no NULL and no text.
  void log_and_run(const std::string& sql) {
    log_.push_back(sql);
    database_.run(sql);
  }

  void change_transaction() {
    must(is_open_ ? (below(3) == 0 ? "ROLLBACK" : "COMMIT") : "BEGIN");
    is_open_ = !is_open_;
  }

  void change_schema() {
    if (is_open_) return;
    switch (below(4)) {
      case 0:
        must("CREATE INDEX i" + std::to_string(indexes_++) + " ON t (" + any(kGroups) + ", " + any(kColumns) +
             ")");
        break;
      case 1:
        if (indexes_ > 0) log_and_run("DROP INDEX i" + std::to_string(below(static_cast<size_t>(indexes_))));
        break;
      case 2:
        must("ALTER TABLE t ADD COLUMN more" + std::to_string(columns_++) + " INTEGER DEFAULT 5");
        break;
      default:
        if (columns_ > 0)
          log_and_run("ALTER TABLE t DROP COLUMN more" +
                      std::to_string(below(static_cast<size_t>(columns_))));
    }
  }

  std::string any_time() {
    std::string time = any(kTimes);
    if (const size_t at = time.find("$C"); at != std::string::npos)
      time.replace(at, 2, std::to_string(below(commits() + 1)));
    if (const size_t at = time.find("$V"); at != std::string::npos)
      time.replace(at, 2, std::to_string(below(120)));
    if (const size_t at = time.find("9000"); at != std::string::npos)
      time.replace(at, 4, std::to_string(commits()));
    return time;
  }
  size_t commits() {
    return static_cast<size_t>(database_.integer("SELECT count(+commit_no) FROM spectradb_commits"));
  }

  Pair any_call() {
    if (below(4) == 0) return {"count(*)", "count(*) FILTER (WHERE 1)"};
    const std::string function = any(kFunctions);
    const std::string column = any(kColumns);
    return {function + "(" + column + ")", function + "(+" + column + ")"};
  }

  Pair any_result() {
    const Pair call = any_call();
    switch (below(8)) {
      case 0:
        return {"coalesce(" + call.table + ", 'none')", "coalesce(" + call.sqlite + ", 'none')"};
      case 1: {
        const Pair other = any_call();
        return {call.table + " + " + other.table + " AS both",
                call.sqlite + " + " + other.sqlite + " AS both"};
      }
      case 2:
        return {"CASE WHEN " + call.table + " > 3 THEN 1 ELSE 'x' END",
                "CASE WHEN " + call.sqlite + " > 3 THEN 1 ELSE 'x' END"};
      default:
        return call;
    }
  }

  std::string any_condition() {
    const std::string column = below(3) == 0 ? any(kGroups) : any(kColumns);
    const std::string constant = below(4) == 0   ? (has_marks_ ? "?" : "?1")
                                 : below(4) == 0 ? (has_marks_ ? "?" : ":two")
                                                 : value();
    switch (below(8)) {
      case 0:
        return column + " IS NOT NULL";
      case 1:
        return column + " BETWEEN " + value() + " AND " + constant;
      case 2:
        return constant + " " + any(std::array<std::string_view, 4>{"<", ">=", "=", "<>"}) + " " + column;
      case 3:
        return "(" + column + " NOTNULL AND t." + column + " " + any(kComparisons) + " " + constant + ")";
      default:
        return column + " " + any(kComparisons) + " " + constant;
    }
  }

  Pair any_select() {
    has_marks_ = below(2) == 0;
    std::string groups;
    std::vector<std::string> columns;
    for (int i = below(3); i > 0; i--) {
      columns.push_back(any(kGroups));
      groups += (groups.empty() ? " GROUP BY " : ", ") + columns.back();
    }
    Pair query{"SELECT ", "SELECT "};
    bool is_first = true;
    const auto add = [&](const Pair& part) {
      query.table += (is_first ? "" : ", ") + part.table;
      query.sqlite += (is_first ? "" : ", ") + part.sqlite;
      is_first = false;
    };
    for (const std::string& column : columns)
      if (below(4) > 0) add({column, column});
    for (int i = 1 + below(3); i > 0; i--) add(any_result());
    std::string rest = " FROM t";
    const std::string time = any_time();
    const bool is_behind = below(2) == 0;
    if (!is_behind) rest += time;
    for (int i = below(3); i > 0; i--)
      rest += (rest.find(" WHERE ") == std::string::npos ? " WHERE " : " AND ") + any_condition();
    query.table += rest + groups;
    query.sqlite += rest + groups;
    if (!groups.empty() && below(4) == 0) {
      const Pair call = any_call();
      query.table += " HAVING " + call.table + " > 1";
      query.sqlite += " HAVING " + call.sqlite + " > 1";
    }
    if (below(4) == 0) {
      const Pair call = any_call();
      const std::string also = columns.empty() ? "" : ", " + columns.front() + " DESC";
      query.table += " ORDER BY " + call.table + also;
      query.sqlite += " ORDER BY " + call.sqlite + also;
    }
    if (below(12) == 0) {
      query.table += " LIMIT 2";
      query.sqlite += " LIMIT 2";
    }
    if (is_behind) {
      query.table += time;
      query.sqlite += time;
    }
    return query;
  }

  Pair any_query() {
    const Pair query = any_select();
    const auto around = [&](const std::string& before, const std::string& after) {
      return Pair{before + query.table + after, before + query.sqlite + after};
    };
    switch (below(8)) {
      case 0:
        return around("SELECT * FROM (", ")");
      case 1:
        return around("WITH q AS (", ") SELECT count(+1), * FROM q GROUP BY 2");
      case 2:
        return around("SELECT 1, (SELECT 2 WHERE EXISTS (", "))");
      default:
        return query;
    }
  }

  // A value for each parameter of the text.
  std::vector<Binding> bindings(const std::string& sql) {
    std::vector<Binding> bindings;
    if (sql.find(":two") != std::string::npos) bindings.push_back({":two", value()});
    int places = 0;
    for (size_t at = sql.find('?'); at != std::string::npos; at = sql.find('?', at + 1)) places++;
    if (places > 0 && !has_marks_) places = 1;
    for (int place = 1; place <= places; place++) bindings.push_back({"?" + std::to_string(place), value()});
    return bindings;
  }

  // All that a host can ask of a prepared statement.
  std::string described(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_.handle(), sql.c_str(), -1, &statement, nullptr);
    const Statement owned(statement);
    const auto shown = [](const char* text) { return text == nullptr ? "(none)" : std::string(text); };
    std::string description;
    for (int column = 0; column < sqlite3_column_count(statement); column++)
      description += shown(sqlite3_column_name(statement, column)) + " " +
                     shown(sqlite3_column_decltype(statement, column)) + ", ";
    description += "parameters";
    for (int place = 1; place <= sqlite3_bind_parameter_count(statement); place++)
      description += " " + shown(sqlite3_bind_parameter_name(statement, place));
    return description;
  }

  void compare_descriptions(const std::string& sql) {
    const std::string by_table = described(sql);
    sqlite3_set_authorizer(
        database_.handle(),
        [](void*, int, const char*, const char*, const char*, const char*) { return SQLITE_OK; }, nullptr);
    const std::string by_sqlite = described(sql);
    sqlite3_set_authorizer(database_.handle(), nullptr, nullptr);
    if (by_table != by_sqlite) differ(sql + "\nthe table: " + by_table + "\nSQLite: " + by_sqlite);
  }

  // SQLite says where a table adds up.
  bool is_native(const std::string& sql) {
    const Outcome plan = database_.run("EXPLAIN QUERY PLAN " + sql);
    return describe(plan.rows).find("AGGREGATE") != std::string::npos;
  }

  void check(const Pair& query) {
    const std::vector<Binding> given = bindings(query.table);
    log_.push_back(query.table + " --");
    for (const Binding& binding : given) log_.back() += " " + binding.name + " = " + binding.literal;
    const Outcome by_table = database_.run(query.table, given);
    const Outcome by_sqlite = database_.run(query.sqlite, given);
    compare(by_table, by_sqlite);
    if (below(4) == 0) compare_descriptions(query.table);
    if (is_native(query.sqlite)) differ("the table adds up what only SQLite should: " + query.sqlite);
    native_ += is_native(query.table) ? 1 : 0;
    checked_++;
    if (by_table.is_ok() && kept_.size() < 8) keep(query);
  }

  void compare(const Outcome& by_table, const Outcome& by_sqlite) {
    if (by_table.code != by_sqlite.code || by_table.message != by_sqlite.message ||
        by_table.columns != by_sqlite.columns || by_table.rows != by_sqlite.rows)
      differ("the table: " + by_table.message + "\n" + describe(by_table.rows) +
             "\nSQLite: " + by_sqlite.message + "\n" + describe(by_sqlite.rows));
  }

  void keep(const Pair& query) {
    Kept kept;
    kept.text = query;
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_.handle(), query.table.c_str(), -1, &statement, nullptr);
    kept.table.reset(statement);
    sqlite3_prepare_v2(database_.handle(), query.sqlite.c_str(), -1, &statement, nullptr);
    kept.sqlite.reset(statement);
    kept_.push_back(std::move(kept));
  }

  Outcome run_kept(sqlite3_stmt* statement) {
    Outcome outcome;
    outcome.columns = sqlite3_column_count(statement);
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Row row;
      for (int column = 0; column < outcome.columns; column++)
        row.push_back(cell_of(sqlite3_column_value(statement, column)));
      outcome.rows.push_back(std::move(row));
    }
    outcome.code = sqlite3_reset(statement);
    if (outcome.code != SQLITE_OK) outcome.message = sqlite3_errmsg(database_.handle());
    return outcome;
  }

  void check_kept() {
    for (const Kept& kept : kept_) {
      log_.push_back(kept.text.table + " -- kept");
      const Outcome by_table = run_kept(kept.table.get());
      compare(by_table, run_kept(kept.sqlite.get()));
      checked_++;
    }
    if (below(4) == 0) kept_.clear();
  }

  std::vector<std::string_view> pool_;
  bool has_marks_ = false;  // the query at hand has parameters without names
  bool is_open_ = false;
  int indexes_ = 0;
  int columns_ = 0;
  int native_ = 0;
  int checked_ = 0;
  std::vector<Kept> kept_;
};

void expect_answer(const std::string& answer, const std::string& wanted, const std::string& when) {
  if (answer.find(wanted) == std::string::npos) fail(when + ": " + answer);
}

// What a host has set on its connection after a statement was prepared holds while the table adds up.
class Host {
 public:
  explicit Host(const std::string& extension) : database_(directory_.path("d.db"), extension) {
    database_.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, secret INTEGER) WITH SYSTEM VERSIONING");
    database_.must(
        "WITH RECURSIVE row(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM row WHERE id < 20000) "
        "INSERT INTO t SELECT id, id % 10, 1 FROM row");
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(database_.handle(), "SELECT count(*), sum(secret), max(n) FROM t WHERE n < ?", -1,
                       &statement, nullptr);
    statement_.reset(statement);
    sqlite3_bind_int(statement, 1, 5);
  }

  void run() {
    expect_answer(answer(), "10000|10000|4", "at first");
    const int steps = sqlite3_stmt_status(statement_.get(), SQLITE_STMTSTATUS_VM_STEP, 1);
    if (steps > 1000) fail("SQLite took " + std::to_string(steps) + " steps, though the table adds up");
    check_authorizer();
    check_progress();
    check_lock();
  }

 private:
  std::string answer() {
    const int code = sqlite3_step(statement_.get());
    if (code != SQLITE_ROW) {
      sqlite3_reset(statement_.get());
      return sqlite3_errmsg(database_.handle());
    }
    std::string answer;
    for (int column = 0; column < sqlite3_column_count(statement_.get()); column++)
      answer += (column == 0 ? "" : "|") + cell_of(sqlite3_column_value(statement_.get(), column)).text;
    sqlite3_reset(statement_.get());
    return answer;
  }

  // A column that the host hides is NULL, as in every statement, and one that it denies an error.
  void check_authorizer() {
    answer_ = SQLITE_IGNORE;
    sqlite3_set_authorizer(database_.handle(), authorize, this);
    expect_answer(answer(), "10000|NULL|4", "with a hidden column");
    answer_ = SQLITE_DENY;
    sqlite3_set_authorizer(database_.handle(), authorize, this);
    expect_answer(answer(), "prohibited", "with a denied column");
    sqlite3_set_authorizer(database_.handle(), nullptr, nullptr);
    expect_answer(answer(), "10000|10000|4", "behind the authorizer");
  }

  static int authorize(void* host, int action, const char*, const char* column, const char*, const char*) {
    const bool is_secret = action == SQLITE_READ && column != nullptr && std::string_view(column) == "secret";
    return is_secret ? static_cast<Host*>(host)->answer_ : SQLITE_OK;
  }

  // A progress handler is called for each step of SQLite's that it asked for, and ends the statement.
  void check_progress() {
    calls_ = 0;
    sqlite3_progress_handler(
        database_.handle(), 1000, [](void* host) { return ++static_cast<Host*>(host)->calls_ == 20 ? 1 : 0; },
        this);
    expect_answer(answer(), "interrupted", "with a progress handler");
    sqlite3_progress_handler(database_.handle(), 0, nullptr, nullptr);
    expect_answer(answer(), "10000|10000|4", "behind the handler");
  }

  void check_lock() {
    database_.must("SELECT spectradb_lock('read', 100000, 1)");
    const Outcome sums = database_.run("SELECT count(*), sum(secret), max(n) FROM t WHERE n < 5");
    expect_answer(sums.message + describe(sums.rows), "10000|10000|4", "with a lock");
    const Outcome groups = database_.run("SELECT n, count(*) FROM t GROUP BY n");
    if (groups.is_ok()) fail("a lock lets more groups pass than max_rows");
  }

  TemporaryDirectory directory_;
  Database database_;
  Statement statement_;
  int answer_ = SQLITE_OK;
  int calls_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  int native = 0;
  int checked = 0;
  choose_mode(Mode::kHook);
  Host(argument(argc, argv, "extension", "")).run();
  run_seeds(argc, argv, "200", [&](uint64_t seed, const std::string& extension, int steps) {
    Run run(seed, extension);
    run.steps(steps);
    native += run.native();
    checked += run.checked();
  });
  std::printf("%d queries, %d of them by the table\n", checked, native);
  if (native * 10 < checked) fail("hardly any query was answered by the table");
}
