// A store that its database does not know of is taken over where it can hold nothing but an attempt.
#include <doctest/doctest.h>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

TEST_CASE("before a second commit is written the coordinator has made the first durable, once") {
  StoreOptions options = test_options(new_memory_file_system());
  int syncs = 0;
  bool may_sync = false;
  options.sync_coordinator = [&] {
    syncs += 1;
    return may_sync ? Status::ok() : Status::io("no");
  };
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.commit({{"a", "1"}}));
  CHECK(syncs == 0);
  CHECK_FALSE(test.store->prepare(2, batch_of({{"b", "2"}}), Sync::kCopy));
  CHECK(Store::summarize(*options.file_system, "db")->is_empty);
  may_sync = true;
  REQUIRE(test.commit({{"b", "2"}}));
  CHECK(syncs == 2);
  REQUIRE(test.commit({{"c", "3"}}));
  CHECK(syncs == 2);
  CHECK_FALSE(Store::summarize(*options.file_system, "db")->is_empty);
}

TEST_CASE("what a store that is taken over held is kept") {
  const StoreOptions options = test_options(new_memory_file_system());
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.commit({{"a", "1"}}));
  const StoreId id = test.store->id();
  test.store.reset();
  const auto taken = Store::open(options, Committed{id, 0, 0, {}});
  REQUIRE(taken);
  CHECK((*taken)->published() == 0);
  const auto kept = options.file_system->read_whole("db/log-000001.cut");
  REQUIRE(kept);
  CHECK_FALSE(kept->empty());
}
