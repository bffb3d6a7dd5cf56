// What MATCH, comparisons with a row's times, CURRENT_TIMESTAMP and min() become.
#include <doctest/doctest.h>

#include "sql/testing/rewriting.h"

using namespace spectradb::sql;

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
