// Unsigned integers as big-endian bytes: sorted by memcmp as by value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb::temporal {

inline void append_big_endian(std::string& out, uint64_t value, size_t bytes) {
  for (size_t i = bytes; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i)));
}

inline uint64_t read_big_endian(std::string_view in) {
  uint64_t value = 0;
  for (const char c : in) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace spectradb::temporal
