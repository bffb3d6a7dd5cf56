// The JSON check: what it accepts, what it refuses, and where its messages point.
#include "temporal/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

namespace spectradb::temporal {
namespace {

using namespace std::string_literals;

TEST_CASE("JSON that is well-formed") {
  for (const std::string& text :
       {"{}"s, "[]"s, " {\"a\": [1, -2.5e3, true, false, null, \"\\u00e4\\n\"]} "s, "1"s, "\"text\""s,
        "null"s, "{\"a\":1,\"a\":2}"s, "\"\xC3\xA4\xF0\x9F\x98\x80\""s, "123456789012345678901234567890"s,
        "0.1234567890123456789012345678901234567890"s}) {
    CAPTURE(text);
    CHECK(check_json(text).is_ok());
  }
}

TEST_CASE("JSON of any depth, and what is missing at its end") {
  for (const std::string& innermost : {"1"s, "\"text\""s, "\"\xC3\xA4\""s}) {
    for (const size_t depth : {size_t{1}, size_t{31}, size_t{32}, size_t{33}, size_t{100'000}}) {
      CAPTURE(innermost);
      CAPTURE(depth);
      std::string arrays = std::string(depth, '[') + innermost + std::string(depth, ']');
      CHECK(check_json(arrays).is_ok());
      arrays.pop_back();
      CHECK(check_json(arrays).message() ==
            "Missing a comma or ']' after an array element. at byte " + std::to_string(arrays.size()));
      std::string objects;
      for (size_t i = 0; i < depth; ++i) objects += "{\"a\":";
      objects += innermost + std::string(depth, '}');
      CHECK(check_json(objects).is_ok());
      objects.pop_back();
      CHECK_FALSE(check_json(objects).is_ok());
    }
  }
}

TEST_CASE("the view ends the text, not a NUL behind it") {
  const std::string text = "{\"a\":1}{";
  CHECK(check_json(std::string_view(text).substr(0, 7)).is_ok());
  const std::vector<char> exact{'[', '1', '2'};  // a heap block: the sanitizer sees its end
  CHECK_FALSE(check_json(std::string_view(exact.data(), exact.size())).is_ok());
  const std::vector<char> number{'1', '2'};
  CHECK(check_json(std::string_view(number.data(), number.size())).is_ok());
}

TEST_CASE("JSON that is not well-formed says what and where") {
  const auto message_of = [](const std::string& text) {
    const Status status = check_json(text);
    REQUIRE(status.code() == Code::kInvalid);
    return status.message();
  };
  CHECK(message_of("{\"a\": 1 \"b\": 2}") == "Missing a comma or '}' after an object member. at byte 8");
  CHECK(message_of("") == "The document is empty. at byte 0");
  CHECK(message_of("  ") == "The document is empty. at byte 2");
  CHECK(message_of("{} {}") == "The document root must not be followed by other values. at byte 3");
  CHECK(message_of("{}\0"s) == "The document root must not be followed by other values. at byte 2");
  CHECK(message_of("{}\0{}"s) == "The document root must not be followed by other values. at byte 2");
  CHECK(message_of("\"a\0b\""s).find("at byte") != std::string::npos);
  CHECK(message_of("\0"s).find("at byte 0") != std::string::npos);
}

TEST_CASE("more JSON that is not well-formed") {
  for (const std::string& text : {"{"s,
                                  "}"s,
                                  "[1,]"s,
                                  "{\"a\":}"s,
                                  "{a:1}"s,
                                  "{'a':1}"s,
                                  "[01]"s,
                                  "[1.]"s,
                                  "[+1]"s,
                                  "[.5]"s,
                                  "nul"s,
                                  "NaN"s,
                                  "Infinity"s,
                                  "\"\\x\""s,
                                  "\"\\ud800\""s,
                                  "\"\n\""s,
                                  "// comment\n1"s,
                                  "\"\xFF\""s,
                                  "\"\xC3\""s,
                                  "\"\xC0\x80\""s,
                                  "\"\xED\xA0\x80\""s,
                                  "\"abc"s,
                                  "[[1]"s,
                                  "\xEF\xBB\xBF{}"s}) {
    CAPTURE(text);
    CHECK_FALSE(check_json(text).is_ok());
  }
}

TEST_CASE("numbers beyond the range of a double are refused") {
  CHECK(check_json("1e308").is_ok());
  CHECK(check_json("1e-400").is_ok());
  CHECK(check_json("[1e309]").message() == "Number too big to be stored in double. at byte 1");
}

TEST_CASE("depth does not use the stack") {
  constexpr size_t kDepth = 1'000'000;
  CHECK(check_json(std::string(kDepth, '[') + std::string(kDepth, ']')).is_ok());
  CHECK_FALSE(check_json(std::string(kDepth, '[')).is_ok());
}

TEST_CASE("arrays of scalars are read") {
  const auto scalars = read_json_array(R"( [null, true, -5, 9223372036854775807, 1e2, 0.1, "a\"\u00e9"] )");
  REQUIRE(scalars);
  REQUIRE(scalars->size() == 7);
  CHECK((*scalars)[0].value.is_null());
  CHECK((*scalars)[1].value.integer == 1);
  CHECK((*scalars)[2].value.integer == -5);
  CHECK((*scalars)[3].value.integer == INT64_MAX);
  CHECK((*scalars)[4].value.type == Value::Type::kReal);
  CHECK((*scalars)[5].value.real == 0.1);
  CHECK((*scalars)[6].text == "a\"\xC3\xA9");
  CHECK(read_json_array("[]")->empty());
  for (const char* wrong : {"", "1", "[1", "[1]]", "[1][2]", "[[1]]", "[{}]", "{\"a\":[1]}", "[1] x"}) {
    CAPTURE(wrong);
    CHECK_FALSE(read_json_array(wrong));
  }
}

TEST_CASE("numbers of any length are read as the nearest double") {
  const std::string zeros(600, '0');
  const auto scalars = read_json_array("[0." + zeros + "1, 0." + zeros + "1e601, 1" + zeros.substr(0, 300) +
                                       "e-300, -0.1, 1e-400, 18446744073709551616, -9223372036854775808, 1e" +
                                       zeros + "1, -0.0]");
  REQUIRE(scalars);
  REQUIRE(scalars->size() == 9);
  CHECK((*scalars)[0].value.real == 0);
  CHECK((*scalars)[1].value.real == 1);
  CHECK((*scalars)[2].value.real == 1);
  CHECK((*scalars)[3].value.real == -0.1);
  CHECK((*scalars)[4].value.real == 0);
  CHECK((*scalars)[5].value.real == 18446744073709551616.0);
  CHECK((*scalars)[6].value.integer == INT64_MIN);
  CHECK((*scalars)[7].value.real == 10);
  CHECK(std::signbit((*scalars)[8].value.real));
  CHECK(check_json("[0." + zeros + "1]").is_ok());
}

}  // namespace
}  // namespace spectradb::temporal
