#include "extension/aggregate/packed_values.h"

#include <cstdint>
#include <cstring>

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr char kOverflow = 5;

template <typename Number>
void append_number(std::string& out, Number number) {
  char bytes[sizeof(number)];
  std::memcpy(bytes, &number, sizeof(number));
  out.append(bytes, sizeof(bytes));
}

template <typename Number>
bool take_number(std::string_view& in, Number& number) {
  if (in.size() < sizeof(number)) return false;
  std::memcpy(&number, in.data(), sizeof(number));
  in.remove_prefix(sizeof(number));
  return true;
}

}  // namespace

void append_packed(std::string& out, const Value& value) {
  out.push_back(static_cast<char>(value.type));
  switch (value.type) {
    case Value::Type::kNull:
      return;
    case Value::Type::kInteger:
      return append_number(out, value.integer);
    case Value::Type::kReal:
      return append_number(out, value.real);
    case Value::Type::kText:
    case Value::Type::kBlob:
      append_number(out, static_cast<uint64_t>(value.bytes.size()));
      out.append(value.bytes);
  }
}

void append_overflow(std::string& out) { out.push_back(kOverflow); }

std::optional<PackedValue> take_packed(std::string_view& in) {
  if (in.empty()) return std::nullopt;
  const char tag = in.front();
  in.remove_prefix(1);
  if (tag == kOverflow) return PackedValue{{}, true};
  if (tag < 0 || tag > static_cast<char>(Value::Type::kBlob)) return std::nullopt;
  PackedValue packed;
  packed.value.type = static_cast<Value::Type>(tag);
  uint64_t size = 0;
  switch (packed.value.type) {
    case Value::Type::kNull:
      return packed;
    case Value::Type::kInteger:
      return take_number(in, packed.value.integer) ? std::optional(packed) : std::nullopt;
    case Value::Type::kReal:
      return take_number(in, packed.value.real) ? std::optional(packed) : std::nullopt;
    case Value::Type::kText:
    case Value::Type::kBlob:
      break;
  }
  if (!take_number(in, size) || size > in.size()) return std::nullopt;
  packed.value.bytes = in.substr(0, static_cast<size_t>(size));
  in.remove_prefix(static_cast<size_t>(size));
  return packed;
}

}  // namespace spectradb::extension
