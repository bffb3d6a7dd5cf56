// Feeds keys: what can be decoded is what encoding makes, and it sorts as its values do.
#include "fuzz/target.h"
#include "temporal/key_codec.h"

namespace spectradb::fuzz {

using temporal::Collation;
using temporal::Value;

std::vector<std::string> seeds() {
  const std::vector<std::vector<Value>> keys{
      {Value::null()},
      {Value::of_integer(0), Value::of_integer(-1), Value::of_integer(INT64_MAX)},
      {Value::of_integer(INT64_MIN), Value::of_integer((int64_t{1} << 62) + 1), Value::of_real(1.5)},
      {Value::of_real(-1e300), Value::of_real(1e300), Value::of_real(0.1)},
      {Value::text("a"), Value::text(""), Value::text(std::string_view("a\0b", 3))},
      {Value::blob(std::string_view("\0\xff\0\0", 4)), Value::blob(""), Value::text("text")},
  };
  std::vector<std::string> inputs;
  for (const auto& key : keys) {
    std::string input;
    for (const Value& value : key) temporal::append_key_value(input, value, Collation::kBinary);
    inputs.push_back(input);
  }
  return inputs;
}

void feed(std::string_view input) {
  std::string_view rest = input;
  while (!rest.empty()) {
    const std::string_view before = rest;
    std::string scratch;
    const auto value = temporal::take_key_value(rest, scratch);
    if (!value) {
      must(!value.status().message().empty(), "an error says what is wrong");
      break;
    }
    must(rest.size() < before.size() && before.ends_with(rest), "a value takes bytes off the front");
    std::string again;
    temporal::append_key_value(again, *value, Collation::kBinary);
    must(again == before.substr(0, before.size() - rest.size()), "a value has one encoding");
  }
  const std::string behind = temporal::after_prefix(input);
  must(behind.empty() || behind > input, "what comes after a prefix is greater");
}

}  // namespace spectradb::fuzz
