// The rewriter gives a temporal table those aggregates that it can make by itself, and no others.
#include "sql/testing/rewriting.h"

namespace spectradb::sql {

TEST_CASE("Aggregates of columns become what the table adds up") {
  CHECK_REWRITES("SELECT count(*) FROM added",
                 R"t(SELECT spectradb_counted("added"."_upsert", 0) AS "count(*)" FROM added )t"
                 R"t(WHERE "added"."_given" = 'count')t");
  CHECK_REWRITES(
      "SELECT g, SUM(n) , total(a.n) AS x FROM added a WHERE n > ? AND 5 >= a.n GROUP BY 1 HAVING count(*) "
      "> 2 "
      "ORDER BY x",
      R"t(SELECT g, spectradb_summed("a"."_upsert", 0, "a".`n`) AS "SUM(n)", )t"
      R"t(spectradb_totalled("a"."_upsert", 1, "a".`n`) AS x FROM added a )t"
      R"t(WHERE (n > ? AND 5 >= a.n) AND )t"
      R"t("a"."_given" = 'sum"n" total"n" count by"g" where"n"> where"n"<=' )t"
      R"t(GROUP BY 1 HAVING spectradb_counted("a"."_upsert", 2) > 2 ORDER BY x)t");
  CHECK_REWRITES("SELECT max(c), count(id) FROM added WHERE n IS NOT NULL AS OF 5",
                 R"t(SELECT spectradb_greatest("added"."_upsert", 0, "added".`c`, 1) AS "max(c)", )t"
                 R"t(spectradb_counted("added"."_upsert", 1, "added".`id`) AS "count(id)" FROM added(5) )t"
                 R"t(WHERE (n IS NOT NULL) AND "added"."_given" = 'max"c" count"id" where"n"notnull')t");
  CHECK_REWRITES(
      "SELECT sum(n) FROM added AS OF :t a WHERE (id BETWEEN -1 AND ? AND g = 'x') GROUP BY g",
      R"t(SELECT spectradb_summed("a"."_upsert", 0, "a".`n`) AS "sum(n)" FROM added(spectradb_time(:t)) a )t"
      R"t(WHERE ((id BETWEEN -1 AND ? AND g = 'x')) AND )t"
      R"t("a"."_given" = 'sum"n" by"g" where"id">= where"id"<= where"g"=' GROUP BY g)t");
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
                           "SELECT count(*) FROM added WHERE id IS 5",
                           "SELECT id, count(*) FROM added GROUP BY id",
                           "SELECT g, count(*) FROM added GROUP BY g LIMIT 1",
                           "SELECT 1 FROM plain WHERE n > (SELECT avg(n) FROM added)",
                           "SELECT * FROM (SELECT count(*) FROM added)",
                           "WITH q AS (SELECT 1) SELECT count(*) FROM added",
                           "SELECT count(*) FROM added(5)",
                           "SELECT count(*) FROM plain",
                           "INSERT INTO plain SELECT count(*) FROM added",
                           "CREATE VIEW v AS SELECT count(*) FROM added"})
    CHECK_MESSAGE(rewrite(text) == "=", text);
}

TEST_CASE("A statement with very many conditions is SQLite's") {
  std::string text = "SELECT count(*) FROM added WHERE n > 0";
  for (int i = 0; i < 98; ++i) text += " AND n <> " + std::to_string(i);
  CHECK(rewrite(text) != "=");
  CHECK(rewrite(text + " AND n <> 98") == "=");
}

TEST_CASE("A first look finds one SELECT with an aggregate, and its table") {
  StatementLook look = look_at_statement("EXPLAIN SELECT g, Sum(n) FROM main.\"t\" WHERE n > 5; SELECT 1");
  CHECK_FALSE(look.may_be_temporal);
  CHECK(look.may_add_up);
  CHECK(look.schema == "main");
  CHECK(look.name == "\"t\"");
  look = look_at_statement("SELECT count(*) FROM t");
  CHECK(look.may_add_up);
  CHECK(look.schema.empty());
  CHECK(look.name == "t");
  for (const char* text : {"SELECT n FROM t", "SELECT count(*)", "SELECT count(*) FROM (SELECT 1)",
                           "DELETE FROM t WHERE count = 1", "WITH a AS (VALUES (1)) SELECT count(*) FROM t",
                           "SELECT count(*) FROM t WHERE n IN (SELECT n FROM u)", "SELECT 'count' FROM t"})
    CHECK_MESSAGE(!look_at_statement(text).may_add_up, text);
}

}  // namespace spectradb::sql
