#include "sql/rewriter.h"

#include <doctest/doctest.h>

#include "sql/testing/rewriting.h"
#include "sql/text/reader.h"

using namespace spectradb::sql;

TEST_CASE("what is not ours passes through, with its length") {
  FakeCatalog catalog;
  for (const char* sql : {"",
                          ";",
                          " ",
                          "-- x",
                          "EXPLAIN",
                          "EXPLAIN QUERY PLAN",
                          "SELECT",
                          "SELECT 1; SELECT 2",
                          "SELECT * FROM t AS OF 'open",
                          "SELECT (* FROM t AS OF 5",
                          "SELECT 1) FROM t AS OF 5",
                          "PRAGMA x = 'AS OF 5'; y",
                          "INSERT INTO t (",
                          "INSERT INTO",
                          "REPLACE",
                          "UPDATE",
                          "DELETE FROM",
                          "WITH",
                          "WITH x",
                          "WITH x AS",
                          "WITH x AS (SELECT 1)",
                          "CREATE",
                          "CREATE TRIGGER",
                          "CREATE VIEW v AS",
                          "ALTER",
                          "SELEC * FROM t AS OF 1",
                          "VALUES",
                          "SELECT * FROM"}) {
    INFO(sql);
    auto rewritten = rewrite_statement(sql, catalog);
    REQUIRE(rewritten);
    CHECK_FALSE(rewritten->changed);
    const std::string text = sql;
    const bool is_first_of_two = text.find("; ") != std::string::npos;
    CHECK(rewritten->consumed == (is_first_of_two ? text.find(';') + 1 : text.size()));
  }
}

TEST_CASE("may_be_temporal looks at the first statement's words only") {
  CHECK_FALSE(may_be_temporal("SELECT * FROM x WHERE a = 'AS OF 5' -- FOR\n; SELECT 1 AS OF 5"));
  CHECK_FALSE(may_be_temporal("DELETE FROM x WHERE \"of\" = [for]"));
  CHECK_FALSE(may_be_temporal("UPDATE x SET format = offset"));
  CHECK_FALSE(may_be_temporal(""));
  for (const char* sql : {"; SELECT 1 AS OF 5", "SELECT 1 WHERE a=?1VALID AT 5",
                          "SELECT 1 WHERE a=0x1VALID AT 5", "SELECT 1 WHERE a=$x(')VALID AT 5",
                          "replace into t values (1)", "with x as (select 1) insert into t select 1",
                          "create trigger r after delete on x begin select 1; insert into t values (1); end",
                          "create table t (pk text primary key)", "alter table t add system versioning",
                          "delete from t for/**/portion of valid_time from 1 to 2"}) {
    INFO(sql);
    CHECK(may_be_temporal(sql));
  }
}

TEST_CASE("scripts") {
  FakeCatalog catalog;
  auto text = rewrite_script(
      " ;SELECT 1 ; -- a\nSELECT * FROM t AS OF 5 ; /* b */ INSERT INTO plain VALUES (1); SELECT * FROM t AS "
      "OF 6 -- c",
      catalog);
  REQUIRE(text);
  CHECK(*text ==
        " ;SELECT 1 ; -- a\nSELECT * FROM t(5)  ; /* b */ INSERT INTO plain VALUES (1); SELECT * FROM t(6)  "
        "-- c");
  CHECK_FALSE(rewrite_script("SELECT 1; SELECT * FROM plain AS OF 5", catalog));
  auto with_nul = rewrite_script(std::string_view("SELECT 1\0;", 10), catalog);
  REQUIRE(with_nul);
  CHECK(*with_nul == "SELECT 1");
}

TEST_CASE("a CASE ends with its own END, and within its parentheses") {
  CHECK_REWRITES(
      "SELECT * FROM t AS OF CASE WHEN (1 IN (CASE 2 WHEN 2 THEN 1 END)) THEN 5 END WHERE x = 1",
      "SELECT * FROM t(spectradb_time(CASE WHEN (1 IN (CASE 2 WHEN 2 THEN 1 END)) THEN 5 END)) WHERE x = 1");
  FakeCatalog catalog;
  for (const std::string_view sql :
       {"INSERT INTO d (id) VALUES (1) VALID FROM 1 TO CASE WHEN 1 THEN (on_N 2 END RETURNING 1)",
        "INSERT INTO d (id) VALUES (1) VALID FROM 1 TO CASE WHEN 1 THEN 2) END"}) {
    CAPTURE(sql);
    const auto rewritten = rewrite_statement(sql, catalog);
    if (!rewritten || !rewritten->changed) continue;  // SQLite then reports the right error
    CHECK(Reader(rewritten->text, tokenize(rewritten->text)).is_sound());
  }
}

TEST_CASE("a function that is called in a schema is told so") {
  CHECK_REWRITES("SELECT * FROM aux.spectradb_commits",
                 "SELECT * FROM spectradb_in_schema_commits('aux') AS \"spectradb_commits\"");
  CHECK_REWRITES("SELECT ?, x.n FROM \"a'b\" . [spectradb_commits](?, 5) x JOIN aux.SPECTRADB_COMMITS() AS y",
                 "SELECT ?, x.n FROM spectradb_in_schema_commits('a''b', ?, 5) x JOIN "
                 "spectradb_in_schema_commits('aux') AS y");
  CHECK_REWRITES("SELECT 1 IN aux.spectradb_commits", "SELECT 1 IN spectradb_in_schema_commits('aux')");
  CHECK_REWRITES(
      "CREATE TEMP VIEW v AS SELECT * FROM aux.spectradb_commits",
      "CREATE TEMP VIEW v AS SELECT * FROM spectradb_in_schema_commits('aux') AS \"spectradb_commits\"");
  for (const char* sql : {"SELECT * FROM spectradb_commits", "SELECT * FROM aux.spectradb_other",
                          "CREATE VIEW v AS SELECT * FROM main.spectradb_commits"})
    CHECK(rewrite(sql) == "=");
}
