// Instants: what can be written, what cannot, and that what is formatted reads back.
#include "temporal/instant.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/random_seed.h"

namespace spectradb::temporal {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;
constexpr int64_t kNow = 1'234'567'890'123'456;

int64_t parsed(const std::string& text) {
  const Result<int64_t> instant = parse_instant(text, kNow);
  REQUIRE_MESSAGE(instant.is_ok(), instant.status().message());
  return *instant;
}

TEST_CASE("instants in every accepted form") {
  CHECK(parsed("1970-01-01") == 0);
  CHECK(parsed("1970-01-02") == kDay);
  CHECK(parsed("1969-12-31 23:59:59.999999") == -1);
  CHECK(parsed("2000-02-29") == 11'016 * kDay);
  CHECK(parsed("2026-01-01") == 20'454 * kDay);
  CHECK(parsed("2026-01-01 00:01") == 20'454 * kDay + 60 * kSecond);
  CHECK(parsed("2026-01-01T10:30:05") == 20'454 * kDay + 37'805 * kSecond);
  CHECK(parsed("2026-01-01 10:30:05.5") == 20'454 * kDay + 37'805 * kSecond + 500'000);
  CHECK(parsed("2026-01-01 10:30:05.000001Z") == 20'454 * kDay + 37'805 * kSecond + 1);
  CHECK(parsed("2026-01-01T00:00+02:00") == 20'454 * kDay - 7'200 * kSecond);
  CHECK(parsed("2026-01-01T00:00:00-15:59") == 20'454 * kDay + (15 * 60 + 59) * 60 * kSecond);
  CHECK(parsed("  2026-01-01\n") == 20'454 * kDay);
  CHECK(parsed("now") == kNow);
  CHECK(parsed(" NoW ") == kNow);
  CHECK(parsed("0000-01-01") == -719'528 * kDay);
  CHECK(parsed("9999-12-31 23:59:59.999999") == 2'932'897 * kDay - 1);
}

TEST_CASE("what is no instant is refused with its text") {
  const std::vector<std::string> texts{"",
                                       " ",
                                       "2026",
                                       "2026-1-1",
                                       "2026-13-01",
                                       "2026-00-01",
                                       "2026-01-00",
                                       "2026-01-32",
                                       "2026-02-29",
                                       "2024-02-30",
                                       "1900-02-29",
                                       "2026-04-31",
                                       "26-01-01",
                                       "12026-01-01",
                                       "+2026-01-01",
                                       "-2026-01-01",
                                       "2026/01/01",
                                       "2026-01-01Z",
                                       "2026-01-01 ",
                                       "x2026-01-01",
                                       "2026-01-01x",
                                       "2026-01-01 24:00",
                                       "2026-01-01 10:60",
                                       "2026-01-01 10:30:60",
                                       "2026-01-01 10:30:5",
                                       "2026-01-01 10",
                                       "2026-01-01 1030",
                                       "2026-01-01 10:30:",
                                       "2026-01-01 10:30:00.",
                                       "2026-01-01 10:30:00.1234567",
                                       "2026-01-01 10:30.5",
                                       "2026-01-01  10:30",
                                       "2026-01-01t10:30",
                                       "2026-01-01 10:30z",
                                       "2026-01-01 10:30+16:00",
                                       "2026-01-01 10:30+02:60",
                                       "2026-01-01 10:30+2:00",
                                       "2026-01-01 10:30+0200",
                                       "2026-01-01 10:30 Z",
                                       "2026-01-01 10:30Zx",
                                       "0000-01-01 00:00+00:01",
                                       "9999-12-31 23:59-00:01",
                                       "nowish",
                                       "no",
                                       "today",
                                       "5",
                                       std::string("2026-01-01\0", 11)};
  for (const std::string& text : texts) {
    if (text == "2026-01-01 ") continue;  // blanks around are ignored
    INFO("text '", text, "'");
    const Result<int64_t> instant = parse_instant(text, kNow);
    REQUIRE_FALSE(instant.is_ok());
    CHECK(instant.status().code() == Code::kInvalid);
    CHECK(instant.status().message() ==
          "cannot read '" + text + "' as a time: expected YYYY-MM-DD[ HH:MM[:SS[.ffffff]]][Z|±HH:MM] or now");
  }
}

TEST_CASE("format_instant gives the shortest text") {
  CHECK(format_instant(parsed("2023-01-14")) == "2023-01-14");
  CHECK(format_instant(parsed("2023-01-14 10:30")) == "2023-01-14 10:30:00");
  CHECK(format_instant(parsed("2023-01-14 10:30:00.250")) == "2023-01-14 10:30:00.25");
  CHECK(format_instant(parsed("2023-01-14 00:00:00.000001")) == "2023-01-14 00:00:00.000001");
  CHECK(format_instant(-1) == "1969-12-31 23:59:59.999999");
  CHECK(format_instant(kBeginningOfTime).substr(0, 14) == "-290308-12-21 ");
  CHECK(format_instant(kEndOfTime).substr(0, 13) == "294247-01-10 ");
}

TEST_CASE("format_timestamp has a fixed width") {
  CHECK(format_timestamp(parsed("2026-11-22 10:30:00.25")) == "2026-11-22T10:30:00.250000Z");
  CHECK(format_timestamp(parsed("0000-01-01")) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("every instant between the years 0000 and 9999 survives its text, and texts sort as times do") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  const int64_t first = parsed("0000-01-01");
  const auto span = static_cast<uint64_t>(parsed("9999-12-31") - first);
  int64_t previous = first;
  for (int i = 0; i < 5'000; ++i) {
    int64_t us = first + static_cast<int64_t>(below(random, span));
    if (below(random, 3) == 0) us -= us % kDay;
    if (below(random, 3) == 0) us -= us % kSecond;
    CHECK(parsed(format_instant(us)) == us);
    CHECK(parsed(format_timestamp(us)) == us);
    CHECK(format_timestamp(us).size() == 27);
    CHECK((format_timestamp(us) < format_timestamp(previous)) == (us < previous));
    previous = us;
  }
}

TEST_CASE("every day of four centuries follows its predecessor") {
  const int64_t first = parsed("1899-12-31");
  for (int64_t day = 0; day < 146'097; ++day) {
    const int64_t us = first + day * kDay;
    const std::string text = format_instant(us);
    if (text.size() == 10 && parsed(text) == us) continue;
    FAIL(text);
  }
}

TEST_CASE("intersect keeps the forms of the bounds it takes") {
  const Period a{{10, true}, {20, false}};
  CHECK(intersect(a, Period{}) == a);
  CHECK(intersect(a, {{10, false}, {20, true}}) == a);
  CHECK(intersect(a, {{15, false}, {30, false}}) == Period{{15, false}, {20, false}});
  CHECK(intersect(a, {{5, false}, {12, true}}) == Period{{10, true}, {12, true}});
  CHECK(intersect(a, {{20, false}, {30, false}}).is_empty());
}

}  // namespace
}  // namespace spectradb::temporal
