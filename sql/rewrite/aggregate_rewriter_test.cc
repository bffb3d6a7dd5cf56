// The rewriter gives a temporal table those aggregates that it can make by itself, and no others.
#include "sql/testing/rewriting.h"

namespace spectradb::sql {

TEST_CASE("Aggregates of columns become what the table adds up") {
  CHECK_REWRITES("SELECT count(*) FROM added",
                 R"t(SELECT spectradb_counted("added"."_aggregated", 0) AS "count(*)" FROM added )t"
                 R"t(WHERE "added"."_aggregate" = 'count')t");
  CHECK_REWRITES(
      "SELECT g, SUM(n) , total(a.n) AS x FROM added a WHERE n > ? AND 5 >= a.n GROUP BY 1 HAVING count(*) "
      "> 2 "
      "ORDER BY x",
      R"t(SELECT g, spectradb_aggregated("a"."_aggregated", 0, "a".`n`) AS "SUM(n)", )t"
      R"t(spectradb_totalled("a"."_aggregated", 1, "a".`n`) AS x FROM added a )t"
      R"t(WHERE "a"."_aggregate" = spectradb_aggregate()t"
      R"t('sum"n" total"n" count by"g" where"n"> where"n"<=', ?1, 5) AND (n > ?1 AND 5 >= a.n) )t"
      R"t(GROUP BY 1 HAVING spectradb_counted("a"."_aggregated", 2) > 2 ORDER BY x)t");
  CHECK_REWRITES(
      "SELECT max(n), count(id) FROM added WHERE n IS NOT NULL AS OF 5",
      R"t(SELECT spectradb_aggregated("added"."_aggregated", 0, "added".`n`) AS "max(n)", )t"
      R"t(spectradb_counted("added"."_aggregated", 1, "added".`id`) AS "count(id)" FROM added(5) )t"
      R"t(WHERE "added"."_aggregate" = spectradb_aggregate('max"n" count"id" where"n"isnot', NULL) )t"
      R"t(AND (n IS NOT NULL))t");
  CHECK_REWRITES(
      "SELECT sum(n) FROM added AS OF 5 a WHERE (id BETWEEN -1 AND 'x' AND g = NULL) GROUP BY g",
      R"t(SELECT spectradb_aggregated("a"."_aggregated", 0, "a".`n`) AS "sum(n)" FROM added(5) a )t"
      R"t(WHERE "a"."_aggregate" = spectradb_aggregate()t"
      R"t('sum"n" by"g" where"id">= where"id"<= where"g"=', -1, 'x', NULL) )t"
      R"t(AND ((id BETWEEN -1 AND 'x' AND g = NULL)) GROUP BY g)t");
}

TEST_CASE("In subqueries, too") {
  CHECK_REWRITES("SELECT 1 FROM plain WHERE n > (SELECT avg(n) FROM added)",
                 R"t(SELECT 1 FROM plain WHERE n > (SELECT spectradb_aggregated("added"."_aggregated", 0, )t"
                 R"t("added".`n`) AS "avg(n)" FROM added WHERE "added"."_aggregate" = 'avg"n"'))t");
}

TEST_CASE("What is more than that stays SQLite's") {
  for (const char* text : {"SELECT count(DISTINCT n) FROM added",
                           "SELECT sum(n + 1) FROM added",
                           "SELECT sum(+n) FROM added",
                           "SELECT count(*) FILTER (WHERE n) FROM added",
                           "SELECT sum(n) OVER () FROM added",
                           "SELECT DISTINCT count(*) FROM added",
                           "SELECT n, count(*) FROM added",
                           "SELECT *, count(*) FROM added",
                           "SELECT count(*), group_concat(n) FROM added",
                           "SELECT count(*) FROM added, plain",
                           "SELECT count(*) FROM added JOIN plain",
                           "SELECT count(*) FROM added WHERE n = g",
                           "SELECT count(*) FROM added WHERE n > 1 OR n < 5",
                           "SELECT count(*) FROM added WHERE n + 1 > 5",
                           "SELECT count(*) FROM added WHERE n > \"x\"",
                           "SELECT count(*) FROM added WHERE n IN (1, 2)",
                           "SELECT count(*) FROM added WHERE g = 'a' COLLATE NOCASE",
                           "SELECT count(*) FROM added WHERE n IS TRUE",
                           "SELECT count(*) FROM added WHERE n > (SELECT 1)",
                           "SELECT count(*) FROM added WHERE _system_from > 1",
                           "SELECT count(*) FROM added GROUP BY n + 1",
                           "SELECT count(*) FROM added GROUP BY c",
                           "SELECT g FROM added GROUP BY g",
                           "SELECT count(*) FROM added GROUP BY g ORDER BY n",
                           "SELECT count(*) FROM added GROUP BY g HAVING n > 1",
                           "SELECT count(*), rowid FROM added",
                           "SELECT count(*) FROM added UNION SELECT 1",
                           "SELECT count(*) FROM added INDEXED BY x",
                           "SELECT min(id) FROM added",
                           "SELECT count(*) FROM added WHERE id = 5",
                           "SELECT count(*), (SELECT n) FROM added",
                           "SELECT count(*) FROM plain",
                           "INSERT INTO plain SELECT count(*) FROM added",
                           "CREATE VIEW v AS SELECT count(*) FROM added"})
    CHECK_MESSAGE(rewrite(text) == "=", text);
}

}  // namespace spectradb::sql
