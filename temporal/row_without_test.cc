// A row without one of its values: all others come back, and NULL stands in its place.
#include "temporal/row_without.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "temporal/row_codec.h"

namespace spectradb::temporal {
namespace {

TableSchema four_columns() {
  TableSchema schema;
  schema.id = 7;
  for (const char* name : {"id", "note", "e", "last"}) {
    Column column;
    column.name = name;
    schema.columns.push_back(column);
  }
  schema.columns[0].key_position = 0;
  schema.key_columns = {0};
  return schema;
}

TEST_CASE("a value is left out, and the others stay") {
  const TableSchema schema = four_columns();
  // Sizes around those at which the tag before the value grows, of a blob and of a text.
  for (const size_t size :
       {size_t{0}, size_t{1}, size_t{55}, size_t{56}, size_t{57}, size_t{1536}, size_t{100'000}}) {
    for (const bool is_text : {false, true}) {
      const std::string bytes(size, 'x');
      const std::vector<Value> values = {Value::of_real(2.0), Value::text("a note"),
                                         is_text ? Value::text(bytes) : Value::blob(bytes),
                                         Value::of_integer(300)};
      std::string key;
      encode_key(key, schema, values, 0);
      std::string payload;
      encode_row(payload, schema, values);
      RowReader reader(schema);
      reader.bind(key, payload);
      Result<Value> value = reader.column(2);
      REQUIRE(value);
      std::string kept = "before";
      REQUIRE(append_row_without(kept, payload, *value));
      CHECK(kept.size() < sizeof "before" - 1 + payload.size() - size + 1);
      reader.bind(key, std::string_view(kept).substr(sizeof "before" - 1));
      CHECK(reader.column(0)->real == 2.0);
      CHECK(reader.column(1)->bytes == "a note");
      CHECK(reader.column(2)->is_null());
      CHECK(reader.column(3)->integer == 300);
    }
  }
}

TEST_CASE("a value that is none of the payload's is not left out") {
  const std::string payload("\x12\x61\x05\x01\x02\x03", 6);
  std::string kept;
  CHECK_FALSE(append_row_without(kept, payload, Value::null()));
  CHECK_FALSE(append_row_without(kept, payload, Value::of_integer(1)));
  CHECK_FALSE(append_row_without(kept, payload, Value::blob("elsewhere")));
  CHECK_FALSE(append_row_without(kept, payload, Value::blob("a")));
  CHECK_FALSE(append_row_without(kept, payload, Value::blob(std::string_view(payload).substr(0, 1))));
  CHECK_FALSE(append_row_without(kept, payload, Value::blob(std::string_view(payload).substr(2, 2))));
  CHECK(kept.empty());
  CHECK(append_row_without(kept, payload, Value::blob(std::string_view(payload).substr(1, 1))));
  CHECK(kept == std::string("\0\x05\x01\x02\x03", 5));
}

}  // namespace
}  // namespace spectradb::temporal
