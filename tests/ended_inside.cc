// A function of the application ends the transaction while a statement writes rows: the statement must fail as a
// whole, as on an ordinary table, nothing of it be there, and the connection go on.
//
//   ended_inside --extension=PATH
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

int calls_left = 0;

// Passes its argument on. The last of the calls that were set runs ROLLBACK before.
void pass(sqlite3_context* context, int, sqlite3_value** arguments) {
  if (--calls_left == 0)
    sqlite3_exec(sqlite3_context_db_handle(context), "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_result_value(context, arguments[0]);
}

struct Case {
  const char* columns;
  const char* statement;
};

constexpr Case kCases[] = {
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "INSERT OR IGNORE INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT, w TEXT DEFAULT (pass('w'))",
     "INSERT INTO t (id, v) VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')"},
    {"id INTEGER PRIMARY KEY, v TEXT",
     "INSERT INTO t SELECT column1, pass(column2) FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, "
     "'e'))"},
    {"id INTEGER PRIMARY KEY, v TEXT", "UPDATE t SET v = pass(v) || '!' WHERE id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT", "DELETE FROM t WHERE pass(v) IS NOT NULL AND id < 0"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "SELECT * FROM spectradb_copy('COPY t FROM ''five.csv''')"},
    {"id INTEGER PRIMARY KEY, v TEXT, w TEXT DEFAULT (pass('w'))",
     "SELECT * FROM spectradb_copy('COPY t (id, v) FROM ''five.csv''')"},
    {"id INTEGER PRIMARY KEY, v TEXT CHECK (pass(v) IS NOT NULL)",
     "SELECT * FROM spectradb_copy('COPY t FROM ''five.csv'' WITH (ON_ERROR reject)')"},
};

constexpr int kRowsBefore = 5;  // with negative keys

void check_case(const Case& one, const std::string& extension, bool is_temporal, bool begins, int at_call) {
  const TemporaryDirectory directory;
  Database database(directory.path("x.db"), extension);
  sqlite3_create_function(database.handle(), "pass", 1, SQLITE_UTF8, nullptr, pass, nullptr, nullptr);
  calls_left = 0;
  database.must("CREATE TABLE t (" + std::string(one.columns) + ")" +
                (is_temporal ? " WITH SYSTEM VERSIONING" : ""));
  database.must("INSERT INTO t (id, v) VALUES (-1, 'a'), (-2, 'b'), (-3, 'c'), (-4, 'd'), (-5, 'e')");
  if (begins) database.must("BEGIN; INSERT INTO t (id, v) VALUES (0, 'in the transaction')");
  calls_left = at_call;
  const Outcome outcome = database.run(one.statement);
  const std::string what = std::string(is_temporal ? "temporal: " : "ordinary: ") + one.statement +
                           " at call " + std::to_string(at_call) + (begins ? " in a transaction" : "");
  const bool is_ended = sqlite3_get_autocommit(database.handle()) != 0 && calls_left <= 0;
  const bool is_copy = std::string_view(one.statement).starts_with("SELECT");
  calls_left = 0;
  // Where SQLite has begun no transaction there is none to end, and ROLLBACK fails inside.
  if (begins || is_copy) {
    expect(is_ended, what + " did not end the transaction");
    expect(!outcome.is_ok(), what + " succeeds: " + describe(outcome.rows));
    expect(database.integer("SELECT count(*) FROM t WHERE v NOT LIKE '%!'") == kRowsBefore &&
               database.integer("SELECT count(*) FROM t") == kRowsBefore,
           what + ": rows are left: " + outcome.message);
  }
  database.must("INSERT INTO t (id, v) VALUES (100, 'behind it')");
  if (is_temporal) expect(database.text("SELECT spectradb_check()") == "ok", what + ": damage");
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
  for (const Case& one : kCases)
    for (const bool is_temporal : {false, true})
      for (const bool begins : {false, true})
        for (const int at_call : {1, 3, 5}) {
          check_case(one, extension, is_temporal, begins, at_call);
          ++cases;
        }
  std::printf("%d statements whose transaction a function ended\n", cases);
  return 0;
}
