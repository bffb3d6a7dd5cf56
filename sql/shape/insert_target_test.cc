#include "sql/shape/insert_target.h"

#include <doctest/doctest.h>

namespace spectradb::sql {

TEST_CASE("the first words behind the target of an INSERT tell whether a query gives its rows") {
  for (const char* const text : {" SELECT 1", "(a, \"values\", [default]) select * from t",
                                 " AS x (a) WITH y AS (SELECT 1) SELECT 1", "(`a``values`)\nSELECT 1"})
    CHECK_MESSAGE(is_of_query(text), text);
  for (const char* const text :
       {" VALUES (1)", "(\"select\", 'with') Values ((SELECT 1))", " DEFAULT VALUES", "", "(\"open"})
    CHECK_MESSAGE(!is_of_query(text), text);
}

}  // namespace spectradb::sql
