// Feeds facts and the rows in them: what can be decoded comes back the same when it is encoded anew.
#include <bit>

#include "fuzz/target.h"
#include "temporal/fact.h"
#include "temporal/row_codec.h"

namespace spectradb::fuzz {
namespace {

using temporal::Affinity;
using temporal::Collation;
using temporal::Column;
using temporal::TableSchema;
using temporal::Value;

Column column(const char* name, int key_position, Affinity affinity,
              Collation collation = Collation::kBinary) {
  Column made;
  made.name = name;
  made.affinity = affinity;
  made.collation = collation;
  made.key_position = key_position;
  return made;
}

std::vector<TableSchema> make_schemas() {
  TableSchema typed;
  typed.id = 7;
  typed.columns = {column("k", 0, Affinity::kText, Collation::kNoCase), column("a", -1, Affinity::kInteger),
                   column("n", 1, Affinity::kReal), column("b", -1, Affinity::kBlob),
                   column("c", -1, Affinity::kNumeric)};
  typed.key_columns = {0, 2};
  TableSchema hidden;
  hidden.id = 8;
  hidden.columns = {column("a", -1, Affinity::kBlob), column("b", -1, Affinity::kText)};
  hidden.has_integer_key = true;
  return {typed, hidden};
}

const std::vector<TableSchema>& schemas() {
  static const std::vector<TableSchema> all = make_schemas();
  return all;
}

bool is_same(const Value& a, const Value& b) {
  return a.type == b.type && a.integer == b.integer &&
         std::bit_cast<uint64_t>(a.real) == std::bit_cast<uint64_t>(b.real) && a.bytes == b.bytes;
}

// For an unbounded end it means nothing whether it was given as text.
bool is_same(const temporal::Bound& a, const temporal::Bound& b, int64_t unbounded) {
  return a.us == b.us && (a.us == unbounded || a.as_text == b.as_text);
}

// The first byte says which schema, the second how long the key is; key and fact follow.
std::string input_of(size_t schema, const std::string& key, const std::string& fact) {
  std::string input{static_cast<char>(schema), static_cast<char>(key.size())};
  return input + key + fact;
}

bool read_all(const TableSchema& schema, std::string_view key, std::string_view payload,
              std::vector<Value>* values, int64_t* hidden_key, temporal::RowReader& reader) {
  reader.bind(key, payload);
  for (int index = 0; index < static_cast<int>(schema.columns.size()); ++index) {
    const auto value = reader.column(index);
    if (!value) {
      must(!value.status().message().empty(), "an error says what is wrong");
      return false;
    }
    values->push_back(*value);
  }
  if (!schema.key_columns.empty()) return true;
  const auto number = reader.hidden_key();
  if (number) *hidden_key = *number;
  return number.is_ok();
}

void feed_row(const TableSchema& schema, std::string_view key, std::string_view payload) {
  temporal::RowReader reader(schema);
  std::vector<Value> values;
  int64_t hidden_key = 0;
  if (!read_all(schema, key, payload, &values, &hidden_key, reader)) return;
  std::string key_again;
  std::string payload_again;
  temporal::encode_key(key_again, schema, values, hidden_key);
  temporal::encode_row(payload_again, schema, values);
  temporal::RowReader reader_again(schema);
  std::vector<Value> values_again;
  must(read_all(schema, key_again, payload_again, &values_again, &hidden_key, reader_again),
       "what was encoded can be decoded");
  for (size_t index = 0; index < values.size(); ++index)
    must(is_same(values[index], values_again[index]), "values come back the same");
}

}  // namespace

std::vector<std::string> seeds() {
  const Value numbers[] = {Value::of_integer(0), Value::of_integer(-300), Value::of_integer(INT64_MAX),
                           Value::of_real(2.5), Value::of_real(-0.0)};
  std::vector<std::string> inputs;
  for (const Value& number : numbers) {
    for (size_t schema = 0; schema < schemas().size(); ++schema) {
      std::vector<Value> values{Value::text("Key"), number, Value::of_real(1.25), Value::blob("blob"),
                                Value::null()};
      values.resize(schemas()[schema].columns.size());
      std::string key;
      std::string row;
      temporal::encode_key(key, schemas()[schema], values, 42);
      temporal::encode_row(row, schemas()[schema], values);
      std::string fact;
      temporal::encode_fact(
          fact, {{{1'000'000, true}, {temporal::kEndOfTime, false}}, temporal::Operation::kPut, row});
      inputs.push_back(input_of(schema, key, fact));
    }
  }
  std::string fact;
  temporal::encode_fact(fact, {{{-5, false}, {86'400'000'000, true}}, temporal::Operation::kDelete, {}});
  inputs.push_back(input_of(0, "", fact));
  return inputs;
}

void feed(std::string_view input) {
  if (input.size() < 2) return;
  const TableSchema& schema = schemas()[static_cast<unsigned char>(input[0]) % schemas().size()];
  const size_t key_size = std::min<size_t>(static_cast<unsigned char>(input[1]), input.size() - 2);
  const std::string_view key = input.substr(2, key_size);
  const std::string_view value = input.substr(2 + key_size);
  feed_row(schema, key, value);
  const auto fact = temporal::decode_fact(value);
  if (!fact) return;
  must(!fact->valid.is_empty(), "a period is not empty");
  std::string again;
  temporal::encode_fact(again, *fact);
  const auto decoded = temporal::decode_fact(again);
  must(decoded.is_ok(), "what was encoded can be decoded");
  must(is_same(decoded->valid.from, fact->valid.from, temporal::kBeginningOfTime) &&
           is_same(decoded->valid.to, fact->valid.to, temporal::kEndOfTime),
       "a period comes back the same");
  must(decoded->operation == fact->operation && decoded->payload == fact->payload,
       "a fact comes back the same");
  feed_row(schema, key, fact->payload);
}

}  // namespace spectradb::fuzz
