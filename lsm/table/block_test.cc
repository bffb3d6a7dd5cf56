#include "lsm/table/block.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "lsm/testing/store_fixture.h"

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
  for (const bool has_directory : {false, true}) {
    CAPTURE(has_directory);
    if (has_directory) CHECK(block.make_directory() > 0);
    CHECK((block.directory() != nullptr) == has_directory);
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
  CHECK(block.make_directory() == 0);
}

TEST_CASE("valid times pass over what is not valid at an instant, and over nothing else") {
  constexpr int64_t kPeriods = 30;
  BlockBuilder builder;
  for (uint64_t key = 0; key < 3; ++key) {
    for (int64_t period = kPeriods; period > 0; --period) {
      const int64_t from = (period * 7) % kPeriods * 10;
      builder.add(numbered("key ", key), static_cast<uint64_t>(period), 5, kNeverSuperseded,
                  bounded_value(from, from + 15, numbered("period ", static_cast<uint64_t>(period))));
    }
  }
  builder.add("last", 9, 5, kNeverSuperseded, bounded_value(0, 10, "alone"));
  const Block block = block_of(builder.finish());
  const PrefixProperties properties;
  CHECK(block.make_valid_times(properties) == 0);  // at the first time
  REQUIRE(block.make_valid_times(properties) > 0);
  CHECK(block.make_valid_times(properties) == 0);
  for (const int64_t instant :
       {int64_t{-1}, int64_t{0}, int64_t{12}, int64_t{155}, int64_t{304}, int64_t{305}}) {
    CAPTURE(instant);
    for (uint64_t key = 0; key < 3; ++key) {
      BlockReader reader;
      reader.reset(&block);
      std::set<std::string> expected;
      REQUIRE(reader.seek(numbered("key ", key)));
      do {
        const VersionBounds valid = *properties.bounds(reader.value());
        if (valid.valid_from <= instant && instant < valid.valid_to) expected.emplace(reader.value());
      } while (reader.next_version());
      std::set<std::string> found;
      REQUIRE(reader.seek(numbered("key ", key)));
      bool is_there = !reader.is_outside(instant) || reader.next_version_at(instant);
      for (; is_there; is_there = reader.next_version_at(instant)) found.emplace(reader.value());
      CHECK(found == expected);
      CHECK_FALSE(reader.is_damaged());
      REQUIRE(reader.next_group());
      CHECK(reader.user_key() == (key < 2 ? numbered("key ", key + 1) : "last"));
    }
  }
}

TEST_CASE("a version alone makes the block that it would make with its value copied") {
  for (const uint64_t recency : {kNeverSuperseded, uint64_t{9}, uint64_t{70'000}}) {
    BlockBuilder copying;
    copying.add("the key", 9, 4'000, recency, "a value");
    BlockBuilder builder;
    for (int round = 0; round < 2; ++round) {  // a builder can be used again
      const LoneVersion block = builder.alone("the key", 9, 4'000, recency, "a value");
      std::string whole(block.times);
      for (const std::string_view part : {block.head, block.value, block.tail}) whole += part;
      CHECK(whole == copying.finish());
      CHECK(block.size_bytes() == whole.size());
      CHECK(block.times.size() == copying.plain_bytes());
      builder.reset();
      builder.add("another key", 1, 1, kNeverSuperseded, "another value");
      builder.finish();
      builder.reset();
    }
  }
}

TEST_CASE("a block gives back the times of every version, however far they lie apart") {
  std::mt19937_64 random(test_seed("block_test, times"));
  struct Version {
    std::string key;
    uint64_t commit;
    uint32_t ordinal;
    uint64_t recency;
    std::string value;
  };
  for (int round = 0; round < 300; ++round) {
    const uint64_t commit_bits = 1 + random() % 63;
    const uint64_t ordinal_bits = random() % 33;
    const auto below = [&](uint64_t bits) { return random() & ((uint64_t{1} << bits) - 1); };
    std::vector<Version> versions;
    for (uint64_t key = 0; key < 1 + random() % 60; ++key) {
      std::set<uint64_t, std::greater<>> commits;
      for (uint64_t count = 1 + random() % (random() % 4 == 0 ? 20 : 1); count > 0; --count)
        commits.insert(std::max<uint64_t>(below(commit_bits), 1));
      for (const uint64_t commit : commits) {
        const uint64_t recency = random() % 3 == 0 ? kNeverSuperseded : commit + below(random() % 64);
        versions.push_back({numbered("key ", 100 + key), commit, static_cast<uint32_t>(below(ordinal_bits)),
                            std::max(recency, commit), std::string(random() % 300, 'v')});
      }
    }
    BlockBuilder builder;
    for (const Version& one : versions) builder.add(one.key, one.commit, one.ordinal, one.recency, one.value);
    const Block block = block_of(builder.finish());
    if (random() % 2 == 0) (void)block.make_directory();
    REQUIRE(block.version_count() == versions.size());
    BlockReader reader;
    reader.reset(&block);
    bool on = reader.to_first();
    for (const Version& one : versions) {
      REQUIRE(on);
      REQUIRE(reader.user_key() == one.key);
      REQUIRE(reader.commit() == one.commit);
      REQUIRE(reader.ordinal() == one.ordinal);
      REQUIRE(reader.recency() == one.recency);
      REQUIRE(reader.value() == one.value);
      on = reader.next_version() || reader.next_group();
    }
    CHECK_FALSE(on);
    CHECK_FALSE(reader.is_damaged());
    const Version& any = versions[random() % versions.size()];
    REQUIRE(reader.seek(any.key));
    while (reader.commit() != any.commit) REQUIRE(reader.next_version());
    CHECK(reader.ordinal() == any.ordinal);
    CHECK(reader.value() == any.value);
    if (reader.seek_before(any.key)) {
      const auto last = std::find_if(versions.begin(), versions.end(),
                                     [&](const Version& one) { return one.key == reader.user_key(); });
      CHECK(reader.commit() == last->commit);
    }
  }
}

TEST_CASE("what looks random takes no more than its bits: a load in random order") {
  BlockBuilder builder;
  std::mt19937_64 random(test_seed("block_test, packed"));
  for (uint64_t key = 0; key < 100; ++key)
    builder.add(numbered("key ", 100 + key), 1 + random() % 1000, static_cast<uint32_t>(random() % 1000),
                kNeverSuperseded, "v");
  (void)builder.finish();
  CHECK(builder.plain_bytes() <= 100 * 20 / 8 + 16);
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
    if (random() % 2 == 0) (void)block.make_directory();
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

TEST_CASE("keys without a late version are passed over, and no others") {
  std::mt19937_64 random(test_seed("block_test, since"));
  for (int round = 0; round < 300; ++round) {
    struct Key {
      std::string key;
      uint64_t commit;  // its latest
    };
    std::vector<Key> keys;
    const uint64_t commits = 1 + random() % 40;
    BlockBuilder builder;
    const uint64_t count = 1 + random() % 80;
    for (uint64_t number = 0; number < count; ++number) {
      keys.push_back({numbered(std::string(random() % 12, 'k') + " ", 100 + number), 0});
      keys.back().key.insert(0, numbered("", 1000 + number / 3));  // so that some share more than others
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.key < b.key; });
    for (Key& key : keys) {
      key.commit = 1 + random() % commits;
      for (uint64_t commit = key.commit; commit > 0; commit -= std::min(commit, 1 + random() % commits))
        builder.add(key.key, commit, 0, kNeverSuperseded, numbered("v", commit));
    }
    const Block block = block_of(builder.finish());
    if (random() % 2 == 0) (void)block.make_directory();
    BlockReader reader;
    reader.reset(&block);
    for (uint64_t min_commit = 1; min_commit <= commits + 1; ++min_commit) {
      REQUIRE(reader.to_first());
      for (size_t at = random() % keys.size(); at > 0; --at) REQUIRE(reader.next_group());
      const std::string from(reader.user_key());
      std::vector<std::string> expected;
      for (const Key& key : keys) {
        if (key.key > from && key.commit >= min_commit) expected.push_back(key.key);
      }
      std::vector<std::string> seen;
      while (reader.next_group_since(min_commit)) {
        seen.emplace_back(reader.user_key());
        REQUIRE(reader.commit() >= min_commit);
        REQUIRE(reader.value() == numbered("v", reader.commit()));
      }
      REQUIRE(seen == expected);
      REQUIRE_FALSE(reader.is_damaged());
      REQUIRE_FALSE(reader.next_group_since(min_commit));
    }
  }
}

TEST_CASE("keys without a shown version are passed over, and no others") {
  std::mt19937_64 random(test_seed("block_test, shown"));
  for (int round = 0; round < 300; ++round) {
    struct Version {
      std::string key;
      uint64_t commit;
      uint64_t recency;
    };
    std::vector<Version> versions;
    const uint64_t commits = 1 + random() % 40;
    BlockBuilder builder;
    const uint64_t count = 1 + random() % 80;
    for (uint64_t number = 0; number < count; ++number) {
      uint64_t recency = kNeverSuperseded;
      for (uint64_t commit = 1 + random() % commits; commit > 0;
           commit -= std::min(commit, 1 + random() % commits)) {
        if (random() % 2 == 0) recency = commit + random() % 5;
        versions.push_back({numbered("key ", 100 + number), commit, recency});
        builder.add(versions.back().key, commit, 0, recency, numbered("v", commit));
        recency = commit;
      }
    }
    const Block block = block_of(builder.finish());
    if (random() % 2 == 0) (void)block.make_directory();
    for (uint64_t max_commit = 0; max_commit <= commits + 1; ++max_commit) {
      const uint64_t superseded_by = random() % (max_commit + 1);
      const auto is_shown = [&](uint64_t commit, uint64_t recency) {
        return commit <= max_commit && recency > superseded_by;
      };
      std::vector<std::string> expected;
      for (const Version& one : versions) {
        if (is_shown(one.commit, one.recency) && (expected.empty() || expected.back() != one.key))
          expected.push_back(one.key);
      }
      std::vector<std::string> seen;
      BlockReader reader;
      reader.reset(&block);
      while (reader.next_group_shown(max_commit, superseded_by)) {
        seen.emplace_back(reader.user_key());
        while (!is_shown(reader.commit(), reader.recency())) REQUIRE(reader.next_version());
        REQUIRE(reader.value() == numbered("v", reader.commit()));
      }
      REQUIRE(seen == expected);
      REQUIRE_FALSE(reader.is_damaged());
      REQUIRE_FALSE(reader.next_group_shown(max_commit, superseded_by));
    }
  }
}

TEST_CASE("a version of commit 0, which there is not, is damage") {
  BlockBuilder builder;
  builder.add("key", 0, 0, 0, "value");
  const Block block = block_of(builder.finish());
  BlockReader reader;
  reader.reset(&block);
  CHECK_FALSE(reader.to_first());
  CHECK(reader.is_damaged());
}

// The count of versions, and the first version of a restart, are what the bytes say.
TEST_CASE("no numbers of versions make a reader pass the valid times") {
  constexpr uint64_t kVersionsOfKey = 3;
  BlockBuilder builder;
  for (uint64_t key = 0; key < 20; ++key)
    for (uint64_t version = 0; version < kVersionsOfKey; ++version)
      builder.add(numbered("key ", 100 + key), 9, 1, kNeverSuperseded,
                  bounded_value(static_cast<int64_t>(version) * 10, 100, numbered("of ", 100 + key)));
  const std::string intact(builder.finish());
  const Block whole = block_of(intact);
  REQUIRE(whole.version_count() == 20 * kVersionsOfKey);
  REQUIRE(whole.restart_count() > 1);
  CHECK(whole.has_right_restarts());
  const size_t restarts = intact.size() - sizeof(uint32_t) - whole.restart_count() * 2 * sizeof(uint32_t);
  for (const bool has_more : {false, true}) {
    for (uint32_t first = 0; first < 130; ++first) {
      CAPTURE(first);
      std::string forged = intact;
      if (has_more) forged[1] = 120;  // of versions: all have the same times, which take no bytes
      for (uint32_t restart = 0; restart < whole.restart_count(); ++restart)
        forged[restarts + (2 * restart + 1) * sizeof(uint32_t)] = static_cast<char>(first);
      const Block block = block_of(forged);
      REQUIRE(block.version_count() == (has_more ? 120 : 20 * kVersionsOfKey));
      const PrefixProperties properties;
      (void)block.make_valid_times(properties);
      (void)block.make_valid_times(properties);
      REQUIRE(block.valid_times() != nullptr);
      CHECK(block.valid_times()->versions.empty() == has_more);
      CHECK_FALSE(block.has_right_restarts());
      BlockReader reader;
      reader.reset(&block);
      bool on = reader.seek("key 110") && (!reader.is_outside(5) || reader.next_version_at(5));
      for (; on; on = reader.next_version_at(5)) {
        CHECK(reader.user_key() == "key 110");
        CHECK(reader.value().ends_with("of 110"));
      }
    }
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
    CHECK(block.version_count() <= damaged.size());
    for (uint32_t version = 0; version < block.version_count(); ++version) (void)block.recency(version);
    if (random() % 2 == 0) (void)block.make_directory();
    BlockReader reader;
    reader.reset(&block);
    int steps = 0;
    for (bool on = reader.to_first(); on && steps < 10'000; ++steps)
      on = reader.next_version() || reader.next_group();
    (void)reader.seek("key 120");
    (void)reader.seek_before("key 130");
    for (bool on = reader.to_first(); on && steps < 20'000; ++steps)
      on = reader.next_group_since(random() % 12);
    for (bool on = reader.to_first(); on && steps < 20'000; ++steps)
      on = reader.next_group_shown(random() % 12, random() % 12);
    CHECK(steps < 10'000);
  }
}
