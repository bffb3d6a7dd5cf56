// Instants: which texts are read, which are refused, and that formatted texts read back.
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
  CHECK(parsed("2026-01-01 10:30:05.1234567") == 20'454 * kDay + 37'805 * kSecond + 123'456);
  CHECK(parsed("9999-12-31 23:59:59.9999999") == 2'932'897 * kDay - 1);
  CHECK(parsed("2026-01-01T10:30:05.000000999Z") == 20'454 * kDay + 37'805 * kSecond);
  CHECK(parsed("2026-01-01 02:00:00+02") == 20'454 * kDay);
  CHECK(parsed("2026-01-01 02:00:00 +02") == 20'454 * kDay);
  CHECK(parsed("2026-01-01 02:30:00+0230") == 20'454 * kDay);
  CHECK(parsed("2026-01-01 02:30:00 +02:30") == 20'454 * kDay);
  CHECK(parsed("2026-01-01 00:00 Z") == 20'454 * kDay);
  CHECK(parsed("2016-12-31 23:59:60") == parsed("2017-01-01"));
  CHECK(parsed("2016-12-31 23:59:60.5Z") == parsed("2017-01-01 00:00:00.5"));
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
                                       "2026-01-01 10:30:5",
                                       "2026-01-01 10",
                                       "2026-01-01 1030",
                                       "2026-01-01 10:30:",
                                       "2026-01-01 10:30:00.",
                                       "2026-01-01 10:30.5",
                                       "2026-01-01  10:30",
                                       "2026-01-01t10:30",
                                       "2026-01-01 10:30z",
                                       "2026-01-01 10:30+16:00",
                                       "2026-01-01 10:30+02:60",
                                       "2026-01-01 10:30+2:00",
                                       "2026-01-01 10:30Zx",
                                       "0000-01-01 00:00+00:01",
                                       "9999-12-31 23:59-00:01",
                                       "9999-12-31 23:59:60",
                                       "10000-01-01",
                                       "-0043-03-15",
                                       "2026-01-01 +01:00",
                                       "2026-01-01 10:30:61",
                                       "2026-01-01 10:30 +2",
                                       "2026-01-01 10:30 +020",
                                       "2026-01-01 10:30 Z Z",
                                       "2026-01-01 10:30+02 +02:00 Z",
                                       "2026-01-01 +1",
                                       "2026-01-01 +1 week",
                                       "2026-01-01 +1.5 months",
                                       "2026-01-01 +1. day",
                                       "2026-01-01+1 day",
                                       "2026-01-01 + 1 day",
                                       "2026-01-01 localtime",
                                       "2026-01-01 start of week",
                                       "2026-01-01 weekday 7",
                                       "2026-01-01 +1 day,",
                                       "2026-01-01, , +1 day",
                                       "2026-01-01 +8000 years",
                                       "2026-01-01 -2027 years",
                                       "2026-01-01 +999999999999 days",
                                       "2026-01-01 +99999999999999999999 days",
                                       "2026-01-01 -99999 months +99999 months",
                                       "now now",
                                       "last",
                                       "last day",
                                       "last tuesdays",
                                       "next tuesday",
                                       "lasttuesday",
                                       "todays",
                                       "nowish",
                                       "no",
                                       "5",
                                       std::string("2026-01-01\0", 11)};
  for (const std::string& text : texts) {
    if (text == "2026-01-01 ") continue;  // blanks around are ignored
    INFO("text '", text, "'");
    const Result<int64_t> instant = parse_instant(text, kNow);
    REQUIRE_FALSE(instant.is_ok());
    CHECK(instant.status().code() == Code::kInvalid);
    const std::string message =
        "cannot read '" + text +
        "' as a time: expected YYYY-MM-DD[ HH:MM[:SS[.ffffff]]][Z|±HH:MM] of the years 0000 to 9999, or "
        "now, today, yesterday, tomorrow, last tuesday, 'now -1 day'";
    CHECK(instant.status().message().substr(0, message.size()) == message);
    const std::string hint = instant.status().message().substr(message.size());
    CHECK((hint.empty() || hint.rfind("; did you mean '", 0) == 0));
  }
}

TEST_CASE("words for days, in UTC") {
  // 2009-02-13 23:31:30.123456 was a Friday.
  CHECK(format_instant(parsed("today")) == "2009-02-13");
  CHECK(format_instant(parsed("Yesterday")) == "2009-02-12");
  CHECK(format_instant(parsed("TOMORROW")) == "2009-02-14");
  CHECK(format_instant(parsed("last thursday")) == "2009-02-12");
  CHECK(format_instant(parsed("last  Friday")) == "2009-02-06");
  CHECK(format_instant(parsed("last saturday")) == "2009-02-07");
  CHECK(format_instant(parsed("last sunday")) == "2009-02-08");
  CHECK(format_instant(*parse_instant("last tuesday", -kDay)) == "1969-12-30");  // it is Wednesday
  CHECK(format_instant(*parse_instant("last wednesday", -kDay)) == "1969-12-24");
  CHECK(format_instant(*parse_instant("today", -1)) == "1969-12-31");
}

TEST_CASE("what is added behind a time") {
  CHECK(parsed("now -1 day") == kNow - kDay);
  CHECK(parsed("now, -1 day, +2 hours") == kNow - kDay + 7'200 * kSecond);
  CHECK(parsed("NOW START OF MONTH") == parsed("2009-02-01"));
  CHECK(parsed("yesterday +9 hours") == parsed("2009-02-12 09:00"));
  CHECK(parsed("2026-01-31 +1 month") == parsed("2026-03-03"));
  CHECK(parsed("2024-02-29 10:00 +1 year") == parsed("2025-03-01 10:00"));
  CHECK(parsed("2026-01-01 10:00 -1 month start of month") == parsed("2025-12-01"));
  CHECK(parsed("2026-01-01 10:00 +1.5 days") == parsed("2026-01-02 22:00"));
  CHECK(parsed("2026-01-01 10:00 -0.5 second") == parsed("2026-01-01 09:59:59.5"));
  CHECK(parsed("2026-01-01 10:00:00 +02:00 +1 day") == parsed("2026-01-02 08:00"));
  CHECK(parsed("2026-01-01 10:00Z +02:00") == parsed("2026-01-01 12:00"));
  CHECK(parsed("now -00:30") == kNow - 1'800 * kSecond);
  CHECK(parsed("2026-01-01 weekday 4") == parsed("2026-01-01"));
  CHECK(parsed("2026-01-01 weekday 0") == parsed("2026-01-04"));
  CHECK(parsed("2026-06-15 12:00 start of year") == parsed("2026-01-01"));
  CHECK(parsed("2026-06-15 12:00 start of day 90 minutes") == parsed("2026-06-15 01:30"));
}

TEST_CASE("infinity is a bound and no instant") {
  CHECK(infinity_of("infinity") == Infinity::kEnd);
  CHECK(infinity_of(" Infinity ") == Infinity::kEnd);
  CHECK(infinity_of("-infinity") == Infinity::kBeginning);
  CHECK(infinity_of("now") == Infinity::kNone);
  CHECK(parse_instant("infinity", kNow).status().message().find("it is no instant") != std::string::npos);
}

TEST_CASE("words need to know what time it is") {
  CHECK(names_now("now"));
  CHECK(names_now(" last tuesday"));
  CHECK_FALSE(names_now("2026-01-01 start of month"));
  CHECK_FALSE(names_now(""));
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
    CHECK((format_instant(us) < format_instant(previous)) == (us < previous));
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
