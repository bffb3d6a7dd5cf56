// How values stand in the payload of a row; row_codec.cc has the grammar.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "temporal/big_endian.h"
#include "temporal/value.h"
#include "temporal/varint.h"

namespace spectradb::temporal {

// The tag before a value.
inline constexpr uint64_t kRowNull = 0;
inline constexpr uint64_t kRowZero = 1;
inline constexpr uint64_t kRowOne = 2;
inline constexpr uint64_t kRowFirstInteger = 3;
inline constexpr uint64_t kRowReal = 9;
inline constexpr char kRowOverride = 0x0A;
inline constexpr uint64_t kRowFirstBytes = 16;  // even: blob, odd: text
inline constexpr std::array<size_t, 6> kRowIntegerBytes{1, 2, 3, 4, 6, 8};
inline constexpr size_t kRowRealBytes = 8;

inline int64_t sign_extended(uint64_t value, size_t bytes) {
  const auto unused_bits = static_cast<unsigned>(64 - 8 * bytes);
  return static_cast<int64_t>(value << unused_bits) >> unused_bits;
}

// Takes the value that `in` begins with; its bytes stay there. False where it cannot be read.
inline bool take_value(std::string_view& in, Value& value) {
  uint64_t tag = 0;
  if (!take_varint(in, tag)) return false;
  size_t size = 0;
  if (tag >= kRowFirstBytes) {
    const uint64_t wanted = (tag - kRowFirstBytes) / 2;
    if (wanted > in.size()) return false;
    size = static_cast<size_t>(wanted);
    value = (tag & 1) != 0 ? Value::text(in.substr(0, size)) : Value::blob(in.substr(0, size));
  } else if (tag >= kRowFirstInteger && tag < kRowFirstInteger + kRowIntegerBytes.size()) {
    size = kRowIntegerBytes[tag - kRowFirstInteger];
    if (size > in.size()) return false;
    value = Value::of_integer(sign_extended(read_big_endian(in.substr(0, size)), size));
  } else if (tag == kRowReal) {
    size = kRowRealBytes;
    if (size > in.size()) return false;
    value = Value::of_real(std::bit_cast<double>(read_big_endian(in.substr(0, size))));
    if (std::isnan(value.real)) return false;  // SQLite stores NULL for it
  } else if (tag == kRowZero || tag == kRowOne) {
    value = Value::of_integer(tag == kRowOne ? 1 : 0);
  } else if (tag == kRowNull) {
    value = Value::null();
  } else {
    return false;
  }
  in.remove_prefix(size);
  return true;
}

// Passes over a value that need not be known.
inline bool skip_value(std::string_view& in) {
  uint64_t tag = 0;
  if (!take_varint(in, tag)) return false;
  uint64_t size = 0;
  if (tag >= kRowFirstBytes) {
    size = (tag - kRowFirstBytes) / 2;
  } else if (tag >= kRowFirstInteger && tag < kRowFirstInteger + kRowIntegerBytes.size()) {
    size = kRowIntegerBytes[tag - kRowFirstInteger];
  } else if (tag == kRowReal) {
    size = kRowRealBytes;
  } else if (tag > kRowOne) {
    return false;
  }
  if (size > in.size()) return false;
  in.remove_prefix(static_cast<size_t>(size));
  return true;
}

}  // namespace spectradb::temporal
