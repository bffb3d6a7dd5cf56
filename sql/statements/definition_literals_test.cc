#include "sql/statements/definition_literals.h"

#include <doctest/doctest.h>

namespace spectradb::sql {

TEST_CASE("definitions become strings, one each") {
  CHECK(definitions_as_literals("id INTEGER PRIMARY KEY") == "'id INTEGER PRIMARY KEY'");
  CHECK(definitions_as_literals("a DECIMAL(10, 2) DEFAULT 'it''s', b CHECK (b IN (1, 2)), UNIQUE (a, b)") ==
        "'a DECIMAL(10, 2) DEFAULT ''it''''s''', 'b CHECK (b IN (1, 2))', 'UNIQUE (a, b)'");
  CHECK(definitions_as_literals("a -- one\n, b") == "'a', 'b'");
  CHECK(definitions_as_literals("").empty());
}

TEST_CASE("an option asks for strings") {
  CHECK(wants_literals("definition = literals"));
  CHECK(wants_literals("on_insert = append, Definition = 'LITERALS'"));
  CHECK_FALSE(wants_literals("definition = plain"));
  CHECK_FALSE(wants_literals("on_insert = append"));
  CHECK_FALSE(wants_literals("definition ="));
  CHECK_FALSE(wants_literals(""));
}

}  // namespace spectradb::sql
