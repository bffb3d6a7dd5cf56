// Lengths of time that a history is kept for, and the options that say so.
#include "temporal/retention.h"

#include <doctest/doctest.h>

#include "temporal/instant.h"
#include "temporal/schema.h"

using namespace spectradb;
using namespace spectradb::temporal;

TEST_CASE("a length of time is a whole number and a unit") {
  const std::pair<const char*, const char*> read[] = {
      {"7 years", "7 years"},     {" 007  Year ", "7 years"}, {"1 months", "1 month"},
      {"90days", "90 days"},      {"12 HOURS", "12 hours"},   {"30\tminutes", "30 minutes"},
      {"10 second", "10 seconds"}};
  for (const auto& each : read) {
    CAPTURE(each.first);
    const auto length = read_retention(each.first);
    REQUIRE(length);
    CHECK(*length == each.second);
  }
  for (const char* text : {"", "7", "years", "-7 years", "1.5 years", "7 years 2 days", "7 yearss", "0 days",
                           "1234567 days", "7 weeks", "now"}) {
    CAPTURE(text);
    CHECK(read_retention(text).status().code() == Code::kInvalid);
  }
}

TEST_CASE("what is retained begins that long ago, by the calendar") {
  const int64_t now = *parse_instant("2026-03-01 12:00:00", 0);
  CHECK(format_instant(*retained_since("7 years", now)) == "2019-03-01 12:00:00");
  CHECK(format_instant(*retained_since("1 month", now)) == "2026-02-01 12:00:00");
  CHECK(format_instant(*retained_since("90 seconds", now)) == "2026-03-01 11:58:30");
  CHECK(format_instant(*retained_since("2026 years", now)) == "0000-03-01 12:00:00");
  // Behind the first year that can be written, no less is kept than was said.
  const int64_t year_us = int64_t{366} * 24 * 60 * 60 * 1'000'000;
  CHECK(*retained_since("2027 years", now) == now - 2027 * year_us);
  CHECK(*retained_since("9000 years", now) == now - 9000 * year_us);
  CHECK(*retained_since("999999 years", now) == kBeginningOfTime + 1);
  CHECK(*retained_since("999999 months", now) < *retained_since("999998 months", now));
  CHECK(*retained_since("999999 days", now) < *retained_since("2026 years", now));
  CHECK(retained_since("9000 yearss", now).status().code() == Code::kInvalid);
}

TEST_CASE("a month that is too short for the day retains from its last day on") {
  const struct {
    const char* now;
    const char* length;
    const char* since;
  } cases[] = {{"2026-03-31 12:00:00", "1 month", "2026-02-28 12:00:00"},
               {"2028-03-31", "1 month", "2028-02-29"},
               {"2026-08-31 23:59:59.5", "2 months", "2026-06-30 23:59:59.5"},
               {"2026-08-31", "1 month", "2026-07-31"},
               {"2028-02-29", "1 year", "2027-02-28"},
               {"2028-02-29", "4 years", "2024-02-29"},
               {"2026-03-30", "13 months", "2025-02-28"},
               {"1969-12-31 06:00:00", "1 month", "1969-11-30 06:00:00"},
               {"2026-03-31", "31 days", "2026-02-28"}};
  for (const auto& each : cases) {
    CAPTURE(each.now);
    CAPTURE(each.length);
    CHECK(format_instant(*retained_since(each.length, *parse_instant(each.now, 0))) == each.since);
  }
}

TEST_CASE("retention and horizon are options of a table") {
  const auto options = split_options({"id INTEGER PRIMARY KEY", "retention = '7 YEARS'", "horizon = 12"});
  REQUIRE(options);
  CHECK(retention_of(options->texts) == "7 years");
  CHECK(horizon_of(options->texts) == 12);
  CHECK(retention_of({"on_insert = append"}).empty());
  CHECK(horizon_of({}) == 0);
  CHECK(without_option(options->texts, kRetentionOption) == std::vector<std::string>{"horizon = 12"});
  CHECK(without_option(options->texts, kHorizonOption) == std::vector<std::string>{"retention = '7 YEARS'"});
  for (const char* option : {"retention = 'for ever'", "horizon = -1", "horizon = x", "horizon = 1.5",
                             "horizon = 99999999999999999999", "horizon = 18446744073709551615"}) {
    CAPTURE(option);
    CHECK(split_options({option}).status().code() == Code::kInvalid);
  }
  CHECK(split_options({"retention = '1 day'", "retention = '1 day'"}).status().code() == Code::kInvalid);
  CHECK(split_options({"horizon = 1", "horizon = 2"}).status().code() == Code::kInvalid);
}
