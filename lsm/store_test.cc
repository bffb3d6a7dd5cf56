#include "lsm/store.h"

#include <doctest/doctest.h>

#include "lsm/store_fixture.h"

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
