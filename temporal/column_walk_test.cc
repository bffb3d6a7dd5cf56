// ColumnWalk finds what RowReader finds, or leaves it to RowReader.
#include "temporal/column_walk.h"

#include <doctest/doctest.h>

#include <bit>
#include <limits>
#include <string>
#include <vector>

#include "temporal/row_codec.h"

namespace spectradb::temporal {
namespace {

Column walked_column(int key_position, Affinity affinity, Collation collation = Collation::kBinary) {
  Column column;
  column.name = "c";
  column.affinity = affinity;
  column.collation = collation;
  column.key_position = key_position;
  return column;
}

struct Walked {
  std::string key;
  std::string payload;
};

Walked encoded_row(const TableSchema& schema, const std::vector<Value>& values) {
  Walked row;
  encode_key(row.key, schema, values, 0);
  encode_row(row.payload, schema, values);
  return row;
}

// Returns how many columns the walk has found; each is what RowReader reads.
size_t check_walk(const TableSchema& schema, const Walked& row, const std::vector<int>& order) {
  ColumnWalk walk(schema);
  RowReader reader(schema);
  walk.bind(row.key, row.payload);
  reader.bind(row.key, row.payload);
  size_t found = 0;
  for (const int column : order) {
    CAPTURE(column);
    Value value;
    if (!walk.find(column, &value)) continue;
    ++found;
    const Result<Value> expected = reader.column(column);
    REQUIRE(expected.is_ok());
    CHECK(value.type == expected->type);
    CHECK(value.integer == expected->integer);
    CHECK(std::bit_cast<uint64_t>(value.real) == std::bit_cast<uint64_t>(expected->real));
    CHECK(value.bytes == expected->bytes);
  }
  return found;
}

TableSchema walked_schema(Affinity key_affinity, Collation collation = Collation::kBinary) {
  TableSchema schema;
  schema.id = 7;
  schema.columns = {walked_column(-1, Affinity::kBlob), walked_column(0, key_affinity, collation),
                    walked_column(-1, Affinity::kBlob), walked_column(-1, Affinity::kBlob)};
  schema.key_columns = {1};
  return schema;
}

const std::vector<Value>& some_values() {
  static const std::string zero("a\0b", 3);
  static const std::string longer(300, 'x');
  static const std::vector<Value> values = {Value::null(),
                                            Value::of_integer(0),
                                            Value::of_integer(1),
                                            Value::of_integer(-7),
                                            Value::of_integer(70'000),
                                            Value::of_integer(std::numeric_limits<int64_t>::min()),
                                            Value::of_real(0.25),
                                            Value::text(""),
                                            Value::text("text"),
                                            Value::text(zero),
                                            Value::text(longer),
                                            Value::blob("blob"),
                                            Value::blob("")};
  return values;
}

TEST_CASE("all columns of a plain row are found, in any order") {
  const TableSchema schema = walked_schema(Affinity::kText);
  for (const Value& one : some_values()) {
    for (const Value& other : some_values()) {
      const Walked row = encoded_row(schema, {one, Value::text("key"), other, one});
      for (const std::vector<int>& order : {std::vector<int>{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 2, 0, 3, 1}})
        CHECK(check_walk(schema, row, order) == order.size());
    }
  }
}

TEST_CASE("keys of every kind are found as they are, or not at all") {
  for (const Affinity affinity : {Affinity::kText, Affinity::kInteger, Affinity::kReal, Affinity::kBlob}) {
    for (const Collation collation : {Collation::kBinary, Collation::kNoCase, Collation::kRTrim}) {
      const TableSchema schema = walked_schema(affinity, collation);
      std::vector<Value> keys = some_values();
      keys.push_back(Value::text("Capital"));
      keys.push_back(Value::text("blank "));
      keys.push_back(Value::of_integer(std::numeric_limits<int64_t>::max()));
      keys.push_back(Value::of_real(3));
      for (const Value& key : keys) {
        std::string scratch;
        const Value stored = apply_affinity(key, affinity, scratch);
        const Walked row = encoded_row(schema, {Value::null(), stored, Value::of_integer(5), Value::null()});
        check_walk(schema, row, {1, 2});
      }
    }
  }
  const TableSchema integers = walked_schema(Affinity::kInteger);
  const Walked row =
      encoded_row(integers, {Value::null(), Value::of_integer(12), Value::null(), Value::null()});
  CHECK(check_walk(integers, row, {1}) == 1);
}

TEST_CASE("what a row lacks, and what is damaged, is left to RowReader") {
  const TableSchema schema = walked_schema(Affinity::kText);
  const Walked row = encoded_row(
      schema, {Value::text("one"), Value::text("key"), Value::of_integer(77), Value::text("two")});
  ColumnWalk walk(schema);
  for (size_t size = 0; size < row.payload.size(); ++size) {
    CAPTURE(size);
    const std::string cut = row.payload.substr(0, size);
    walk.bind(row.key, cut);
    Value value;
    CHECK_FALSE(walk.find(3, &value));
  }
  for (size_t size = 0; size < row.key.size(); ++size) {
    CAPTURE(size);
    const std::string cut = row.key.substr(0, size);
    walk.bind(cut, row.payload);
    Value value;
    CHECK_FALSE(walk.find(1, &value));
  }
}

}  // namespace
}  // namespace spectradb::temporal
