// Every function of SQLite that takes a text understands temporal SQL, and spectradb_hooked() tells the
// truth about each text: the same text that came another way is another text. Without the hook all of them
// are SQLite's own.
//
//   ways_in --extension=PATH [--mode=hook|api] [--library=PATH]
//
// --library: the functions are taken from another libsqlite3, whose calls of its own functions bypass the
// hook.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/database.h"

namespace {

using spectradb::tests::fail;

bool is_hook = true;
int checks = 0;

void expect(const std::string& what, const std::string& got, const std::string& right) {
  ++checks;
  if (got != right) fail(what + "\n  gives     " + got + "\n  and not   " + right);
}

std::u16string wide(std::string_view ascii) { return {ascii.begin(), ascii.end()}; }

// Returns the first value of the first row, or the message.
std::string run(sqlite3* db, int code, sqlite3_stmt* statement) {
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  std::string answer;
  if (code == SQLITE_ROW) {
    const unsigned char* text = sqlite3_column_text(statement, 0);
    answer = text == nullptr ? "NULL" : reinterpret_cast<const char*>(text);
  } else if (code != SQLITE_DONE) {
    answer = std::string("error: ") + sqlite3_errmsg(db);
  }
  sqlite3_finalize(statement);
  return answer;
}

int keep_first(void* answer, int count, char** values, char**) {
  auto& text = *static_cast<std::string*>(answer);
  if (text.empty() && count > 0) text = values[0] == nullptr ? "NULL" : values[0];
  return 0;
}

using PrepareV2 = decltype(&sqlite3_prepare_v2);
using PrepareV3 = decltype(&sqlite3_prepare_v3);
using Prepare16 = decltype(&sqlite3_prepare16_v2);
using Exec = decltype(&sqlite3_exec);

std::string by_prepare(PrepareV2 prepare, sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = prepare(db, sql, -1, &statement, nullptr);
  return run(db, code, statement);
}

std::string by_prepare16(Prepare16 prepare, sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = prepare(db, wide(sql).c_str(), -1, &statement, nullptr);
  return run(db, code, statement);
}

std::string by_exec(Exec exec, sqlite3* db, const char* sql) {
  std::string answer;
  char* message = nullptr;
  if (exec(db, sql, keep_first, &answer, &message) != SQLITE_OK)
    answer = std::string("error: ") + (message == nullptr ? "" : message);
  sqlite3_free(message);
  return answer;
}

std::string by_get_table(sqlite3* db, const char* sql) {
  char** table = nullptr;
  char* message = nullptr;
  int rows = 0;
  int columns = 0;
  if (sqlite3_get_table(db, sql, &table, &rows, &columns, &message) != SQLITE_OK) {
    const std::string text = std::string("error: ") + (message == nullptr ? "" : message);
    sqlite3_free(message);
    return text;
  }
  const std::string answer = rows == 0 ? "" : table[columns] == nullptr ? "NULL" : table[columns];
  sqlite3_free_table(table);
  return answer;
}

std::string by_prepare_v3(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  return run(db, code, statement);
}

std::string by_prepare16_v3(sqlite3* db, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare16_v3(db, wide(sql).c_str(), -1, 0, &statement, nullptr);
  return run(db, code, statement);
}

// These addresses are in the program's data from its start.
PrepareV2 g_prepare = sqlite3_prepare_v2;
struct Functions {
  const char* name;
  PrepareV2 prepare;
  Exec exec;
};
const Functions kFunctions = {"functions", sqlite3_prepare_v2, sqlite3_exec};

void* found_by(void* handle, const char* name) {
  void* const found = dlsym(handle, name);
  if (found == nullptr) fail(std::string("there is no ") + name);
  return found;
}

struct Way {
  const char* name;
  std::function<std::string(sqlite3*, const char*)> ask;
};

std::vector<Way> all_ways(void* library) {
  const auto copied = [](auto call, auto function) {
    return [=](sqlite3* db, const char* sql) { return call(function, db, sql); };
  };
  return {
      {"sqlite3_prepare()", copied(by_prepare, sqlite3_prepare)},
      {"sqlite3_prepare_v2()", copied(by_prepare, sqlite3_prepare_v2)},
      {"sqlite3_prepare_v3()", by_prepare_v3},
      {"sqlite3_prepare16()", copied(by_prepare16, sqlite3_prepare16)},
      {"sqlite3_prepare16_v2()", copied(by_prepare16, sqlite3_prepare16_v2)},
      {"sqlite3_prepare16_v3()", by_prepare16_v3},
      {"sqlite3_exec()", copied(by_exec, sqlite3_exec)},
      {"sqlite3_get_table()", by_get_table},
      {"an address in a variable", copied(by_prepare, g_prepare)},
      {"an address in a constant", copied(by_prepare, kFunctions.prepare)},
      {"sqlite3_exec() in a constant", copied(by_exec, kFunctions.exec)},
      {"dlsym() everywhere",
       copied(by_prepare, reinterpret_cast<PrepareV2>(found_by(RTLD_DEFAULT, "sqlite3_prepare_v2")))},
      {"dlsym() in the library",
       copied(by_prepare, reinterpret_cast<PrepareV2>(found_by(library, "sqlite3_prepare_v2")))},
      {"dlsym(), UTF-16",
       copied(by_prepare16, reinterpret_cast<Prepare16>(found_by(library, "sqlite3_prepare16_v2")))},
      {"dlsym(), sqlite3_exec()", copied(by_exec, reinterpret_cast<Exec>(found_by(library, "sqlite3_exec")))},
  };
}

constexpr const char* kAsk = "SELECT spectradb_hooked()";

void test_ways(sqlite3* db, const std::vector<Way>& ways) {
  const char* const truth = is_hook ? "1" : "0";
  for (const Way& way : ways) {
    const auto check = [&](const char* sql, const std::string& right) {
      expect(std::string(way.name) + ": " + sql, way.ask(db, sql), right);
    };
    check(kAsk, truth);
    check("SELECT 'a', spectradb_hooked() -- spectradb_hooked()", "a");
    check("SELECT count(*) FROM (SELECT \"spectradb_hooked\"() AS a) WHERE a", truth);
    check("SELECT v FROM t WHERE id = 1", "new");
    check("SELECT v FROM t WHERE id = 1 AS OF 1", is_hook ? "old" : "error: near \"AS\": syntax error");
    check("SELECT NOW()",
          std::string("error: no such function: NOW") +
              (is_hook ? ": write CURRENT_TIMESTAMP, or the text 'now' where a time stands" : ""));
  }
}

// Sends the same text by each way in turn, just after a statement of it was prepared without the hook.
void test_copies(sqlite3* db, const std::vector<Way>& ways, PrepareV2 from_before) {
  for (int i = 0; i < 20; ++i) {
    for (const Way& way : ways) {
      expect(way.name, way.ask(db, kAsk), is_hook ? "1" : "0");
      expect("an address from before the extension", by_prepare(from_before, db, kAsk), "0");
    }
  }
  sqlite3_stmt* hooked = nullptr;
  sqlite3_stmt* unhooked = nullptr;
  if (sqlite3_prepare_v2(db, kAsk, -1, &hooked, nullptr) != SQLITE_OK ||
      from_before(db, kAsk, -1, &unhooked, nullptr) != SQLITE_OK)
    fail("two statements of one text cannot be prepared");
  expect("the name of the column", sqlite3_column_name(hooked, 0), "spectradb_hooked()");
  for (int i = 0; i < 3; ++i) {
    sqlite3_step(hooked);
    sqlite3_step(unhooked);
    expect("two at once", std::to_string(sqlite3_column_int(hooked, 0)), is_hook ? "1" : "0");
    expect("two at once", std::to_string(sqlite3_column_int(unhooked, 0)), "0");
    sqlite3_reset(hooked);
    sqlite3_reset(unhooked);
    by_exec(sqlite3_exec, db, "CREATE TABLE IF NOT EXISTS more (x); DROP TABLE more");
  }
  sqlite3_finalize(hooked);
  sqlite3_finalize(unhooked);
  expect("what a view stores is asked by everybody",
         by_exec(sqlite3_exec, db,
                 "CREATE VIEW w AS SELECT spectradb_hooked() AS h; SELECT h FROM w; DROP VIEW w"),
         "0");
  expect("what spectradb_sql() gives is run by others",
         by_exec(sqlite3_exec, db, "SELECT spectradb_sql('SELECT spectradb_hooked()')"), kAsk);
}

// The tail of a text in UTF-16 is at the right unit.
void test_tails16(sqlite3* db) {
  const auto tail_of = [&](const std::u16string& sql, int bytes) {
    sqlite3_stmt* statement = nullptr;
    const void* tail = nullptr;
    const int code = sqlite3_prepare16_v2(db, sql.data(), bytes, &statement, &tail);
    const std::string answer = run(db, code, statement);
    const long units = static_cast<const char16_t*>(tail) - sql.data();
    return answer + "|" + std::to_string(units);
  };
  const auto expect_tail = [&](const char* what, const std::u16string& first, const std::u16string& rest,
                               const std::string& answer) {
    expect(what, tail_of(first + rest, -1), answer + "|" + std::to_string(first.size()));
  };
  const std::u16string rest = u" SELECT 2";
  expect_tail("plain", u"SELECT 'x';", rest, "x");
  expect_tail("two and three bytes", u"SELECT 'Zürich …';", rest, "Zürich …");
  expect_tail("a pair", u"SELECT '\U0001f600', 'ä';", rest, "\U0001f600");
  if (!is_hook) return;
  expect_tail("temporal", u"SELECT v || '\U0001f600ü' FROM t WHERE id = 1 AS OF 1;", rest, "old\U0001f600ü");
  expect_tail("asked", u"SELECT spectradb_hooked() || 'ü\U0001f600';", rest, "1ü\U0001f600");
  expect_tail("a byte order mark", u"\ufeffSELECT v FROM t WHERE id = 1 AS OF 1;", rest, "old");
  const std::u16string limited = u"SELECT v FROM t WHERE id = 1 AS OF 1 nonsense";
  const int bytes = static_cast<int>(limited.find(u" nonsense")) * 2;
  expect("as many bytes", tail_of(limited, bytes), "old|" + std::to_string(bytes / 2));
  expect("half a unit more", tail_of(limited, bytes + 1), "old|" + std::to_string(bytes / 2));
  std::u16string zero = limited;
  zero[static_cast<size_t>(bytes / 2)] = 0;
  expect("up to the zero", tail_of(zero, static_cast<int>(zero.size() * 2)),
         "old|" + std::to_string(bytes / 2));
}

// Parameters work, SQLite keeps the text, and hosts can prepare statements of sqlite3_prepare() again
// themselves.
void test_statements(sqlite3* db, const std::string& path, const std::string& extension) {
  // Some hosts step the null statement of a text that has no statement, as Python's executescript() does.
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, "\n-- nothing\n", -1, &statement, nullptr) != SQLITE_OK)
    fail(sqlite3_errmsg(db));
  expect("no statement", std::to_string(sqlite3_step(statement)), std::to_string(SQLITE_MISUSE));
  if (!is_hook) return;
  const std::u16string text = u"SELECT v, :n FROM t WHERE id = ? AS OF ?";
  if (sqlite3_prepare16_v2(db, text.c_str(), -1, &statement, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
  sqlite3_bind_int(statement, 2, 1);
  sqlite3_bind_int(statement, 3, 1);
  expect("the place of :n", std::to_string(sqlite3_bind_parameter_index(statement, ":n")), "1");
  expect("a text is kept", std::to_string(sqlite3_sql(statement) != nullptr), "1");
  expect("parameters", run(db, SQLITE_OK, statement), "old");

  if (sqlite3_prepare(db, "INSERT INTO t VALUES (1, 'x') RETURNING id", -1, &statement, nullptr) != SQLITE_OK)
    fail(sqlite3_errmsg(db));
  expect("sqlite3_prepare() tells errors when it is reset", std::to_string(sqlite3_step(statement)),
         std::to_string(SQLITE_ERROR));
  expect("the reset", std::to_string(sqlite3_reset(statement) & 0xff), std::to_string(SQLITE_CONSTRAINT));
  sqlite3_finalize(statement);

  const char* const sql = "SELECT v FROM t WHERE id = 1 AS OF 1";
  if (sqlite3_prepare(db, sql, -1, &statement, nullptr) != SQLITE_OK) fail(sqlite3_errmsg(db));
  spectradb::tests::Database other(path, extension);
  other.must("CREATE TABLE new_one (x) WITH SYSTEM VERSIONING");
  int code = sqlite3_step(statement);
  if (code == SQLITE_ERROR && sqlite3_reset(statement) == SQLITE_SCHEMA) {
    sqlite3_finalize(statement);
    code = sqlite3_prepare(db, sql, -1, &statement, nullptr);
    if (code != SQLITE_OK) fail(sqlite3_errmsg(db));
    code = sqlite3_step(statement);
  }
  expect("the schema has changed", std::to_string(code), std::to_string(SQLITE_ROW));
  sqlite3_finalize(statement);
}

// A text that reached SQLite without the hook made an ordinary table where a temporal one was meant.
void test_made_without(sqlite3* db, PrepareV2 from_before) {
  expect("CREATE TABLE", by_prepare(from_before, db, "CREATE TABLE events (pk TEXT PRIMARY KEY)"), "");
  for (const char* sql :
       {"INSERT INTO events VALUES ('a', '{}')", "INSERT INTO events (pk, doc) VALUES ('a', '{}')",
        "SELECT doc FROM events", "SELECT e.doc FROM t JOIN events e", "UPDATE events SET doc = '{}'",
        "SELECT pk FROM events WHERE _system_from = 1", "SELECT * FROM events AS OF 1",
        "UPDATE events FOR PORTION OF VALID_TIME FROM 1 TO 2 SET pk = 1",
        "INSERT INTO events VALUES ('a') VALID FROM 1", "SELECT * FROM spectradb_history('events')"}) {
    const std::string answer = by_prepare(sqlite3_prepare_v2, db, sql);
    const bool is_explained =
        answer.find("table events was made without the prepare hook") != std::string::npos;
    const bool is_told = is_hook || std::strstr(sql, "spectradb_history") != nullptr;
    expect(std::string(sql) + " gives " + answer, std::to_string(is_explained), is_told ? "1" : "0");
  }
  expect("a mistake", by_prepare(sqlite3_prepare_v2, db, "SELECT dog FROM events"),
         "error: no such column: dog");
  expect("another table", by_prepare(sqlite3_prepare_v2, db, "SELECT doc FROM t"),
         "error: no such column: doc");
  expect("what works", by_prepare(sqlite3_prepare_v2, db, "INSERT INTO events VALUES ('a')"), "");
}

// Scripts run as in SQLite, although these functions are the extension's.
void test_scripts(sqlite3* db) {
  std::string answer;
  const auto stop = [](void*, int, char**, char**) { return 1; };
  char* message = nullptr;
  expect("a callback that stops",
         std::to_string(sqlite3_exec(db, "SELECT 1; SELECT spectradb_nothing()", stop, nullptr, &message)),
         std::to_string(SQLITE_ABORT));
  expect("its message", message == nullptr ? "" : message, "query aborted");
  sqlite3_free(message);
  expect("a script", by_exec(sqlite3_exec, db, " ; -- nothing\n SELECT NULL; ; SELECT 2 ;  "), "NULL");
  expect("nothing", std::to_string(sqlite3_exec(db, nullptr, nullptr, nullptr, nullptr)), "0");
  char** table = nullptr;
  int rows = 0;
  int columns = 0;
  if (sqlite3_get_table(db, "SELECT 1 AS a, NULL AS b UNION ALL SELECT 2, 'x'; SELECT 3, 4", &table, &rows,
                        &columns, nullptr) != SQLITE_OK)
    fail(sqlite3_errmsg(db));
  std::string all;
  for (int i = 0; i < (rows + 1) * columns; ++i)
    all += (table[i] == nullptr ? "NULL" : table[i]) + std::string(" ");
  sqlite3_free_table(table);
  expect("a table", all, "a b 1 NULL 2 x 3 4 ");
  expect("no rows", by_get_table(db, "SELECT 1 WHERE 0"), "");
  expect("an error", by_get_table(db, "SELECT nonsense"), "error: no such column: nonsense");
  expect("two shapes", by_get_table(db, "SELECT 1; SELECT 1, 2"),
         "error: sqlite3_get_table() called with two or more incompatible queries");
}

// Symbols that are not SQLite's are found as before, also by those who ask for the next definition behind
// their own.
void test_other_symbols(void* malloc_from_before, void* next_from_before) {
  expect("malloc()", std::to_string(dlsym(RTLD_DEFAULT, "malloc") == malloc_from_before), "1");
  expect("the next malloc()", std::to_string(dlsym(RTLD_NEXT, "malloc") == next_from_before), "1");
  expect("nothing", std::to_string(dlsym(RTLD_DEFAULT, "sqlite3_prepare_v9") == nullptr), "1");
  const char* const error = dlerror();
  expect("the error", std::to_string(error != nullptr && std::strstr(error, "sqlite3_prepare_v9") != nullptr),
         "1");
}

}  // namespace

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: ways_in --extension=PATH [--mode=hook|api] [--library=PATH]");
  is_hook = argument(argc, argv, "mode", "hook") == "hook";
  choose_mode(is_hook ? Mode::kHook : Mode::kApi);
  const std::string name = argument(argc, argv, "library", "libsqlite3.so.0");
  void* const library = dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) fail(name + " is not what this program is linked with");
  const auto from_before = reinterpret_cast<PrepareV2>(dlsym(library, "sqlite3_prepare_v2"));
  void* const malloc_from_before = dlsym(RTLD_DEFAULT, "malloc");
  void* const next_from_before = dlsym(RTLD_NEXT, "malloc");

  TemporaryDirectory directory;
  const std::string path = directory.path("main.db");
  Database database(path, extension);
  if (!database.open_outcome().is_ok()) fail(database.open_outcome().message);
  sqlite3* const db = database.handle();
  expect("a table",
         by_exec(sqlite3_exec, db,
                 "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
                 "INSERT INTO t VALUES (1, 'old'); UPDATE t SET v = 'new'"),
         "");
  const std::vector<Way> ways = all_ways(library);
  test_ways(db, ways);
  test_copies(db, ways, from_before);
  test_tails16(db);
  test_statements(db, path, extension);
  test_made_without(db, from_before);
  test_scripts(db);
  test_other_symbols(malloc_from_before, next_from_before);
  std::printf("%zu ways in, %d checks\n", ways.size(), checks);
  return 0;
}
