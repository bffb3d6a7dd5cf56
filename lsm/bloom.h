// A bloom filter on user keys, in cache lines: all probes of a key fall into one line, so a test touches one.
//
//   filter := line* probes:byte          line := 64 bytes
//
// Line and probe bits derive from hash_key(): the low half picks the line, a multiple of the hash the bits.
// Pure; an unreadable filter says "maybe".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::lsm {

std::string build_bloom(const std::vector<uint64_t>& key_hashes, uint32_t bits_per_key);
bool bloom_may_contain(std::string_view filter, uint64_t key_hash);

}  // namespace spectradb::lsm
