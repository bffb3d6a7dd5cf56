// Makes the keys and documents of the workloads from numbers alone, so that every engine gets the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/engine/engine.h"

namespace spectradb::bench {

struct Shape {
  uint64_t keys = 0;
  uint64_t depth = 1;          // versions of each key
  uint64_t rows_a_commit = 0;  // keys come in random order, one version after the other
  uint64_t versions() const { return keys * depth; }
  uint64_t commits() const { return (versions() + rows_a_commit - 1) / rows_a_commit; }
};

std::string key_of(uint64_t number);  // 16 bytes, which sort as the numbers do
// Makes about 120 bytes of JSON, half of it random, and different for each version.
void make_document(uint64_t number, uint64_t version, std::string& out);

// Returns 0 … count - 1 in a random order, which differs for each seed.
std::vector<uint32_t> shuffled(uint64_t count, uint64_t seed);

uint64_t scrambled(uint64_t number);  // a well-mixed number

}  // namespace spectradb::bench
