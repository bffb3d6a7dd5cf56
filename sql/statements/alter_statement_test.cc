#include "sql/statements/alter_statement.h"

#include <doctest/doctest.h>

#include "sql/testing/fake_catalog.h"

namespace spectradb::sql {
namespace {

std::string call(const std::string& text) {
  return "SELECT 1 WHERE spectradb_alter('ALTER TABLE " + text + "')";
}

}  // namespace

TEST_CASE("columns of temporal tables are altered by a function") {
  CHECK(rewritten_text("ALTER TABLE t ADD b INT DEFAULT 5") == call("\"t\" ADD COLUMN b INT DEFAULT 5"));
  CHECK(rewritten_text("alter table placed_events add column [b b] TEXT -- why\n DEFAULT 'x'") ==
        call("\"main\".\"placed_events\" ADD COLUMN [b b] TEXT DEFAULT ''x''"));
  CHECK(rewritten_text("ALTER TABLE aux.t RENAME a TO \"b\"\"c\"") ==
        call("\"aux\".\"t\" RENAME COLUMN a TO \"b\"\"c\""));
  CHECK(rewritten_text("ALTER TABLE t RENAME COLUMN a TO b") == call("\"t\" RENAME COLUMN a TO b"));
  CHECK(rewritten_text("ALTER TABLE t DROP a") == call("\"t\" DROP COLUMN a"));
  CHECK(rewritten_text("EXPLAIN ALTER TABLE t DROP COLUMN a") == "EXPLAIN " + call("\"t\" DROP COLUMN a"));
  CHECK(rewritten_text("ALTER TABLE t ADD COLUMN system versioning") ==
        call("\"t\" ADD COLUMN system versioning"));
}

TEST_CASE("tables get system versioning") {
  CHECK(rewritten_text("ALTER TABLE plain ADD SYSTEM VERSIONING") == call("\"plain\" ADD SYSTEM VERSIONING"));
  CHECK(rewritten_text("ALTER TABLE plain ADD SYSTEM VERSIONING (on_insert = append)") ==
        call("\"plain\" ADD SYSTEM VERSIONING (on_insert = append)"));
  CHECK(rewritten_text("ALTER TABLE t DROP SYSTEM VERSIONING") == call("\"t\" DROP SYSTEM VERSIONING"));
  CHECK(rewritten_text("ALTER TABLE nowhere ADD SYSTEM VERSIONING") == "error: no such table: nowhere");
  for (const std::string almost : {"VERSIONING", "SYSTEM_VERSIONING", "SYSTEM VERSION", "system versionning"})
    CHECK(rewritten_text("ALTER TABLE plain ADD " + almost)
              .starts_with("error: ALTER TABLE plain ADD " + almost));
  CHECK(rewritten_text("ALTER TABLE plain ADD SYSTEM TEXT") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE plain ADD COLUMN versioning") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE a_view ADD SYSTEM VERSIONING") == "error: Cannot add a column to a view");
}

TEST_CASE("the rest of ALTER TABLE is SQLite's") {
  CHECK(rewritten_text("ALTER TABLE t RENAME TO u") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE plain ADD COLUMN system versioning") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE plain DROP COLUMN a") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE nowhere DROP COLUMN a") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t ADD") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t ADD COLUMN") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t DROP COLUMN a b") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t RENAME a b") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t ALTER COLUMN a") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t ADD SYSTEM VERSIONING (a = b") == "unchanged");
  CHECK(rewritten_text("ALTER TABLE t ADD SYSTEM VERSIONING a") == "unchanged");
}

TEST_CASE("lists are split at their own commas") {
  CHECK(split_list("a INT, b TEXT CHECK (b IN ('x,', 2)), UNIQUE (a, b)") ==
        std::vector<std::string>{"a INT", "b TEXT CHECK (b IN ('x,', 2))", "UNIQUE (a, b)"});
  CHECK(split_list("a /* , */\n,b") == std::vector<std::string>{"a", "b"});
  CHECK(split_list("").empty());
}

}  // namespace spectradb::sql
