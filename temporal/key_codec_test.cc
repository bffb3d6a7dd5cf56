// Keys: their order is that of compare(), they are prefix-free, and they give their values back.
#include "temporal/key_codec.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "base/random_seed.h"

namespace spectradb::temporal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string encoded(const Value& value, Collation collation = Collation::kBinary) {
  std::string out;
  append_key_value(out, value, collation);
  return out;
}

int sign(int number) { return number < 0 ? -1 : number > 0 ? 1 : 0; }

// Owns the bytes of a value.
struct OwnedValue {
  Value::Type type = Value::Type::kNull;
  int64_t integer = 0;
  double real = 0;
  std::string bytes;

  Value view() const { return {type, integer, real, bytes}; }
};

std::string random_bytes(Random& random) {
  // Few different bytes, so that common prefixes, zero bytes and 0xFF meet often.
  static constexpr char kAlphabet[]{'\0', '\x01', '\xFF', 'a', 'A', ' ', 'b', 'Z', '_'};
  std::string out;
  for (uint64_t size = below(random, 6); size > 0; --size)
    out.push_back(kAlphabet[below(random, sizeof kAlphabet)]);
  return out;
}

OwnedValue random_value(Random& random) {
  OwnedValue value;
  switch (below(random, 12)) {
    case 0:
      break;
    case 1:
    case 2:
      value.type = Value::Type::kText;
      value.bytes = random_bytes(random);
      break;
    case 3:
      value.type = Value::Type::kBlob;
      value.bytes = random_bytes(random);
      break;
    case 4:
      value.type = Value::Type::kInteger;
      value.integer = static_cast<int64_t>(random()) >> below(random, 64);
      break;
    case 5:
      value.type = Value::Type::kInteger;
      value.integer = static_cast<int64_t>(below(random, 7)) - 3;
      break;
    case 6:
      value.type = Value::Type::kReal;
      value.real = (static_cast<double>(below(random, 13)) - 6) / 2;
      break;
    case 7:
    case 8: {
      // Integers and reals around one power of two, where doubles are sparse.
      const double base =
          std::ldexp(below(random, 2) == 0 ? 1.0 : -1.0, static_cast<int>(52 + below(random, 11)));
      if (below(random, 3) == 0) {
        value.type = Value::Type::kReal;
        value.real = std::nextafter(base, below(random, 2) == 0 ? kInfinity : -kInfinity);
      } else {
        value.type = Value::Type::kInteger;
        value.integer = static_cast<int64_t>(base) + static_cast<int64_t>(below(random, 2'049)) - 1'024;
      }
      break;
    }
    case 9: {
      value.type = Value::Type::kInteger;
      const auto distance = static_cast<int64_t>(below(random, 2'050));
      value.integer = below(random, 2) == 0 ? std::numeric_limits<int64_t>::max() - distance
                                            : std::numeric_limits<int64_t>::min() + distance;
      break;
    }
    case 10: {
      static constexpr double kSpecial[]{0.0,
                                         -0.0,
                                         kInfinity,
                                         -kInfinity,
                                         9223372036854775808.0,
                                         -9223372036854775808.0,
                                         5e-324,
                                         -5e-324,
                                         1.7976931348623157e308};
      value.type = Value::Type::kReal;
      value.real = kSpecial[below(random, std::size(kSpecial))];
      break;
    }
    default: {
      value.type = Value::Type::kReal;
      value.real = std::bit_cast<double>(random());
      if (std::isnan(value.real)) value.real = 1.5;
    }
  }
  return value;
}

TEST_CASE("the bytes of a key are those of the format") {
  using namespace std::string_literals;
  std::string key;
  append_table_id(key, 0x01020304);
  CHECK(key == "\x01\x02\x03\x04"s);
  CHECK(table_id_of(key + "rest") == 0x01020304);
  CHECK(encoded(Value::null()) == "\x10"s);
  CHECK(encoded(Value::of_integer(1)) == "\x20\xBF\xF0\0\0\0\0\0\0\0"s);
  CHECK(encoded(Value::of_real(-0.0)) == "\x20\x80\0\0\0\0\0\0\0\0"s);
  CHECK(encoded(Value::of_integer(9007199254740993)) == "\x20\xC3\x40\0\0\0\0\0\0\x01\0\x01"s);
  CHECK(encoded(Value::text("a\0b"s)) == "\x30"s + "a\0\xFF"s + "b\0\0"s);
  CHECK(encoded(Value::text("aB"), Collation::kNoCase) == "\x30"s + "ab\0\0"s);
  CHECK(encoded(Value::text("a  "), Collation::kRTrim) == "\x30"s + "a\0\0"s);
  CHECK(encoded(Value::blob("A "), Collation::kNoCase) == "\x40"s + "A \0\0"s);
}

TEST_CASE("keys sort as values compare, are prefix-free, and give canonical values back") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  constexpr Collation kCollations[]{Collation::kBinary, Collation::kNoCase, Collation::kRTrim};
  std::string scratch;
  for (int i = 0; i < 200'000; ++i) {
    const Collation collation = kCollations[below(random, 3)];
    const OwnedValue a = random_value(random);
    const OwnedValue b = random_value(random);
    const std::string a_key = encoded(a.view(), collation);
    const std::string b_key = encoded(b.view(), collation);
    const int expected = sign(compare(a.view(), b.view(), collation));
    if (sign(a_key.compare(b_key)) != expected) {
      CAPTURE(a.integer);
      CAPTURE(a.real);
      CAPTURE(b.integer);
      CAPTURE(b.real);
      CAPTURE(a.bytes);
      CAPTURE(b.bytes);
      REQUIRE(sign(a_key.compare(b_key)) == expected);
    }
    if (expected != 0) REQUIRE_FALSE((a_key.starts_with(b_key) || b_key.starts_with(a_key)));

    const std::string joined = a_key + b_key;
    std::string_view in = joined;
    const Result<Value> back = take_key_value(in, scratch);
    REQUIRE(back.is_ok());
    REQUIRE(in == b_key);
    REQUIRE(compare(*back, a.view(), collation) == 0);
    REQUIRE(encoded(*back) == a_key);  // canonical already: no collation needed any more
    std::string_view plain = joined;
    const std::optional<int64_t> integer = take_plain_integer(plain);
    REQUIRE(plain == (integer ? std::string_view(b_key) : std::string_view(joined)));
    if (integer) REQUIRE((back->type == Value::Type::kInteger && back->integer == *integer));
    if (back->type == Value::Type::kInteger && std::abs(back->integer / 2) < int64_t{1} << 52)
      REQUIRE(integer);
    if (back->type == Value::Type::kReal)
      REQUIRE_FALSE((std::trunc(back->real) == back->real && std::fabs(back->real) < 9e18));
  }
}

TEST_CASE("damaged keys are corrupt, never read past their end") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  std::string scratch;
  for (int i = 0; i < 50'000; ++i) {
    const std::string key = encoded(random_value(random).view());
    for (size_t size = 0; size < key.size(); ++size) {
      const std::vector<char> cut(
          key.begin(),
          key.begin() + static_cast<ptrdiff_t>(size));  // a heap block: the sanitizer sees its end
      std::string_view in(cut.data(), cut.size());
      const Result<Value> value = take_key_value(in, scratch);
      REQUIRE_FALSE(value.is_ok());
      REQUIRE(value.status().code() == Code::kCorrupt);
    }
    std::vector<char> flipped(key.begin(), key.end());
    flipped[below(random, flipped.size())] ^= static_cast<char>(1 + below(random, 255));
    std::string_view in(flipped.data(), flipped.size());
    if (const Result<Value> value = take_key_value(in, scratch)) {
      const std::string_view taken(flipped.data(), flipped.size() - in.size());
      REQUIRE(encoded(*value) == taken);  // whatever is accepted has one encoding
    }
  }
}

TEST_CASE("after_prefix is the upper bound of a prefix") {
  using namespace std::string_literals;
  CHECK(after_prefix("ab") == "ac");
  CHECK(after_prefix("a\xFF\xFF") == "b");
  CHECK(after_prefix("\0\0\0\x01"s) == "\0\0\0\x02"s);
  CHECK(after_prefix("\xFF\xFF") == "\xFF\xFF\xFF");  // above every key: no column begins with 0xFF
}

}  // namespace
}  // namespace spectradb::temporal
