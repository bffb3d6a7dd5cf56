// C++, with the system's SQLite: prepared statements take parameters in temporal clauses, too.
//
//   c++ -std=c++17 cpp.cc -lsqlite3 && ./a.out [MODULE]
#include <sqlite3.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

struct Close {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Connection = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

static void check(sqlite3* db, int code) {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  std::cerr << sqlite3_errmsg(db) << "\n";
  std::exit(1);
}

static Statement prepare(sqlite3* db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  check(db, sqlite3_prepare_v2(db, sql.c_str(), static_cast<int>(sql.size()), &statement, nullptr));
  return Statement(statement);
}

int main(int argc, char** argv) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(":memory:", &opened);  // a file works the same; its facts lie in it
  const Connection db(opened);
  check(db.get(), code);
  check(db.get(), sqlite3_enable_load_extension(db.get(), 1));
  check(db.get(), sqlite3_load_extension(db.get(), argc > 1 ? argv[1] : "spectradb", nullptr, nullptr));

  for (const char* sql :
       {"CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner TEXT, balance INT) WITH SYSTEM VERSIONING",
        "INSERT INTO accounts VALUES (1, 'alice', 100)",  // commit 1
        "UPDATE accounts SET balance = balance - 20"})    // commit 2
    check(db.get(), sqlite3_step(prepare(db.get(), sql).get()));

  const Statement now = prepare(db.get(), "SELECT balance FROM accounts");
  check(db.get(), sqlite3_step(now.get()));
  std::cout << "now|" << sqlite3_column_int64(now.get(), 0) << "\n";
  const Statement then = prepare(db.get(), "SELECT balance FROM accounts AS OF ?");
  check(db.get(), sqlite3_bind_int64(then.get(), 1, 1));
  check(db.get(), sqlite3_step(then.get()));
  std::cout << "after commit 1|" << sqlite3_column_int64(then.get(), 0) << "\n";
}
