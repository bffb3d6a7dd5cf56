// Uses functions and collations of the application in the definitions of temporal tables. On a connection
// that has them they do what they do on ordinary tables; a connection without them still reads, and is told
// what is missing where it is needed.
//
//   own_functions --extension=PATH
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/database.h"

namespace {

using spectradb::tests::Database;
using spectradb::tests::describe;
using spectradb::tests::fail;
using spectradb::tests::Outcome;

int checks = 0;
int calls = 0;

void is_even(sqlite3_context* context, int, sqlite3_value** arguments) {
  ++calls;
  sqlite3_result_int(context, sqlite3_value_int64(arguments[0]) % 2 == 0);
}

void twice(sqlite3_context* context, int, sqlite3_value** arguments) {
  ++calls;
  if (sqlite3_value_type(arguments[0]) == SQLITE_TEXT) {
    sqlite3_result_error(context, "twice() takes numbers", -1);
  } else if (sqlite3_value_type(arguments[0]) != SQLITE_NULL) {
    sqlite3_result_int64(context, 2 * sqlite3_value_int64(arguments[0]));
  }
}

// This function asks the connection itself, as functions may.
void next_name(sqlite3_context* context, int, sqlite3_value**) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(sqlite3_context_db_handle(context), "SELECT 'n' || 1", -1, &statement, nullptr);
  sqlite3_step(statement);
  sqlite3_result_value(context, sqlite3_column_value(statement, 0));
  sqlite3_finalize(statement);
}

// LIKE of an application that takes É for e. It knows patterns of one letter and %.
void like_without_accents(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto text_of = [](sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return std::string_view(text == nullptr ? "" : text);
  };
  const std::string_view pattern = text_of(arguments[0]);
  const std::string_view text = text_of(arguments[1]);
  const bool is_alike = !text.empty() && !pattern.empty() && (text.front() | 0x20) == pattern.front();
  sqlite3_result_int(context, is_alike || (pattern == "e%" && text.substr(0, 2) == "É"));
}

int backwards(void*, int a_bytes, const void* a, int b_bytes, const void* b) {
  const std::string_view left(static_cast<const char*>(a), static_cast<size_t>(a_bytes));
  return std::string_view(static_cast<const char*>(b), static_cast<size_t>(b_bytes)).compare(left);
}

void add_functions(Database& database) {
  sqlite3* db = database.handle();
  const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;
  sqlite3_create_function_v2(db, "is_even", 1, flags, nullptr, is_even, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "twice", 1, flags, nullptr, twice, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "next_name", 0, SQLITE_UTF8, nullptr, next_name, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "moody", 1, SQLITE_UTF8, nullptr, twice, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(db, "private", 1, flags | SQLITE_DIRECTONLY, nullptr, twice, nullptr, nullptr,
                             nullptr);
  sqlite3_create_collation_v2(db, "backwards", SQLITE_UTF8, nullptr, backwards, nullptr);
}

std::string without(std::string text, const std::string& part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part))
    text.erase(at, part.size());
  return text;
}

std::string ended(const Outcome& outcome) {
  return outcome.is_ok() ? describe(outcome.rows)
                         : std::to_string(outcome.code & 0xff) + ": " + outcome.message;
}

// Runs the statement on an ordinary table and on a temporal one, whose name replaces ${T}; both must end
// alike.
void twin(Database& database, const std::string& sql) {
  ++checks;
  const auto run = [&](const char* table, const char* behind) {
    std::string text = sql;
    for (size_t at = text.find("${T}"); at != std::string::npos; at = text.find("${T}"))
      text.replace(at, 4, table);
    for (size_t at = text.find("${END}"); at != std::string::npos; at = text.find("${END}"))
      text.replace(at, 6, behind);
    std::string end = ended(database.run(text));
    for (const char* of : {"", "other_", "hidden_"})
      end = without(end, std::string("table ") + of + table + ": ");
    return without(end, table);
  };
  const std::string ordinary = run("plain_one", "");
  const std::string temporal = run("ledger_one", " WITH SYSTEM VERSIONING");
  if (ordinary != temporal)
    fail(sql + "\n  of an ordinary table " + ordinary + "\n  of a temporal one    " + temporal);
}

void expect(Database& database, const std::string& sql, const std::string& right) {
  ++checks;
  const std::string got = ended(database.run(sql));
  if (got.find(right) == std::string::npos || (right.empty() && !got.empty()))
    fail(sql + "\n  gives     " + got + "\n  and not   " + right);
}

void check_with(Database& database) {
  twin(database,
       "CREATE TABLE ${T} (id INTEGER PRIMARY KEY, n INT CHECK (is_even(n)), m AS (twice(n)) STORED, name "
       "TEXT "
       "DEFAULT (next_name()) CHECK (name COLLATE backwards < 'b'))${END}");
  twin(database, "INSERT INTO ${T} (id, n, name) VALUES (1, 2, 'x'), (2, 4, 'y')");
  twin(database, "INSERT INTO ${T} (id, n) VALUES (3, 6)");
  twin(database, "INSERT INTO ${T} (id, n) VALUES (4, 7)");
  twin(database, "INSERT INTO ${T} (id, n, name) VALUES (5, 8, 'a')");
  twin(database, "UPDATE ${T} SET n = n + 1 WHERE id = 1");
  twin(database, "UPDATE ${T} SET n = n + 10 WHERE id = 1");
  twin(database, "INSERT INTO ${T} (id, n) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET n = n + 1");
  twin(database, "INSERT OR IGNORE INTO ${T} (id, n) VALUES (9, 1), (10, 20)");
  twin(database, "SELECT * FROM ${T} ORDER BY id");
  twin(database, "SELECT id, m FROM ${T} ORDER BY name COLLATE backwards, id");
  twin(database, "CREATE INDEX by_m_of_${T} ON ${T} (m)");
  twin(database, "SELECT id FROM ${T} WHERE m = 8");
  twin(database, "CREATE UNIQUE INDEX by_twice_of_${T} ON ${T} (twice(n))");
  twin(database, "SELECT id FROM ${T} WHERE twice(n) = 12");
  twin(database, "INSERT INTO ${T} (id, n) VALUES (11, 20)");
  twin(database, "CREATE INDEX some_of_${T} ON ${T} (n) WHERE is_even(id)");
  twin(database, "SELECT id FROM ${T} WHERE n > 3 AND is_even(id) ORDER BY id");
  twin(database, "ALTER TABLE ${T} ADD COLUMN more INT CHECK (is_even(more))");
  twin(database, "UPDATE ${T} SET more = 3 WHERE id = 2");
  twin(database, "UPDATE ${T} SET more = 4 WHERE id = 2");
  twin(database, "SELECT name FROM pragma_table_xinfo('${T}') ORDER BY cid");
  twin(database, "CREATE INDEX moody_of_${T} ON ${T} (moody(n))");
  twin(database, "CREATE TABLE other_${T} (id INTEGER PRIMARY KEY, n CHECK (nobody(n)))${END}");
  twin(database, "CREATE TABLE other_${T} (id INTEGER PRIMARY KEY, n CHECK (is_even(n, n)))${END}");
  twin(database, "CREATE TABLE other_${T} (id INTEGER PRIMARY KEY, n AS (moody(id)))${END}");
  twin(database, "CREATE TABLE text_${T} (id INTEGER PRIMARY KEY, n, m AS (twice(n)))${END}");
  twin(database, "INSERT INTO text_${T} (id, n) VALUES (1, 5)");
  twin(database, "SELECT m FROM text_${T}");
  expect(database, "INSERT INTO text_ledger_one (id, n) VALUES (2, 'text')", "twice() takes numbers");
  expect(database, "SELECT count(*) FROM text_ledger_one", "1");
  expect(database, "SELECT group_concat(n) FROM ledger_one AS OF 1", "2,4");
  // An ordinary table with a function of the application becomes a temporal one.
  database.must(
      "CREATE TABLE later (id INTEGER PRIMARY KEY, n CHECK (is_even(n))); INSERT INTO later VALUES (1, 2)");
  database.must("ALTER TABLE later ADD SYSTEM VERSIONING");
  expect(database, "INSERT INTO later VALUES (2, 3)", "CHECK constraint failed: is_even(n)");
  // The order of keys is written into files, and no application is asked when those are read.
  expect(database, "CREATE TABLE refused (name TEXT COLLATE backwards PRIMARY KEY) WITH SYSTEM VERSIONING",
         "unknown collation backwards of column name");
  expect(database, "CREATE INDEX refused ON later (n COLLATE backwards)", "unknown collation backwards");
  expect(database, "SELECT spectradb_check()", "ok");
  if (calls == 0) fail("no function was called");
}

void check_without(Database& database) {
  expect(database, "SELECT id, n, m, name FROM ledger_one WHERE id = 2", "2|4|8|y");
  expect(database, "SELECT count(*) FROM ledger_one FOR ALL SYSTEM_TIME", "6");
  expect(database, "SELECT id FROM ledger_one WHERE m = 8", "2");
  expect(database, "INSERT INTO ledger_one (id, n, name) VALUES (50, 2, 'x')", "no such ");
  expect(database, "INSERT INTO later VALUES (3, 4)", "no such function: is_even");
  expect(database, "UPDATE later SET n = 6", "no such function: is_even");
  expect(database, "DELETE FROM later WHERE id = 1", "");
  expect(database,
         "CREATE TABLE new_one (id INTEGER PRIMARY KEY, n CHECK (is_even(n))) WITH SYSTEM VERSIONING",
         "no such function: is_even");
  expect(database, "SELECT name FROM pragma_table_info('later')", "id\nn");
  expect(database, "SELECT spectradb_check()", "ok");
  expect(database, "SELECT spectradb_flush(); SELECT spectradb_compact(); SELECT count(*) FROM ledger_one",
         "4");
  // The functions may be added later.
  add_functions(database);
  expect(database, "INSERT INTO later VALUES (3, 5)", "CHECK constraint failed: is_even(n)");
  expect(database, "INSERT INTO later VALUES (3, 4)", "");
}

// A schema may not call functions that are direct only, nor this one where schemas are not trusted.
void check_trust(Database& database) {
  twin(database, "CREATE TABLE hidden_${T} (id INTEGER PRIMARY KEY, n CHECK (private(n) > 0))${END}");
  twin(database, "INSERT INTO hidden_${T} VALUES (1, 1)");
  database.must("PRAGMA trusted_schema = OFF");
  expect(database, "INSERT INTO later VALUES (7, 8)", "unsafe use of is_even()");
  database.must("PRAGMA trusted_schema = ON");
}

// What an index leaves out, no LIKE of the application's is asked about.
void check_own_like(Database& database) {
  const auto fill = [&] {
    twin(database, "CREATE TABLE ${T} (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE)${END}");
    twin(database, "CREATE INDEX name_of_${T} ON ${T} (name)");
    twin(database, "INSERT INTO ${T} (name) VALUES ('École'), ('Emil'), ('emma'), ('Zoe'), ('10 %')");
  };
  fill();
  twin(database, "SELECT id FROM ${T} WHERE name LIKE 'e%' ORDER BY id");
  sqlite3_create_function_v2(database.handle(), "like", 2, SQLITE_UTF8, nullptr, like_without_accents,
                             nullptr, nullptr, nullptr);
  twin(database, "SELECT id FROM ${T} WHERE name LIKE 'e%' ORDER BY id");
  twin(database, "SELECT id FROM ${T} WHERE name LIKE lower('E') || '%' ORDER BY id");
  expect(database, "SELECT group_concat(name) FROM ledger_one WHERE name LIKE 'e%'", "École,Emil,emma");
}

void run(const std::string& extension) {
  const spectradb::tests::TemporaryDirectory directory;
  const std::string path = directory.path("x.db");
  {
    Database database(path, extension);
    add_functions(database);
    check_with(database);
    Database other(path, extension);  // while the first connection is open
    check_without(other);
  }
  {
    Database database(path, extension);
    expect(database, "INSERT INTO later VALUES (9, 4)", "no such function: is_even");
    add_functions(database);
  }
  Database trusting(directory.path("y.db"), extension);
  add_functions(trusting);
  trusting.must("CREATE TABLE later (id INTEGER PRIMARY KEY, n CHECK (is_even(n))) WITH SYSTEM VERSIONING");
  check_trust(trusting);
  Database liking(directory.path("z.db"), extension);
  check_own_like(liking);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string extension = spectradb::tests::argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: own_functions --extension=PATH");
  spectradb::tests::choose_mode(spectradb::tests::Mode::kHook);
  run(extension);
  std::printf("%d checks of functions and collations of the application's\n", checks);
  return 0;
}
