// A date without quotes is refused where a time stands, and arithmetic that is none is not.
#include "sql/shape/unquoted_date.h"

#include <doctest/doctest.h>

#include <string>

using namespace spectradb::sql;

namespace {

// The text that is proposed, or "-".
std::string proposed(const std::string& text) {
  const Reader reader(text, tokenize(text));
  const spectradb::Status status = refuse_unquoted_date(reader, 0, reader.size());
  if (status.is_ok()) return "-";
  CHECK(status.message().rfind(text.substr(0, 4), 0) == 0);
  const size_t quote = status.message().find('\'');
  return status.message().substr(quote, status.message().find('\'', quote + 1) - quote + 1);
}

}  // namespace

TEST_CASE("dates without quotes") {
  CHECK(proposed("2026-06-01") == "'2026-06-01'");
  CHECK(proposed("2026-08-09 SET") == "'2026-08-09'");
  CHECK(proposed("2026 - 6 - 1") == "'2026-06-01'");
  CHECK(proposed("2026/12/31") == "'2026-12-31'");
  CHECK(proposed("2026-06-01 + 1") == "'2026-06-01'");
  CHECK(proposed("2026-13-32") == "'2026-13-32'");
  CHECK(proposed("2026-06") == "'2026-06-01'");
  CHECK(proposed("2026-10 WHERE") == "'2026-10-01'");
}

TEST_CASE("arithmetic that is no date") {
  for (const char* text : {"2026", "2026-1", "2026 - 06", "1026-06", "2026-13", "2026-00", "2026-06*3",
                           "2026-06/01*2", "(2026-06-01)", "-2026-06-01", "x'2026'-06-01", "20260-06-01",
                           "226-06-01", "2026+06+01", "2026.0-06-01", "2026-006-01", ""}) {
    INFO(text);
    CHECK(proposed(text) == "-");
  }
}
