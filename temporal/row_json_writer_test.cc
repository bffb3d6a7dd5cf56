// The writer of many rows says what append_row_json() says of each.
#include "temporal/row_json_writer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "base/random_seed.h"
#include "temporal/row_json.h"

namespace spectradb::temporal {
namespace {

// The key is the second column, so the first one is behind it in the payload; `json` is embedded as it stands.
TableSchema schema_of_documents() {
  TableSchema schema;
  schema.id = 3;
  for (const char* name : {"a", "key \"1\"", "amount", "json"}) {
    Column column;
    column.name = name;
    schema.columns.push_back(column);
  }
  schema.columns[1].key_position = 0;
  schema.columns[3].is_json = true;
  schema.key_columns = {1};
  return schema;
}

Value any_real(Random& random) {
  switch (random() % 4) {
    case 0:
      return Value::of_real(static_cast<double>(static_cast<int64_t>(random() % 400'000'000) - 200'000'000) /
                            1000);
    case 1:
      return Value::of_real(static_cast<double>(random() % 2'000'000) / 10);
    case 2:
      return Value::of_real(
          std::ldexp(static_cast<double>(random() % 1'000'000), static_cast<int>(random() % 80) - 60));
    default: {
      constexpr double kOdd[] = {0.0,      -0.0,       99999.999, 100000,
                                 100000.5, 1e5 - 1e-3, 0.001,     -0.001,
                                 0.0005,   1e300,      5e-324,    std::numeric_limits<double>::infinity()};
      return Value::of_real(kOdd[random() % std::size(kOdd)]);
    }
  }
}

Value any_value(Random& random, std::string& bytes) {
  switch (random() % 5) {
    case 0:
      return Value::null();
    case 1:
      return Value::of_integer(static_cast<int64_t>(random() >> (random() % 64)));
    case 2:
      return any_real(random);
    default:
      break;
  }
  bytes.assign(random() % 8 == 0 ? random() % 6000 : random() % 40, 'x');
  const bool is_plain = random() % 2 == 0;
  for (char& c : bytes) c = static_cast<char>(is_plain ? 0x20 + random() % 2 : random());
  return random() % 4 == 0 ? Value::blob(bytes) : Value::text(bytes);
}

TEST_CASE("rows by the writer are those of append_row_json") {
  const TableSchema schema = schema_of_documents();
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  for (const std::vector<bool>& hidden : {std::vector<bool>(), std::vector<bool>{false, true, true, false}}) {
    RowJsonWriter writer(schema, hidden);
    RowReader reader(schema);
    for (int i = 0; i < 5000; ++i) {
      std::string texts[4];
      std::vector<Value> values;
      for (std::string& text : texts) values.push_back(any_value(random, text));
      std::string key;
      std::string payload;
      encode_key(key, schema, values, 0);
      encode_row(payload, schema, values);
      std::string expected;
      reader.bind(key, payload);
      REQUIRE(append_row_json(expected, schema, reader, hidden));
      const Result<std::string_view> written = writer.write(key, payload);
      REQUIRE(written.status());
      REQUIRE(std::string(*written) == expected);
    }
  }
}

TEST_CASE("a row without columns that show is an empty object") {
  TableSchema schema;
  schema.id = 3;
  RowJsonWriter writer(schema, {});
  const Result<std::string_view> written = writer.write(std::string("\0\0\0\3", 4), {});
  REQUIRE(written.status());
  CHECK(*written == "{}");
}

}  // namespace
}  // namespace spectradb::temporal
