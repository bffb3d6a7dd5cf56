// Bytes as lower-case hexadecimal digits, two for each. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace spectradb {

inline void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xF];
  }
}

inline std::string hex_of(std::string_view bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  append_hex(hex, bytes);
  return hex;
}

// Returns the number's 16 digits.
inline std::string hex_of(uint64_t number) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift & 0xFF);
  return hex_of(bytes);
}

}  // namespace spectradb
