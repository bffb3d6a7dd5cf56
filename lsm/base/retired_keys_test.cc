#include "lsm/base/retired_keys.h"

#include <doctest/doctest.h>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

TEST_CASE("ranges of retired keys that touch become one") {
  RetiredKeys retired;
  retired.add({"d", "e"});
  retired.add({"b", "c"});
  CHECK(retired.ranges() == std::vector<KeyRange>{{"b", "c"}, {"d", "e"}});
  CHECK(retired.contains("b"));
  CHECK(retired.contains("bz"));
  CHECK_FALSE(retired.contains("c"));
  CHECK_FALSE(retired.contains("a"));
  CHECK(retired.contains(KeyRange{"b", "c"}));
  CHECK_FALSE(retired.contains(KeyRange{"b", "d"}));
  CHECK_FALSE(retired.contains(KeyRange{"a", "c"}));
  CHECK(retired.overlaps("a", "b"));
  CHECK_FALSE(retired.overlaps("c", "cz"));
  CHECK(retired.overlaps("c", "x"));
  CHECK(retired.covers("b", "bz"));
  CHECK_FALSE(retired.covers("b", "c"));
  CHECK_FALSE(retired.covers("b", "d"));
  retired.add({"c", "d"});
  CHECK(retired.ranges() == std::vector<KeyRange>{{"b", "e"}});
  CHECK(retired.covers("b", "d"));
  retired.add({"a", "z"});
  CHECK(retired.ranges() == std::vector<KeyRange>{{"a", "z"}});
}

// Writes commits over the keys a1…, b1… and c1…, whose versions lie in memtable, levels and history; then
// retires b.
TEST_CASE("compactions leave out what is retired, and nothing else") {
  StoreOptions options = test_options(new_memory_file_system());
  options.sstable_max_bytes = 2'000;
  options.sstable_block_bytes = 256;
  options.history_block_bytes = 256;
  for (const bool is_compacted : {false, true}) {
    CAPTURE(is_compacted);
    StoreUnderTest test;
    options.file_system = new_memory_file_system();
    REQUIRE(test.create(options));
    for (uint64_t commit = 1; commit <= 12; ++commit) {
      std::vector<std::pair<std::string, std::string>> entries;
      for (const char* prefix : {"a", "b", "c"}) {
        for (uint64_t key = 0; key < 40; ++key)
          entries.emplace_back(numbered(prefix, key), numbered("v", commit));
      }
      REQUIRE(test.commit(entries));
      if (commit % 3 == 0) REQUIRE(test.store->flush());
    }
    if (is_compacted) REQUIRE(test.store->compact());
    CHECK(test.store->version_count() == 12 * 3 * 40);
    CHECK_FALSE(test.store->is_retired("b1"));
    REQUIRE(test.store->retire({{"b", "c"}}));
    CHECK(test.store->is_retired("b1"));
    CHECK_FALSE(test.store->is_retired("c1"));
    REQUIRE(test.store->compact());
    CHECK(test.store->version_count() == 12 * 2 * 40);
    CHECK(test.dump(12).size() == 12 * 2 * 40);
    REQUIRE(test.open(options));
    CHECK(test.store->is_retired("b1"));
    CHECK(test.dump(12).size() == 12 * 2 * 40);
    REQUIRE(test.commit({{"b1", "late"}, {"d1", "w"}}));  // a commit of another process that did not know yet
    REQUIRE(test.store->compact());
    CHECK(test.store->version_count() == 12 * 2 * 40 + 1);
    REQUIRE(test.store->retire({{"a", "e"}}));
    CHECK(test.store->version_count() == 0);  // files with nothing but retired keys go at once
    CHECK(test.dump(13).empty());
  }
}
