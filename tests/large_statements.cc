// Runs statements near SQLite's own limits on an ordinary and a temporal table, which must answer alike:
// 32,000 parameters, texts of 100 kB and more, long ORs and INs, deep recursion, many columns.
//
//   large_statements --extension=PATH
#include <algorithm>
#include <cstdio>
#include <functional>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

std::string repeated(int count, const std::string& between, const std::function<std::string(int)>& element) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i == 0 ? "" : between) + element(i);
  return out;
}

class Statements {
 public:
  explicit Statements(const std::string& extension) : database_(directory_.path("large.db"), extension) {
    const std::string columns = " (id INTEGER PRIMARY KEY, a INT DEFAULT 5, b TEXT)";
    database_.must("CREATE TABLE o" + columns + "; CREATE TABLE t" + columns + " WITH SYSTEM VERSIONING");
  }

  // Runs the text for both tables, whose letter replaces `@`.
  void compare(const std::string& sql, const std::vector<Binding>& bindings = {}) {
    const Outcome ordinary = database_.run(sided(sql, 'o'), bindings);
    const Outcome temporal = database_.run(sided(sql, 't'), bindings);
    longest_ = std::max(longest_, sql.size());
    ++compared_;
    if (!ordinary.is_ok()) fail("SQLite itself refuses " + sql.substr(0, 200) + ": " + ordinary.message);
    if (ordinary.code == temporal.code && ordinary.rows == temporal.rows &&
        ordinary.changes == temporal.changes)
      return;
    fail(sql.substr(0, 200) + " … (" + std::to_string(sql.size()) + " bytes)\nordinary: " + ordinary.message +
         "\n" + describe(ordinary.rows) + "temporal: " + temporal.message + "\n" + describe(temporal.rows));
  }

  void run() {
    constexpr int kParameters = 32'000;
    std::vector<Binding> bindings;
    for (int i = 0; i < kParameters; ++i)
      bindings.push_back({"?" + std::to_string(i + 1), std::to_string(i % 10 == 9 ? 7 : i)});
    const auto parameter = [](int) { return std::string("?"); };
    compare("INSERT INTO @ (id) VALUES " +
            repeated(10'000, ", ", [](int i) { return "(" + std::to_string(i) + ")"; }));
    compare("INSERT OR IGNORE INTO @ (id, a, b) VALUES " +
                repeated(10'000, ", ", [](int) { return std::string("(?, ?, ?)"); }),
            {bindings.begin(), bindings.begin() + 30'000});
    // These statements carry their parameters into another one.
    compare("INSERT INTO @ (id, a) VALUES " +
                repeated(10'000, ", ",
                         [](int i) {
                           return "(" + std::to_string(50'000 + i) + ", ?" + std::to_string(10'000 - i) + ")";
                         }) +
                " RETURNING id, a, b",
            {bindings.begin(), bindings.begin() + 10'000});
    compare("INSERT INTO @ (id, a, b) VALUES " +
                repeated(10'000, ", ", [](int) { return std::string("(?, ?, ?)"); }) +
                " ON CONFLICT (id) DO UPDATE SET b = excluded.a",
            {bindings.begin(), bindings.begin() + 30'000});
    compare("INSERT INTO @ (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET a = CASE WHEN a IN (" +
                repeated(20'000, ", ", parameter) + ") THEN 1 ELSE 2 END RETURNING a",
            {bindings.begin(), bindings.begin() + 20'000});
    compare("DELETE FROM @ WHERE id >= 50000 AND a NOT IN (" + repeated(8'000, ", ", parameter) +
                ") RETURNING id",
            {bindings.begin(), bindings.begin() + 8'000});
    compare("DELETE FROM @ WHERE id >= 50000");
    compare("SELECT count(*), sum(a) FROM @ WHERE id IN (" + repeated(kParameters, ", ", parameter) + ")",
            bindings);
    compare("SELECT " + repeated(900, " + ", parameter) + " + a FROM @ LIMIT 1",
            {bindings.begin(), bindings.begin() + 900});
    compare("SELECT count(*) /* " + std::string(500'000, 'x') + " */ FROM @");
    compare("UPDATE @ SET b = '" + std::string(500'000, 'y') + "' WHERE id = 3");
    compare("SELECT length(b) FROM @ WHERE id < 5 ORDER BY id");
    compare("SELECT count(*) FROM @ WHERE " +
            repeated(900, " OR ", [](int i) { return "(id = " + std::to_string(3 * i) + " AND a = 5)"; }));
    compare("DELETE FROM @ WHERE id IN (" +
            repeated(5'000, ", ", [](int i) { return std::to_string(2 * i); }) + ")");
    compare(repeated(400, " UNION ALL ",
                     [](int i) { return "SELECT a FROM @ WHERE id = " + std::to_string(i); }));
    compare("SELECT count(*) FROM @ JOIN " + repeated(20, " JOIN ", [](int i) {
              return "@ AS x" + std::to_string(i) + " ON x" + std::to_string(i) + ".id = @.id";
            }));
    compare(
        "WITH RECURSIVE w(i) AS (SELECT 1 UNION ALL SELECT w.i + 2 FROM w JOIN @ ON @.id = w.i) SELECT "
        "count(*), max(i) "
        "FROM w");
    compare(
        "WITH RECURSIVE up(id, depth) AS (SELECT id, 0 FROM @ WHERE id < 20 UNION ALL SELECT @.id, depth + 1 "
        "FROM "
        "up JOIN @ ON @.id = up.id * 3 WHERE depth < 9) SELECT * FROM up ORDER BY depth, id");
    const std::string nested = repeated(12, "", [](int) { return std::string("SELECT * FROM ("); });
    compare(nested + "SELECT id FROM @ WHERE id < 9" + std::string(12, ')') + " ORDER BY 1");
    const auto make_wide = [&](int count) {
      return database_.run("CREATE TABLE wide (id INTEGER PRIMARY KEY, " +
                           repeated(count - 1, ", ", [](int n) { return "c" + std::to_string(n); }) +
                           ") WITH SYSTEM VERSIONING");
    };
    // SQLite takes 2,000 columns, of which the extension needs some for itself: when too few are left for
    // these, the message names the table.
    constexpr int kSqliteColumns = 2'000;
    constexpr int kEnough = 1'970;
    int count = kSqliteColumns;
    for (Outcome wide = make_wide(count); !wide.is_ok(); wide = make_wide(--count)) {
      const bool is_said =
          wide.message.find("too many columns on wide") != std::string::npos ||
          wide.message.find("table wide has " + std::to_string(count) + " columns") != std::string::npos;
      if (!is_said) fail("a table with too many columns says: " + wide.message);
      if (count == kEnough) fail("a table has no more than " + std::to_string(count) + " columns");
    }
    database_.must("DROP TABLE wide");
    // These tables have almost as many columns as one of SQLite may have; some are left for the hidden
    // columns.
    const std::string columns = repeated(1'900, ", ", [](int i) { return "c" + std::to_string(i) + " INT"; });
    database_.must("CREATE TABLE ow (" + columns + "); CREATE TABLE tw (" + columns +
                   ") WITH SYSTEM VERSIONING");
    compare("INSERT INTO @w (c7, c1899) VALUES (1, 2), (3, 4)");
    compare("SELECT c0, c7, c1899 FROM @w ORDER BY c7");
    compare("SELECT * FROM @w WHERE c7 = 3");
    std::printf("%d statements alike, the longest of %zu bytes\n", compared_, longest_);
  }

 private:
  static std::string sided(std::string sql, char side) {
    std::replace(sql.begin(), sql.end(), '@', side);
    return sql;
  }

  TemporaryDirectory directory_;
  Database database_;
  int compared_ = 0;
  size_t longest_ = 0;
};

// Limits that a host sets for its statements do not apply to statements of the extension: those here work,
// or fail with SQLite's message, as on an ordinary table, and none is half done.
void test_small_limits(const std::string& extension) {
  struct Limit {
    int limit;
    int value;
  };
  constexpr Limit kLimits[] = {{SQLITE_LIMIT_VARIABLE_NUMBER, 1},     {SQLITE_LIMIT_VARIABLE_NUMBER, 3},
                               {SQLITE_LIMIT_SQL_LENGTH, 200},        {SQLITE_LIMIT_SQL_LENGTH, 400},
                               {SQLITE_LIMIT_EXPR_DEPTH, 3},          {SQLITE_LIMIT_EXPR_DEPTH, 8},
                               {SQLITE_LIMIT_FUNCTION_ARG, 3},        {SQLITE_LIMIT_COMPOUND_SELECT, 2},
                               {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1}, {SQLITE_LIMIT_ATTACHED, 0},
                               {SQLITE_LIMIT_TRIGGER_DEPTH, 1}};
  int worked = 0;
  for (const bool is_made_under_it : {false, true}) {
    for (const Limit& limit : kLimits) {
      const TemporaryDirectory directory;
      const std::string path = directory.path("limits.db");
      const std::string make =
          "CREATE TABLE o (id INTEGER PRIMARY KEY, a TEXT);"
          "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, a TEXT)";
      Database database(path, extension);
      if (!is_made_under_it) database.must(make);
      sqlite3_limit(database.handle(), limit.limit, limit.value);
      const auto refuse = [&](const std::string& sql, const Outcome& outcome) {
        fail("with limit " + std::to_string(limit.limit) + " at " + std::to_string(limit.value) + " " + sql +
             ": " + outcome.message);
      };
      if (is_made_under_it) database.must(make);
      for (const char* sql :
           {"INSERT INTO @ VALUES (1, 'a')", "INSERT INTO @ VALUES (2, 'b')",
            "UPDATE @ SET a = 'c' WHERE id = 1", "BEGIN", "INSERT INTO @ VALUES (3, 'd')", "SAVEPOINT s",
            "DELETE FROM @ WHERE id = 2", "ROLLBACK TO s", "COMMIT", "CREATE INDEX @a ON @ (a)",
            "SELECT id FROM @ WHERE a = 'c'", "ALTER TABLE @ ADD COLUMN w",
            "INSERT INTO @ VALUES (4, 'e', 'f')", "DROP INDEX @a", "SELECT * FROM @ ORDER BY id"}) {
        std::string ordinary = sql;
        std::string temporal = sql;
        std::replace(ordinary.begin(), ordinary.end(), '@', 'o');
        std::replace(temporal.begin(), temporal.end(), '@', 't');
        const Outcome theirs = database.run(ordinary);
        // ALTER TABLE makes SQLite read the texts of all tables again, under the same limit.
        if (!theirs.is_ok() || ordinary == temporal) continue;
        const Outcome ours = database.run(temporal);
        if (!ours.is_ok() || ours.rows != theirs.rows) refuse(temporal, ours);
        ++worked;
      }
      if (database.text("SELECT spectradb_check()") != "ok") fail("the check under a limit");
      if (sqlite3_limit(database.handle(), limit.limit, -1) != limit.value)
        fail("a limit of the host's was changed");
    }
  }
  if (worked < 220) fail("hardly any statement worked under a limit: " + std::to_string(worked));
  std::printf("%d statements under limits of the host's\n", worked);
}

// A row is as long as the host lets one of an ordinary table be, in whatever values it comes.
void test_long_rows(const std::string& extension) {
  Database database(":memory:", extension);
  const std::string columns = " (id INTEGER PRIMARY KEY, a, b, c AS (a || b) STORED, d AS (a || b))";
  database.must("CREATE TABLE o" + columns + "; CREATE TABLE t" + columns + " WITH SYSTEM VERSIONING");
  for (const char* index : {"CREATE INDEX i_o ON o (hex(a))", "CREATE INDEX i_t ON t (hex(a))"})
    database.must(index);
  sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, 100'000);
  int refused = 0;
  for (const char* sql :
       {"INSERT INTO @ (id, a, b) VALUES (1, zeroblob(100000), NULL)",
        "INSERT INTO @ (id, a, b) VALUES (1, zeroblob(60000), zeroblob(60000))",
        "INSERT OR IGNORE INTO @ (id, a, b) VALUES (1, zeroblob(60000), zeroblob(60000))",
        "INSERT OR REPLACE INTO @ (id, a, b) VALUES (1, zeroblob(60000), zeroblob(60000))",
        "INSERT INTO @ (id, a, b) VALUES (1, zeroblob(30000), zeroblob(30000))",
        "INSERT INTO @ (id, a, b) VALUES (1, zeroblob(20000), zeroblob(20000))",
        "UPDATE @ SET b = zeroblob(60000), a = zeroblob(60000)", "UPDATE @ SET a = zeroblob(30000)",
        "UPDATE OR IGNORE @ SET a = zeroblob(40000) WHERE id = 1",
        "SELECT id, length(a), length(b) FROM @"}) {
    std::string ordinary = sql;
    std::string temporal = sql;
    std::replace(ordinary.begin(), ordinary.end(), '@', 'o');
    std::replace(temporal.begin(), temporal.end(), '@', 't');
    const Outcome theirs = database.run(ordinary);
    const Outcome ours = database.run(temporal);
    if (ours.code != theirs.code || ours.rows != theirs.rows ||
        (theirs.code == SQLITE_TOOBIG && ours.message != theirs.message))
      fail(temporal + ": " + ours.message + "; an ordinary table says: " + theirs.message);
    if (theirs.code == SQLITE_TOOBIG) ++refused;
  }
  if (refused < 6) fail("hardly any row was too long: " + std::to_string(refused));
  // Rows of ours hold several of the user's, and may be longer.
  for (const char* storage : {"directory", "rows"}) {
    Database small(":memory:", extension);
    small.must(std::string("SELECT spectradb_config('storage', '") + storage + "')");
    small.must("CREATE TABLE t (id INTEGER PRIMARY KEY, a) WITH SYSTEM VERSIONING");
    sqlite3_limit(small.handle(), SQLITE_LIMIT_LENGTH, 1'000);
    small.must("INSERT INTO t SELECT value, randomblob(600) FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8]')");
    small.must("SELECT spectradb_flush()");
    small.must("UPDATE t SET a = randomblob(800); SELECT spectradb_compact()");
    if (small.integer("SELECT sum(length(a)) FROM t") != 8 * 800) fail("rows under a limit of their length");
    if (small.text("SELECT spectradb_check()") != "ok") fail("the check under a limit of lengths");
    if (small.run("INSERT INTO t VALUES (9, zeroblob(1001))").code != SQLITE_TOOBIG)
      fail("a value that is longer than the limit");
    if (sqlite3_limit(small.handle(), SQLITE_LIMIT_LENGTH, -1) != 1'000) fail("the limit was changed");
  }
  std::printf("%d rows that are too long\n", refused);
}

// A text that is as short as the host wants may become a longer one, and what is wrong with it is said all the same.
void test_messages_under_limits(const std::string& extension) {
  Database database(":memory:", extension);
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT) WITH SYSTEM VERSIONING");
  struct Case {
    int bytes;
    const char* sql;
    const char* message;
  };
  for (const Case& one :
       {Case{25, "SELECT * FROM t AS OF", "'AS OF' needs a time"},
        Case{25, "SELECT * FROM x AS OF 1", "no such table: x"},
        Case{50, "INSERT INTO t(a) VALUES ('b') RETURNING id", "statement too long: as plain SQL it has "}}) {
    sqlite3_limit(database.handle(), SQLITE_LIMIT_SQL_LENGTH, one.bytes);
    const Outcome outcome = database.run(one.sql);
    if (outcome.message.find(one.message) == std::string::npos)
      fail(std::string(one.sql) + " says under a limit: " + outcome.message);
    if (sqlite3_limit(database.handle(), SQLITE_LIMIT_SQL_LENGTH, -1) != one.bytes)
      fail("a message changed the host's limit");
  }
}

// A table may have as many columns as the host's limit leaves beside those of times.
void test_many_columns(const std::string& extension) {
  constexpr int kOfTimes = 23;
  for (const int most : {2000, 100}) {
    Database database(":memory:", extension);
    sqlite3_limit(database.handle(), SQLITE_LIMIT_COLUMN, most);
    const auto text = [](const std::string& name, int columns) {
      std::string sql = "CREATE TABLE " + name + " (id INTEGER PRIMARY KEY";
      for (int column = 1; column < columns; ++column) sql += ", c" + std::to_string(column);
      return sql + ") WITH SYSTEM VERSIONING";
    };
    const int widest = most - kOfTimes;
    const std::string last = "c" + std::to_string(widest - 1);
    database.must(text("wide", widest));
    database.must("INSERT INTO wide (id, c1, " + last + ") VALUES (1, 2, 3); UPDATE wide SET " + last +
                  " = 4");
    if (database.integer("SELECT " + last + " FROM wide AS OF 1 WHERE c1 = 2") != 3)
      fail("the last column of many has another value");
    const std::string message = database.run(text("wider", widest + 1)).message;
    const std::string expected = "table wider has " + std::to_string(widest + 1) +
                                 " columns, and a temporal table can have " + std::to_string(widest) +
                                 " here";
    if (message.rfind(expected, 0) != 0) fail("a table that is too wide is told " + message);
  }
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: large_statements --extension=PATH");
  choose_mode(Mode::kHook);
  Statements(extension).run();
  test_small_limits(extension);
  test_messages_under_limits(extension);
  test_long_rows(extension);
  test_many_columns(extension);
  return 0;
}
