#include "sql/rewriter.h"

#include <doctest/doctest.h>

#include <chrono>
#include <map>

#include "sql/testing/fake_catalog.h"
#include "sql/text/reader.h"

using namespace spectradb::sql;

namespace {

// Returns the whole text with its first statement rewritten; "=" when unchanged.
std::string rewrite(const std::string& sql) {
  FakeCatalog catalog;
  auto rewritten = rewrite_statement(sql, catalog);
  if (!rewritten) return "error: " + rewritten.status().message();
  if (!rewritten->changed) return "=";
  CHECK_MESSAGE(may_be_temporal(sql), sql);
  return rewritten->text;
}

bool fails(const std::string& sql, const std::string& word) {
  const std::string text = rewrite(sql);
  const bool is_as_expected = text.rfind("error: ", 0) == 0 && text.find(word) != std::string::npos;
  if (!is_as_expected) MESSAGE(sql, " -> ", text);
  return is_as_expected;
}

// Squeezes blanks: those that clauses leave behind do not matter.
std::string squeezed(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == ' ' && (out.empty() || out.back() == ' ' || out.back() == '(')) continue;
    if ((c == ')' || c == ',') && !out.empty() && out.back() == ' ') out.pop_back();
    out += c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

#define CHECK_REWRITES(sql, expected) CHECK(squeezed(rewrite(sql)) == (expected))

TEST_CASE("The name of a temporal table means its columns for MATCH and functions of full text") {
  CHECK_REWRITES("SELECT * FROM t WHERE t MATCH 'fox'", "SELECT * FROM t WHERE t._text MATCH 'fox'");
  CHECK_REWRITES("SELECT spectradb_snippet(x, 1, '', '', '', 5) FROM t x WHERE \"X\" MATCH ?",
                 "SELECT spectradb_snippet(x._match, 1, '', '', '', 5) FROM t x WHERE \"X\"._text MATCH ?");
  CHECK_REWRITES("DELETE FROM t WHERE t MATCH 'a'", "DELETE FROM t WHERE t._text MATCH 'a'");
  CHECK(rewrite("SELECT * FROM t WHERE a MATCH 'fox' AND t.b MATCH 't' AND spectradb_bm25(t._match) < 0") ==
        "=");
  CHECK(rewrite("SELECT * FROM t x WHERE t MATCH 'fox'") == "=");
}

TEST_CASE("what has no collation leaves the comparison to that of the time") {
  for (const char* left : {"'x'", "5", "?1", ":a", "x'00'", "NULL", "CURRENT_DATE", "date(a, '-1 day')"}) {
    for (const char* comparison :
         {" = ", " <> ", " IS ", " IS NOT ", " IS DISTINCT FROM ", " IS NOT DISTINCT FROM "}) {
      const std::string text = std::string("SELECT * FROM t WHERE ") + left + comparison + "_valid_from";
      CAPTURE(text);
      CHECK(rewrite(text) == "=");
    }
  }
  for (const char* left :
       {"a", "(a)", "CAST(a AS TEXT)", "f(a COLLATE NOCASE)", "CASE a WHEN 1 THEN 2 END"}) {
    const std::string text = std::string("SELECT * FROM t WHERE ") + left + " IS NOT _valid_from";
    CAPTURE(text);
    CHECK(rewrite(text) == text + " COLLATE \"spectradb_time\"");
  }
}

TEST_CASE("a time of a row is compared as one, whatever stands on the left") {
  CHECK_REWRITES("SELECT * FROM plain p JOIN t ON p.n = t._valid_from",
                 "SELECT * FROM plain p JOIN t ON p.n = t._valid_from COLLATE \"spectradb_time\"");
  CHECK_REWRITES("SELECT a < main.t.\"_valid_to\", (a) >= [_committed_at] FROM t",
                 "SELECT a < main.t.\"_valid_to\" COLLATE \"spectradb_time\", (a) >= [_committed_at] COLLATE "
                 "\"spectradb_time\" FROM t");
  CHECK_REWRITES(
      "SELECT * FROM t WHERE a BETWEEN _valid_from AND _valid_to AND id = 1",
      "SELECT * FROM t WHERE a BETWEEN _valid_from COLLATE \"spectradb_time\" AND _valid_to COLLATE "
      "\"spectradb_time\" AND id = 1");
  CHECK_REWRITES(
      "SELECT a IS NOT _valid_to, a IS NOT DISTINCT FROM _valid_to FROM t",
      "SELECT a IS NOT _valid_to COLLATE \"spectradb_time\", a IS NOT DISTINCT FROM _valid_to COLLATE "
      "\"spectradb_time\" FROM t");
  CHECK_REWRITES(
      "SELECT * FROM plain WHERE n NOT IN (SELECT DISTINCT t._valid_from FROM t)",
      "SELECT * FROM plain WHERE n COLLATE \"spectradb_time\" NOT IN (SELECT DISTINCT t._valid_from FROM t)");
  CHECK_REWRITES("SELECT n IN (1, _valid_to) FROM t, plain",
                 "SELECT n COLLATE \"spectradb_time\" IN (1, _valid_to) FROM t, plain");
  CHECK_REWRITES("SELECT * FROM a_view v JOIN plain ON plain.n = v._valid_from",
                 "SELECT * FROM a_view v JOIN plain ON plain.n = v._valid_from COLLATE \"spectradb_time\"");
  CHECK_REWRITES("DELETE FROM t WHERE a > _valid_from",
                 "DELETE FROM t WHERE a > _valid_from COLLATE \"spectradb_time\"");
  for (const char* sql :
       {"SELECT * FROM t WHERE _valid_from = a AND _valid_to > ?", "SELECT * FROM t WHERE 5 < _valid_from",
        "SELECT * FROM t WHERE ? = _valid_from AND '2026' >= _valid_to",
        "SELECT * FROM plain WHERE n = _valid_from", "SELECT * FROM t WHERE a = _valid_from || 'x'",
        "SELECT * FROM t WHERE a = _valid_from COLLATE BINARY",
        "SELECT * FROM t, plain WHERE n = plain._valid_from", "SELECT * FROM t WHERE id = 1 AND _valid_from",
        "SELECT _valid_from IN (SELECT _valid_to FROM t) FROM t",
        "SELECT (a, id) IN (SELECT _valid_to, a FROM t) FROM t"}) {
    INFO(sql);
    CHECK(rewrite(sql) == "=");
  }
}

TEST_CASE("CURRENT_TIMESTAMP beside a time of a row is the statement's instant") {
  CHECK_REWRITES("SELECT * FROM t WHERE _valid_from <= CURRENT_TIMESTAMP",
                 "SELECT * FROM t WHERE _valid_from <= spectradb_now()");
  CHECK_REWRITES(
      "SELECT * FROM t x WHERE current_timestamp > main.x.[_committed_at] OR a = CURRENT_TIMESTAMP",
      "SELECT * FROM t x WHERE spectradb_now() > main.x.[_committed_at] OR a = CURRENT_TIMESTAMP");
  CHECK_REWRITES("SELECT * FROM t WHERE _valid_to BETWEEN ? AND CURRENT_TIMESTAMP",
                 "SELECT * FROM t WHERE _valid_to BETWEEN ? AND spectradb_now()");
  CHECK_REWRITES("UPDATE t SET _valid_to = CURRENT_TIMESTAMP, a = CURRENT_TIMESTAMP",
                 "UPDATE t SET _valid_to = spectradb_now(), a = CURRENT_TIMESTAMP");
  CHECK_REWRITES("UPDATE t FOR PORTION OF VALID_TIME FROM CURRENT_TIMESTAMP TO NULL SET a = 1",
                 "UPDATE t SET a = 1 WHERE \"t\"._portion = spectradb_period('now', NULL)");
  CHECK_REWRITES("INSERT INTO t VALUES (1, 2) VALID FROM CURRENT_TIMESTAMP",
                 "INSERT INTO t (\"id\", \"a\", _valid_from, _valid_to) VALUES (1, 2, 'now', NULL)");
  CHECK_REWRITES("INSERT INTO t (id, _valid_from) VALUES (1, CURRENT_TIMESTAMP), (CURRENT_TIMESTAMP, 5)",
                 "INSERT INTO t (id, _valid_from) VALUES (1, spectradb_now()), (CURRENT_TIMESTAMP, 5)");
  CHECK_REWRITES(
      "INSERT INTO t (_valid_to, id) SELECT DISTINCT CURRENT_TIMESTAMP, max(a, 1) FROM plain UNION "
      "SELECT CURRENT_TIMESTAMP || 'Z', CURRENT_TIMESTAMP",
      "INSERT INTO t (_valid_to, id) SELECT DISTINCT spectradb_now(), max(a, 1) FROM plain UNION "
      "SELECT CURRENT_TIMESTAMP || 'Z', CURRENT_TIMESTAMP");
  for (const char* sql :
       {"SELECT CURRENT_TIMESTAMP FROM t", "SELECT * FROM plain WHERE _valid_to < CURRENT_TIMESTAMP",
        "SELECT * FROM t WHERE a < CURRENT_TIMESTAMP", "SELECT CURRENT_TIMESTAMP",
        "INSERT INTO plain (n, _valid_from) VALUES (1, CURRENT_TIMESTAMP)",
        "SELECT * FROM t WHERE '_valid_from' < CURRENT_TIMESTAMP"}) {
    CHECK_MESSAGE(rewrite(sql) == "=", sql);
  }
}

TEST_CASE("min() of a column that may be NULL asks for the first value that is not") {
  const std::string end = "`x` IS NOT NULL ORDER BY `x` LIMIT 1) AS \"";
  CHECK_REWRITES("SELECT min(x) FROM sorted",
                 "SELECT min(x) FROM (SELECT `x` FROM sorted WHERE " + end + "sorted\"");
  CHECK_REWRITES(
      "EXPLAIN SELECT MIN([X]) AS least FROM main.sorted AS s WHERE y = (SELECT 1) OR y IN (1, 2);",
      "EXPLAIN SELECT MIN([X]) AS least FROM (SELECT `x` FROM main.sorted AS s WHERE (y = (SELECT 1) OR y "
      "IN (1, 2)) AND " +
          end + "s\"");
  CHECK_REWRITES("SELECT min(s.x) n FROM sorted s WHERE y = ?",
                 "SELECT min(s.x) n FROM (SELECT `x` FROM sorted s WHERE (y = ?) AND " + end + "s\"");
  for (const char* sql : {"SELECT min(y) FROM sorted",
                          "SELECT min(id) FROM sorted",
                          "SELECT min(x) FROM plain",
                          "SELECT min(x), 1 FROM sorted",
                          "SELECT min(x) + 1 FROM sorted",
                          "SELECT min(x, y) FROM sorted",
                          "SELECT min(DISTINCT x) FROM sorted",
                          "SELECT min(x) OVER () FROM sorted",
                          "SELECT min(x) FILTER (WHERE y) FROM sorted",
                          "SELECT min('x') FROM sorted",
                          "SELECT min(q.x) FROM sorted",
                          "SELECT min(x) FROM sorted GROUP BY y",
                          "SELECT min(x) FROM sorted WHERE y GROUP BY y",
                          "SELECT min(x) FROM sorted, plain",
                          "SELECT min(x) FROM sorted JOIN plain",
                          "SELECT min(x) FROM sorted LIMIT 0",
                          "SELECT min(x) FROM sorted s, plain WHERE y",
                          "SELECT min(x) FROM sorted WHERE y UNION SELECT 1",
                          "SELECT min(x) FROM sorted NOT INDEXED",
                          "SELECT min(x) FROM (SELECT x FROM sorted)",
                          "SELECT min(x) FROM sorted(1)",
                          "CREATE VIEW v AS SELECT min(x) FROM sorted",
                          "SELECT min(x) FROM sorted WHERE",
                          "SELECT min(x) FROM sorted ORDER BY 1"}) {
    CHECK_MESSAGE(rewrite(sql) == "=", sql);
  }
}

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

TEST_CASE("INSERT") {
  CHECK(rewrite("INSERT INTO prices VALUES ('a', 10)") == "=");
  CHECK(rewrite("INSERT INTO plain VALUES ('a', ?)") == "=");
  CHECK(rewrite("REPLACE INTO plain SELECT valid FROM plain") == "=");
  CHECK(rewrite("INSERT INTO plain AS of (a) VALUES (1)") == "=");
  CHECK(rewrite("INSERT INTO plain SELECT 1, valid FROM plain RETURNING *") == "=");
  CHECK(rewrite("INSERT INTO plain SELECT a valid FROM plain ON CONFLICT (a) DO NOTHING") == "=");
  CHECK_REWRITES(
      "INSERT INTO prices (sku, price) VALUES ('a', 10) VALID FROM '2026-01-01' TO '2027-01-01'",
      "INSERT INTO prices (sku, price, _valid_from, _valid_to) VALUES ('a', 10, '2026-01-01', '2027-01-01')");
  CHECK(rewrite(
            "INSERT INTO prices (sku, price, _valid_from, _valid_to) VALUES ('a', 10, '2026-01-01', NULL)") ==
        "=");
  CHECK_REWRITES("INSERT OR REPLACE INTO main.\"prices\" AS p VALUES (1, 2) VALID TO 5",
                 "INSERT OR REPLACE INTO main.\"prices\" AS p (\"sku\", \"price\", _valid_from, _valid_to) "
                 "VALUES (1, 2, NULL, 5)");
  CHECK_REWRITES("INSERT INTO prices SELECT a, valid FROM t AS OF 3 WHERE a VALID FROM 7",
                 "INSERT INTO prices (\"sku\", \"price\", _valid_from, _valid_to) SELECT *, 7, NULL FROM "
                 "(SELECT a, valid FROM t(3) WHERE a)");
  CHECK_REWRITES("INSERT INTO prices SELECT 1, 2 VALID FROM '2026-01-01'",
                 "INSERT INTO prices (\"sku\", \"price\", _valid_from, _valid_to) SELECT *, '2026-01-01', "
                 "NULL FROM (SELECT 1, 2)");
  CHECK_REWRITES("INSERT INTO prices SELECT * FROM plain VALID FROM NULL TO ?",
                 "INSERT INTO prices (\"sku\", \"price\", _valid_from, _valid_to) SELECT *, NULL, ? FROM "
                 "(SELECT * FROM plain)");
  CHECK_REWRITES("INSERT INTO events SELECT pk, doc FROM events AS OF 3",
                 "INSERT INTO events SELECT pk, doc FROM events(3)");
  CHECK_REWRITES("INSERT INTO prices VALUES (1, 2) UNION ALL SELECT a, b FROM t AS OF 3 VALID FROM 5",
                 "INSERT INTO prices (\"sku\", \"price\", _valid_from, _valid_to) SELECT *, 5, NULL FROM "
                 "(VALUES (1, 2) UNION ALL SELECT a, b FROM t(3))");
  CHECK_REWRITES("WITH e AS (SELECT * FROM t) INSERT INTO plain SELECT * FROM e AS OF 3",
                 "WITH e AS (SELECT * FROM t(3)) INSERT INTO plain SELECT * FROM e");
  CHECK_REWRITES("INSERT INTO d (id) VALUES (1)", "INSERT INTO d (id, \"n\", _given) VALUES (1, (5), 1)");
  CHECK_REWRITES("INSERT INTO d (id, N) VALUES (1, 2), (3, 4)",
                 "INSERT INTO d (id, N, _given) VALUES (1, 2, 1), (3, 4, 1)");
  CHECK_REWRITES("REPLACE INTO d VALUES (1, 2)", "REPLACE INTO d (\"id\", \"n\", _given) VALUES (1, 2, 1)");
  CHECK_REWRITES("INSERT INTO d DEFAULT VALUES VALID FROM 5",
                 "INSERT INTO d (\"n\", _given, _valid_from, _valid_to) VALUES ((5), 1, 5, NULL)");
  CHECK_REWRITES("INSERT INTO d DEFAULT VALUES", "INSERT INTO d (\"n\", _given) VALUES ((5), 1)");
  CHECK(rewrite("INSERT INTO prices DEFAULT VALUES") == "=");
  CHECK_REWRITES("INSERT INTO w (id) SELECT 6 AS id",
                 "INSERT INTO w (id, \"n\", \"m\", _given) SELECT *, 'id', 'it''s', 1 FROM (SELECT 6 AS id)");
  CHECK(rewrite("INSERT INTO d (") == "=");
  CHECK(rewrite("INSERT INTO d") == "=");
  CHECK(fails("INSERT INTO plain VALUES (1) VALID FROM 5", "plain"));
  CHECK(fails("INSERT INTO nowhere VALUES (1) VALID FROM 5", "no such table: nowhere"));
  CHECK(fails("INSERT INTO prices VALUES (1, 2) AS OF 5", "past"));
  CHECK(fails("INSERT INTO prices AS OF 5 VALUES (1, 2)", "past"));
  CHECK(fails("INSERT INTO prices VALUES (1, 2) VALID AT 5", "VALID FROM"));
  CHECK(fails("INSERT INTO prices VALUES (1, 2) VALID FROM", "start"));
  CHECK(fails("INSERT INTO prices VALUES (1, 2) VALID FROM 1 VALID TO 2", "twice"));
  CHECK(fails("INSERT INTO prices (sku, _valid_from) VALUES (1, 2) VALID FROM 5", "twice"));
  CHECK(fails("INSERT INTO prices FOR PORTION OF VALID_TIME FROM 1 TO 2 VALUES (1, 2)", "VALID FROM"));
}

TEST_CASE("generated columns are left out of the list that is written out") {
  CHECK_REWRITES("INSERT INTO g VALUES (1)", "INSERT INTO g (\"id\") VALUES (1)");
  CHECK_REWRITES("INSERT INTO g VALUES (1) VALID TO 2",
                 "INSERT INTO g (\"id\", _valid_from, _valid_to) VALUES (1, NULL, 2)");
  CHECK(rewrite("INSERT INTO g (id) VALUES (1)") == "=");
}

TEST_CASE("UPDATE and DELETE") {
  CHECK_REWRITES(
      "UPDATE prices FOR PORTION OF VALID_TIME FROM '2026-06-01' TO '2026-07-01' SET price = 8 WHERE sku = "
      "'a'",
      "UPDATE prices SET price = 8 WHERE \"prices\"._portion = spectradb_period('2026-06-01', '2026-07-01') "
      "AND (sku = 'a')");
  CHECK_REWRITES("DELETE FROM prices FOR PORTION OF VALID_TIME FROM 1 TO NULL WHERE a OR b",
                 "DELETE FROM prices WHERE \"prices\"._portion = spectradb_period(1, NULL) AND (a OR b)");
  CHECK_REWRITES(
      "UPDATE prices AS p FOR PORTION OF VALID_TIME FROM 1 TO 2 SET price = (SELECT x FROM t WHERE y)",
      "UPDATE prices AS p SET price = (SELECT x FROM t WHERE y) WHERE \"p\"._portion = spectradb_period(1, "
      "2)");
  CHECK_REWRITES(
      "UPDATE prices FOR PORTION OF VALID_TIME FROM 1 TO 2 AS p SET price = t.a FROM t AS OF 3 WHERE p.sku "
      "IN (SELECT a FROM events AS OF 4)",
      "UPDATE prices AS p SET price = t.a FROM t(3) WHERE \"p\"._portion = spectradb_period(1, 2) AND (p.sku "
      "IN (SELECT a FROM events(4)))");
  CHECK_REWRITES("UPDATE prices SET price = (SELECT a FROM t AS OF 3)",
                 "UPDATE prices SET price = (SELECT a FROM t(3))");
  CHECK_REWRITES("DELETE FROM plain WHERE x IN (SELECT a FROM t AS OF 3)",
                 "DELETE FROM plain WHERE x IN (SELECT a FROM t(3))");
  CHECK_REWRITES(
      "UPDATE prices FOR PORTION OF VALID_TIME FROM 1 TO 2 SET price = f(_valid_from, 1)",
      "UPDATE prices SET price = f(_valid_from, 1) WHERE \"prices\"._portion = spectradb_period(1, 2)");
  CHECK_REWRITES(
      "DELETE FROM prices FOR PORTION OF VALID_TIME FROM CAST(? AS INTEGER) TO CASE WHEN 1 THEN date('now') "
      "END",
      "DELETE FROM prices WHERE \"prices\"._portion = spectradb_period(CAST(? AS INTEGER), CASE WHEN 1 THEN "
      "date('now') END)");
  CHECK_REWRITES(
      "DELETE FROM prices FOR PORTION OF VALID_TIME FROM CAST(? AS UNSIGNED BIG INT) TO ('a' COLLATE nocase "
      "LIKE 'b' ESCAPE 'c')",
      "DELETE FROM prices WHERE \"prices\"._portion = spectradb_period(CAST(? AS UNSIGNED BIG INT), ('a' "
      "COLLATE nocase LIKE 'b' ESCAPE 'c'))");
  CHECK(fails("DELETE FROM prices FOR PORTION OF VALID_TIME FROM CAST(x AS BIG INT) TO 2", "columns"));
  CHECK(fails("DELETE FROM prices FOR PORTION OF VALID_TIME FROM CAST(1 AS INT) + x TO 2", "columns"));
  CHECK(rewrite("UPDATE prices SET price = CASE WHEN price THEN 1 END WHERE sku = 1") == "=");
  CHECK(rewrite("UPDATE plain AS of SET a = 1") == "=");
  CHECK(rewrite("DELETE FROM prices") == "=");
  CHECK(fails("UPDATE plain FOR PORTION OF VALID_TIME FROM 1 TO 2 SET a = 1", "plain"));
  CHECK(fails("UPDATE prices FOR PORTION OF SYSTEM_TIME FROM 1 TO 2 SET price = 1", "past"));
  CHECK(fails("UPDATE prices FOR PORTION OF VALID_TIME FROM price TO 2 SET price = 1", "columns"));
  CHECK(fails("UPDATE prices FOR PORTION OF VALID_TIME FROM 1 TO 2 SET _valid_from = 1", "_valid_from"));
  CHECK(fails("UPDATE prices FOR PORTION OF VALID_TIME FROM 1 TO 2 SET a = 1, (b, \"_VALID_TO\") = (1, 2)",
              "_VALID_TO"));
  CHECK(fails(
      "UPDATE prices FOR PORTION OF VALID_TIME FROM 1 TO 2 FOR PORTION OF VALID_TIME FROM 1 TO 2 SET a = 1",
      "twice"));
  CHECK(fails("UPDATE prices SET a = 1 FOR PORTION OF VALID_TIME FROM 1 TO 2", "directly behind"));
  CHECK(fails("UPDATE prices SET a = 1 WHERE b AS OF 5", "past"));
  CHECK(fails("DELETE FROM prices AS OF 5", "past"));
  CHECK(fails("DELETE FROM prices WHERE a VALID AT 5", "PORTION"));
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

TEST_CASE("ON CONFLICT and RETURNING") {
  CHECK_REWRITES(
      "DELETE FROM prices WHERE sku = ? RETURNING *, price + 1 AS p, price * 2",
      "INSERT INTO spectradb_returned(c0, c1, c2, c3) SELECT `sku`, `price`, price + 1, price * 2 "
      "FROM prices AS \"prices\" WHERE \"prices\"._written = spectradb_write('DELETE FROM prices WHERE "
      "sku = ?1', spectradb_pack(1, ?)) RETURNING c0 AS \"sku\", c1 AS \"price\", c2 AS \"p\", c3 AS "
      "\"price * 2\"");
  CHECK_REWRITES("DELETE FROM prices RETURNING prices.SKU, -price",
                 "INSERT INTO spectradb_returned(c0, c1) SELECT prices.SKU, -price FROM prices AS \"prices\" "
                 "WHERE \"prices\"._written = spectradb_write('DELETE FROM prices') RETURNING c0 AS \"sku\", "
                 "c1 AS \"-price\"");
  CHECK_REWRITES(
      "INSERT INTO prices VALUES ('it''s', :p) ON CONFLICT DO NOTHING",
      "INSERT INTO spectradb_returned(c0) SELECT 1 FROM prices AS \"prices\" WHERE \"prices\"._written = "
      "spectradb_count('INSERT INTO prices (\"sku\", \"price\", _upsert) VALUES (''it''''s'', ?1, 0) ', "
      "spectradb_pack(1, :p))");
  for (const char* sql :
       {"DELETE FROM plain RETURNING *", "INSERT INTO plain VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO plain SELECT 1 WHERE true ON CONFLICT (x) DO UPDATE SET x = excluded.x RETURNING x"})
    CHECK(rewrite(sql) == "=");
  CHECK(rewrite("INSERT OR FAIL INTO prices VALUES (1, 2) RETURNING sku").find("OR FAIL") !=
        std::string::npos);
  CHECK(rewrite("INSERT OR ROLLBACK INTO prices VALUES (1, 2) ON CONFLICT DO NOTHING").find("plain INSERT") !=
        std::string::npos);
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
