// The seed of the randomized tests: the value of SPECTRADB_SEED, or a new seed for every run. A test
// prints its seed when it fails.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

namespace spectradb {

inline uint64_t random_seed() {
  static const uint64_t seed = [] {
    if (const char* given = std::getenv("SPECTRADB_SEED")) return static_cast<uint64_t>(std::stoull(given));
    return (uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  }();
  return seed;
}

using Random = std::mt19937_64;

// 0 <= result < bound
inline uint64_t below(Random& random, uint64_t bound) { return random() % bound; }

}  // namespace spectradb

#define SPECTRADB_SHOW_SEED() INFO("SPECTRADB_SEED=", ::spectradb::random_seed())
