#include "sql/statements/index_statement.h"

#include <doctest/doctest.h>

#include "sql/testing/fake_catalog.h"

namespace spectradb::sql {
TEST_CASE("CREATE INDEX on a temporal table is handed to the table") {
  CHECK(rewritten_text("CREATE INDEX i ON placed_events (doc DESC)") ==
        "DELETE FROM \"main\".\"placed_events\" WHERE _define = "
        "'CREATE INDEX \"i\" ON \"placed_events\" (doc DESC)'");
  CHECK(rewritten_text("create unique index if not exists aux.[i i] on events(doc COLLATE 'nocase')") ==
        "DELETE FROM \"aux\".\"events\" WHERE _define = "
        "'CREATE UNIQUE INDEX IF NOT EXISTS \"i i\" ON \"events\" (doc COLLATE ''nocase'')'");
  CHECK(rewritten_text("EXPLAIN CREATE INDEX i ON t (a)") ==
        "EXPLAIN DELETE FROM \"t\" WHERE _define = 'CREATE INDEX \"i\" ON \"t\" (a)'");
}

TEST_CASE("indexes of ordinary tables are SQLite's") {
  CHECK(rewritten_text("CREATE INDEX i ON plain (a)") == "unchanged");
  CHECK(rewritten_text("CREATE INDEX i ON nowhere (a)") == "unchanged");
  CHECK(rewritten_text("CREATE INDEX events_by_doc ON plain (a)") ==
        "error: index events_by_doc already exists");
  CHECK(rewritten_text("CREATE INDEX i ON") == "unchanged");
  CHECK(rewritten_text("DROP INDEX i") == "unchanged");
  CHECK(rewritten_text("DROP INDEX IF EXISTS i") == "unchanged");
  CHECK(rewritten_text("REINDEX") == "unchanged");
  CHECK(rewritten_text("REINDEX plain") == "unchanged");
}

TEST_CASE("DROP INDEX and REINDEX find the table of an index") {
  const std::string on_table = "DELETE FROM \"main\".\"placed_events\" WHERE _define = ";
  CHECK(rewritten_text("DROP INDEX Events_By_Doc") == on_table + "'DROP INDEX \"Events_By_Doc\"'");
  CHECK(rewritten_text("DROP INDEX IF EXISTS main.events_by_doc") ==
        on_table + "'DROP INDEX \"events_by_doc\"'");
  CHECK(rewritten_text("REINDEX events_by_doc") == on_table + "'REINDEX \"events_by_doc\"'");
  CHECK(rewritten_text("REINDEX placed_events") == on_table + "'REINDEX \"placed_events\"'");
}

}  // namespace spectradb::sql
