// Data of many times the size that memory may hold.
#include <doctest/doctest.h>

#include <cstdio>
#include <map>
#include <random>
#include <string>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

TEST_CASE("a data set twenty times the budgets runs inside them") {
  constexpr uint64_t kCacheBytes = 128u << 10;
  constexpr uint64_t kMemtableBytes = 64u << 10;
  constexpr uint64_t kDataBytes = 20 * (kCacheBytes + kMemtableBytes);
  constexpr size_t kValueBytes = 100;
  std::mt19937_64 random(7);
  StoreOptions options = test_options(new_memory_file_system());
  options.memtable_max_bytes = kMemtableBytes;
  options.block_cache_bytes = kCacheBytes;
  options.sstable_max_bytes = 256u << 10;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  std::map<std::string, std::string> expected;
  const auto figure = [&](std::string_view name) { return lsm::figure(*test.store, name); };
  const auto check_budget = [&] {
    REQUIRE(figure("cache_used_bytes") <= kCacheBytes);  // indexes of tables included
    REQUIRE(figure("cache_index_bytes") <= kCacheBytes - kCacheBytes / 8);
    REQUIRE(figure("memtable_bytes") <= 6 * kMemtableBytes);  // five may wait to be flushed
  };
  for (uint64_t written = 0; written < kDataBytes;) {
    Rows rows;
    for (int i = 0; i < 50; ++i) {
      std::string value(kValueBytes, '\0');
      for (char& c : value) c = static_cast<char>(random());  // so that nothing compresses
      rows.push_back({numbered("key ", random() % 1'000'000), value});
      written += kValueBytes;
    }
    std::map<std::string, std::string> last;
    for (const auto& [key, value] : rows) last[key] = value;
    rows.assign(last.begin(), last.end());
    for (const auto& [key, value] : rows) expected[key] = value;
    REQUIRE(test.commit(rows));
    if (test.committed.commit % 16 == 0) check_budget();
  }
  REQUIRE(test.store->flush());
  const auto cursor = test.store->new_cursor({test.committed.commit, nullptr, 0, std::nullopt});
  for (int pass = 0; pass < 2; ++pass) {
    auto wanted = expected.begin();
    for (cursor->seek(""); cursor->valid(); cursor->next_key(), ++wanted) {
      REQUIRE(wanted != expected.end());
      REQUIRE(cursor->user_key() == wanted->first);
      REQUIRE(cursor->value() == wanted->second);
    }
    REQUIRE(cursor->status().is_ok());
    REQUIRE(wanted == expected.end());
    check_budget();
    for (int i = 0; i < 5'000; ++i) {
      const auto wanted_key = expected.lower_bound(numbered("key ", random() % 1'000'000));
      if (wanted_key == expected.end()) continue;
      cursor->seek_key(wanted_key->first);
      REQUIRE(cursor->valid());
      REQUIRE(cursor->value() == wanted_key->second);
    }
    check_budget();
    REQUIRE(test.store->compact());
  }
  const uint64_t file_bytes = figure("file_bytes");
  std::fprintf(stderr, "%llu bytes of files, %llu of the cache's %llu in use, %llu by indexes\n",
               static_cast<unsigned long long>(file_bytes),
               static_cast<unsigned long long>(figure("cache_used_bytes")),
               static_cast<unsigned long long>(kCacheBytes),
               static_cast<unsigned long long>(figure("cache_index_bytes")));
  CHECK(file_bytes > 15 * (kCacheBytes + kMemtableBytes));
}
