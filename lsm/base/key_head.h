// Key heads: the first bytes of a key as numbers, for fast comparison.
#pragma once

#include <compare>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spectradb::lsm {

// Returns the length of the common prefix.
inline size_t shared_prefix(std::string_view a, std::string_view b) {
  size_t shared = 0;
  while (shared < a.size() && shared < b.size() && a[shared] == b[shared]) ++shared;
  return shared;
}

// The first 24 bytes of a key as numbers that compare as the bytes do: most comparisons end here, without
// reading the key elsewhere in memory.
struct KeyHead {
  uint64_t first = 0;
  uint64_t second = 0;
  uint64_t third = 0;

  auto operator<=>(const KeyHead&) const = default;

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
    constexpr size_t kWord = sizeof(uint64_t);
    if (key.size() <= kWord) return {load(key), 0, 0};
    if (key.size() <= 2 * kWord) return {load(key), load(key.substr(kWord)), 0};
    return {load(key), load(key.substr(kWord)), load(key.substr(2 * kWord))};
  }
};

}  // namespace spectradb::lsm
