#include "sql/text/splitter.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>

using namespace spectradb::sql;

namespace {

// Returns the length of the first statement as sqlite3_prepare_v2 reports it, on a database with the tests'
// tables.
size_t sqlite_tail(const std::string& sql) {
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  sqlite3_exec(db, "CREATE TABLE t(a, b); CREATE VIEW v AS SELECT 1 AS a", nullptr, nullptr, nullptr);
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, &tail);
  CHECK_MESSAGE(code == SQLITE_OK, sqlite3_errmsg(db));
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return static_cast<size_t>(tail - sql.c_str());
}

const char* const kTrigger =
    "CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN b THEN ';' ELSE 'END;' END; /* END; "
    "*/ SELECT 1; END; SELECT 2";

}  // namespace

TEST_CASE("the tail lands where SQLite's does") {
  for (const char* sql :
       {"",
        " ",
        ";",
        ";;",
        " ; ; SELECT 1; SELECT 2",
        "SELECT 1",
        "SELECT 1;",
        "SELECT 1 -- ; \n",
        "SELECT 1; -- x",
        "SELECT ';' ; SELECT 2",
        "SELECT \";\" FROM t; x",
        "SELECT /* ; */ 1; x",
        "SELECT 1 -- ;\n, 2; x",
        "SELECT [;] FROM (SELECT 1 AS [;]); x",
        "-- only\n",
        "/* ; */",
        "/* ; */ ; ",
        "SELECT 1 AS \"begin\"; END;",
        "EXPLAIN SELECT 1; x",
        "BEGIN; SELECT 1; END;",
        "END; x",
        kTrigger,
        "CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END ; x",
        "EXPLAIN CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END; x",
        "EXPLAIN QUERY PLAN CREATE TEMPORARY TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END; x",
        "CREATE TRIGGER begin AFTER UPDATE OF a ON t WHEN new.a = 5 BEGIN DELETE FROM t; END; x",
        "CREATE TABLE \"trigger\"(a); INSERT INTO t VALUES (1, 2); END;",
        "; CREATE TRIGGER r INSTEAD OF INSERT ON v BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END; "
        "x"}) {
    INFO(sql);
    CHECK(first_statement(sql).consumed == sqlite_tail(sql));
  }
}

TEST_CASE("a statement is complete where sqlite3_complete() says so") {
  const std::string sql = kTrigger;
  const size_t end = first_statement(sql).consumed;
  CHECK(sqlite3_complete(sql.substr(0, end).c_str()) == 1);
  for (size_t i = 1; i < end; ++i) {
    const std::string part = sql.substr(0, i);
    if (sqlite3_complete(part.c_str()) == 0) continue;
    CHECK(first_statement(sql).consumed == i);
  }
}

TEST_CASE("the body of a trigger") {
  auto body_of = [](const std::string& sql) -> std::string {
    const Reader reader(sql, first_statement(sql).tokens);
    Span body;
    if (!is_trigger(reader, {0, reader.size()}, &body)) return "none";
    return std::string(reader.text(body));
  };
  CHECK(body_of("CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; DELETE FROM t; END; x") ==
        "SELECT 1; DELETE FROM t;");
  CHECK(body_of("CREATE TRIGGER begin INSERT ON t BEGIN SELECT 1; END;") == "SELECT 1;");
  CHECK(body_of("CREATE TRIGGER begin UPDATE OF a ON t BEGIN UPDATE t SET a = 1; END;") ==
        "UPDATE t SET a = 1;");
  CHECK(body_of("CREATE TRIGGER r AFTER INSERT ON t") == "");
  CHECK(body_of("CREATE TABLE r(a)") == "none");
  CHECK(body_of("CREATE") == "none");
  CHECK(body_of("EXPLAIN") == "none");
}
