#include "sql/shape/expression.h"

#include <doctest/doctest.h>

#include "sql/testing/fake_catalog.h"

namespace spectradb::sql {
TEST_CASE("an indexed expression is its column where it is compared") {
  const std::string column = "\"docs\".\"_expression_1\"";
  CHECK(rewritten_text("SELECT * FROM docs WHERE doc->>'$.user' = ?") ==
        "SELECT * FROM docs WHERE " + column + " = ?");
  for (const char* sides : {" = 'ann'", " <> -5", " IS NOT NULL", " NOTNULL", " IN (1, 'b')", " NOT IN (?)",
                            " BETWEEN 1 AND ?2", " > lower('A')", " = 'a' || 'b'", " == a ->> '$.b'"})
    CHECK(rewritten_text("SELECT * FROM docs WHERE (doc ->> '$.user')" + std::string(sides)) != "unchanged");
  CHECK(rewritten_text("SELECT * FROM docs WHERE n = 1 AND 'x' < (\"DOC\" ->> '$.user') OR n") ==
        "SELECT * FROM docs WHERE n = 1 AND 'x' < (" + column + ") OR n");
  CHECK(rewritten_text("DELETE FROM docs AS d WHERE d.doc ->> '$.user' = 'a'") ==
        "DELETE FROM docs AS d WHERE \"d\".\"_expression_1\" = 'a'");
  CHECK(rewritten_text("UPDATE docs SET n = 1 WHERE doc ->> '$.user' = 'a'") ==
        "UPDATE docs SET n = 1 WHERE " + column + " = 'a'");
  CHECK(rewritten_text("SELECT 1 FROM plain WHERE x IN (SELECT pk FROM docs WHERE n + 1 = 3)") ==
        "SELECT 1 FROM plain WHERE x IN (SELECT pk FROM docs WHERE \"docs\".\"_expression_2\" = 3)");
}

TEST_CASE("an indexed expression stays where a column would mean something else") {
  for (const char* condition :
       {"doc ->> '$.user' = n", "doc ->> '$.user' = CAST(1 AS TEXT)", "doc ->> '$.user' IN (SELECT n)",
        "doc ->> '$.user' = (SELECT 1)", "doc ->> '$.users' = 1", "doc -> '$.user' = 1",
        "'x' || doc ->> '$.user' = 1", "doc ->> '$.user' COLLATE NOCASE = 1", "- n + 1 = 2", "n + 1 * 2 = 3",
        "2 - n + 1 = 3", "x.doc ->> '$.user' = 1", "upper(doc ->> '$.user') = 'A'",
        "doc ->> '$.user' LIKE 'a'", "n = doc ->> '$.user'", "n = doc ->> '$.user' = 1",
        "n BETWEEN 1 AND doc ->> '$.user' = 1", "n IS NOT n + 1 = 3",
        "unlikely(doc) = doc ->> '$.user' AND 0"})
    CHECK_MESSAGE(rewritten_text("SELECT * FROM docs WHERE " + std::string(condition)) == "unchanged",
                  condition);
  CHECK(rewritten_text("SELECT doc ->> '$.user' = 1 FROM docs") == "unchanged");
  CHECK(rewritten_text("CREATE VIEW v AS SELECT * FROM docs WHERE doc ->> '$.user' = 1") == "unchanged");
  CHECK(
      rewritten_text("CREATE TRIGGER t AFTER INSERT ON plain BEGIN DELETE FROM docs WHERE n + 1 = 2; END") ==
      "unchanged");
}

TEST_CASE("columns without a table in front belong to the only table that has them") {
  CHECK(rewritten_text("SELECT 1 FROM docs, plain WHERE doc ->> '$.user' = 1") ==
        "SELECT 1 FROM docs, plain WHERE \"docs\".\"_expression_1\" = 1");
  CHECK(rewritten_text("SELECT value FROM docs, json_each(doc, '$.tags') WHERE doc ->> '$.user' = 1") ==
        "SELECT value FROM docs, json_each(doc, '$.tags') WHERE \"docs\".\"_expression_1\" = 1");
  for (const char* from :
       {"docs, plain WHERE n + 1", "docs, events WHERE doc ->> '$.user'",
        "docs, a_view WHERE doc ->> '$.user'", "docs, (SELECT 1) WHERE n + 1", "docs a, docs b WHERE n + 1"})
    CHECK_MESSAGE(rewritten_text("SELECT 1 FROM " + std::string(from) + " = 1") == "unchanged", from);
  CHECK(rewritten_text("SELECT 1 FROM docs a JOIN docs b ON a.n + 1 = b.n + 1") ==
        "SELECT 1 FROM docs a JOIN docs b ON \"a\".\"_expression_2\" = \"b\".\"_expression_2\"");
}

TEST_CASE("rows that an outer join makes up have no columns") {
  CHECK(rewritten_text("SELECT 1 FROM plain LEFT JOIN docs d WHERE coalesce(d.n, 5) = 5") == "unchanged");
  CHECK(rewritten_text("SELECT 1 FROM plain LEFT JOIN docs d WHERE d.n + 1 = 5") ==
        "SELECT 1 FROM plain LEFT JOIN docs d WHERE \"d\".\"_expression_2\" = 5");
  CHECK(rewritten_text("SELECT 1 FROM docs d LEFT JOIN plain WHERE coalesce(d.n, 5) = 5") != "unchanged");
  CHECK(rewritten_text("SELECT 1 FROM docs d FULL JOIN plain WHERE coalesce(d.n, 5) = 5") == "unchanged");
}

TEST_CASE("an indexed expression is its column as a term of ORDER BY and GROUP BY") {
  CHECK(rewritten_text("SELECT pk FROM docs ORDER BY n + 1 DESC, pk LIMIT 5") ==
        "SELECT pk FROM docs ORDER BY \"docs\".\"_expression_2\" DESC, pk LIMIT 5");
  CHECK(rewritten_text("SELECT n+1, count(*), n + 1 AS m FROM docs GROUP BY n + 1") ==
        "SELECT \"docs\".\"_expression_2\" AS \"n+1\", count(*), \"docs\".\"_expression_2\" AS m FROM docs "
        "GROUP BY \"docs\".\"_expression_2\"");
  CHECK(rewritten_text("SELECT DISTINCT n + 1 FROM docs") ==
        "SELECT DISTINCT \"docs\".\"_expression_2\" AS \"n + 1\" FROM docs");
  CHECK(rewritten_text("SELECT n + 1 FROM docs") == "unchanged");
  CHECK(rewritten_text("SELECT 1 UNION SELECT n + 1 FROM docs ORDER BY n + 1") == "unchanged");
  CHECK(rewritten_text("SELECT * FROM (SELECT DISTINCT n + 1 FROM docs)") == "unchanged");
  CHECK(rewritten_text("SELECT pk FROM docs ORDER BY n + 1 + 2, 2 * n + 1") == "unchanged");
}

TEST_CASE("ON CONFLICT names indexed expressions and conditions") {
  const std::string conflict = rewritten_text(
      "INSERT INTO docs VALUES (1, 2, 3) ON CONFLICT ((doc->>'$.user'), pk) WHERE (n>1) DO NOTHING");
  CHECK(conflict.find(":3,0,6") != std::string::npos);
  CHECK(rewritten_text("INSERT INTO docs VALUES (1, 2, 3) ON CONFLICT (pk) WHERE n > 7 DO NOTHING")
            .find(":0") != std::string::npos);
  CHECK(rewritten_text("INSERT INTO docs VALUES (1, 2, 3) ON CONFLICT (doc) DO NOTHING RETURNING *")
            .find("_expression_") == std::string::npos);
}

TEST_CASE("CREATE INDEX on an expression alters the table") {
  CHECK(rewritten_text("CREATE INDEX i ON placed_events (doc ->> '$.a' DESC)") ==
        "SELECT 1 WHERE spectradb_alter('CREATE INDEX \"main\".\"i\" ON \"placed_events\" (doc ->> ''$.a'' "
        "DESC)')");
  CHECK(rewritten_text("CREATE UNIQUE INDEX i ON placed_events (doc) WHERE pk").rfind("SELECT 1 WHERE", 0) ==
        0);
  for (const char* columns :
       {"(doc)", "((doc))", "((doc COLLATE NOCASE)) DESC", "(\"doc\" COLLATE BINARY), pk"})
    CHECK(rewritten_text("CREATE INDEX i ON t (" + std::string(columns) + ") WHERE a").rfind("DELETE", 0) ==
          0);
}

TEST_CASE("texts say the same but for blanks, case, quotes and parentheses around them") {
  CHECK(is_same_expression("lower( Name )", "(LOWER(\"name\"))"));
  CHECK(is_same_expression("a == b", "a = b /* the same */"));
  CHECK_FALSE(is_same_expression("'A'", "'a'"));
  CHECK_FALSE(is_same_expression("a + b", "b + a"));
  CHECK_FALSE(is_same_expression("a", "a b"));
  CHECK(generated_expression("\"x\" TEXT AS (a /* c */ + (b)) COLLATE NOCASE") == "a + (b)");
}

}  // namespace spectradb::sql
