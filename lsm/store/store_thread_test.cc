// One writer, several readers and the background thread at once; meant for ThreadSanitizer.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

TEST_CASE("readers see whole commits while a writer and compactions run") {
  constexpr uint64_t kCommits = 400;
  constexpr uint64_t kKeys = 40;  // each commit writes them all, so that every reader can check what it sees
  StoreOptions options = test_options(new_memory_file_system());
  options.background = true;
  options.merge_threads = 3;
  options.shard_count = 4;
  options.memtable_max_bytes = 100'000;
  options.sstable_block_bytes = 512;
  options.sstable_max_bytes = 20'000;
  options.block_cache_bytes = 100'000;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  std::atomic<bool> is_done{false};
  std::atomic<uint64_t> failures{0};
  const auto read = [&](uint64_t reader) {
    const auto cursor = test.store->new_cursor({0, nullptr, 0, std::nullopt});
    std::mt19937_64 random(reader);
    while (!is_done) {
      const uint64_t at = test.store->published();
      cursor->set_max_commit(at);
      uint64_t count = 0;
      for (cursor->seek(""); cursor->valid(); cursor->next_key()) {
        if (cursor->commit() != at || cursor->value() != numbered("v", at)) ++failures;
        ++count;
      }
      if (!cursor->status().is_ok() || count != (at == 0 ? 0 : kKeys)) ++failures;
      const std::string key = numbered("key", random() % kKeys);
      const uint64_t past = random() % (at + 1);
      cursor->set_max_commit(past);
      cursor->seek_key(key);
      if (cursor->valid() != (past > 0) || (past > 0 && cursor->commit() != past)) ++failures;
      cursor->seek_before(key);
      if (!cursor->status().is_ok()) ++failures;
    }
  };
  std::vector<std::thread> readers;
  for (uint64_t reader = 0; reader < 2; ++reader) readers.emplace_back(read, reader);
  std::thread stats([&] {
    while (!is_done) {
      if (test.store->stats().empty()) ++failures;
      std::this_thread::yield();
    }
  });
  for (uint64_t number = 1; number <= kCommits; ++number) {
    Rows rows;
    for (uint64_t key = 0; key < kKeys; ++key) rows.emplace_back(numbered("key", key), numbered("v", number));
    REQUIRE(test.commit(rows, Sync::kNone));
    if (number == kCommits / 2) REQUIRE(test.store->compact());
  }
  REQUIRE(test.store->flush());
  is_done = true;
  for (std::thread& reader : readers) reader.join();
  stats.join();
  CHECK(failures == 0);
  REQUIRE(test.open(options));
  CHECK(test.store->version_count() == kCommits * kKeys);
  CHECK(test.dump(kCommits).size() == kCommits * kKeys);
}
