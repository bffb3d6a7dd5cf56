// Modifiers give the same instants as SQLite's own date functions.
#include "temporal/instant_reader.h"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "base/random_seed.h"
#include "temporal/instant.h"

namespace spectradb::temporal {
namespace {

std::string two_digits(uint64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

std::string random_modifier(Random& random) {
  static const std::vector<std::string> kUnits{"second", "minutes", "hour", "days", "month", "years"};
  switch (below(random, 8)) {
    case 0:
      return "start of " + std::string(below(random, 2) == 0 ? "month" : "year");
    case 1:
      return "start of day";
    case 2:
      return "weekday " + std::to_string(below(random, 7));
    case 3:
      return (below(random, 2) == 0 ? "+" : "-") + two_digits(below(random, 24)) + ":" +
             two_digits(below(random, 60)) + ":" + two_digits(below(random, 60));
    default:
      return (below(random, 2) == 0 ? "+" : "-") + std::to_string(below(random, 200)) + " " +
             kUnits[below(random, kUnits.size())];
  }
}

TEST_CASE("modifiers mean what they mean in SQLite") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
  sqlite3_stmt* judge = nullptr;
  REQUIRE(sqlite3_prepare_v2(db, "SELECT datetime(?1, ?2, ?3)", -1, &judge, nullptr) == SQLITE_OK);
  for (int i = 0; i < 5'000; ++i) {
    const std::string time = std::to_string(1'000 + below(random, 8'000)) + "-" +
                             two_digits(1 + below(random, 12)) + "-" + two_digits(1 + below(random, 28)) +
                             " " + two_digits(below(random, 24)) + ":" + two_digits(below(random, 60)) +
                             ":00Z";
    const std::string first = random_modifier(random);
    const std::string second = random_modifier(random);
    sqlite3_reset(judge);
    for (const auto& [place, text] : {std::pair{1, &time}, std::pair{2, &first}, std::pair{3, &second}})
      sqlite3_bind_text(judge, place, text->c_str(), -1, SQLITE_TRANSIENT);
    REQUIRE(sqlite3_step(judge) == SQLITE_ROW);
    const std::string wanted = reinterpret_cast<const char*>(sqlite3_column_text(judge, 0));
    std::string text = time;
    text.append(" ").append(first).append(", ").append(second);
    INFO(text);
    const Result<int64_t> us = parse_instant(text, 0);
    REQUIRE(us.is_ok());
    std::string got = format_instant(*us);
    if (got.size() == 10) got += " 00:00:00";
    CHECK(got == wanted);
  }
  sqlite3_finalize(judge);
  sqlite3_close(db);
}

}  // namespace
}  // namespace spectradb::temporal
