// A function of the application rolls back the transaction, or to a savepoint, while a statement writes rows: the
// statement must fail as a whole, as on an ordinary table, nothing of it be there, and the connection go on.
//
//   ended_inside --extension=PATH
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

int calls_left = 0;
const char* act = "";
bool is_act_done = false;

// Passes its argument on. The last of the calls that were set runs the act before.
void pass(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (--calls_left == 0)
    is_act_done =
        sqlite3_exec(sqlite3_context_db_handle(context), act, nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_result_value(context, arguments[0]);
}

constexpr const char* kActs[] = {
    "ROLLBACK",
    "ROLLBACK TO s",
    "ROLLBACK; BEGIN",
    "ROLLBACK; BEGIN; INSERT INTO t (id, v, by) VALUES (60, 'written inside', 'inside')",
    "ROLLBACK; INSERT INTO t (id, v, by) VALUES (60, 'written inside', 'inside')",
};

struct Case {
  const char* columns;
  const char* statement;
};

constexpr Case kCases[] = {
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "INSERT OR IGNORE INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e') RETURNING id"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e') ON CONFLICT (id) DO "
     "UPDATE SET v = excluded.v"},
    {"id INTEGER PRIMARY KEY, v TEXT, w TEXT DEFAULT (pass('w'))",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT, w AS (pass(v)) STORED",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT, w AS (pass(v)) STORED", "UPDATE t SET v = v || '!' WHERE id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT, UNIQUE (v)",
     "INSERT INTO t (id, v) SELECT column1, pass(column2) FROM (VALUES (1, 'A'), (2, 'B'), (3, 'C'), (4, "
     "'D'), (5, 'E'))"},
    {"id INTEGER PRIMARY KEY, v TEXT", "UPDATE t SET v = pass(v) || '!' WHERE id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT", "DELETE FROM t WHERE pass(v) IS NOT NULL AND id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT /* indexed */",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT, u TEXT DEFAULT 'same' CHECK (pass(v) IS NOT u)",
     "UPDATE t SET v = v || '!' WHERE id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT", "CREATE INDEX of_pass ON t (pass(v))"},
    {"id INTEGER PRIMARY KEY, v TEXT /* indexed */", "UPDATE t SET v = v || '!' WHERE id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "SELECT * FROM spectradb_copy('COPY t (id, v) FROM ''five.csv''')"},
    {"id INTEGER PRIMARY KEY, v TEXT, w TEXT DEFAULT (pass('w'))",
     "SELECT * FROM spectradb_copy('COPY t (id, v) FROM ''five.csv''')"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "SELECT * FROM spectradb_copy('COPY t (id, v) FROM ''five.csv'' WITH (ON_ERROR reject)')"},
};

constexpr int kRowsBefore = 5;  // with negative keys

void check_case(const Case& one, const std::string& extension, bool is_temporal, bool begins, int at_call) {
  const bool is_copy = std::string_view(one.statement).starts_with("SELECT");
  // SQLite 3.40 goes on with the index that it has rolled back, and says that the database is malformed.
  const bool is_index = std::string_view(one.statement).starts_with("CREATE INDEX");
  if ((is_copy || is_index) && !is_temporal) return;
  const TemporaryDirectory directory;
  Database database(directory.path("x.db"), extension);
  sqlite3_create_function(database.handle(), "pass", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, pass,
                          nullptr, nullptr);
  calls_left = 0;
  database.must("PRAGMA synchronous = OFF");
  const std::string columns = one.columns;
  const size_t behind_columns = columns.find(", UNIQUE");
  database.must("CREATE TABLE t (" + columns.substr(0, behind_columns) + ", by TEXT" +
                (behind_columns == std::string::npos ? "" : columns.substr(behind_columns)) + ")" +
                (is_temporal ? " WITH SYSTEM VERSIONING" : ""));
  if (columns.find("indexed") != std::string::npos) database.must("CREATE INDEX of_pass ON t (pass(v))");
  database.must("INSERT INTO t (id, v) VALUES (-1, 'a'), (-2, 'b'), (-3, 'c'), (-4, 'd'), (-5, 'e')");
  if (begins) database.must("BEGIN; SAVEPOINT s; INSERT INTO t (id, v) VALUES (0, 'in the transaction')");
  is_act_done = false;
  calls_left = at_call;
  const Outcome outcome = database.run(one.statement);
  const std::string what = std::string(is_temporal ? "temporal: " : "ordinary: ") + one.columns + ": " +
                           one.statement + " at call " + std::to_string(at_call) +
                           (begins ? " in a transaction: " : ": ") + act;
  expect(calls_left <= 0, what + " was not reached");
  calls_left = 0;
  // Where SQLite has begun no transaction there is none to end, and ROLLBACK fails inside; ROLLBACK TO needs a savepoint.
  const bool is_lost = begins || (is_copy && std::string_view(act) != "ROLLBACK TO s");
  if (is_lost) {
    expect(is_act_done, what + " did not roll back");
    expect(!outcome.is_ok(), what + " succeeds: " + describe(outcome.rows));
    expect(database.integer("SELECT count(*) FROM t WHERE v NOT LIKE '%!' AND by IS NULL") == kRowsBefore &&
               database.integer("SELECT count(*) FROM t WHERE by IS NULL") == kRowsBefore,
           what + ": rows are left: " + outcome.message);
  }
  database.must("INSERT INTO t (id, v) VALUES (100, 'behind it')");
  if (sqlite3_get_autocommit(database.handle()) == 0) database.must("COMMIT");
  if (is_lost)
    expect(database.integer("SELECT count(*) FROM t WHERE by IS NULL") == kRowsBefore + 1,
           what + ": the statement behind it was lost");
  if (is_temporal) expect(database.text("SELECT spectradb_check()") == "ok", what + ": damage");
}

// Nothing of a change of the schema is there when a function that it calls has rolled back.
void check_change_of_schema(const std::string& extension) {
  const TemporaryDirectory directory;
  Database database(directory.path("x.db"), extension);
  sqlite3_create_function(database.handle(), "pass", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, pass,
                          nullptr, nullptr);
  calls_left = 0;
  database.must("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, by TEXT) WITH SYSTEM VERSIONING");
  database.must("INSERT INTO t (id, v) VALUES (-1, 'a'), (-2, 'b')");
  database.must("BEGIN; SAVEPOINT s; INSERT INTO t (id, v) VALUES (0, 'in the transaction')");
  is_act_done = false;
  calls_left = 1;
  const Outcome outcome = database.run("ALTER TABLE t ADD COLUMN w AS (pass(v))");
  const std::string what = std::string("ALTER TABLE: ") + act + ": ";
  expect(is_act_done, what + "did not roll back");
  expect(!outcome.is_ok(), what + "succeeds");
  expect(outcome.message.find("a function of the application has ended") != std::string::npos,
         what + outcome.message);
  if (sqlite3_get_autocommit(database.handle()) == 0) database.must("COMMIT");
  expect(database.integer("SELECT count(*) FROM pragma_table_xinfo('t') WHERE name = 'w'") == 0,
         what + "the column is there");
  expect(database.integer("SELECT count(*) FROM t WHERE by IS NULL") == 2, what + "other rows are there");
  expect(database.text("SELECT spectradb_check()") == "ok", what + "damage");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: ended_inside --extension=PATH");
  const TemporaryDirectory files;
  std::ofstream(files.path("five.csv")) << "1,a\n2,b\n3,c\n4,d\n5,e\n";
  setenv("SPECTRADB_COPY_FOLDER", files.path().c_str(), 1);
  int cases = 0;
  for (const char* const one_act : kActs) {
    act = one_act;
    const bool is_first = one_act == kActs[0];
    check_change_of_schema(extension);
    const std::vector<int> calls = is_first ? std::vector<int>{1, 3, 5} : std::vector<int>{3, 5};
    for (const Case& one : kCases) {
      for (const bool is_temporal : {false, true}) {
        for (const int at_call : calls) {
          check_case(one, extension, is_temporal, true, at_call);
          if (is_first) check_case(one, extension, is_temporal, false, at_call);
          cases += is_first ? 2 : 1;
        }
      }
    }
  }
  std::printf("%d statements whose writes a function rolled back\n", cases);
  return 0;
}
