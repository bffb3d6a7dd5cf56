// Unsigned integers as big-endian bytes: sorted by memcmp as by value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb::temporal {

// Writes eight bytes; compilers make one store of this form.
inline void write_eight_bytes(char* out, uint64_t value) {
  auto* const bytes = reinterpret_cast<unsigned char*>(out);
  bytes[0] = static_cast<unsigned char>(value >> 56);
  bytes[1] = static_cast<unsigned char>(value >> 48);
  bytes[2] = static_cast<unsigned char>(value >> 40);
  bytes[3] = static_cast<unsigned char>(value >> 32);
  bytes[4] = static_cast<unsigned char>(value >> 24);
  bytes[5] = static_cast<unsigned char>(value >> 16);
  bytes[6] = static_cast<unsigned char>(value >> 8);
  bytes[7] = static_cast<unsigned char>(value);
}

// `bytes` are at most eight.
inline void append_big_endian(std::string& out, uint64_t value, size_t bytes) {
  char all[sizeof value];
  write_eight_bytes(all, value);
  out.append(all + sizeof all - bytes, bytes);
}

inline uint64_t read_big_endian(std::string_view in) {
  uint64_t value = 0;
  for (const char c : in) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace spectradb::temporal
