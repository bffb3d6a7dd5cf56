// The beginning of a key as numbers.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace spectradb::lsm {

// The first 16 bytes of a key as two numbers that compare as the bytes do: most comparisons end here.
struct KeyHead {
  uint64_t first = 0;
  uint64_t second = 0;

  static uint64_t load(std::string_view bytes) {
    uint64_t word = 0;
    if (bytes.size() >= sizeof word) {
      std::memcpy(&word, bytes.data(), sizeof word);
    } else if (!bytes.empty()) {
      std::memcpy(&word, bytes.data(), bytes.size());
    }
    return __builtin_bswap64(word);
  }
  static KeyHead of(std::string_view key) {
    if (key.size() <= sizeof(uint64_t)) return {load(key), 0};
    return {load(key), load(key.substr(sizeof(uint64_t)))};
  }
};

}  // namespace spectradb::lsm
