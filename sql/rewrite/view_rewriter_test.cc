// What views and common tables become where a clause gives them a time, and queries that a schema keeps.
#include <doctest/doctest.h>

#include "sql/testing/rewriting.h"

using namespace spectradb::sql;

TEST_CASE("common tables") {
  CHECK_REWRITES("WITH e AS (SELECT doc FROM events) SELECT doc FROM e AS OF 1",
                 "WITH e AS (SELECT doc FROM events(1)) SELECT doc FROM e");
  CHECK_REWRITES("WITH e AS (SELECT doc FROM events) SELECT doc FROM e, t WHERE 1 AS OF 1",
                 "WITH e AS (SELECT doc FROM events(1)) SELECT doc FROM e, t(1) WHERE 1");
  CHECK_REWRITES(
      "WITH e AS (SELECT * FROM events AS OF 2), f AS (SELECT * FROM events) SELECT * FROM e, f ORDER BY 1 "
      "AS OF 1",
      "WITH e AS (SELECT * FROM events(2)), f AS (SELECT * FROM events(1)) SELECT * FROM e, f ORDER BY 1");
  CHECK_REWRITES("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM t) SELECT * FROM a AS OF 1",
                 "WITH a AS (SELECT * FROM b), b AS (SELECT * FROM t(1)) SELECT * FROM a");
  CHECK_REWRITES("WITH a AS (SELECT * FROM b AS OF 1), b AS (SELECT * FROM t) SELECT * FROM a",
                 "WITH a AS (SELECT * FROM b), b AS (SELECT * FROM t(1)) SELECT * FROM a");
  CHECK_REWRITES(
      "WITH e AS NOT MATERIALIZED (SELECT * FROM t) SELECT * FROM e WHERE x IN (SELECT 1 FROM e) AS OF 1",
      "WITH e AS NOT MATERIALIZED (SELECT * FROM t(1)) SELECT * FROM e WHERE x IN (SELECT 1 FROM e)");
  CHECK_REWRITES("WITH e AS (SELECT * FROM t) SELECT * FROM e AS OF 1 a JOIN e AS OF 1 b",
                 "WITH e AS (SELECT * FROM t(1)) SELECT * FROM e a JOIN e b");
  CHECK_REWRITES(
      "WITH RECURSIVE n(i) AS (SELECT id FROM t UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM n "
      "AS OF 2",
      "WITH RECURSIVE n(i) AS (SELECT id FROM t(2) UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT * FROM "
      "n");
  CHECK_REWRITES("WITH e AS (SELECT * FROM t) SELECT * FROM (SELECT * FROM e WHERE 1 AS OF 3)",
                 "WITH e AS (SELECT * FROM t(3)) SELECT * FROM (SELECT * FROM e WHERE 1)");
  CHECK_REWRITES("WITH e AS (SELECT * FROM t) SELECT * FROM e AS OF 1, events WHERE 1 AS OF 2",
                 "WITH e AS (SELECT * FROM t(1)) SELECT * FROM e, events(2) WHERE 1");
  CHECK(rewrite("WITH events(doc) AS (VALUES (1)) SELECT doc FROM events") == "=");
  CHECK(
      fails("WITH e AS (SELECT * FROM t) SELECT * FROM e AS OF 1, e AS OF 2 b", "more than one system time"));
  CHECK(fails("WITH e AS (SELECT * FROM t) SELECT * FROM e AS OF ? a, e AS OF ? b",
              "more than one system time"));
  CHECK(fails("WITH e AS (SELECT * FROM t) SELECT * FROM e, e AS OF 2 b", "more than one system time"));
  CHECK(fails("WITH e AS (SELECT * FROM t) SELECT * FROM e WHERE 1 AS OF 2 UNION SELECT * FROM e",
              "more than one system time"));
  CHECK(fails("WITH x AS (VALUES (1)) SELECT * FROM x AS OF 5, t AS OF 3", "AS OF 5"));
  CHECK(fails("WITH RECURSIVE n AS (SELECT id FROM t UNION SELECT id FROM n AS OF 3) SELECT * FROM n",
              "AS OF 3"));
  CHECK(fails("WITH e AS (SELECT * FROM prices) SELECT * FROM orders o JOIN e VALID AT o.day", "column"));
}

TEST_CASE("views") {
  CHECK_REWRITES("SELECT * FROM nested AS OF 5 n",
                 "SELECT * FROM (SELECT doc FROM (SELECT pk, doc FROM \"main\".events(5)) AS \"a_view\" JOIN "
                 "\"main\".plain) n");
  CHECK_REWRITES("SELECT * FROM named AS OF 5",
                 "SELECT * FROM (WITH \"named\"(p, d) AS (SELECT pk, doc FROM \"main\".events(5)) SELECT * "
                 "FROM \"named\") AS \"named\"");
  CHECK_REWRITES("SELECT * FROM stored AS OF 5",
                 "SELECT * FROM (SELECT * FROM \"main\".events(5, '2026-01-01')) AS \"stored\"");
  CHECK_REWRITES("SELECT * FROM stored VALID AT 5",
                 "SELECT * FROM (SELECT * FROM \"main\".events(NULL, '2026-01-01')) AS \"stored\"");
  CHECK_REWRITES("SELECT * FROM aux.far VALID AT 5",
                 "SELECT * FROM (SELECT * FROM \"aux\".events(x'', 5) WHERE x IN \"aux\".plain) AS \"far\"");
  CHECK_REWRITES(
      "SELECT * FROM (SELECT a_view.doc FROM a_view) AS OF 5 x",
      "SELECT * FROM (SELECT a_view.doc FROM (SELECT pk, doc FROM \"main\".events(5)) AS \"a_view\") x");
  // The common table of the user's statement is not the view's table of that name.
  CHECK_REWRITES("WITH placed AS (SELECT 1), placed_view AS (SELECT 2) SELECT * FROM loose AS OF 5",
                 "WITH placed AS (SELECT 1), placed_view AS (SELECT 2) SELECT * FROM (SELECT * FROM "
                 "\"main\".placed_events(5) JOIN \"main\".placed JOIN \"main\".placed_view) AS \"loose\"");
  CHECK_REWRITES("SELECT * FROM plain_view, t WHERE 1 AS OF 5", "SELECT * FROM plain_view, t(5) WHERE 1");
  CHECK(fails("SELECT * FROM plain_view AS OF 5", "view plain_view reads no temporal table"));
  CHECK(fails("SELECT * FROM circle AS OF 5", "refers to itself"));
  CHECK(fails("SELECT * FROM orders o JOIN a_view VALID AT o.day", "column"));
}

TEST_CASE("what a file keeps names no schema") {
  CHECK_REWRITES("CREATE VIEW v AS SELECT * FROM a_view AS OF 5",
                 "CREATE VIEW v AS SELECT * FROM (SELECT pk, doc FROM events(5)) AS \"a_view\"");
  CHECK_REWRITES("CREATE TEMP VIEW v AS SELECT * FROM loose AS OF 5",
                 "CREATE TEMP VIEW v AS SELECT * FROM (SELECT * FROM \"main\".placed_events(5) JOIN "
                 "\"main\".placed JOIN \"main\".placed_view) AS \"loose\"");
  for (const char* sql :
       {"CREATE VIEW v AS SELECT * FROM nested AS OF 5", "CREATE VIEW main.v AS SELECT * FROM nested AS OF 5",
        "CREATE TRIGGER r AFTER INSERT ON plain BEGIN SELECT * FROM nested AS OF 5; END"}) {
    INFO(sql);
    CHECK(rewrite(sql).find("FROM events(5)) AS \"a_view\" JOIN plain)") != std::string::npos);
  }
  for (const char* sql :
       {"CREATE VIEW v AS WITH plain AS (SELECT 1) SELECT * FROM nested AS OF 5",
        "CREATE VIEW v AS SELECT * FROM (WITH PLAIN AS (SELECT 1) SELECT * FROM nested AS OF 5)"}) {
    INFO(sql);
    CHECK(rewrite(sql).find("has the name of a table") != std::string::npos);
  }
}

TEST_CASE("queries inside definitions") {
  CHECK_REWRITES("CREATE VIEW v AS SELECT * FROM t AS OF 5", "CREATE VIEW v AS SELECT * FROM t(5)");
  CHECK_REWRITES("CREATE TEMP VIEW IF NOT EXISTS v(a, b) AS SELECT * FROM t WHERE 1 AS OF 5",
                 "CREATE TEMP VIEW IF NOT EXISTS v(a, b) AS SELECT * FROM t(5) WHERE 1");
  CHECK_REWRITES("CREATE TABLE c AS SELECT * FROM t AS OF 5", "CREATE TABLE c AS SELECT * FROM t(5)");
  CHECK_REWRITES(
      "CREATE TRIGGER r AFTER INSERT ON plain WHEN (SELECT 1 FROM t AS OF 2) BEGIN INSERT INTO d (id) VALUES "
      "(new.a); DELETE FROM prices FOR PORTION OF "
      "VALID_TIME FROM 1 TO 2; SELECT CASE 1 WHEN 1 THEN ';' END FROM t AS OF 3; END; SELECT",
      "CREATE TRIGGER r AFTER INSERT ON plain WHEN (SELECT 1 FROM t(2)) BEGIN INSERT INTO d (id, \"n\", "
      "_given) VALUES (new.a, (5), 1); DELETE FROM "
      "prices WHERE \"prices\"._portion = spectradb_period(1, 2); SELECT CASE 1 WHEN 1 THEN ';' END FROM "
      "t(3) ; END");
  CHECK_REWRITES("CREATE TABLE e (pk TEXT PRIMARY KEY);",
                 "CREATE VIRTUAL TABLE e USING spectradb(pk TEXT PRIMARY KEY)");
  CHECK_REWRITES("EXPLAIN CREATE TABLE e (pk TEXT PRIMARY KEY)",
                 "EXPLAIN CREATE VIRTUAL TABLE e USING spectradb(pk TEXT PRIMARY KEY)");
}
