// In a host without the prepare hook, whose text reaches SQLite as it is, nothing is silently different: what needs
// the rewriter fails with a word on the way out.
//
//   without_hook --extension=PATH
#include <cstdio>
#include <string>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

// Runs the text through SQLite's own functions; the rows, a line each, or the message.
std::string plain(Database& database, const char* sql) {
  std::string rows;
  char* message = nullptr;
  const auto add_row = [](void* out, int count, char** values, char**) {
    auto& text = *static_cast<std::string*>(out);
    for (int i = 0; i < count; ++i) {
      if (i > 0) text += '|';
      text += values[i] == nullptr ? "NULL" : values[i];
    }
    text += '\n';
    return 0;
  };
  const int code = sqlite3_exec(database.handle(), sql, add_row, &rows, &message);
  if (code != SQLITE_OK) rows = std::string("error: ") + (message == nullptr ? "" : message) + "\n";
  sqlite3_free(message);
  return rows;
}

void expect(Database& database, const char* sql, const std::string& wanted) {
  const std::string got = plain(database, sql);
  if (got != wanted + "\n") fail(std::string(sql) + "\n  gives " + got + "  not   " + wanted + "\n");
}

void expect_error(Database& database, const char* sql, const std::string& part) {
  const std::string got = plain(database, sql);
  if (got.rfind("error: ", 0) != 0 || got.find(part) == std::string::npos)
    fail(std::string(sql) + "\n  gives " + got + "  not an error with " + part + "\n");
}

void test_functions_in_schemas(const std::string& extension) {
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  const std::string attach = "ATTACH '" + directory.path("other.db") + "' AS o";
  if (plain(database, attach.c_str()) != "") fail("cannot attach");
  plain(database,
        "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO t VALUES (1, "
        "'main');"
        "CREATE VIRTUAL TABLE o.t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
        "INSERT INTO o.t VALUES (1, 'other'); UPDATE o.t SET v = 'other 2'");
  expect_error(database, "SELECT count(*) FROM o.spectradb_commits", "schema = 'o'");
  expect_error(database, "SELECT * FROM \"o\" . [spectradb_history]('t')", "schema = 'o'");
  expect_error(database, "SELECT * FROM main.spectradb_changes", "schema = 'main'");
  expect(database, "SELECT count(*) FROM spectradb_commits", "1");
  expect(database, "SELECT count(*) FROM spectradb_commits('o')", "2");
  expect(database, "SELECT count(*) FROM spectradb_commits WHERE schema = 'o'", "2");
  expect(database, "SELECT count(*) FROM spectradb_changes('t', 0, 'o')", "2");
  expect(database, "SELECT 'o.spectradb_commits', count(*) FROM spectradb_history('o.t')",
         "o.spectradb_commits|2");
}

// A PRAGMA is SQLite's own there; the table-valued form tells of temporal tables.
void test_reflection(const std::string& extension) {
  TemporaryDirectory directory;
  Database database(directory.path("main.db"), extension);
  plain(database,
        "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT NOT NULL DEFAULT 'x', w INT "
        "UNIQUE "
        "REFERENCES t (id) ON DELETE CASCADE)");
  expect(database, "SELECT * FROM pragma_table_info('t') WHERE name <> 'w'",
         "0|id|INTEGER|0|NULL|1\n1|v|TEXT|1|'x'|0");
  expect(database, "SELECT count(*) FROM pragma_table_xinfo('t')", "3");
  expect(database,
         "SELECT m.name, l.name, l.origin, i.name FROM sqlite_master m, pragma_index_list(m.name) l, "
         "pragma_index_info(l.name) i WHERE m.name = 't'",
         "t|sqlite_autoindex_t_1|u|w");
  expect(database, "SELECT \"table\", \"from\", \"to\", on_delete FROM pragma_foreign_key_list('t', 'main')",
         "t|w|id|CASCADE");
  expect(database, "SELECT type, ncol FROM pragma_table_list('t')", "table|3");
  expect(database, "SELECT spectradb_sql('PRAGMA table_info(t)')", "SELECT * FROM pragma_table_info('t')");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: without_hook --extension=PATH");
  choose_mode(Mode::kApi);
  test_functions_in_schemas(extension);
  test_reflection(extension);
  std::printf("without the hook: nothing is silently different\n");
  return 0;
}
