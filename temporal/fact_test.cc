// Facts: round trips, their size, and that damaged ones are corrupt.
#include "temporal/fact.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/random_seed.h"

namespace spectradb::temporal {
namespace {

constexpr int64_t kDay = 86'400'000'000;

std::string encoded(const Period& valid, Operation operation = Operation::kPut,
                    std::string_view payload = {}) {
  std::string out;
  encode_fact(out, {valid, operation, payload});
  return out;
}

TEST_CASE("the bytes of a fact are those of the format, and few") {
  using namespace std::string_literals;
  CHECK(encoded({}, Operation::kPut, "row") == "\0row"s);
  CHECK(encoded({}, Operation::kDelete) == "\x01"s);
  CHECK(encoded({{kDay, true}, {3 * kDay, true}}) == "\x5E\x02\x02"s);
  CHECK(encoded({{-1, false}, {5, false}}) != encoded({{-1, true}, {5, false}}));
  CHECK(encoded({{20'454 * kDay, true}, {kEndOfTime, false}}).size() == 4);
  CHECK(encoded({{20'454 * kDay, true}, {20'500 * kDay, true}}).size() == 5);
  CHECK(encoded({{kBeginningOfTime, false}, {20'454 * kDay, true}}).size() == 4);
  CHECK(encoded({{20'454 * kDay + 1'000'000, true}, {kEndOfTime, false}}).size() == 6);
}

Period random_period(Random& random) {
  const auto random_instant = [&random]() -> int64_t {
    switch (below(random, 6)) {
      case 0:
        return static_cast<int64_t>(below(random, 40'000)) * kDay - 10'000 * kDay;
      case 1:
        return static_cast<int64_t>(below(random, 4'000'000'000)) * 1'000'000;
      case 2:
        return static_cast<int64_t>(below(random, 10)) - 5;
      case 3:
        return kBeginningOfTime + 1 + static_cast<int64_t>(below(random, 3));
      case 4:
        return kEndOfTime - 1 - static_cast<int64_t>(below(random, 3));
      default:
        return static_cast<int64_t>(random());
    }
  };
  Period period;
  if (below(random, 4) != 0) period.from.us = random_instant();
  if (below(random, 4) != 0) period.to.us = random_instant();
  if (period.from.us > period.to.us) std::swap(period.from.us, period.to.us);
  if (period.is_empty()) return {};
  period.from.as_text = period.from.us != kBeginningOfTime && below(random, 2) == 0;
  period.to.as_text = period.to.us != kEndOfTime && below(random, 2) == 0;
  return period;
}

TEST_CASE("facts come back, and the store is told their bounds") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  for (int i = 0; i < 50'000; ++i) {
    const Period valid = random_period(random);
    const bool is_delete = below(random, 3) == 0;
    const std::string payload(is_delete ? 0 : below(random, 20), 'x');
    std::string value = "before";
    encode_fact(value, {valid, is_delete ? Operation::kDelete : Operation::kPut, payload});
    value.erase(0, 6);
    const Result<Fact> fact = decode_fact(value);
    REQUIRE(fact.is_ok());
    REQUIRE(fact->valid == valid);
    REQUIRE((fact->operation == Operation::kDelete) == is_delete);
    REQUIRE(fact->payload == payload);
    const Result<lsm::VersionBounds> bounds = fact_properties().bounds(value);
    REQUIRE(bounds.is_ok());
    REQUIRE(bounds->valid_from == valid.from.us);
    REQUIRE(bounds->valid_to == valid.to.us);
  }
}

TEST_CASE("damaged facts are corrupt or some other fact, never read past their end") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  for (int i = 0; i < 50'000; ++i) {
    std::vector<char> bytes(below(random, 24));
    for (char& byte : bytes) byte = static_cast<char>(below(random, 4) == 0 ? random() : below(random, 128));
    const std::string_view value(bytes.data(), bytes.size());
    const Result<Fact> fact = decode_fact(value);
    if (fact.is_ok()) {
      REQUIRE_FALSE(fact->valid.is_empty());
    } else {
      REQUIRE(fact.status().code() == Code::kCorrupt);
    }
    if (!fact_properties().bounds(value).is_ok()) REQUIRE_FALSE(fact.is_ok());
  }
}

TEST_CASE("particular damages") {
  using namespace std::string_literals;
  for (const std::string& bytes :
       {""s, "\x80"s, "\x60"s, "\x02"s, "\x02\x80"s, "\x04"s, "\x06\x02"s, "\x06\x02\0"s, "\x01payload"s,
        "\x42\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s, "\x06\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,
        "\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"s}) {
    CAPTURE(bytes.size());
    CHECK_FALSE(decode_fact(bytes).is_ok());
  }
  const Result<Fact> empty = decode_fact("");
  CHECK(empty.status().message().starts_with("a fact is empty (fact.cc:"));
}

}  // namespace
}  // namespace spectradb::temporal
