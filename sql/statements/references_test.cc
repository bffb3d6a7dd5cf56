#include "sql/statements/references.h"

#include <doctest/doctest.h>

namespace spectradb::sql {
namespace {

std::optional<std::string> rename_p(const std::string& table) {
  return equals_word(table, "p") ? std::optional<std::string>("\"q\"") : std::nullopt;
}

TEST_CASE("Only the names of tables behind REFERENCES change, however they are written") {
  CHECK(with_parents("a INT REFERENCES p(id), p INT, b REFERENCES 'P' ON DELETE CASCADE /* REFERENCES p */",
                     rename_p) ==
        "a INT REFERENCES \"q\"(id), p INT, b REFERENCES \"q\" ON DELETE CASCADE /* REFERENCES p */");
  CHECK(with_parents("a INT REFERENCES other (p), \"references\" p", rename_p) ==
        "a INT REFERENCES other (p), \"references\" p");
  CHECK(with_parents("FOREIGN KEY (a) REFERENCES [p]", rename_p) == "FOREIGN KEY (a) REFERENCES \"q\"");
  CHECK(with_parents("", rename_p).empty());
  CHECK(with_parents("a REFERENCES", rename_p) == "a REFERENCES");
}

}  // namespace
}  // namespace spectradb::sql
