#include "lsm/store/store.h"

#include <doctest/doctest.h>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

TEST_CASE("a store keeps what is published, through compaction and reopening") {
  const StoreOptions options = test_options(new_memory_file_system());
  StoreUnderTest test;
  REQUIRE(test.create(options));
  for (uint64_t commit = 1; commit <= 10; ++commit) {
    REQUIRE(test.commit({{"a", numbered("v", commit)}, {numbered("b", commit), "w"}}));
    if (commit == 5) REQUIRE(test.store->compact());
  }
  for (int round = 0; round < 2; ++round) {
    CHECK(test.dump(7).size() == 14);
    const auto cursor = test.store->new_cursor({7, nullptr, 0, std::nullopt});
    cursor->seek_key("a");
    REQUIRE(cursor->valid());
    CHECK(cursor->value() == "v7");
    cursor->next_key();
    CHECK_FALSE(cursor->valid());
    cursor->seek_key("c");
    CHECK_FALSE(cursor->valid());
    REQUIRE(test.open(options));
  }
}

TEST_CASE("how much a range holds is told apart by key, currency and place") {
  StoreOptions options = test_options(new_memory_file_system());
  options.sstable_block_bytes = 256;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  for (uint64_t commit = 1; commit <= 20; ++commit) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (uint64_t key = 0; key < 50; ++key)
      entries.emplace_back(numbered("a", 100 + key), numbered("v", commit));
    if (commit == 1) {
      for (uint64_t key = 0; key < 100; ++key) entries.emplace_back(numbered("b", 100 + key), "w");
    }
    REQUIRE(test.commit(entries));
  }
  const auto near = [](uint64_t estimate, uint64_t count) {
    return estimate >= count / 2 && estimate <= count * 2;
  };
  for (const char* place : {"memtable", "files", "reopened"}) {
    CAPTURE(place);
    const RangeSize a = test.store->range_size("a", "b");
    const RangeSize b = test.store->range_size("b", "c");
    CHECK(near(a.current + a.superseded, 1000));
    CHECK(near(b.current, 100));
    CHECK(test.store->range_size("c", "d").current == 0);
    if (place != std::string("memtable")) CHECK(near(a.current, 50));
    const std::vector<std::string> sample = test.store->sample_keys("b", "c", 8);
    CHECK(sample.size() <= 8);
    CHECK(std::is_sorted(sample.begin(), sample.end()));
    for (const std::string& key : sample) CHECK(key.starts_with("b"));
    if (place == std::string("memtable")) CHECK(sample.size() >= 4);
    CHECK(test.store->sample_keys("c", "d", 8).empty());
    if (place == std::string("memtable")) {
      REQUIRE(test.store->compact());
    } else {
      REQUIRE(test.open(options));
    }
  }
}

TEST_CASE("keys of a sample are spread over the versions of a range") {
  StoreUnderTest test;
  REQUIRE(test.create(test_options(new_memory_file_system())));
  std::vector<std::pair<std::string, std::string>> entries;
  for (uint64_t key = 0; key < 20'000; ++key)
    entries.emplace_back(numbered("k", 100'000 + key), std::string(20, 'x'));
  REQUIRE(test.commit(entries));
  for (const char* place : {"memtable", "files"}) {
    CAPTURE(place);
    const std::vector<std::string> sample = test.store->sample_keys("k", "l", 8);
    REQUIRE(sample.size() >= 6);
    CHECK(sample.size() <= 8);
    CHECK(std::is_sorted(sample.begin(), sample.end()));
    for (const auto& [from, to] : {std::pair("k", "k110000"), std::pair("k110000", "l")}) {
      const auto inside =
          std::count_if(sample.begin(), sample.end(),
                        [from = from, to = to](const std::string& key) { return key >= from && key < to; });
      CHECK(inside >= 2);
    }
    if (place == std::string("memtable")) REQUIRE(test.store->compact());
  }
}
