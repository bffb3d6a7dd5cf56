// Texts of times are ordered by what they say; the order of all texts is total.
#include "temporal/time_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "temporal/instant.h"

namespace spectradb::temporal {
namespace {

constexpr int64_t kNow = 1'800'000'000'000'000;  // 2027-01-15 08:00

int order(std::string_view a, std::string_view b) {
  const int found = compare_times(a, b, [] { return kNow; });
  const int reverse = compare_times(b, a, [] { return kNow; });
  CHECK((found < 0) == (reverse > 0));
  CHECK((found == 0) == (reverse == 0));
  return found < 0 ? -1 : found > 0 ? 1 : 0;
}

TEST_CASE("spellings of one instant are equal") {
  const std::vector<std::string> same = {"2024-01-01",
                                         "2024-01-01 00:00",
                                         "2024-01-01 00:00:00",
                                         "2024-01-01 00:00:00.0",
                                         "2024-01-01T00:00:00Z",
                                         "2024-01-01 01:00:00 +01:00",
                                         " 2024-01-01 ",
                                         "2023-12-31 23:59:60",
                                         "2024-01-01 00:00:00.0000001",
                                         "1704067200000000"};
  for (const std::string& a : same) {
    for (const std::string& b : same) {
      INFO(a, " and ", b);
      CHECK(order(a, b) == 0);
    }
    CHECK(order(a, "2024-01-01 00:00:00.000001") == -1);
    CHECK(order(a, "2023-12-31T23:59:59.999999Z") == 1);
  }
  CHECK(order("now", "2027-01-15T08:00Z") == 0);
  CHECK(order("today", "2027-01-15") == 0);
}

TEST_CASE("what texts cannot say lies outside of what they can, and infinity outside of that") {
  const std::vector<std::string> ascending = {"-infinity",
                                              "-9000000000000000000",
                                              "-8999999999999999999",
                                              "0000-01-01",
                                              "1969-12-31",
                                              "-1",
                                              "0",
                                              "900",
                                              "10000",
                                              "2024-01-01",
                                              "9999-12-31",
                                              "9000000000000000000",
                                              "infinity"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      INFO(ascending[i], " and ", ascending[j]);
      CHECK(order(ascending[i], ascending[j]) == (i < j ? -1 : i > j ? 1 : 0));
    }
  }
}

TEST_CASE("what is no instant stands where its bytes stand") {
  CHECK(order("2024", "2024-01-01") == -1);
  CHECK(order("2024-06", "2024-05-31T23:59Z") == 1);
  CHECK(order("2024-06", "2024-06-01T00:00Z") == -1);
  CHECK(order("2025", "2024-12-31 23:59:59.999999") == 1);
  CHECK(order("soon", "2024-01-01") == 1);
  CHECK(order("", "2024-01-01") == -1);
  CHECK(order("soon", "sooner") == -1);
}

TEST_CASE("the order is total") {
  std::vector<std::string> texts = {"",
                                    "2024",
                                    "2024-02-30",
                                    "2024-02-30 00:00",
                                    "2024-13-01",
                                    "soon",
                                    "infinity",
                                    "-infinity",
                                    "now",
                                    "2024-02-29",
                                    "12345",
                                    "2024-03-01T",
                                    "2024-01-31 ",
                                    "2024-1-1",
                                    "-5",
                                    "99999999999999999999"};
  for (int64_t us : {int64_t{0}, kNow, int64_t{1'709'164'800'000'000}, int64_t{1'706'659'200'000'001}}) {
    texts.push_back(format_instant(us));
    texts.push_back(format_instant(us) + (format_instant(us).size() > 10 ? "Z" : " 00:00Z"));
    texts.push_back(std::to_string(us));
  }
  for (const std::string& a : texts) {
    for (const std::string& b : texts) {
      for (const std::string& c : texts) {
        if (order(a, b) <= 0 && order(b, c) <= 0) CHECK(order(a, c) <= 0);
      }
    }
  }
}

TEST_CASE("shortest forms are those that format_instant writes") {
  for (const char* text :
       {"2024-01-01", "2024-01-28 10:00:00", "0000-12-01 23:59:59.999999", "2024-01-01 00:00:00.5"})
    CHECK(is_shortest_form(text));
  for (const char* text : {"", "2024-01-1", "2024-01-01T10:00:00", "2024-01-01 00:00:00", "2024-01-01 10:00",
                           "2024-01-01 10:00:00.50", "2024-01-01 10:00:00.", "2024-13-01", "2024-02-29",
                           "2024-01-01 10:00:00.1234567", "2024-01-01 24:00:00", "2024-01-01 10:00:00Z"})
    CHECK_FALSE(is_shortest_form(text));
}

}  // namespace
}  // namespace spectradb::temporal
