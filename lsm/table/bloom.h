// A bloom filter on user keys, in blocks: all bits of a key lie in one, at most one in each of its eight
// words, so that a test touches one cache line, or two, and is a few instructions where the processor has
// AVX2. That is asked when the library is loaded; others do the same word by word.
//
//   bloom := block* probes:byte
//   block := word:fixed32, eight times
//
// The low half of hash_key() picks the block. The first `probes` words have a bit of the key each, that which
// the upper bits of a product of the hash pick. Pure; an unreadable filter says "maybe".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spectradb::lsm {

std::string build_bloom(const std::vector<uint64_t>& key_hashes, uint32_t bits_per_key);
bool bloom_may_contain(std::string_view filter, uint64_t key_hash);
bool bloom_may_contain_portable(std::string_view filter, uint64_t key_hash);  // without SIMD

}  // namespace spectradb::lsm
