#include "lsm/table/bloom.h"

#include <doctest/doctest.h>

#include <random>

#include "lsm/base/checksum.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb::lsm;

TEST_CASE("a bloom filter never denies a key it holds, and seldom admits another") {
  for (const uint64_t count : {0u, 1u, 100u, 20'000u}) {
    CAPTURE(count);
    std::vector<uint64_t> hashes;
    for (uint64_t key = 0; key < count; ++key) hashes.push_back(hash_key(numbered("key ", key)));
    const std::string filter = build_bloom(hashes, 10);
    CHECK(filter.size() <= count * 10 / 8 + 65);
    for (const uint64_t hash : hashes) REQUIRE(bloom_may_contain(filter, hash));
    uint64_t admitted = 0;
    for (uint64_t key = 0; key < 20'000; ++key)
      admitted += bloom_may_contain(filter, hash_key(numbered("other ", key)));
    CHECK(admitted < 400);  // 2 %
  }
}

TEST_CASE("a filter answers alike with SIMD and without, whatever its bits") {
  std::mt19937_64 random(7);
  for (const uint32_t bits_per_key : {0u, 1u, 3u, 5u, 9u, 10u, 15u, 32u}) {
    CAPTURE(bits_per_key);
    std::vector<uint64_t> hashes;
    for (int key = 0; key < 500; ++key) hashes.push_back(random());
    const std::string filter = build_bloom(hashes, bits_per_key);
    for (const uint64_t hash : hashes) REQUIRE(bloom_may_contain_portable(filter, hash));
    for (int question = 0; question < 20'000; ++question) {
      const uint64_t hash = random();
      REQUIRE(bloom_may_contain(filter, hash) == bloom_may_contain_portable(filter, hash));
    }
  }
}

TEST_CASE("an unreadable filter says maybe") {
  CHECK(bloom_may_contain("", 1));
  CHECK(bloom_may_contain("x", 1));
  CHECK(bloom_may_contain(std::string(100, '\0'), 1));
  CHECK(bloom_may_contain(std::string(32, '\0') + '\x09', 1));
}
