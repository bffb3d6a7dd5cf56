#include "lsm/table/block_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "lsm/testing/store_fixture.h"

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

TEST_CASE("a block that grows counts for what it takes, and may evict itself") {
  BlockCache cache(80'000);  // of which each of the eight shards has an eighth
  const BlockAddress address{7, 7};
  cache.insert(address, block_of(1000));
  const uint64_t before = cache.used_bytes();
  bool is_hot = true;
  CHECK(cache.find(address, &is_hot) != nullptr);
  CHECK_FALSE(is_hot);
  CHECK(cache.find(address, &is_hot) != nullptr);
  CHECK(is_hot);
  cache.add_to(address, 500);
  CHECK(cache.used_bytes() == before + 500);
  cache.add_to({7, 8}, 500);
  CHECK(cache.used_bytes() == before + 500);
  cache.add_to(address, 20'000);
  CHECK(cache.find(address) == nullptr);
  CHECK(cache.used_bytes() == 0);
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

TEST_CASE("whatever is evicted, a block is found under its own address only") {
  std::mt19937_64 random(test_seed("block_cache_test"));
  BlockCache cache(200'000);
  for (int step = 0; step < 50'000; ++step) {
    const uint64_t file = random() % 5;
    const uint64_t offset = random() % 200;
    const size_t size_bytes = 100 + file * 1000 + offset;
    const auto found = cache.find({file, offset});
    if (found != nullptr) {
      REQUIRE(found->size_bytes() == size_bytes);
    } else {
      cache.insert({file, offset}, block_of(size_bytes));
      REQUIRE(cache.find({file, offset}) != nullptr);
    }
    REQUIRE(cache.used_bytes() <= cache.budget_bytes());
  }
  CHECK(cache.used_bytes() > cache.budget_bytes() / 2);
}

namespace {

struct Owner final : IndexOwner {
  bool drop_index() const override {
    if (was_used) return was_used = false;
    is_loaded = false;
    return true;
  }
  mutable bool was_used = false;
  mutable bool is_loaded = false;
};

}  // namespace

TEST_CASE("indexes and blocks share one budget: blocks keep an eighth, and indexes that are used stay") {
  BlockCache cache(80'000);
  for (uint64_t offset = 0; offset < 1000; ++offset) cache.insert({1, offset}, block_of(1000));
  std::vector<Owner> owners(20);
  Owner favourite;
  const auto load = [&](Owner& owner) {
    owner.was_used = true;
    if (std::exchange(owner.is_loaded, true)) return;
    cache.add_index(&owner, 5'000);
  };
  for (int round = 0; round < 10; ++round) {
    for (Owner& owner : owners) {
      load(favourite);
      load(owner);
      CHECK(owner.is_loaded);
      REQUIRE(cache.index_bytes() <= 70'000);
      REQUIRE(cache.used_bytes() <= 80'000);
    }
  }
  CHECK(favourite.is_loaded);
  CHECK(std::count_if(owners.begin(), owners.end(), [](const Owner& one) { return one.is_loaded; }) == 13);
  for (uint64_t offset = 0; offset < 1000; ++offset) {
    cache.insert({1, offset}, block_of(1000));
    REQUIRE(cache.used_bytes() <= 80'000);
  }
  cache.set_budget(20'000);
  CHECK(cache.index_bytes() <= 17'500);
  CHECK(cache.used_bytes() <= 20'000);
  for (const Owner& owner : owners) cache.remove_index(&owner);
  cache.remove_index(&favourite);
  CHECK(cache.index_bytes() == 0);
}
