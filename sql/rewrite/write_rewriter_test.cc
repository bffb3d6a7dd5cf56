// What INSERT, UPDATE and DELETE become, with ON CONFLICT and RETURNING.
#include <doctest/doctest.h>

#include "sql/testing/rewriting.h"

using namespace spectradb::sql;

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

TEST_CASE("few parameters are passed as they are, many in packs") {
  const auto deleted = [](int parameters) {
    std::string sql = "DELETE FROM prices WHERE sku IN (?";
    for (int i = 1; i < parameters; ++i) sql += ", ?";
    return rewrite((sql + ") RETURNING sku").c_str());
  };
  CHECK(deleted(2).find("IN (?1, ?2)', 1, ?, 2, ?)") != std::string::npos);
  CHECK(deleted(30).find("spectradb_pack") == std::string::npos);
  CHECK(deleted(31).find("', spectradb_pack(1, ?, 2, ?") != std::string::npos);
}

TEST_CASE("ON CONFLICT and RETURNING") {
  CHECK_REWRITES(
      "DELETE FROM prices WHERE sku = ? RETURNING *, price + 1 AS p, price * 2",
      "INSERT INTO spectradb_returned(c0, c1, c2, c3) SELECT spectradb_lend(0, `sku`), spectradb_lend(0, "
      "`price`), price + 1, price * 2 FROM prices AS \"prices\" WHERE \"prices\"._written = "
      "spectradb_write('DELETE FROM prices WHERE sku = ?1', 1, ?) RETURNING spectradb_lent(c0) AS \"sku\", "
      "spectradb_lent(c1) AS \"price\", c2 AS \"p\", c3 AS \"price * 2\"");
  CHECK_REWRITES("DELETE FROM prices RETURNING prices.SKU, -price",
                 "INSERT INTO spectradb_returned(c0, c1) SELECT spectradb_lend(0, prices.SKU), -price FROM "
                 "prices AS \"prices\" WHERE \"prices\"._written = spectradb_write('DELETE FROM prices') "
                 "RETURNING spectradb_lent(c0) AS \"sku\", c1 AS \"-price\"");
  CHECK_REWRITES(
      "INSERT INTO prices VALUES ('it''s', :p) ON CONFLICT DO NOTHING",
      "INSERT INTO spectradb_returned(c0) SELECT 1 FROM prices AS \"prices\" WHERE \"prices\"._written = "
      "spectradb_count('INSERT INTO prices (\"sku\", \"price\", _upsert) VALUES (''it''''s'', ?1, 0) ', 1, "
      ":p)");
  // SQLite may be built to take ORDER BY and LIMIT behind RETURNING; they belong to the statement.
  CHECK_REWRITES(
      "DELETE FROM prices RETURNING sku ORDER BY price LIMIT ?",
      "INSERT INTO spectradb_returned(c0) SELECT spectradb_lend(0, sku) FROM prices AS \"prices\" WHERE "
      "\"prices\"._written = spectradb_write('DELETE FROM prices ORDER BY price LIMIT ?1', 1, ?) "
      "RETURNING spectradb_lent(c0) AS \"sku\"");
  CHECK(rewrite("INSERT INTO prices VALUES (1, 2) RETURNING sku LIMIT 1") ==
        "error: near \"LIMIT\": syntax error");
  for (const char* sql :
       {"DELETE FROM plain RETURNING *", "INSERT INTO plain VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO plain SELECT 1 WHERE true ON CONFLICT (x) DO UPDATE SET x = excluded.x RETURNING x"})
    CHECK(rewrite(sql) == "=");
  CHECK(rewrite("INSERT OR FAIL INTO prices VALUES (1, 2) RETURNING sku").find("OR FAIL") !=
        std::string::npos);
  CHECK(rewrite("INSERT OR ROLLBACK INTO prices VALUES (1, 2) ON CONFLICT DO NOTHING").find("plain INSERT") !=
        std::string::npos);
}
