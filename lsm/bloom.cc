#include "lsm/bloom.h"

#include <algorithm>

namespace spectradb::lsm {
namespace {

constexpr uint64_t kLineBytes = 64;
constexpr uint64_t kLineBits = kLineBytes * 8;
constexpr unsigned kBitIndexBits = 9;  // kLineBits = 2^9
constexpr uint32_t kMaxProbes = 16;

uint64_t line_of(uint64_t key_hash, uint64_t line_count) {
  return ((key_hash & UINT32_MAX) * line_count) >> 32;
}

// A sequence of bit positions inside the line.
class Probes {
 public:
  explicit Probes(uint64_t key_hash) : state_(key_hash * 0x9e3779b97f4a7c15u) {}
  uint64_t next() {
    const uint64_t bit = state_ >> (64 - kBitIndexBits);
    state_ *= 0xd6e8feb86659fd93u;
    return bit;
  }

 private:
  uint64_t state_;
};

}  // namespace

std::string build_bloom(const std::vector<uint64_t>& key_hashes, uint32_t bits_per_key) {
  const uint64_t bits = key_hashes.size() * uint64_t{bits_per_key};
  const uint64_t line_count = std::max<uint64_t>(1, (bits + kLineBits - 1) / kLineBits);
  const uint32_t probes = std::clamp<uint32_t>(bits_per_key * 6 / 10, 1, kMaxProbes);
  std::string filter(line_count * kLineBytes, '\0');
  for (const uint64_t key_hash : key_hashes) {
    char* line = filter.data() + line_of(key_hash, line_count) * kLineBytes;
    Probes sequence(key_hash);
    for (uint32_t probe = 0; probe < probes; ++probe) {
      const uint64_t bit = sequence.next();
      line[bit / 8] = static_cast<char>(line[bit / 8] | (1 << (bit % 8)));
    }
  }
  filter.push_back(static_cast<char>(probes));
  return filter;
}

bool bloom_may_contain(std::string_view filter, uint64_t key_hash) {
  if (filter.size() <= kLineBytes || filter.size() % kLineBytes != 1) return true;
  const uint64_t line_count = filter.size() / kLineBytes;
  const auto probes = static_cast<unsigned char>(filter.back());
  const char* line = filter.data() + line_of(key_hash, line_count) * kLineBytes;
  Probes sequence(key_hash);
  for (uint32_t probe = 0; probe < probes; ++probe) {
    const uint64_t bit = sequence.next();
    if ((static_cast<unsigned char>(line[bit / 8]) >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

}  // namespace spectradb::lsm
