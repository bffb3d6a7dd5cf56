// Many small flushes do not leave many small files, wherever their keys lie.
#include <doctest/doctest.h>

#include <functional>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr int kFlushes = 300;

uint64_t files_after_flushes(const std::function<uint64_t(int)>& key_of) {
  StoreOptions options = test_options(new_memory_file_system());
  options.shard_count = 1;
  options.sstable_max_bytes = 64u << 10;
  options.memtable_max_bytes = 1u << 10;  // each commit fills a memtable
  StoreUnderTest test;
  REQUIRE(test.create(options));
  for (int flush = 0; flush < kFlushes; ++flush) {
    REQUIRE(test.commit(
        {{numbered("k", 1'000'000 + key_of(flush)), numbered("a value ", static_cast<uint64_t>(flush))}}));
  }
  CHECK(test.dump(kFlushes).size() == kFlushes);
  for (const auto& [name, value] : test.store->stats()) {
    if (name == "files") return std::stoull(value);
  }
  return UINT64_MAX;
}

}  // namespace

TEST_CASE("small flushes of rising, falling and scattered keys are merged") {
  CHECK(files_after_flushes([](int flush) { return static_cast<uint64_t>(flush); }) < 10);
  CHECK(files_after_flushes([](int flush) { return static_cast<uint64_t>(kFlushes - flush); }) < 10);
  CHECK(files_after_flushes([](int flush) { return static_cast<uint64_t>(flush * 7919 % 1009); }) < 10);
}
