#include <doctest/doctest.h>

#include "lsm/merge/compaction.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

const Knob& knob_named(const char* name) {
  const Knob* knob = find_knob(name);
  REQUIRE(knob != nullptr);
  return *knob;
}

}  // namespace

TEST_CASE("what the store keeps of its knobs is there again; what is the process's is not") {
  const StoreOptions options = test_options(new_memory_file_system());
  StoreUnderTest test;
  REQUIRE(test.create(options));
  const Knob& blocks = knob_named("sstable_block_bytes");
  const Knob& memtable = knob_named("memtable_max_bytes");
  REQUIRE(test.store->set_knob(blocks, 4096));
  REQUIRE(test.store->set_knob(memtable, 4096));
  CHECK(test.store->knob(blocks) == 4096);
  CHECK(test.store->knob(memtable) == 4096);
  REQUIRE(test.open(options));
  CHECK(test.store->knob(blocks) == 4096);
  CHECK(test.store->knob(memtable) == options.memtable_max_bytes);
  REQUIRE(test.store->set_knob(blocks, std::nullopt));
  CHECK(test.store->knob(blocks) == options.sstable_block_bytes);
  REQUIRE(test.open(options));
  CHECK(test.store->knob(blocks) == options.sstable_block_bytes);
}

TEST_CASE("every knob refuses what is out of its range, and says which it is") {
  StoreUnderTest test;
  REQUIRE(test.create(test_options(new_memory_file_system())));
  for (const Knob& knob : kKnobs) {
    CAPTURE(knob.name);
    CHECK(check_knob(knob, knob.default_value()));
    const Status above = test.store->set_knob(knob, knob.max + 1);
    CHECK(above.code() == Code::kInvalid);
    CHECK(above.message().find(knob.name) != std::string::npos);
    CHECK(above.message().find(knob.unit) != std::string::npos);
    if (knob.min > 0) CHECK(test.store->set_knob(knob, knob.min - 1).code() == Code::kInvalid);
    if (knob.life != KnobLife::kCreation) CHECK(test.store->set_knob(knob, knob.min));
  }
}

TEST_CASE("the number of shards is chosen with the store") {
  StoreOptions options = test_options(new_memory_file_system());
  options.shard_count = 3;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  options.shard_count = 5;
  REQUIRE(test.open(options));
  const Knob& shards = knob_named("shard_count");
  CHECK(test.store->knob(shards) == 3);
  CHECK(test.store->set_knob(shards, 3));
  CHECK(test.store->set_knob(shards, 4).code() == Code::kInvalid);
  CHECK(test.store->set_knob(shards, std::nullopt).code() == Code::kInvalid);
}

TEST_CASE("knobs do something at once") {
  StoreOptions options = test_options(new_memory_file_system());
  options.shard_count = 1;
  options.background = false;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.store->set_knob(knob_named("level0_files"), 64));
  auto commit = [&, number = uint64_t{0}]() mutable {
    ++number;
    REQUIRE(test.commit({{"a", std::string(500, 'x')}, {numbered("b", number), std::string(500, 'y')}}));
  };
  for (int round = 0; round < 10; ++round) {
    commit();
    REQUIRE(test.store->flush());
  }
  CHECK(figure(*test.store, "files_at_level_0") == 10);
  CHECK(figure(*test.store, "compaction_debt_bytes") == 0);
  REQUIRE(test.store->set_knob(knob_named("level0_files"), 2));
  CHECK(figure(*test.store, "compaction_debt_bytes") == figure(*test.store, "bytes_at_level_0"));
  REQUIRE(test.store->set_knob(knob_named("memtable_max_bytes"), 1024));
  commit();  // fills the memtable, so there is work, and with it the compaction that is due
  CHECK(figure(*test.store, "files_at_level_0") == 0);
  CHECK(figure(*test.store, "compactions") == 1);
  CHECK(figure(*test.store, "versions") == 22);

  {
    const auto cursor = test.store->new_cursor({11, nullptr, 0, std::nullopt});
    cursor->seek_key("a");
    for (uint64_t number = 1; number < 12; ++number) cursor->seek_key(numbered("ab", number));
  }
  CHECK(figure(*test.store, "bloom_negatives") >= 9);  // of 11, less what a filter gets wrong

  (void)test.dump(11);
  const uint64_t used = figure(*test.store, "cache_used_bytes");
  CHECK(used > 0);
  REQUIRE(test.store->set_knob(knob_named("block_cache_bytes"), 0));
  CHECK(figure(*test.store, "cache_used_bytes") == 0);
  CHECK(test.dump(11).size() == 22);
}
