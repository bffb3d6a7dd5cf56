// History is divided by how long its versions were visible, not by how many of them a key has.
#include <doctest/doctest.h>

#include <string>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kLastCommit = 60;
constexpr uint64_t kKeysACommit = 4;

// Each commit clears the keys of the one before, and no key comes back.
Rows short_lives_of(uint64_t commit) {
  Rows rows;
  for (uint64_t key = 0; key < kKeysACommit; ++key) {
    if (commit > 1) rows.emplace_back(numbered("k", 10'000 * key + commit - 1), std::string(kClears));
    rows.emplace_back(numbered("k", 10'000 * key + commit), numbered("value ", commit));
  }
  return rows;
}

uint64_t runs_of_history(const Store& store) {
  for (const auto& [name, value] : store.stats()) {
    if (name == "history_runs") return std::stoull(value);
  }
  return 0;
}

}  // namespace

TEST_CASE("short lives of keys that never come back are divided by time") {
  StoreOptions options = test_options(new_memory_file_system());
  options.shard_count = 1;
  options.sstable_max_bytes = 4096;  // so that runs are small
  StoreUnderTest test;
  REQUIRE(test.create(options));
  for (uint64_t commit = 1; commit <= kLastCommit; ++commit) {
    REQUIRE(test.commit(short_lives_of(commit)));
    if (commit == kLastCommit / 2) REQUIRE(test.store->compact());
  }
  REQUIRE(test.store->compact());
  CHECK(runs_of_history(*test.store) >= 8);
  for (uint64_t commit = 1; commit <= kLastCommit; ++commit) {
    const auto cursor = test.store->new_cursor({commit, nullptr, 0, std::nullopt, false});
    uint64_t seen = 0;
    for (cursor->seek(""); cursor->valid(); cursor->next_key()) {
      if (cursor->value() == kClears) continue;
      REQUIRE(cursor->commit() == commit);
      ++seen;
    }
    CHECK(seen == kKeysACommit);
  }
}
