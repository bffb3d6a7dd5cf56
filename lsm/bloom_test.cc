#include "lsm/bloom.h"

#include <doctest/doctest.h>

#include "lsm/checksum.h"
#include "lsm/store_fixture.h"

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

TEST_CASE("an unreadable filter says maybe") {
  CHECK(bloom_may_contain("", 1));
  CHECK(bloom_may_contain("x", 1));
  CHECK(bloom_may_contain(std::string(100, '\0'), 1));
}
