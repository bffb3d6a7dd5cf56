// Whole numbers in keys that a double has exactly, as most integers are: one form and one length (the grammar stands in
// key_codec.cc). Inline, for who reads many keys.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace spectradb::temporal {

constexpr uint8_t kNumberTag = 0x20;
constexpr uint8_t kNoResidual = 0x00;
constexpr size_t kRealBytes = 8;
constexpr size_t kPlainIntegerBytes = 1 + kRealBytes + 1;
constexpr double kTwoTo63 = 9223372036854775808.0;

// Reads the eight bytes of a real; compilers make one load of this form, and none of a loop.
inline uint64_t read_eight_bytes(const char* in) {
  const auto* const bytes = reinterpret_cast<const unsigned char*>(in);
  return uint64_t{bytes[0]} << 56 | uint64_t{bytes[1]} << 48 | uint64_t{bytes[2]} << 40 |
         uint64_t{bytes[3]} << 32 | uint64_t{bytes[4]} << 24 | uint64_t{bytes[5]} << 16 |
         uint64_t{bytes[6]} << 8 | uint64_t{bytes[7]};
}

inline double real_of_sortable(uint64_t bits) {
  constexpr uint64_t kSignBit = uint64_t{1} << 63;
  return std::bit_cast<double>((bits & kSignBit) != 0 ? bits & ~kSignBit : ~bits);
}

// `in` has kPlainIntegerBytes. False where they are anything else.
inline bool read_plain_integer(const char* in, int64_t* integer) {
  if (static_cast<uint8_t>(in[0]) != kNumberTag ||
      static_cast<uint8_t>(in[kPlainIntegerBytes - 1]) != kNoResidual)
    return false;
  const double base = real_of_sortable(read_eight_bytes(in + 1));
  if (!(base >= -kTwoTo63 && base < kTwoTo63)) return false;
  *integer = static_cast<int64_t>(base);
  // Zero has one form; bytes that no value has are for take_key_value() to name.
  return std::bit_cast<uint64_t>(static_cast<double>(*integer)) == std::bit_cast<uint64_t>(base);
}

}  // namespace spectradb::temporal
