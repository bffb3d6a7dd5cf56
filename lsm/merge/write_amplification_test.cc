// Write amplification: how often a written byte is written again.
#include <doctest/doctest.h>

#include <functional>
#include <random>
#include <string>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr int kCommits = 600;
constexpr int kRowsACommit = 40;
constexpr size_t kValueBytes = 100;

// Loads the keys of a sequence, with small memtables.
void load(StoreUnderTest& test, const std::function<uint64_t(uint64_t)>& key_of) {
  StoreOptions options = test_options(new_memory_file_system());
  options.memtable_max_bytes = 256u << 10;
  options.sstable_max_bytes = 256u << 10;
  options.level1_files = 4;
  options.level_ratio = 4;
  REQUIRE(test.create(options));
  std::mt19937_64 random(11);
  for (uint64_t commit = 0; commit < kCommits; ++commit) {
    Rows rows;
    for (uint64_t row = 0; row < kRowsACommit; ++row) {
      std::string value(kValueBytes, '\0');
      for (char& c : value) c = static_cast<char>(random());
      rows.push_back({numbered("key ", 1'000'000 + key_of(commit * kRowsACommit + row)), value});
    }
    REQUIRE(test.commit(rows));
  }
  REQUIRE(test.store->flush());
}

}  // namespace

TEST_CASE("a sorted load is written once: its files are moved down, not merged") {
  StoreUnderTest test;
  load(test, [](uint64_t row) { return row; });
  CHECK(figure(*test.store, "flushes") > 5);
  CHECK(figure(*test.store, "files_at_level_1") + figure(*test.store, "files_at_level_2") > 5);
  CHECK(figure(*test.store, "merged_bytes") == 0);
}

TEST_CASE("a load in any order is rewritten a bounded number of times") {
  StoreUnderTest test;
  load(test, [](uint64_t row) { return row * 7'919 % (kCommits * kRowsACommit); });
  const uint64_t flushed = figure(*test.store, "flushed_bytes");
  const uint64_t merged = figure(*test.store, "merged_bytes");
  MESSAGE("write amplification: " << static_cast<double>(flushed + merged) / static_cast<double>(flushed));
  CHECK(merged > 0);
  CHECK(merged < 2 * 5 * flushed);  // two levels, each rewritten level_ratio + 1 times at most
}
