// Numbers packed into few bits: each is stored as its difference from the least of them, one behind the
// other, low bits first, then padded to a byte. A number takes 0 to 57 bits, so that eight bytes hold it
// wherever in a byte it begins, or 64.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "lsm/base/coding.h"

namespace spectradb::lsm {

struct PackedNumbers {
  static constexpr uint32_t kMaxBits = 57;
  static constexpr uint32_t kWordBits = 64;

  static bool may_have(uint32_t bits) { return bits <= kMaxBits || bits == kWordBits; }
  static uint64_t bytes(uint64_t count, uint32_t bits) { return (count * bits + 7) / 8; }

  // Returns the least number of bits for differences up to `range`.
  static uint32_t bits_for(uint64_t range) {
    const auto bits = static_cast<uint32_t>(std::bit_width(range));
    return bits <= kMaxBits ? bits : kWordBits;
  }

  // Appends the numbers to `out` and returns min and bits. The caller sets `packed` once `out` does not
  // move any more.
  template <typename Numbers>
  static PackedNumbers append(std::string& out, size_t count, Numbers number) {
    uint64_t min = UINT64_MAX;
    uint64_t max = 0;
    for (size_t i = 0; i < count; ++i) {
      min = std::min<uint64_t>(min, number(i));
      max = std::max<uint64_t>(max, number(i));
    }
    PackedNumbers numbers;
    numbers.begin(min, count == 0 ? 0 : bits_for(max - min));
    uint64_t word = 0;
    uint32_t held = 0;  // bits of the word
    for (size_t i = 0; i < count && numbers.bits > 0; ++i) {
      const uint64_t excess = number(i) - min;
      if (numbers.bits == kWordBits) {
        put_fixed64(out, excess);
        continue;
      }
      word |= excess << held;
      for (held += numbers.bits; held >= 8; held -= 8, word >>= 8) out.push_back(static_cast<char>(word));
    }
    if (held > 0) out.push_back(static_cast<char>(word));
    return numbers;
  }

  void begin(uint64_t least, uint32_t bits_each) {
    min = least;
    bits = bits_each;
    mask = bits == kWordBits ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  }

  // Reads eight bytes from the byte where the number begins: they must be readable.
  uint64_t at(size_t place) const {
    const uint64_t bit = uint64_t{place} * bits;
    return min + (load_fixed64(packed + bit / 8) >> (bit % 8) & mask);
  }

  uint64_t min = 0;
  uint64_t mask = 0;
  const char* packed = nullptr;
  uint32_t bits = 0;
};

}  // namespace spectradb::lsm
