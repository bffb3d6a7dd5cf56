#include "lsm/block.h"

#include <doctest/doctest.h>

#include <set>

#include "lsm/store_fixture.h"

using namespace spectradb::lsm;

namespace {

Block block_of(std::string_view bytes) {
  std::unique_ptr<char[]> copy(new char[bytes.size() + 1]);
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  return {std::move(copy), bytes.size()};
}

}  // namespace

TEST_CASE("a block finds every key, and the gaps between them") {
  BlockBuilder builder;
  for (uint64_t key = 0; key < 100; ++key) {
    for (uint64_t commit = 3; commit > 0; --commit)
      builder.add(numbered("key ", 100 + key), commit, 5,
                  commit % 3 == 0 ? kNeverSuperseded : commit + commit % 3 - 1, numbered("", commit));
  }
  const Block block = block_of(builder.finish());
  BlockReader reader;
  reader.reset(&block);
  for (uint64_t key = 0; key < 100; ++key) {
    const std::string wanted = numbered("key ", 100 + key);
    REQUIRE(reader.seek(wanted));
    CHECK(reader.user_key() == wanted);
    CHECK(reader.commit() == 3);
    CHECK(reader.next_version());
    CHECK(reader.value() == "2");
    CHECK(reader.next_version());
    CHECK_FALSE(reader.next_version());
    CHECK(reader.seek_before(wanted) == (key > 0));
    if (key > 0) CHECK(reader.user_key() == numbered("key ", 99 + key));
    CHECK(reader.seek(wanted + "+") == (key < 99));
    CHECK_FALSE(reader.is_damaged());
  }
  CHECK(reader.to_first());
  CHECK(reader.user_key() == "key 100");
}

TEST_CASE("whatever keys share, a block finds the first that is not below") {
  std::mt19937_64 random(test_seed("block_test, shared"));
  for (int round = 0; round < 200; ++round) {
    std::set<std::string> keys;
    const std::string common(random() % 20, 'c');
    const size_t alphabet = 1 + random() % 3;
    const auto any_key = [&] {
      std::string key = random() % 20 == 0 ? "" : common;
      for (size_t length = random() % 24; length > 0; --length)
        key.push_back(static_cast<char>("\0ab"[random() % (alphabet + 1)]));
      return key;
    };
    for (size_t count = 1 + random() % 80; count > 0; --count) keys.insert(any_key());
    BlockBuilder builder;
    for (const std::string& key : keys)
      builder.add(key, 7, 0, kNeverSuperseded, std::string(random() % 40, 'v'));
    const Block block = block_of(builder.finish());
    BlockReader reader;
    reader.reset(&block);
    for (int probe = 0; probe < 200; ++probe) {
      const std::string wanted = any_key();
      const auto expected = keys.lower_bound(wanted);
      REQUIRE(reader.seek(wanted) == (expected != keys.end()));
      if (expected == keys.end()) continue;
      REQUIRE(reader.user_key() == *expected);
      for (auto next = std::next(expected); next != keys.end() && probe % 10 == 0; ++next) {
        REQUIRE(reader.next_group());
        REQUIRE(reader.user_key() == *next);
      }
    }
    CHECK_FALSE(reader.is_damaged());
  }
}

TEST_CASE("no bytes make a block reader pass its limits") {
  BlockBuilder builder;
  for (uint64_t key = 0; key < 40; ++key)
    builder.add(numbered("key ", 100 + key), 9, 1, kNeverSuperseded, "value");
  const std::string intact(builder.finish());
  std::mt19937_64 random(test_seed("block_test"));
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = intact.substr(0, random() % 4 == 0 ? random() % intact.size() : intact.size());
    for (uint64_t hit = random() % 4; hit > 0 && !damaged.empty(); --hit) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    const Block block = block_of(damaged);
    BlockReader reader;
    reader.reset(&block);
    int steps = 0;
    for (bool on = reader.to_first(); on && steps < 10'000; ++steps)
      on = reader.next_version() || reader.next_group();
    (void)reader.seek("key 120");
    (void)reader.seek_before("key 130");
    CHECK(steps < 10'000);
  }
}
