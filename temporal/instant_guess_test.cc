// What people write for times is answered by a form that can be read.
#include "temporal/instant_guess.h"

#include <doctest/doctest.h>

#include "temporal/instant.h"

using namespace spectradb::temporal;

namespace {
constexpr int64_t kGuessedAt = 1'780'000'000'000'000;
}

TEST_CASE("guesses") {
  struct Case {
    const char* text;
    const char* guess;
  };
  for (const Case& one : {Case{"3 days ago", "now -3 days"},
                          {"an hour ago", "now -1 hour"},
                          {"2 weeks ago", "now -14 days"},
                          {"Last Week", "now -7 days"},
                          {"last month", "now -1 month"},
                          {"now - 1 day", "now -1 day"},
                          {"now-1 day", "now -1 day"},
                          {"yesterday + 18 hours", "yesterday +18 hours"},
                          {"2026-06-01 - 1 day", "2026-06-01 -1 day"},
                          {"yesterday 18:00", "yesterday +18:00"},
                          {"today 9:30", "today +09:30"},
                          {"last monday 18:00", "last monday +18:00"},
                          {"next tuesday", "tomorrow weekday 2"},
                          {"tuesday", "last tuesday"},
                          {"midnight", "today"},
                          {"noon", "today +12:00"},
                          {"2026", "2026-01-01"},
                          {"2026-06", "2026-06-01"},
                          {"2026-6-1", "2026-06-01"},
                          {"2026/06/01", "2026-06-01"},
                          {"2026/6/1 18:00", "2026-06-01 18:00"},
                          {"1.6.2026", "2026-06-01"},
                          {"20260601", "2026-06-01"},
                          {"2026-06-01Z", "2026-06-01"},
                          {"2026-06-01 18", "2026-06-01 18:00"},
                          {"2026-06-01T18", "2026-06-01T18:00"},
                          {"2026-06-01 10:00 UTC", "2026-06-01 10:00 Z"}}) {
    INFO(one.text);
    CHECK(guess_instant(one.text, kGuessedAt) == one.guess);
    CHECK_FALSE(parse_instant(one.text, kGuessedAt).is_ok());
    CHECK(parse_instant(one.guess, kGuessedAt).is_ok());
  }
}

TEST_CASE("texts that are near no time") {
  for (const char* text : {"",
                           " ",
                           "soon",
                           "06/01/2026",
                           "2026-02-30",
                           "2026-13-01",
                           "last",
                           "last tues",
                           "ago",
                           "3 ago",
                           "3 moons ago",
                           "99999999999 weeks ago",
                           ":",
                           "a:",
                           "-",
                           "/",
                           "..",
                           "2026-",
                           "t",
                           "18:00",
                           "2026-06-01 24:00",
                           "2026-06-01 10:00 CET",
                           "2026-W23",
                           "next week"}) {
    INFO(text);
    CHECK(guess_instant(text, kGuessedAt).empty());
  }
}
