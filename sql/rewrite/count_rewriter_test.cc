// SELECT count(*) FROM a temporal table asks for the number of rows, and whatever else stands in a statement leaves it
// as it is.
#include "sql/shape/whole_count.h"
#include "sql/testing/rewriting.h"

namespace spectradb::sql {

TEST_CASE("A statement that only counts asks for the number") {
  CHECK_REWRITES("SELECT count(*) FROM events",
                 "SELECT +_upsert AS \"count(*)\" FROM events WHERE _given = 'count(*)'");
  CHECK_REWRITES("select COUNT( * ) from main.events as e;",
                 "select +_upsert AS \"COUNT(*)\" from main.events as e WHERE _given = 'count(*)'");
  CHECK_REWRITES("SELECT count(*) AS n FROM events e",
                 "SELECT +_upsert AS n FROM events e WHERE _given = 'count(*)'");
  CHECK_REWRITES("SELECT count(*) 'n' FROM events",
                 "SELECT +_upsert 'n' FROM events WHERE _given = 'count(*)'");
  CHECK_REWRITES(
      "EXPLAIN QUERY PLAN SELECT count(*) FROM \"events\"",
      "EXPLAIN QUERY PLAN SELECT +_upsert AS \"count(*)\" FROM \"events\" WHERE _given = 'count(*)'");
}

TEST_CASE("The number is called as SQLite calls it") {
  CHECK(rewrite("SELECT Count( * ) FROM t") ==
        "SELECT +_upsert AS \"Count( * )\" FROM t WHERE _given = 'count(*)'");
}

TEST_CASE("The times of such a statement stay") {
  CHECK_REWRITES("SELECT count(*) FROM events AS OF 5",
                 "SELECT +_upsert AS \"count(*)\" FROM events(5) WHERE _given = 'count(*)'");
  CHECK_REWRITES(
      "SELECT count(*) FROM events FOR SYSTEM_TIME AS OF ? AS e",
      "SELECT +_upsert AS \"count(*)\" FROM events(spectradb_time(?)) AS e WHERE _given = 'count(*)'");
  CHECK_REWRITES("SELECT count(*) AS \"a\"\"b\" FROM events e VALID AT 'x' AS OF 5",
                 "SELECT +_upsert AS \"a\"\"b\" FROM events(5, 'x') e WHERE _given = 'count(*)'");
}

TEST_CASE("Other statements are left alone") {
  for (const char* other : {"SELECT count(*) FROM plain",
                            "SELECT count(*) FROM a_view",
                            "SELECT count(*) FROM nowhere",
                            "SELECT count(*) FROM events WHERE 1",
                            "SELECT count(*) FROM events, plain",
                            "SELECT count(*) FROM events LIMIT 1",
                            "SELECT count(*) FROM events ORDER BY 1",
                            "SELECT count(*) FROM events GROUP BY 1",
                            "SELECT count(*) FROM events UNION SELECT 1",
                            "SELECT count(*), 1 FROM events",
                            "SELECT count(*) + 1 FROM events",
                            "SELECT (SELECT count(*) FROM events)",
                            "SELECT count(*) FROM (SELECT 1 FROM events)",
                            "SELECT count(pk) FROM events",
                            "SELECT count(DISTINCT pk) FROM events",
                            "SELECT count() FROM events",
                            "SELECT DISTINCT count(*) FROM events",
                            "SELECT ALL count(*) FROM events",
                            "SELECT \"count\"(*) FROM events",
                            "SELECT count(*) OVER () FROM events",
                            "SELECT count(*) FILTER (WHERE 1) FROM events",
                            "SELECT count(*) FROM events INDEXED BY x",
                            "SELECT count(*) FROM events NOT INDEXED",
                            "SELECT count(*) FROM events(5)",
                            "SELECT count(*) /* n */ FROM events",
                            "SELECT count(*) FROM events JOIN plain",
                            "WITH events AS (SELECT 1) SELECT count(*) FROM events",
                            "CREATE VIEW v AS SELECT count(*) FROM events",
                            "CREATE TABLE n AS SELECT count(*) FROM events",
                            "SELECT count(*) FROM",
                            "SELECT count(*)"}) {
    CHECK_MESSAGE(rewrite(other) == "=", other);
  }
}

TEST_CASE("A text that only counts is known by its first words") {
  const auto table = counted_table("SELECT count(*) FROM \"a\".b c; SELECT 1");
  REQUIRE(table);
  CHECK(table->schema == "a");
  CHECK(table->name == "b");
  CHECK(counted_table("explain query plan select count(*) as n from t as x"));
  CHECK_FALSE(counted_table("SELECT count(*) FROM t WHERE x"));
  CHECK_FALSE(counted_table("SELECT counted FROM t"));
  CHECK_FALSE(counted_table("SELECT count(*) FROM t WHERE"));
  CHECK_FALSE(counted_table("SELECT"));
  CHECK_FALSE(counted_table(""));
}

}  // namespace spectradb::sql
