// Calls of spectradb_hooked() get an argument; nothing else of the statement changes, and columns keep their names.
#include "sql/statements/hooked_call.h"

#include <doctest/doctest.h>

namespace spectradb::sql {
namespace {

std::string answered(std::string_view text) { return answered_hooked(text, "7").value_or("as it is"); }

TEST_CASE("calls are answered, and columns keep their names") {
  CHECK(answered("SELECT spectradb_hooked()") == "SELECT spectradb_hooked(7) AS \"spectradb_hooked()\"");
  CHECK(answered("SELECT DISTINCT 1 + \"SpectraDB_hooked\" ( ) , 2 FROM t") ==
        "SELECT DISTINCT 1 + \"SpectraDB_hooked\" (7 ) AS \"1 + \"\"SpectraDB_hooked\"\" ( )\" , 2 FROM t");
  CHECK(answered("SELECT spectradb_hooked() AS h, spectradb_hooked() i WHERE spectradb_hooked()") ==
        "SELECT spectradb_hooked(7) AS h, spectradb_hooked(7) i WHERE spectradb_hooked(7)");
  CHECK(answered("SELECT (SELECT spectradb_hooked())") ==
        "SELECT (SELECT spectradb_hooked(7) AS \"spectradb_hooked()\") AS \"(SELECT spectradb_hooked())\"");
  CHECK(answered("INSERT INTO t VALUES (spectradb_hooked()) RETURNING spectradb_hooked()") ==
        "INSERT INTO t VALUES (spectradb_hooked(7)) RETURNING spectradb_hooked(7) AS \"spectradb_hooked()\"");
  CHECK(answered("CREATE TEMP TABLE t AS SELECT spectradb_hooked() AS h") ==
        "CREATE TEMP TABLE t AS SELECT spectradb_hooked(7) AS h");
}

TEST_CASE("only the first statement is answered") {
  CHECK(answered("SELECT spectradb_hooked() AS h; SELECT spectradb_hooked()") ==
        "SELECT spectradb_hooked(7) AS h;");
}

TEST_CASE("other texts are not answered") {
  for (const char* text :
       {"SELECT 'spectradb_hooked()'", "SELECT 1 -- spectradb_hooked()", "SELECT spectradb_hooked",
        "SELECT spectradb_hooked(1)", "SELECT t.spectradb_hooked()", "SELECT 'spectradb_hooked' ()",
        "SELECT (spectradb_hooked()", "SELECT spectradb_hooked() 'unfinished",
        "CREATE VIEW v AS SELECT spectradb_hooked()", "CREATE TABLE t (a DEFAULT (spectradb_hooked()))",
        "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT spectradb_hooked(); END",
        "ALTER TABLE t ADD COLUMN c DEFAULT (spectradb_hooked())", ""}) {
    CAPTURE(text);
    CHECK(answered(text) == "as it is");
  }
}

TEST_CASE("a cheap look misses no call") {
  CHECK(may_ask_whether_hooked("SELECT SPECTRADB_HOOKED()"));
  CHECK(may_ask_whether_hooked("spectradb_hooked"));
  CHECK_FALSE(may_ask_whether_hooked("SELECT h FROM hooked"));
  CHECK_FALSE(may_ask_whether_hooked("pectradb_hooked spectradb_hooke"));
  CHECK_FALSE(may_ask_whether_hooked(""));
}

}  // namespace
}  // namespace spectradb::sql
