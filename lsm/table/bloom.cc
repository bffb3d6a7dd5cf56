#include "lsm/table/bloom.h"

#include <algorithm>

#include "lsm/base/coding.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define SPECTRADB_BLOOM_AVX2
#include <immintrin.h>
#endif

namespace spectradb::lsm {
namespace {

constexpr uint32_t kWords = 8;  // of a block
constexpr uint64_t kBlockBytes = kWords * sizeof(uint32_t);
constexpr uint64_t kBlockBits = kBlockBytes * 8;
constexpr unsigned kShiftToBit = 27;                          // leaves the upper five bits of a product
alignas(kBlockBytes) constexpr uint32_t kFactors[kWords] = {  // odd numbers
    0x9e3779b1u, 0x85ebca77u, 0xc2b2ae3du, 0x27d4eb2fu, 0x165667b1u, 0xd3a2646du, 0xfd7046c5u, 0xb55a4f09u};

uint64_t block_of(uint64_t key_hash, uint64_t block_count) {
  return ((key_hash & UINT32_MAX) * block_count) >> 32;
}

// Returns the number that picks the bits. The upper half of the hash alone would not do, as the shard depends
// on it, too.
uint32_t seed_of(uint64_t key_hash) { return static_cast<uint32_t>((key_hash * 0x9e3779b97f4a7c15u) >> 32); }

uint32_t bit_in_word(uint32_t seed, uint32_t word) {
  return uint32_t{1} << ((seed * kFactors[word]) >> kShiftToBit);
}

bool holds_portable(const char* block, uint32_t seed, uint32_t probes) {
  uint32_t missing = 0;
  for (uint32_t word = 0; word < probes; ++word)
    missing |= bit_in_word(seed, word) & ~load_fixed32(block + word * sizeof(uint32_t));
  return missing == 0;
}

#ifdef SPECTRADB_BLOOM_AVX2
__attribute__((target("avx2"))) bool holds_avx2(const char* block, uint32_t seed, uint32_t probes) {
  const __m256i factors = _mm256_load_si256(reinterpret_cast<const __m256i*>(kFactors));
  const __m256i products = _mm256_mullo_epi32(_mm256_set1_epi32(static_cast<int>(seed)), factors);
  const __m256i bits = _mm256_sllv_epi32(_mm256_set1_epi32(1), _mm256_srli_epi32(products, kShiftToBit));
  const __m256i places = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i is_asked = _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(probes)), places);
  const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block));
  return _mm256_testc_si256(words, _mm256_and_si256(bits, is_asked)) != 0;
}
#endif

using Holds = bool (*)(const char* block, uint32_t seed, uint32_t probes);

Holds best_of_processor() {
#ifdef SPECTRADB_BLOOM_AVX2
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) return holds_avx2;
#endif
  return holds_portable;
}

const Holds kHolds = best_of_processor();

bool may_contain(Holds holds, std::string_view filter, uint64_t key_hash) {
  if (filter.size() <= kBlockBytes || filter.size() % kBlockBytes != 1) return true;
  const auto probes = static_cast<unsigned char>(filter.back());
  if (probes > kWords) return true;
  const uint64_t block = block_of(key_hash, filter.size() / kBlockBytes);
  return holds(filter.data() + block * kBlockBytes, seed_of(key_hash), probes);
}

}  // namespace

std::string build_bloom(const std::vector<uint64_t>& key_hashes, uint32_t bits_per_key) {
  const uint64_t bits = key_hashes.size() * uint64_t{bits_per_key};
  const uint64_t block_count = std::max<uint64_t>(1, (bits + kBlockBits - 1) / kBlockBits);
  const uint32_t probes = std::clamp<uint32_t>(bits_per_key * 8 / 10, 1, kWords);
  std::vector<uint32_t> words(block_count * kWords);
  for (const uint64_t key_hash : key_hashes) {
    uint32_t* const block = words.data() + block_of(key_hash, block_count) * kWords;
    const uint32_t seed = seed_of(key_hash);
    for (uint32_t word = 0; word < probes; ++word) block[word] |= bit_in_word(seed, word);
  }
  std::string filter;
  filter.reserve(block_count * kBlockBytes + 1);
  for (const uint32_t word : words) put_fixed32(filter, word);
  filter.push_back(static_cast<char>(probes));
  return filter;
}

bool bloom_may_contain(std::string_view filter, uint64_t key_hash) {
  return may_contain(kHolds, filter, key_hash);
}

bool bloom_may_contain_portable(std::string_view filter, uint64_t key_hash) {
  return may_contain(holds_portable, filter, key_hash);
}

}  // namespace spectradb::lsm
