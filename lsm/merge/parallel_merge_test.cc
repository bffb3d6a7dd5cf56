// Merges of several shards at once, on threads of their own.
#include <doctest/doctest.h>

#include <algorithm>

#include "lsm/store/check.h"
#include "lsm/testing/faulty_file_system.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kKeys = 1'500;  // so that each shard has more versions than merges take between looks

// Options under which nothing is merged before compact() asks for it.
StoreOptions merging_options(std::shared_ptr<FileSystem> file_system) {
  StoreOptions options = test_options(std::move(file_system));
  options.background = true;
  options.merge_threads = 3;
  options.shard_count = 4;
  options.sstable_block_bytes = 256;
  options.history_block_bytes = 256;
  options.sstable_max_bytes = 4'000;
  options.level0_files = 100;
  return options;
}

void fill(StoreUnderTest& test) {
  for (uint64_t commit = 1; commit <= 6; ++commit) {
    Rows rows;
    for (uint64_t key = 0; key < kKeys; ++key)
      rows.emplace_back(numbered("key ", key), numbered("value ", commit) + std::string(key % 40, 'v'));
    REQUIRE(test.commit(rows));
    REQUIRE(test.store->flush());
  }
}

uint64_t count_tables(FileSystem& file_system) {
  const auto names = file_system.list("db");
  REQUIRE(names);
  return static_cast<uint64_t>(
      std::count_if(names->begin(), names->end(), [](const auto& name) { return name.ends_with(".sst"); }));
}

}  // namespace

TEST_CASE("shards that are merged at once hold what they held") {
  const auto file_system = new_memory_file_system();
  const StoreOptions options = merging_options(file_system);
  StoreUnderTest test;
  REQUIRE(test.create(options));
  fill(test);
  const auto before = test.dump(UINT64_MAX);
  REQUIRE(before.size() == 6 * kKeys);
  REQUIRE(test.store->compact());
  CHECK(figure(*test.store, "compactions") == options.shard_count);
  CHECK(test.dump(UINT64_MAX) == before);
  const auto problems = check_store(options, [&]() -> Result<Committed> { return test.committed; });
  REQUIRE(problems);
  CHECK(problems->empty());
}

TEST_CASE("a merge that fails ends the others, and leaves nothing behind") {
  uint64_t failures = 0;
  for (int64_t operations = 1;; operations += 29) {
    const auto base = new_memory_file_system();
    const auto fault = std::make_shared<Fault>();
    StoreUnderTest test;
    REQUIRE(test.create(merging_options(std::make_shared<FaultyFileSystem>(base, fault))));
    fill(test);
    const auto before = test.dump(UINT64_MAX);
    const uint64_t tables = count_tables(*base);
    fault->operations_left = operations;
    const Status compacted = test.store->compact();
    const bool has_struck = fault->operations_left < 1;
    fault->operations_left = INT64_MAX;
    CHECK(test.dump(UINT64_MAX) == before);
    if (!has_struck) break;
    if (compacted) continue;  // a file that could not be removed does no harm
    ++failures;
    CHECK(compacted.code() == Code::kIo);
    // Merges that were installed before one failed are permanent.
    if (figure(*test.store, "compactions") == 0) CHECK(count_tables(*base) == tables);
  }
  CHECK(failures > 5);
}

TEST_CASE("who interrupts the merge of one shard interrupts them all") {
  StoreUnderTest test;
  REQUIRE(test.create(merging_options(new_memory_file_system())));
  fill(test);
  const auto before = test.dump(UINT64_MAX);
  const Status compacted = test.store->compact([] { return true; });
  CHECK(compacted.code() == Code::kInterrupted);
  CHECK(figure(*test.store, "compactions") == 0);
  CHECK(test.dump(UINT64_MAX) == before);
  REQUIRE(test.store->compact());
  CHECK(test.dump(UINT64_MAX) == before);
}
