// Keeps versions in engines that have none of their own: a key is the user's key, then the commit inverted,
// so that the newest version of a key comes first.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/engine/engine.h"

namespace spectradb::bench {

inline std::string versioned_key(std::string_view key, uint64_t commit) {
  std::string out(key);
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(~commit >> shift));
  return out;
}

inline std::string_view user_key_of(std::string_view versioned) {
  return versioned.substr(0, versioned.size() - sizeof(uint64_t));
}

inline uint64_t commit_of(std::string_view versioned) {
  uint64_t inverted = 0;
  for (const char byte : versioned.substr(versioned.size() - sizeof inverted))
    inverted = inverted << 8 | static_cast<unsigned char>(byte);
  return ~inverted;
}

// Reads all rows that are visible at the commit, with an iterator like LevelDB's.
template <typename Iterator>
ScanAnswer scan_versions(Iterator& iterator, bool keeps_history, uint64_t commit) {
  ScanAnswer answer;
  std::string last;
  for (iterator.SeekToFirst(); iterator.Valid(); iterator.Next()) {
    if (keeps_history) {
      const std::string_view key(iterator.key().data(), iterator.key().size());
      if (commit_of(key) > commit || (answer.rows != 0 && user_key_of(key) == last)) continue;
      last.assign(user_key_of(key));
    }
    answer.rows += 1;
    answer.sum += sum_of({iterator.value().data(), iterator.value().size()});
  }
  return answer;
}

}  // namespace spectradb::bench
