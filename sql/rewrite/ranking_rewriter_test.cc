// Which statements have an ORDER BY given to an index, and what they become.
#include <doctest/doctest.h>

#include "sql/testing/fake_catalog.h"

using namespace spectradb::sql;

namespace {

std::string ranked(const std::string& rest, const std::string& asked, const char* call = "near") {
  return "\"r\".\"e\" MATCH (" + asked + ") AND \"r\".\"_ranked_by\" = '" + call + "'" + rest;
}
constexpr const char* kUnchanged = "unchanged";

}  // namespace

TEST_CASE("An order that an index has is said by its column") {
  CHECK(rewritten_text("SELECT id FROM r ORDER BY near(e, ?) LIMIT 5") ==
        "SELECT id FROM r WHERE " + ranked(" ORDER BY \"r\".\"_distance\" LIMIT 5", "?"));
  CHECK(rewritten_text("SELECT id FROM r WHERE a OR b ORDER BY NEAR('x', r.e) ASC LIMIT ? OFFSET 2") ==
        "SELECT id FROM r WHERE " +
            ranked(" AND ( a OR b ) ORDER BY \"r\".\"_distance\" LIMIT ? OFFSET 2", "'x'"));
  CHECK(rewritten_text("SELECT id FROM r ORDER BY near(e, 'x', 'l') NULLS LAST LIMIT 5") ==
        "SELECT id FROM r WHERE " +
            ranked(" ORDER BY \"r\".\"_distance\" LIMIT 5", "'x'", "near l NULLS LAST"));
}

TEST_CASE("A term may be the name or the place of a result") {
  const std::string behind = " FROM r WHERE " + ranked(" ORDER BY \"r\".\"_distance\" LIMIT 5", "?1");
  CHECK(rewritten_text("SELECT id, near(e, ?1) AS d FROM r ORDER BY d LIMIT 5") ==
        "SELECT id, near(e, ?1) AS d" + behind);
  CHECK(rewritten_text("SELECT id, near(e, ?1) d FROM r ORDER BY 2 LIMIT 5") ==
        "SELECT id, near(e, ?1) d" + behind);
  CHECK(rewritten_text("SELECT *, near(e, ?1) FROM r ORDER BY 2 LIMIT 5") == kUnchanged);
  CHECK(rewritten_text("SELECT near(e, ?1) AS d FROM r ORDER BY id LIMIT 5") == kUnchanged);
}

TEST_CASE("What is no order of the rows of one table stays as it is") {
  for (const char* text : {
           "SELECT id FROM r ORDER BY near(e, ?)",
           "SELECT id FROM r ORDER BY near(e, ?) DESC LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, ?), id LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, ?) + 0 LIMIT 5",
           "SELECT id FROM r ORDER BY near(id, ?) LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, id) LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, ?, 'm') LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, ?, ?) LIMIT 5",
           "SELECT id FROM r ORDER BY far(e, ?) LIMIT 5",
           "SELECT DISTINCT id FROM r ORDER BY near(e, ?) LIMIT 5",
           "SELECT id FROM r GROUP BY id ORDER BY near(e, ?) LIMIT 5",
           "SELECT id FROM r UNION SELECT id FROM r ORDER BY near(e, ?) LIMIT 5",
           "SELECT id FROM r WHERE e MATCH ? ORDER BY near(e, ?) LIMIT 5",
           "SELECT id FROM r WHERE (id OR (e MATCH ?)) ORDER BY near(e, ?) LIMIT 5",
           "SELECT r.id FROM t LEFT JOIN r ON t.id = r.id ORDER BY near(e, ?) LIMIT 5",
           "SELECT r.id FROM (SELECT 1) LEFT JOIN r ORDER BY near(r.e, ?) LIMIT 5",
           "SELECT r.id FROM r FULL JOIN t ON t.id = r.id ORDER BY near(r.e, ?) LIMIT 5",
           "SELECT a.id FROM r a, r b ORDER BY near(e, ?) LIMIT 5",
           "SELECT id FROM r, (SELECT 1 AS e) ORDER BY near(e, ?) LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, (SELECT a FROM t WHERE a = e)) LIMIT 5",
           "SELECT id FROM r ORDER BY near(e, (SELECT x.e FROM r x WHERE x.id = r.id)) LIMIT 5",
       })
    CHECK_MESSAGE(rewritten_text(text) == kUnchanged, text);
}

TEST_CASE("What is asked may be a query of its own") {
  CHECK(rewritten_text("SELECT id FROM r ORDER BY near(e, (SELECT e FROM r WHERE id = 7)) LIMIT 5") ==
        "SELECT id FROM r WHERE " +
            ranked(" ORDER BY \"r\".\"_distance\" LIMIT 5", "(SELECT e FROM r WHERE id = 7)"));
}
