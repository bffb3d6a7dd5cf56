// What the clauses of times become, which tables each binds, and what parameters are called then.
#include <doctest/doctest.h>

#include "sql/testing/rewriting.h"

using namespace spectradb::sql;

TEST_CASE("reading: the examples of the specification") {
  CHECK_REWRITES("SELECT doc FROM events WHERE pk = 'evt-1' AS OF 1;",
                 "SELECT doc FROM events(1) WHERE pk = 'evt-1'");
  CHECK_REWRITES("SELECT doc FROM events VALID AT 1000", "SELECT doc FROM events(x'', 1000)");
  CHECK_REWRITES("SELECT doc FROM events AS OF '2026-01-31 18:00' VALID AT '2025-12-31'",
                 "SELECT doc FROM events('2026-01-31 18:00', '2025-12-31')");
  CHECK_REWRITES("SELECT * FROM t FOR SYSTEM_TIME AS OF 5", "SELECT * FROM t(5)");
  CHECK_REWRITES("SELECT * FROM t FOR SYSTEM_TIME FROM 3 TO 9",
                 "SELECT * FROM t(spectradb_range('from', 3, 9))");
  CHECK_REWRITES("SELECT * FROM t FOR SYSTEM_TIME BETWEEN 3 AND 9",
                 "SELECT * FROM t(spectradb_range('between', 3, 9))");
  CHECK_REWRITES("SELECT * FROM t FOR SYSTEM_TIME CONTAINED IN (3, 9)",
                 "SELECT * FROM t(spectradb_range('contained', 3, 9))");
  CHECK_REWRITES("SELECT * FROM t FOR SYSTEM_TIME ALL", "SELECT * FROM t('all')");
  CHECK_REWRITES("SELECT * FROM t FOR ALL SYSTEM_TIME", "SELECT * FROM t('all')");
  CHECK_REWRITES("SELECT * FROM t FOR VALID_TIME AS OF '2026-01-01'", "SELECT * FROM t(x'', '2026-01-01')");
  CHECK_REWRITES("SELECT * FROM t FOR APPLICATION_TIME AS OF '2026-01-01'",
                 "SELECT * FROM t(x'', '2026-01-01')");
  CHECK_REWRITES("SELECT n.doc, o.doc FROM events n JOIN events AS OF 3 o USING (pk)",
                 "SELECT n.doc, o.doc FROM events n JOIN events(3) o USING (pk)");
  CHECK_REWRITES(
      "SELECT o.id, p.price FROM orders o JOIN prices p FOR VALID_TIME AS OF o.ordered_on ON p.sku = o.sku",
      "SELECT o.id, p.price FROM orders o JOIN prices(x'', spectradb_time(o.ordered_on)) p ON p.sku = "
      "o.sku");
  CHECK_REWRITES("SELECT * FROM a_view AS OF 5",
                 "SELECT * FROM (SELECT pk, doc FROM \"main\".events(5)) AS \"a_view\"");
  CHECK_REWRITES("SELECT * FROM t FOR ALL SYSTEM_TIME FOR ALL VALID_TIME", "SELECT * FROM t('all', 'all')");
  CHECK(rewrite("SELECT * FROM events AS \"of\" WHERE pk = 1") == "=");
}

TEST_CASE("what a clause binds") {
  CHECK_REWRITES("SELECT * FROM t UNION SELECT * FROM events AS OF 5",
                 "SELECT * FROM t UNION SELECT * FROM events(5)");
  CHECK_REWRITES("SELECT * FROM t UNION SELECT * FROM events WHERE 1 AS OF 5",
                 "SELECT * FROM t(5) UNION SELECT * FROM events(5) WHERE 1");
  CHECK_REWRITES("SELECT * FROM t WHERE 1 AS OF 5 UNION ALL SELECT * FROM events",
                 "SELECT * FROM t(5) WHERE 1 UNION ALL SELECT * FROM events");
  CHECK_REWRITES("SELECT * FROM t UNION SELECT * FROM events ORDER BY 1 LIMIT 2 AS OF 5",
                 "SELECT * FROM t(5) UNION SELECT * FROM events(5) ORDER BY 1 LIMIT 2");
  CHECK_REWRITES("SELECT * FROM t AS OF 2, events e WHERE 1 AS OF 5",
                 "SELECT * FROM t(2), events(5) e WHERE 1");
  CHECK_REWRITES("SELECT * FROM t VALID AT 2, events e WHERE 1 AS OF 5",
                 "SELECT * FROM t(5, 2), events(5) e WHERE 1");
  CHECK_REWRITES("SELECT * FROM t JOIN events e ON t.id = e.pk AS OF 5",
                 "SELECT * FROM t(5) JOIN events(5) e ON t.id = e.pk");
  CHECK_REWRITES("SELECT * FROM t JOIN events e USING (pk) AS OF 5 WHERE 1",
                 "SELECT * FROM t(5) JOIN events(5) e USING (pk) WHERE 1");
  CHECK_REWRITES("SELECT * FROM t JOIN events e ON t.left = e.of AS OF 5 GROUP BY 1",
                 "SELECT * FROM t(5) JOIN events(5) e ON t.left = e.of GROUP BY 1");
  CHECK_REWRITES("SELECT * FROM (t JOIN events ON 1) AS OF 5", "SELECT * FROM (t(5) JOIN events(5) ON 1)");
  CHECK_REWRITES("SELECT * FROM (t JOIN events ON 1 AS OF 5)", "SELECT * FROM (t(5) JOIN events(5) ON 1)");
  CHECK_REWRITES("SELECT * FROM (SELECT * FROM t) AS OF 5 x", "SELECT * FROM (SELECT * FROM t(5)) x");
  CHECK_REWRITES("SELECT * FROM (SELECT * FROM t AS OF 3) x WHERE 1 AS OF 5",
                 "SELECT * FROM (SELECT * FROM t(3)) x WHERE 1");
  CHECK_REWRITES("SELECT (SELECT a FROM t AS OF 3), 1 FROM events",
                 "SELECT (SELECT a FROM t(3)), 1 FROM events");
  CHECK_REWRITES("SELECT (SELECT a FROM t) AS OF 3", "SELECT (SELECT a FROM t(3))");
  CHECK_REWRITES("SELECT 1 FROM events WHERE pk IN (SELECT a FROM t) AS OF 3",
                 "SELECT 1 FROM events(3) WHERE pk IN (SELECT a FROM t(3))");
  CHECK_REWRITES("SELECT 1 FROM events WHERE pk IN t AND 1 AS OF 3",
                 "SELECT 1 FROM events(3) WHERE pk IN t(3) AND 1");
  CHECK_REWRITES("SELECT 1 FROM events WHERE pk IN t AS OF 3", "SELECT 1 FROM events WHERE pk IN t(3)");
  CHECK_REWRITES("SELECT 1 FROM events WHERE pk IN a_view AS OF 3",
                 "SELECT 1 FROM events WHERE pk IN (SELECT pk, doc FROM \"main\".events(3))");
  CHECK_REWRITES("SELECT 1 FROM plain, t WHERE 1 AS OF 3", "SELECT 1 FROM plain, t(3) WHERE 1");
  CHECK_REWRITES("SELECT 1 FROM t IS_NOT WHERE a IS DISTINCT FROM b AS OF 3",
                 "SELECT 1 FROM t(3) IS_NOT WHERE a IS DISTINCT FROM b");
  CHECK_REWRITES("SELECT a IS NOT DISTINCT FROM b FROM t AS OF 3",
                 "SELECT a IS NOT DISTINCT FROM b FROM t(3)");
  CHECK_REWRITES("SELECT * FROM t VALID AT 1 WHERE x AS OF 5 GROUP BY y",
                 "SELECT * FROM t(5, 1) WHERE x GROUP BY y");
  CHECK_REWRITES("EXPLAIN QUERY PLAN SELECT * FROM t AS OF 1", "EXPLAIN QUERY PLAN SELECT * FROM t(1)");
  CHECK_REWRITES("explain select * from t as of 1", "explain select * from t(1)");
  CHECK_REWRITES(" ;; SELECT * FROM t AS OF 1; x", "SELECT * FROM t(1)");
  CHECK_REWRITES("SELECT * FROM \"t\" AS/**/OF--\n1", "SELECT * FROM \"t\"(1)");
  CHECK_REWRITES("SELECT * FROM main.t AS OF 1 x", "SELECT * FROM main.t(1) x");
  CHECK_REWRITES("VALUES ((SELECT a FROM t)) AS OF 1", "VALUES ((SELECT a FROM t(1)))");
}

TEST_CASE("aliases and columns with the words of clauses") {
  for (const char* sql :
       {"SELECT * FROM t of JOIN events AS valid ON of.a = valid.a", "SELECT valid, of FROM t valid",
        "SELECT a AS of, b valid FROM t for", "SELECT valid at FROM t", "SELECT t.valid FROM t",
        "SELECT \"AS\", \"OF\" FROM t", "SELECT 'x AS OF 5' FROM t -- AS OF 5"}) {
    INFO(sql);
    CHECK(rewrite(sql) == "=");
  }
  CHECK_REWRITES("SELECT * FROM t AS \"of\" AS OF 3", "SELECT * FROM t(3) AS \"of\"");
  CHECK_REWRITES("SELECT * FROM t AS [of] VALID AT 3", "SELECT * FROM t(x'', 3) AS [of]");
  CHECK_REWRITES("SELECT * FROM t valid VALID AT 3", "SELECT * FROM t(x'', 3) valid");
  CHECK_REWRITES("SELECT * FROM t for FOR ALL VALID_TIME", "SELECT * FROM t(x'', 'all') for");
}

TEST_CASE("VALID AT is followed by a time") {
  for (const char* sql :
       {"SELECT * FROM t VALID AT", "SELECT * FROM t x VALID AT WHERE a", "SELECT * FROM t AS OF 3 VALID AT",
        "SELECT * FROM a_view VALID AT", "SELECT * FROM t WHERE a VALID AT",
        "SELECT * FROM plain, t VALID AT", "SELECT * FROM plain JOIN t ON 1 VALID AT",
        "UPDATE t VALID AT SET a = 1", "DELETE FROM t VALID AT", "INSERT INTO t VALUES (1, 2) VALID AT",
        "SELECT * FROM t WHERE a AS OF"}) {
    INFO(sql);
    CHECK(rewrite(sql).find("needs a time") != std::string::npos);
  }
  for (const char* sql : {"SELECT a valid, at FROM t", "SELECT valid at FROM t",
                          "SELECT * FROM plain VALID AT", "DELETE FROM t RETURNING valid at"}) {
    INFO(sql);
    CHECK(rewrite(sql).find("needs a time") == std::string::npos);
  }
}

TEST_CASE("on a temporal table AS OF is followed by a time") {
  for (const char* sql :
       {"SELECT * FROM t AS OF", "SELECT * FROM t AS OF WHERE a", "SELECT of.a FROM t AS of, plain",
        "SELECT * FROM plain JOIN t AS of ON 1", "SELECT * FROM a_view AS OF", "SELECT * FROM nested AS OF",
        "SELECT * FROM (SELECT * FROM t) AS OF", "WITH q AS (SELECT * FROM t) SELECT * FROM q AS OF",
        "SELECT * FROM plain WHERE a IN (SELECT a FROM t AS OF)", "SELECT * FROM t AS OF AS OF 3",
        "SELECT * FROM t AS OF VALID AT 3", "UPDATE t AS OF SET a = 1", "DELETE FROM t AS OF",
        "INSERT INTO t AS OF VALUES (1, 2)", "CREATE VIEW v AS SELECT * FROM t AS OF"}) {
    INFO(sql);
    CHECK(rewrite(sql).find("needs a time") != std::string::npos);
  }
  for (const char* sql :
       {"SELECT * FROM plain AS OF", "SELECT * FROM plain_view AS of",
        "SELECT * FROM (SELECT * FROM plain) AS of", "WITH t AS (SELECT 1) SELECT * FROM t AS of",
        "UPDATE plain AS of SET a = 1", "SELECT a AS OF FROM t", "SELECT * FROM nowhere AS of"}) {
    INFO(sql);
    CHECK(rewrite(sql) == "=");
  }
}

TEST_CASE("a time that is not given as an argument is given by a clause") {
  CHECK_REWRITES("SELECT * FROM t(NULL, 3) AS OF 1", "SELECT * FROM t(1, 3)");
  CHECK_REWRITES("SELECT * FROM t(x'', 3) AS OF 1", "SELECT * FROM t(1, 3)");
  CHECK_REWRITES("SELECT * FROM t(1, X'') VALID AT 3", "SELECT * FROM t(1, 3)");
  CHECK(rewrite("SELECT * FROM t(x'00', 3) AS OF 1").find("given a time twice") != std::string::npos);
}

TEST_CASE("subqueries inside times have times of their own") {
  CHECK_REWRITES("SELECT * FROM t AS OF (SELECT max(a) FROM events AS OF 3)",
                 "SELECT * FROM t(spectradb_time((SELECT max(a) FROM events(3))))");
  CHECK_REWRITES(
      "SELECT * FROM t WHERE 1 AS OF (SELECT max(a) FROM events AS OF (SELECT 1 FROM prices AS OF 2))",
      "SELECT * FROM t(spectradb_time((SELECT max(a) FROM events(spectradb_time((SELECT 1 FROM "
      "prices(2))))))) WHERE 1");
  CHECK_REWRITES(
      "DELETE FROM prices FOR PORTION OF VALID_TIME FROM (SELECT a FROM t AS OF 1) TO NULL",
      "DELETE FROM prices WHERE \"prices\"._portion = spectradb_period((SELECT a FROM t(1)), NULL)");
  CHECK_REWRITES("INSERT INTO prices VALUES (1, 2) VALID FROM (SELECT a FROM t AS OF 1)",
                 "INSERT INTO prices (\"sku\", \"price\", _valid_from, _valid_to) VALUES (1, 2, (SELECT a "
                 "FROM t(1)), NULL)");
}

TEST_CASE("arguments and clauses together") {
  CHECK_REWRITES("SELECT * FROM t(5) VALID AT 3", "SELECT * FROM t(5, 3)");
  CHECK_REWRITES("SELECT * FROM t(NULL, 3) WHERE 1 AS OF 5", "SELECT * FROM t(5, 3) WHERE 1");
  CHECK_REWRITES("SELECT * FROM t() AS OF 5", "SELECT * FROM t(5)");
  CHECK_REWRITES("SELECT * FROM t(2), events WHERE 1 AS OF 5", "SELECT * FROM t(2), events(5) WHERE 1");
  CHECK_REWRITES("SELECT * FROM t(f(1, 2), (SELECT 1 FROM events AS OF 4))",
                 "SELECT * FROM t(f(1, 2), (SELECT 1 FROM events(4)))");
  CHECK_REWRITES("SELECT * FROM t, json_each(t.doc) WHERE 1 AS OF 5",
                 "SELECT * FROM t(5), json_each(t.doc) WHERE 1");
  CHECK(fails("SELECT * FROM t(5) AS OF 3", "twice"));
  CHECK(fails("SELECT * FROM json_each('[]') AS OF 3", "json_each"));
}

TEST_CASE("no clause is lost") {
  CHECK(fails("SELECT * FROM t AS OF 1 WHERE x IN (SELECT a FROM plain WHERE a AS OF 5)", "AS OF 5"));
  CHECK(fails("SELECT * FROM t AS OF 1 AS OF 2", "twice"));
  CHECK(fails("SELECT * FROM t WHERE x AS OF 1 ORDER BY y AS OF 2", "twice"));
  CHECK(fails("SELECT * FROM plain AS OF 1", "plain"));
  CHECK(fails("SELECT * FROM nowhere AS OF 1", "no such table: nowhere"));
  CHECK(fails("SELECT * FROM plain WHERE 1 AS OF 1", "no temporal table"));
  CHECK(fails("SELECT 1 VALID AT 5", "no table"));
  CHECK(fails("SELECT * FROM t WHERE x AS OF 5 AND y", "AND"));
  CHECK(fails("SELECT * FROM t JOIN events ON 1 AS OF 5 JOIN prices", "JOIN"));
  CHECK(fails("SELECT x AS OF 5 FROM t", "FROM"));
  CHECK(fails("SELECT * FROM t UNION SELECT * FROM events WHERE 1 AS OF 5 ORDER BY 1", "compound"));
  CHECK(fails("SELECT * FROM t FOR PORTION OF VALID_TIME FROM 1 TO 2", "PORTION"));
}

TEST_CASE("parameters keep their numbers") {
  CHECK_REWRITES("SELECT ?, doc FROM events WHERE pk = ? AS OF ?",
                 "SELECT ?1, doc FROM events(spectradb_time(?3)) WHERE pk = ?2");
  CHECK_REWRITES("SELECT * FROM t, events WHERE a = ?5 AND b = ? AS OF ?",
                 "SELECT * FROM t(spectradb_time(?7)), events(spectradb_time(?7)) WHERE a = ?5 AND b = ?6");
  CHECK_REWRITES("SELECT :a, ? FROM t AS OF :a", "SELECT :a, ? FROM t(spectradb_time(:a))");
  CHECK_REWRITES(
      "SELECT * FROM t WHERE a = :a AS OF :b",
      "WITH spectradb_parameters AS (SELECT :a, :b) SELECT * FROM t(spectradb_time(:b)) WHERE a = :a");
  CHECK_REWRITES("EXPLAIN WITH e AS (SELECT 1) SELECT * FROM t, e WHERE a = ?3 AND b = @b AND c = ? AS OF $c",
                 "EXPLAIN WITH spectradb_parameters AS (SELECT ?3, @b, ?5, $c), e AS (SELECT 1) SELECT * "
                 "FROM t(spectradb_time($c)), e WHERE a = ?3 AND b = @b AND c = ?5");
  CHECK_REWRITES("SELECT a FROM t AS OF ? WHERE a = ? AS OF ?",
                 "WITH spectradb_parameters AS (SELECT ?3) SELECT a FROM t(spectradb_time(?1)) WHERE a = ?2");
  CHECK_REWRITES("INSERT INTO prices VALUES (?, ?), (?, ?) VALID FROM ? TO ?",
                 "INSERT INTO prices (\"sku\", \"price\", _valid_from, _valid_to) VALUES (?1, ?2, ?5, ?6), "
                 "(?3, ?4, ?5, ?6)");
  CHECK_REWRITES(
      "UPDATE prices FOR PORTION OF VALID_TIME FROM ? TO ? SET price = ? WHERE sku = ?",
      "UPDATE prices SET price = ?3 WHERE \"prices\"._portion = spectradb_period(?1, ?2) AND (sku = ?4)");
  CHECK_REWRITES("SELECT * FROM t AS OF ?9223372036854775807 WHERE a = ?",
                 "WITH spectradb_parameters AS (SELECT ?1073741825) SELECT * FROM "
                 "t(spectradb_time(?9223372036854775807)) WHERE a = ?1073741825");
}

TEST_CASE("table-valued functions get their times as arguments") {
  const std::string none = "x'7370656374726164623a206e6f20617267756d656e74'";
  CHECK_REWRITES("SELECT * FROM spectradb_find('t') AS OF 3",
                 "SELECT * FROM spectradb_find('t', " + none + ", 3)");
  CHECK_REWRITES("SELECT * FROM spectradb_find('t', 1) f VALID AT 5 AS OF 3",
                 "SELECT * FROM spectradb_find('t', 1, 3, 5) f");
  CHECK_REWRITES("SELECT * FROM spectradb_find('t', 1, NULL, NULL) WHERE 1 VALID AT 5",
                 "SELECT * FROM spectradb_find('t', 1, NULL, 5) WHERE 1");
  CHECK_REWRITES("SELECT * FROM spectradb_find('t', 1, 2) JOIN t AS OF 3",
                 "SELECT * FROM spectradb_find('t', 1, 2) JOIN t(3)");
  CHECK_REWRITES("SELECT * FROM spectradb_find('t') JOIN t WHERE 1 AS OF 3",
                 "SELECT * FROM spectradb_find('t', " + none + ", 3) JOIN t(3) WHERE 1");
  CHECK_REWRITES("SELECT * FROM spectradb_find AS OF 3",
                 "SELECT * FROM spectradb_find(" + none + ", " + none + ", 3)");
  CHECK_REWRITES("SELECT * FROM spectradb_travel('t') AS OF ?",
                 "SELECT * FROM spectradb_travel('t', spectradb_time(?))");
  CHECK_REWRITES(
      "SELECT * FROM main.spectradb_find('t') AS OF 3",
      "SELECT * FROM spectradb_in_schema_find('main', 't', " + none + ", 3) AS \"spectradb_find\"");
  CHECK_REWRITES("SELECT * FROM spectradb_history('t') JOIN t WHERE 1 AS OF 3",
                 "SELECT * FROM spectradb_history('t') JOIN t(3) WHERE 1");
  CHECK(fails("SELECT * FROM spectradb_find('t', 1, 2) AS OF 3", "given a time twice"));
  CHECK(fails("SELECT * FROM spectradb_find('t') FOR SYSTEM_TIME ALL", "is read at one time: say AS OF"));
  CHECK(fails("SELECT * FROM spectradb_find('t') FOR VALID_TIME FROM 1 TO 2",
              "is read at one time: say VALID AT"));
  CHECK(fails("SELECT * FROM spectradb_travel('t') VALID AT 1", "takes no valid time"));
  CHECK(fails("SELECT * FROM spectradb_history('t') AS OF 1", "is not read AS OF or VALID AT"));
}
