// Rows as JSON: every class of value, and texts that need escapes.
#include "temporal/row_json.h"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "temporal/json.h"

namespace spectradb::temporal {
namespace {

std::string json_of(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

TEST_CASE("values as JSON") {
  CHECK(json_of(Value::null()) == "null");
  CHECK(json_of(Value::of_integer(std::numeric_limits<int64_t>::min())) == "-9223372036854775808");
  CHECK(json_of(Value::of_real(5)) == "5.0");
  CHECK(json_of(Value::of_real(-0.0)) == "-0.0");
  CHECK(json_of(Value::of_real(0.1)) == "0.1");
  CHECK(json_of(Value::of_real(1e300)) == "1e+300");
  CHECK(json_of(Value::of_real(std::numeric_limits<double>::infinity())) == "9e999");
  CHECK(json_of(Value::of_real(-std::numeric_limits<double>::infinity())) == "-9e999");
  CHECK(json_of(Value::text("a\"b\\c\n\t\x01 \xC3\xA9")) == "\"a\\\"b\\\\c\\n\\t\\u0001 \xC3\xA9\"");
  CHECK(json_of(Value::text(std::string_view("\0", 1))) == "\"\\u0000\"");
  CHECK(json_of(Value::blob(std::string_view("\0\xAB", 2))) == "\"X'00AB'\"");
  CHECK(json_of(Value::blob("")) == "\"X''\"");
}

TEST_CASE("a row and its key as JSON") {
  TableSchema schema;
  schema.id = 3;
  for (const char* name : {"doc", "k\"2", "k1"}) {
    Column column;
    column.name = name;
    schema.columns.push_back(column);
  }
  schema.columns[0].is_json = true;
  schema.columns[1].key_position = 1;
  schema.columns[2].key_position = 0;
  schema.key_columns = {2, 1};
  const std::vector<Value> values = {Value::text("{\"a\": [1]}"), Value::of_real(2), Value::text("x")};
  std::string key;
  std::string payload;
  encode_key(key, schema, values, 0);
  encode_row(payload, schema, values);
  RowReader reader(schema);
  reader.bind(key, payload);
  std::string row;
  REQUIRE(append_row_json(row, schema, reader));
  CHECK(row == "{\"doc\":{\"a\": [1]},\"k\\\"2\":2.0,\"k1\":\"x\"}");
  CHECK(check_json(row));
  std::string key_json;
  REQUIRE(append_key_json(key_json, schema, reader));
  CHECK(key_json == "[\"x\",2.0]");
}

}  // namespace
}  // namespace spectradb::temporal
