// Keys in the order of memcmp, compared without a call: they are short, begin alike and end apart.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spectradb::lsm {

namespace key_order {

// Loads a word that compares as memcmp compares its bytes.
template <typename Word>
Word load(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::big) return word;
  if constexpr (sizeof word == sizeof(uint64_t)) {
    return __builtin_bswap64(word);
  } else {
    return __builtin_bswap32(word);
  }
}

// Compares `size` bytes, one to two words, by two overlapping words: where the first words are equal, the
// bytes that the two words share are equal, too.
template <typename Word>
int compare(const char* a, const char* b, size_t size) {
  Word first = load<Word>(a);
  Word second = load<Word>(b);
  if (first == second) {
    first = load<Word>(a + size - sizeof(Word));
    second = load<Word>(b + size - sizeof(Word));
  }
  return first == second ? 0 : first < second ? -1 : 1;
}

}  // namespace key_order

// Returns a number < 0, 0 or > 0.
inline int compare_keys(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  int order = 0;
  if (size >= sizeof(uint32_t) && size <= 2 * sizeof(uint32_t)) {
    order = key_order::compare<uint32_t>(a.data(), b.data(), size);
  } else if (size > 2 * sizeof(uint32_t) && size <= 2 * sizeof(uint64_t)) {
    order = key_order::compare<uint64_t>(a.data(), b.data(), size);
  } else if (size > 2 * sizeof(uint64_t) && size <= 4 * sizeof(uint64_t)) {
    constexpr size_t kHalf = 2 * sizeof(uint64_t);
    order = key_order::compare<uint64_t>(a.data(), b.data(), kHalf);
    if (order == 0)
      order = key_order::compare<uint64_t>(a.data() + size - kHalf, b.data() + size - kHalf, kHalf);
  } else if (size > 0) {
    order = std::memcmp(a.data(), b.data(), size);
  }
  if (order != 0) return order;
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

inline bool are_equal_keys(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (a.back() == b.back() && compare_keys(a, b) == 0));
}

}  // namespace spectradb::lsm
