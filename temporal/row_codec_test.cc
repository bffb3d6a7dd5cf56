// Rows: every column comes back as it was stored, from the key or from the payload.
#include "temporal/row_codec.h"

#include <doctest/doctest.h>

#include <bit>
#include <limits>
#include <string>
#include <vector>

#include "base/random_seed.h"
#include "temporal/row_parts.h"

namespace spectradb::temporal {
namespace {

Column column(std::string name, int key_position = -1, Affinity affinity = Affinity::kBlob,
              Collation collation = Collation::kBinary) {
  Column out;
  out.name = std::move(name);
  out.affinity = affinity;
  out.collation = collation;
  out.key_position = key_position;
  return out;
}

TableSchema schema_of(std::vector<Column> columns) {
  TableSchema schema;
  schema.id = 7;
  schema.columns = std::move(columns);
  for (size_t position = 0;; ++position) {
    bool found = false;
    for (size_t i = 0; i < schema.columns.size(); ++i) {
      if (schema.columns[i].key_position != static_cast<int>(position)) continue;
      schema.key_columns.push_back(static_cast<int>(i));
      found = true;
    }
    if (!found) return schema;
  }
}

TableSchema document_schema() {
  TableSchema schema = schema_of({column("pk", 0, Affinity::kText), column("doc", -1, Affinity::kText)});
  schema.kind = TableKind::kDocument;
  return schema;
}

bool is_same(const Value& a, const Value& b) {
  return a.type == b.type && a.integer == b.integer &&
         std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real) && a.bytes == b.bytes;
}

struct EncodedRow {
  std::string key;
  std::string payload;
};

EncodedRow encoded(const TableSchema& schema, const std::vector<Value>& values, int64_t hidden_key = 0) {
  EncodedRow row;
  encode_key(row.key, schema, values, hidden_key);
  encode_row(row.payload, schema, values);
  return row;
}

void check_round_trip(const TableSchema& schema, const std::vector<Value>& values) {
  const EncodedRow row = encoded(schema, values);
  RowReader reader(schema);
  reader.bind(row.key, row.payload);
  for (size_t i = values.size(); i-- > 0;) {
    const Result<Value> value = reader.column(static_cast<int>(i));
    REQUIRE(value.is_ok());
    CAPTURE(i);
    CHECK(is_same(*value, values[i]));
  }
}

TEST_CASE("a document's row is its text behind two bytes") {
  const TableSchema schema = document_schema();
  const std::string doc(120, 'd');
  const EncodedRow row = encoded(schema, {Value::text("evt-1"), Value::text(doc)});
  CHECK(row.payload.size() == doc.size() + 2);
  CHECK(row.payload.substr(2) == doc);
  RowReader reader(schema);
  reader.bind(row.key, row.payload);
  const Result<Value> value = reader.column(1);
  REQUIRE(value.is_ok());
  CHECK(value->bytes.data() == row.payload.data() + 2);  // a view, no copy
  CHECK(reader.column(0)->bytes == "evt-1");
}

TEST_CASE("a row in parts is the row, and has no copy of its large values") {
  const TableSchema schema = schema_of({column("k", 0, Affinity::kText, Collation::kNoCase), column("a"),
                                        column("b"), column("c"), column("d")});
  const std::string large(kLargeValueBytes, 'l');
  const std::string larger(kLargeValueBytes + 7, 'm');
  const std::string small(kLargeValueBytes - 1, 's');
  for (const std::vector<Value>& values : std::vector<std::vector<Value>>{
           {Value::text("k"), Value::null(), Value::text("b"), Value::of_integer(7), Value::blob("")},
           {Value::text("K"), Value::text(large), Value::blob(larger), Value::of_real(1.5),
            Value::text(large)},
           {Value::text("k"), Value::of_integer(1), Value::text(small), Value::blob(large), Value::null()}}) {
    std::string whole = "before ";
    encode_row(whole, schema, values);
    std::string out = "before ";
    std::vector<LeftOut> left_out;
    encode_row(out, schema, values, &left_out);
    std::string joined;
    size_t large_values = 0;
    for (const std::string_view part : join_parts(out, left_out)) {
      joined += part;
      for (const Value& value : values) {
        if (value.bytes.size() >= kLargeValueBytes && part.data() == value.bytes.data()) ++large_values;
      }
    }
    CHECK(joined == whole);
    CHECK(large_values >= left_out.size());
    CHECK(out.size() < small.size() + 64);
  }
}

TEST_CASE("integers take as few bytes as they need") {
  const TableSchema schema = schema_of({column("v")});
  const auto size_of = [&](const Value& value) { return encoded(schema, {value}).payload.size(); };
  CHECK(size_of(Value::null()) == 1);
  CHECK(size_of(Value::of_integer(0)) == 1);
  CHECK(size_of(Value::of_integer(1)) == 1);
  CHECK(size_of(Value::of_integer(-1)) == 2);
  CHECK(size_of(Value::of_integer(127)) == 2);
  CHECK(size_of(Value::of_integer(128)) == 3);
  CHECK(size_of(Value::of_integer(-32'768)) == 3);
  CHECK(size_of(Value::of_integer(32'768)) == 4);
  CHECK(size_of(Value::of_integer(8'388'608)) == 5);
  CHECK(size_of(Value::of_integer(int64_t{1} << 31)) == 7);
  CHECK(size_of(Value::of_integer(int64_t{1} << 47)) == 9);
  CHECK(size_of(Value::of_real(1.5)) == 9);
  CHECK(size_of(Value::text("")) == 1);
  CHECK(size_of(Value::blob("abc")) == 4);
}

TEST_CASE("a real that is no number is damage: SQLite stores none") {
  const TableSchema schema = schema_of({column("k", 0), column("r")});
  EncodedRow row = encoded(schema, {Value::of_integer(1), Value::of_real(1.5)});
  row.payload.replace(row.payload.size() - 8, 2, "\x7f\xf8");
  RowReader reader(schema);
  reader.bind(row.key, row.payload);
  CHECK(reader.column(1).status().code() == Code::kCorrupt);
}

TEST_CASE("key columns come back exactly, from the key or beside it") {
  const TableSchema plain = schema_of({column("k", 0), column("v")});
  const Value v = Value::of_integer(5);
  check_round_trip(plain, {Value::of_integer(1), v});
  check_round_trip(plain, {Value::of_real(1.0), v});
  check_round_trip(plain, {Value::of_real(-0.0), v});
  check_round_trip(plain, {Value::of_real(9223372036854775808.0), v});
  check_round_trip(plain, {Value::of_real(-9223372036854775808.0), v});
  check_round_trip(plain, {Value::of_integer(std::numeric_limits<int64_t>::max()), v});
  check_round_trip(plain, {Value::null(), v});
  check_round_trip(plain, {Value::blob(std::string_view("a\0b", 3)), v});
  CHECK(encoded(plain, {Value::of_integer(1), v}).key == encoded(plain, {Value::of_real(1.0), v}).key);

  const TableSchema real = schema_of({column("v"), column("k", 0, Affinity::kReal)});
  check_round_trip(real, {v, Value::of_real(1.0)});
  check_round_trip(real, {v, Value::of_real(1.5)});
  check_round_trip(real, {v, Value::of_real(-0.0)});
  check_round_trip(real, {v, Value::of_real(1e300)});
  check_round_trip(real, {v, Value::text("x")});
  CHECK(encoded(real, {v, Value::of_real(1.0)}).payload.size() == 2);  // no override

  const TableSchema folded = schema_of({column("k", 0, Affinity::kText, Collation::kNoCase), column("v")});
  check_round_trip(folded, {Value::text("ab"), v});
  check_round_trip(folded, {Value::text("Ab"), v});
  const TableSchema trimmed = schema_of({column("k", 0, Affinity::kText, Collation::kRTrim), column("v")});
  check_round_trip(trimmed, {Value::text("ab"), v});
  check_round_trip(trimmed, {Value::text("ab  "), v});
  check_round_trip(trimmed, {Value::text(""), v});
}

TEST_CASE("composite keys in another order than the columns") {
  const TableSchema schema = schema_of({column("b", 1, Affinity::kText, Collation::kNoCase), column("v"),
                                        column("a", 0), column("w"), column("c", 2, Affinity::kReal)});
  check_round_trip(
      schema, {Value::text("Key"), Value::text("v"), Value::of_real(2.0), Value::null(), Value::of_real(3)});
  check_round_trip(schema, {Value::text("key"), Value::null(), Value::of_integer(2), Value::blob(""),
                            Value::of_real(-0.0)});
}

TEST_CASE("one reader serves rows with and without overrides") {
  const TableSchema schema = schema_of({column("a", 0), column("b", 1), column("v")});
  const EncodedRow with = encoded(schema, {Value::of_real(1), Value::of_integer(2), Value::text("x")});
  const EncodedRow without = encoded(schema, {Value::of_integer(1), Value::of_real(2.5), Value::text("y")});
  RowReader reader(schema);
  for (int i = 0; i < 3; ++i) {
    reader.bind(with.key, with.payload);
    CHECK(reader.column(1)->type == Value::Type::kInteger);
    CHECK(reader.column(0)->type == Value::Type::kReal);
    CHECK(reader.column(2)->bytes == "x");
    reader.bind(without.key, without.payload);
    CHECK(reader.column(0)->type == Value::Type::kInteger);
    CHECK(reader.column(1)->real == 2.5);
    CHECK(reader.column(2)->bytes == "y");
  }
}

TEST_CASE("columns added later are NULL, hidden keys come back") {
  const TableSchema before = schema_of({column("a"), column("b")});
  const TableSchema after = schema_of({column("a"), column("b"), column("c")});
  const EncodedRow row = encoded(before, {Value::of_integer(1), Value::text("b")}, -42);
  RowReader reader(after);
  reader.bind(row.key, row.payload);
  CHECK(reader.column(2)->is_null());
  CHECK(reader.column(1)->bytes == "b");
  CHECK(*reader.hidden_key() == -42);
}

Value random_value(Random& random, std::string& bytes) {
  switch (below(random, 5)) {
    case 0:
      return Value::null();
    case 1:
      return Value::of_integer(static_cast<int64_t>(random()) >> below(random, 64));
    case 2:
      return Value::of_real(static_cast<double>(below(random, 9)) / 2 - 2);
    default:
      break;
  }
  bytes.clear();
  for (uint64_t size = below(random, 80); size > 0; --size) bytes.push_back("aB \0\xFF"[below(random, 5)]);
  return below(random, 2) == 0 ? Value::text(bytes) : Value::blob(bytes);
}

TEST_CASE(
    "random rows round trip under random affinities and collations; damaged ones never read past their end") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  constexpr Affinity kAffinities[]{Affinity::kBlob, Affinity::kText, Affinity::kNumeric, Affinity::kInteger,
                                   Affinity::kReal};
  constexpr Collation kCollations[]{Collation::kBinary, Collation::kNoCase, Collation::kRTrim};
  for (int i = 0; i < 5'000; ++i) {
    std::vector<Column> columns;
    const auto count = static_cast<int>(1 + below(random, 6));
    const auto key_count = static_cast<int>(below(random, static_cast<uint64_t>(count) + 1));
    for (int c = 0; c < count; ++c) {
      columns.push_back(column("c", c < key_count ? key_count - 1 - c : -1, kAffinities[below(random, 5)],
                               kCollations[below(random, 3)]));
    }
    const TableSchema schema = schema_of(columns);
    std::vector<std::string> bytes(static_cast<size_t>(count));
    std::vector<std::string> scratch(static_cast<size_t>(count));
    std::vector<Value> values;
    for (size_t c = 0; c < static_cast<size_t>(count); ++c) {
      values.push_back(
          apply_affinity(random_value(random, bytes[c]), schema.columns[c].affinity, scratch[c]));
    }
    check_round_trip(schema, values);

    const EncodedRow row = encoded(schema, values);
    std::vector<char> payload(row.payload.begin(), row.payload.end());
    payload.resize(below(random, payload.size() + 1));
    if (!payload.empty()) payload[below(random, payload.size())] = static_cast<char>(random());
    RowReader reader(schema);
    reader.bind(row.key, std::string_view(payload.data(), payload.size()));
    for (int c = 0; c < count; ++c) {
      if (const Result<Value> value = reader.column(c); !value)
        CHECK(value.status().code() == Code::kCorrupt);
    }
  }
}

TEST_CASE("rows from before a table was altered are read as it is now") {
  const TableSchema before = schema_of({column("k", 0), column("a"), column("b")});
  const EncodedRow old =
      encoded(before, {Value::of_integer(1), Value::of_integer(10), Value::of_integer(20)});
  // DROP COLUMN a, ADD COLUMN c DEFAULT 'c', ADD COLUMN a.
  TableSchema after = schema_of({column("k", 0), column("b"), column("c"), column("a")});
  after.payload = {-1, 1, 2, 3};
  after.columns[2].before = std::make_shared<const StoredValue>(Value::text("c"));
  RowReader reader(after);
  reader.bind(old.key, old.payload);
  CHECK(compare(*reader.column(2), Value::text("c"), Collation::kBinary) == 0);
  CHECK(compare(*reader.column(1), Value::of_integer(20), Collation::kBinary) == 0);
  CHECK(reader.column(3)->is_null());
  check_round_trip(after, {Value::of_integer(1), Value::of_integer(2), Value::null(), Value::text("x")});
  // The reader forgets how short a row was.
  const EncodedRow whole =
      encoded(after, {Value::of_integer(2), Value::of_integer(3), Value::null(), Value::of_integer(4)});
  reader.bind(whole.key, whole.payload);
  CHECK(reader.column(2)->is_null());
  CHECK(compare(*reader.column(3), Value::of_integer(4), Collation::kBinary) == 0);
}

}  // namespace
}  // namespace spectradb::temporal
