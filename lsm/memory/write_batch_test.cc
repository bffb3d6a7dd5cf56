#include "lsm/memory/write_batch.h"

#include <doctest/doctest.h>

#include "lsm/memory/large_entries.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

std::vector<std::string> entries_of(const WriteBatch& batch) {
  std::vector<std::string> entries;
  batch.for_each([&](uint32_t ordinal, std::string_view key, std::string_view value) {
    std::string entry = numbered("", ordinal);
    entries.push_back(entry.append(":").append(key).append("=").append(value));
  });
  return entries;
}

}  // namespace

TEST_CASE("rollback_to kills the entries behind a mark and leaves holes") {
  WriteBatch batch;
  CHECK(batch.put("a", "1") == 0);
  CHECK(batch.put("b", "2") == 1);
  CHECK(batch.mark() == 2);
  CHECK(batch.put("c", "3") == 2);
  batch.rollback_to(2);
  CHECK(batch.count() == 2);
  CHECK(batch.put("d", "4") == 3);
  CHECK(entries_of(batch) == std::vector<std::string>{"0:a=1", "1:b=2", "3:d=4"});
  batch.rollback_to(1);  // reaches over the older hole
  CHECK(batch.count() == 1);
  CHECK(batch.put("e", "") == 4);
  CHECK(entries_of(batch) == std::vector<std::string>{"0:a=1", "4:e="});
  batch.rollback_to(9);
  CHECK(batch.count() == 2);
  batch.rollback_to(0);
  CHECK(batch.count() == 0);
  CHECK(entries_of(batch).empty());
  batch.clear();
  CHECK(batch.put("f", "5") == 0);
  CHECK(entries_of(batch) == std::vector<std::string>{"0:f=5"});
}

TEST_CASE("large entries and many of them come back in order") {
  WriteBatch batch;
  std::vector<std::string> values;
  for (uint64_t index = 0; index < 300; ++index) {
    values.push_back(
        std::string(index % 50 == 0 ? 2'000'000 : index * 10, static_cast<char>('a' + index % 26)));
    batch.put(numbered("key ", index % 7), values.back());
  }
  uint32_t expected = 0;
  batch.for_each([&](uint32_t ordinal, std::string_view key, std::string_view value) {
    REQUIRE(ordinal == expected);
    REQUIRE(key == numbered("key ", ordinal % 7));
    REQUIRE(value == values[ordinal]);
    ++expected;
  });
  CHECK(expected == 300);
}

TEST_CASE("a value in parts is one value, and a few large ones are worth files of their own") {
  constexpr uint64_t kMemtableBytes = 16u << 20;
  WriteBatch batch;
  CHECK_FALSE(is_worth_spilling(batch, 0));
  const std::string large(3u << 20, 'l');
  const std::string_view parts[] = {"a", {}, large, "z"};
  CHECK(put_parts(batch, "key", parts, {3, 5}) == 0);
  CHECK(put_parts(batch, "none", {}, {3, 5}) == 1);
  batch.for_each([&](uint32_t ordinal, std::string_view, std::string_view value) {
    CHECK(value == (ordinal == 0 ? "a" + large + "z" : std::string()));
  });
  CHECK_FALSE(is_worth_spilling(batch, kMemtableBytes));
  batch.put("key", large);
  batch.put("key", large);
  CHECK(is_worth_spilling(batch, kMemtableBytes));
  for (uint64_t index = 0; index < 20; ++index) batch.put(numbered("small ", index), "value");
  CHECK_FALSE(is_worth_spilling(batch, kMemtableBytes));
}

TEST_CASE("a cursor follows its batch while that grows and is rolled back") {
  StoreUnderTest test;
  REQUIRE(test.create(test_options(new_memory_file_system())));
  REQUIRE(test.commit({{"b", "old"}, {"d", "old"}, {"f", "old"}}));
  WriteBatch own;
  own.put("a", "own");
  own.put("c", "own");
  const auto cursor = test.store->new_cursor({1, &own, 2, std::nullopt});
  const auto here = [&] { return cursor->valid() ? std::string(cursor->user_key()) : std::string("end"); };
  cursor->seek("");
  CHECK(here() == "a");
  const uint32_t mark = own.mark();
  own.put("aa", "own");  // behind the cursor's place, so the cursor comes to it next
  own.put("e", "own");
  cursor->next();
  CHECK(here() == "aa");
  own.rollback_to(mark);  // removes the version under the cursor; the cursor can go on all the same
  cursor->next();
  CHECK(here() == "b");
  own.rollback_to(1);  // removes "c", on which the batch's iterator waited
  cursor->next_key();
  CHECK(here() == "d");
  own.put("d", "newer");  // stands before the cursor's place
  own.put("e", "own");
  cursor->next();
  CHECK(here() == "e");
  cursor->next();
  CHECK(here() == "f");
  cursor->next();
  CHECK(here() == "end");
  cursor->seek_key("d");
  CHECK(cursor->commit() == 2);
  own.put("d", "newest");
  cursor->next();
  CHECK(cursor->commit() == 1);
  cursor->next();
  CHECK(here() == "end");
  CHECK(cursor->status());
}
