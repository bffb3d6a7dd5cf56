#include "lsm/block_cache.h"

#include <doctest/doctest.h>

using namespace spectradb::lsm;

namespace {

std::shared_ptr<const Block> block_of(size_t size_bytes) {
  return std::make_shared<const Block>(std::make_unique<char[]>(size_bytes), size_bytes);
}

}  // namespace

TEST_CASE("a cache stays within its budget and keeps what is used") {
  BlockCache cache(80'000);
  const BlockAddress favourite{7, 7};
  cache.insert(favourite, block_of(1000));
  const auto pinned = cache.find(favourite);
  REQUIRE(pinned != nullptr);
  for (uint64_t file = 1; file < 20; ++file) {
    for (uint64_t offset = 0; offset < 100; ++offset) {
      cache.insert({file, offset * 4096}, block_of(1000));
      CHECK(cache.find(favourite) != nullptr);
      REQUIRE(cache.used_bytes() <= cache.budget_bytes());
    }
  }
  CHECK(cache.find({1, 0}) == nullptr);
  CHECK(cache.hits() > 0);
  CHECK(cache.misses() == 1);
  CHECK(pinned->size_bytes() == 1000);
}

TEST_CASE("a block beyond the budget is not kept") {
  BlockCache cache(80'000);
  cache.insert({1, 0}, block_of(50'000));
  CHECK(cache.find({1, 0}) == nullptr);
  CHECK(cache.used_bytes() == 0);
  BlockCache none(0);
  none.insert({1, 0}, block_of(10));
  CHECK(none.find({1, 0}) == nullptr);
  CHECK_FALSE(none.has_room({1, 0}, 1));
}
