#include "temporal/entry_reader.h"

#include <doctest/doctest.h>

#include <bit>
#include <random>
#include <string>
#include <vector>

#include "base/random_seed.h"
#include "temporal/key_codec.h"
#include "temporal/row_codec.h"

namespace spectradb::temporal {
namespace {

const std::vector<Value>& values() {
  static const std::string kZeros("\0a\0\0", 4);
  static const std::vector<Value> kValues = {Value::null(),
                                             Value::of_integer(-5),
                                             Value::of_integer(0),
                                             Value::of_integer(INT64_MAX),
                                             Value::of_integer(INT64_MIN),
                                             Value::of_integer(9007199254740993),
                                             Value::of_real(0.5),
                                             Value::of_real(-0.0),
                                             Value::of_real(0.0),
                                             Value::of_real(7.0),
                                             Value::of_real(-9223372036854775808.0),
                                             Value::of_real(9223372036854775808.0),
                                             Value::of_real(-1e300),
                                             Value::text(""),
                                             Value::text("a"),
                                             Value::text("B"),
                                             Value::text("a  "),
                                             Value::text("12"),
                                             Value::text(kZeros),
                                             Value::blob(""),
                                             Value::blob(kZeros),
                                             Value::blob("a")};
  return kValues;
}

bool are_same(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Value::Type::kNull:
      return true;
    case Value::Type::kInteger:
      return a.integer == b.integer;
    case Value::Type::kReal:
      return std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real);
    case Value::Type::kText:
    case Value::Type::kBlob:
      break;
  }
  return a.bytes == b.bytes;
}

}  // namespace

TEST_CASE("an entry tells a value as it was stored, or nothing") {
  SPECTRADB_SHOW_SEED();
  std::mt19937_64 random(random_seed());
  const auto any = [&](size_t bound) { return static_cast<size_t>(random() % bound); };
  int told = 0;
  for (int round = 0; round < 5000; ++round) {
    TableSchema schema;
    schema.id = 7;
    for (int i = 0; i < 4; ++i) {
      Column column;
      column.affinity = static_cast<Affinity>(any(5));
      column.collation = static_cast<Collation>(any(3));
      schema.columns.push_back(column);
    }
    schema.columns[0].key_position = 0;
    schema.key_columns = {0};
    IndexSchema index;
    for (size_t i = 1 + any(3); i > 0; --i) {
      const size_t column = any(4);
      index.parts.push_back({static_cast<int>(column), schema.columns[column].affinity,
                             static_cast<Collation>(any(3)), any(2) == 1});
    }
    EntryReader reader(schema, index);
    for (int row = 0; row < 3; ++row) {
      std::vector<std::string> scratch(4);
      std::vector<Value> stored;
      for (size_t i = 0; i < 4; ++i)
        stored.push_back(
            apply_affinity(values()[any(values().size())], schema.columns[i].affinity, scratch[i]));
      std::string entry;
      for (const IndexPart& part : index.parts)
        append_index_part(entry, stored[static_cast<size_t>(part.column)], part);
      std::string key;
      encode_key(key, schema, stored, 0);
      const std::string key_bytes = key.substr(sizeof(uint32_t));
      entry += key_bytes;
      reader.bind(entry);
      if (any(2) == 0) CHECK(*reader.key() == key_bytes);
      for (size_t i = 0; i < 8; ++i) {
        const size_t column = any(4);
        const Value* value = nullptr;
        REQUIRE(reader.find(static_cast<int>(column), &value).is_ok());
        if (value == nullptr) continue;
        ++told;
        CHECK(are_same(*value, stored[column]));
      }
      CHECK(*reader.key() == key_bytes);
    }
  }
  CHECK(told > 10000);
}

TEST_CASE("numbers of numeric columns and text under BINARY are told") {
  TableSchema schema;
  schema.columns.resize(3);
  schema.columns[0].affinity = Affinity::kInteger;
  schema.columns[0].key_position = 0;
  schema.columns[1].affinity = Affinity::kText;
  schema.columns[2].affinity = Affinity::kText;
  schema.key_columns = {0};
  IndexSchema index;
  index.parts = {{1, Affinity::kText, Collation::kBinary, true},
                 {2, Affinity::kText, Collation::kNoCase, false}};
  EntryReader reader(schema, index);
  CHECK(reader.covers(0));
  CHECK(reader.covers(1));
  CHECK(!reader.covers(2));
}

TEST_CASE("an entry that ends early is corrupt") {
  TableSchema schema;
  schema.columns.resize(1);
  IndexSchema index;
  index.parts = {{0, Affinity::kInteger, Collation::kBinary, false}};
  EntryReader reader(schema, index);
  std::string entry;
  append_index_part(entry, Value::of_integer(5), index.parts[0]);
  reader.bind(std::string_view(entry).substr(0, 4));
  const Value* value = nullptr;
  CHECK(reader.find(0, &value).code() == Code::kCorrupt);
  CHECK(reader.key().status().code() == Code::kCorrupt);
}

}  // namespace spectradb::temporal
