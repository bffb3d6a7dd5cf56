// Payloads.
//
//   row      := override* value*        a value for every column outside the key, in the order of the schema,
//                                       or, if the table was altered, of _spectradb_columns
//   override := 0x0A position value     a key column (varint: its place in the key) whose bytes in the key
//                                       are not the value itself
//   value    := 0x00                    NULL
//             | 0x01 | 0x02             the integers 0 and 1
//             | 0x03 … 0x08 data        integers of 1, 2, 3, 4, 6 and 8 bytes, two's complement, big-endian
//             | 0x09 data               real, 8 bytes, IEEE 754, big-endian; no NaN
//             | varint(16 + 2 n) data   blob of n bytes
//             | varint(17 + 2 n) data   text of n bytes
//
// A document table's row is its text behind two bytes. Values of columns that were added after the row was
// written are absent; those of dropped columns stay, and new rows have NULL there.
#include "temporal/row_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "base/assert.h"
#include "temporal/big_endian.h"
#include "temporal/corruption.h"
#include "temporal/key_codec.h"
#include "temporal/row_parts.h"
#include "temporal/row_values.h"
#include "temporal/sealed_row.h"
#include "temporal/varint.h"

namespace spectradb::temporal {
namespace {

constexpr size_t kTableIdBytes = 4;
constexpr double kTwoTo63 = 9223372036854775808.0;

void append_integer(std::string& out, int64_t integer) {
  if (integer == 0 || integer == 1) {
    out.push_back(static_cast<char>(integer == 0 ? kRowZero : kRowOne));
    return;
  }
  size_t size = 0;
  while (sign_extended(static_cast<uint64_t>(integer), kRowIntegerBytes[size]) != integer) ++size;
  out.push_back(static_cast<char>(kRowFirstInteger + size));
  append_big_endian(out, static_cast<uint64_t>(integer), kRowIntegerBytes[size]);
}

void append_value(std::string& out, const Value& value, std::vector<LeftOut>* left_out) {
  switch (value.type) {
    case Value::Type::kNull:
      out.push_back(static_cast<char>(kRowNull));
      return;
    case Value::Type::kInteger:
      append_integer(out, value.integer);
      return;
    case Value::Type::kReal: {
      char bytes[1 + kRowRealBytes] = {static_cast<char>(kRowReal)};
      write_eight_bytes(bytes + 1, std::bit_cast<uint64_t>(value.real));
      out.append(bytes, sizeof bytes);
      return;
    }
    case Value::Type::kText:
    case Value::Type::kBlob:
      break;
  }
  const uint64_t is_text = value.type == Value::Type::kText ? 1 : 0;
  lsm::put_varint(out, kRowFirstBytes + 2 * value.bytes.size() + is_text);
  if (left_out != nullptr && value.bytes.size() >= kLargeValueBytes) {
    left_out->push_back({out.size(), value.bytes});
  } else {
    out.append(value.bytes);
  }
}

// Whether decoding the key gives the value back, bit for bit; see restored().
bool key_gives_back(const Value& value, const Column& column) {
  switch (value.type) {
    case Value::Type::kInteger:
      return column.affinity != Affinity::kReal;
    case Value::Type::kReal: {
      if (value.real == 0 && std::signbit(value.real)) return false;
      const bool is_integer_in_key =
          value.real >= -kTwoTo63 && value.real < kTwoTo63 && std::trunc(value.real) == value.real;
      return column.affinity == Affinity::kReal || !is_integer_in_key;
    }
    case Value::Type::kText:
      if (column.collation == Collation::kRTrim) return value.bytes.empty() || value.bytes.back() != ' ';
      if (column.collation == Collation::kNoCase) {
        for (const char c : value.bytes) {
          if (c >= 'A' && c <= 'Z') return false;
        }
      }
      return true;
    case Value::Type::kNull:
    case Value::Type::kBlob:
      break;
  }
  return true;
}

// Returns the value of a key column that was decoded as the canonical value of its class.
Value restored(const Value& canonical, const Column& column) {
  const bool is_whole_real = column.affinity == Affinity::kReal && canonical.type == Value::Type::kInteger;
  return is_whole_real ? Value::of_real(static_cast<double>(canonical.integer)) : canonical;
}

const Column& column_at(const TableSchema& schema, int index) {
  SPECTRADB_ASSERT(index >= 0 && static_cast<size_t>(index) < schema.columns.size());
  return schema.columns[static_cast<size_t>(index)];
}

}  // namespace

void encode_key(std::string& out, const TableSchema& schema, const std::vector<Value>& values,
                int64_t hidden_key) {
  SPECTRADB_ASSERT(values.size() == schema.columns.size());
  append_table_id(out, schema.id);
  for (const int index : schema.key_columns) {
    append_key_value(out, values[static_cast<size_t>(index)], column_at(schema, index).collation);
  }
  if (schema.key_columns.empty()) {
    append_key_value(out, Value::of_integer(hidden_key), Collation::kBinary);
  }
}

void encode_row(std::string& out, const TableSchema& schema, const std::vector<Value>& values) {
  encode_row(out, schema, values, nullptr);
}

std::vector<std::string_view> join_parts(std::string_view out, const std::vector<LeftOut>& left_out) {
  std::vector<std::string_view> parts;
  size_t place = 0;
  for (const LeftOut& value : left_out) {
    SPECTRADB_ASSERT(value.place >= place && value.place <= out.size());
    parts.push_back(out.substr(place, value.place - place));
    parts.push_back(value.bytes);
    place = value.place;
  }
  parts.push_back(out.substr(place));
  return parts;
}

void encode_row(std::string& out, const TableSchema& schema, const std::vector<Value>& values,
                std::vector<LeftOut>* left_out) {
  SPECTRADB_ASSERT(values.size() == schema.columns.size());
  for (size_t position = 0; position < schema.key_columns.size(); ++position) {
    const int index = schema.key_columns[position];
    const Value& value = values[static_cast<size_t>(index)];
    if (key_gives_back(value, column_at(schema, index))) continue;
    out.push_back(kRowOverride);
    lsm::put_varint(out, position);
    append_value(out, value, left_out);
  }
  for (const int index : schema.payload) {
    append_value(out, index < 0 ? Value::null() : values[static_cast<size_t>(index)], left_out);
  }
  if (!schema.payload.empty()) return;
  for (size_t index = 0; index < values.size(); ++index) {
    if (schema.columns[index].key_position < 0) append_value(out, values[index], left_out);
  }
}

namespace {

// No reader gets a row that is sealed, unless its key does not open it.
Status not_unsealed(const std::string& table) {
  return Status::corrupt("a row of table " + table +
                         " is encrypted, and no key opens it: the seeds in _spectradb_subject_seeds are not "
                         "those by which it was encrypted, or the row is not what was written. SELECT "
                         "spectradb_check() says which; a backup that was made since the last shredding has "
                         "both, and spectradb_erase() erases the row");
}

}  // namespace

RowReader::RowReader(const TableSchema& schema) : schema_(&schema) {
  uint32_t payload_columns = 0;
  for (const Column& column : schema.columns) {
    const bool is_key = column.key_position >= 0;
    places_.push_back({is_key ? static_cast<uint32_t>(column.key_position) : payload_columns++, is_key});
  }
  for (size_t slot = 0; slot < schema.payload.size(); ++slot) {
    if (schema.payload[slot] >= 0)
      places_[static_cast<size_t>(schema.payload[slot])].slot = static_cast<uint32_t>(slot);
  }
  payload_values_.resize(schema.payload.empty() ? payload_columns : schema.payload.size());
  key_values_.resize(schema.key_columns.size());
  key_is_override_.resize(schema.key_columns.size());
  key_scratch_.resize(schema.key_columns.size());
}

void RowReader::bind(std::string_view user_key, std::string_view payload) {
  user_key_ = user_key;
  key_rest_ = user_key;
  key_decoded_ = 0;
  payload_rest_ = payload;
  payload_decoded_ = 0;
  absent_from_ = SIZE_MAX;
  overrides_decoded_ = false;
}

Status RowReader::decode(int index, const Value** value) {
  const auto [slot, is_key] = places_[static_cast<size_t>(index)];
  if (!overrides_decoded_) SPECTRADB_RETURN_IF_ERROR(decode_overrides());
  if (is_key) {
    if (slot >= key_decoded_) SPECTRADB_RETURN_IF_ERROR(decode_key_through(slot));
    *value = &key_values_[slot];
    return Status::ok();
  }
  if (slot >= payload_decoded_) SPECTRADB_RETURN_IF_ERROR(decode_payload_through(slot));
  if (slot >= absent_from_) return value_from_before(index, value);
  *value = &payload_values_[slot];
  return Status::ok();
}

// Returns the value of a column that was added after the row was written.
Status RowReader::value_from_before(int index, const Value** value) {
  const Column& column = column_at(*schema_, index);
  *value = &value_from_before_;
  value_from_before_ = Value::null();
  if (column.before != nullptr) {
    value_from_before_ = column.before->value;
  } else if (column.is_generated && schema_->generated != nullptr) {
    SPECTRADB_ASSIGN_OR_RETURN(Value computed, schema_->generated->compute(*this, index));
    computed_.resize(places_.size());
    std::string& bytes = computed_[static_cast<size_t>(index)];
    bytes.assign(computed.bytes);
    value_from_before_ = computed;
    value_from_before_.bytes = bytes;
  }
  return Status::ok();
}

Status RowReader::decode_overrides() {
  if (!payload_rest_.empty() && payload_rest_.front() == kRowOverride) {
    key_is_override_.assign(key_is_override_.size(), false);
    has_overrides_ = true;
  } else {
    has_overrides_ = false;
  }
  while (!payload_rest_.empty() && payload_rest_.front() == kRowOverride) {
    payload_rest_.remove_prefix(1);
    uint64_t position = 0;
    if (!take_varint(payload_rest_, position) || position >= key_values_.size()) {
      return SPECTRADB_CORRUPT_BYTES("a row overrides a key column that its table does not have");
    }
    const auto slot = static_cast<size_t>(position);
    if (!take_value(payload_rest_, key_values_[slot])) {
      return SPECTRADB_CORRUPT_BYTES("a row ends inside a key column");
    }
    key_is_override_[slot] = true;
  }
  overrides_decoded_ = true;
  return Status::ok();
}

Status RowReader::decode_payload_through(size_t slot) {
  for (; payload_decoded_ <= slot; ++payload_decoded_) {
    Value& value = payload_values_[payload_decoded_];
    if (payload_rest_.empty()) {
      absent_from_ = std::min(absent_from_, payload_decoded_);
    } else if (const char tag = payload_rest_.front(); !take_value(payload_rest_, value)) {
      if (tag == kSealedRow) return not_unsealed(schema_->name);
      return SPECTRADB_CORRUPT_BYTES("a row's column cannot be read");
    }
  }
  return Status::ok();
}

Status RowReader::decode_key_through(size_t slot) {
  if (key_decoded_ == 0) {
    if (user_key_.size() < kTableIdBytes) return SPECTRADB_CORRUPT_BYTES("a key is shorter than a table id");
    key_rest_ = user_key_.substr(kTableIdBytes);
  }
  for (; key_decoded_ <= slot; ++key_decoded_) {
    Value kept;
    const bool is_override = has_overrides_ && key_is_override_[key_decoded_];
    Value& value = is_override ? kept : key_values_[key_decoded_];
    SPECTRADB_RETURN_IF_ERROR(take_key_value(key_rest_, key_scratch_[key_decoded_], &value));
    if (value.type == Value::Type::kInteger)
      value = restored(value, column_at(*schema_, schema_->key_columns[key_decoded_]));
  }
  return Status::ok();
}

Result<int64_t> RowReader::hidden_key() {
  SPECTRADB_ASSERT(schema_->key_columns.empty());
  if (user_key_.size() < kTableIdBytes) return SPECTRADB_CORRUPT_BYTES("a key is shorter than a table id");
  std::string_view in = user_key_.substr(kTableIdBytes);
  std::string scratch;
  SPECTRADB_ASSIGN_OR_RETURN(Value value, take_key_value(in, scratch));
  if (value.type != Value::Type::kInteger || !in.empty()) {
    return SPECTRADB_CORRUPT_BYTES("a hidden key is not one integer");
  }
  return value.integer;
}

}  // namespace spectradb::temporal
