#include "lsm/memory/version_list.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>
#include <tuple>

#include "lsm/base/checksum.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb::lsm;

namespace {

using Entry = std::tuple<std::string, uint64_t, uint32_t>;  // key, inverted commit, inverted ordinal

std::vector<Entry> entries_of(const VersionList& list) {
  std::vector<Entry> entries;
  for (const KeyNode* key = list.keys().first(); key != nullptr; key = key->next()) {
    for (const VersionNode* version = key->newest_version(); version != nullptr; version = version->older())
      entries.emplace_back(key->user_key(), ~version->commit(), ~version->ordinal());
  }
  return entries;
}

std::string random_key(std::mt19937_64& random, uint32_t index) {
  if (random() % 2 == 0) return numbered("sorted key number ", 10'000 + index);
  std::string key(random() % 20, static_cast<char>('a' + random() % 2));
  return random() % 3 == 0 ? std::string("\0\0", random() % 3) + key : key;
}

}  // namespace

TEST_CASE(
    "a version list is sorted, whatever the order of arrival, and however often it was read meanwhile") {
  std::mt19937_64 random(test_seed("version_list_test"));
  for (const uint32_t puts_a_read : {1u, 7u, 300u, 5000u}) {
    VersionList list;
    std::vector<Entry> expected;
    for (uint32_t index = 0; index < 5000; ++index) {
      const std::string key = random_key(random, index);
      const uint64_t commit = index / 50;
      list.put(key, commit, index, "value");
      expected.emplace_back(key, ~commit, ~index);
      if (index % puts_a_read == 0) {
        const KeyNode* here = list.keys().at_or_after(key);
        REQUIRE(here != nullptr);
        REQUIRE(here->user_key() == key);
      }
    }
    std::sort(expected.begin(), expected.end());
    CHECK(entries_of(list) == expected);
    for (int probe = 0; probe < 500; ++probe) {
      const std::string& key = std::get<0>(expected[random() % expected.size()]);
      const auto begin = std::lower_bound(expected.begin(), expected.end(), Entry{key, 0, 0});
      const KeyNode* before = list.keys().last_before(key);
      REQUIRE((before == nullptr) == (begin == expected.begin()));
      if (before != nullptr) CHECK(before->user_key() == std::get<0>(*std::prev(begin)));
      const KeyNode* behind = list.keys().at_or_after(key + "\0");
      const auto end = std::lower_bound(begin, expected.end(), Entry{key + "\0", 0, 0});
      REQUIRE((behind == nullptr) == (end == expected.end()));
      if (behind != nullptr) CHECK(behind->user_key() == std::get<0>(*end));
    }
  }
}

TEST_CASE("a version list finds keys by their hash, and versions by their commit and ordinal") {
  std::mt19937_64 random(test_seed("version_list_test"));
  VersionList list;
  std::map<std::string, std::vector<std::pair<uint64_t, uint32_t>>> expected;  // oldest first
  for (uint32_t index = 0; index < 20'000; ++index) {
    const std::string key = numbered("k", random() % (1 + random() % 3000));
    list.put(key, index / 10, index, key);
    expected[key].emplace_back(index / 10, index);
  }
  CHECK(list.count() == 20'000);
  CHECK(list.find("none", hash_key("none")) == nullptr);
  for (const auto& [name, versions] : expected) {
    const KeyNode* key = list.find(name, hash_key(name));
    REQUIRE(key != nullptr);
    REQUIRE(key->user_key() == name);
    REQUIRE(key->newest_version()->number() == versions.size());
    for (int probe = 0; probe < 20; ++probe) {
      const auto wanted = probe == 0 ? std::pair<uint64_t, uint32_t>(UINT64_MAX, UINT32_MAX)
                                     : std::pair<uint64_t, uint32_t>(random() % 2010, random() % 20'100);
      const auto after = std::upper_bound(versions.begin(), versions.end(), wanted);
      const VersionNode* found = key->newest_version()->not_newer_than(wanted.first, wanted.second);
      REQUIRE((found == nullptr) == (after == versions.begin()));
      if (found == nullptr) continue;
      CHECK(found->ordinal() == std::prev(after)->second);
      CHECK(found->value() == name);
    }
  }
}

TEST_CASE(
    "a list of one thread finds keys that came in ascending order, and all of them once one breaks it") {
  for (const uint32_t ascending : {0u, 1u, 2u, 9u, 10u, 11u, 16u, 17u, 1000u}) {
    VersionList list(VersionList::Use::kOneThread);
    uint32_t ordinal = 0;
    std::map<std::string, uint32_t> versions;
    const auto put = [&](const std::string& key) {
      list.put(key, 0, ordinal++, key);
      ++versions[key];
    };
    const auto check = [&] {
      for (uint32_t index = 0; index < 2 * ascending + 60; ++index) {
        const std::string name = numbered("k", 10'000 + index);
        const KeyNode* key = list.find(name, hash_key(name));
        const auto expected = versions.find(name);
        REQUIRE((key != nullptr) == (expected != versions.end()));
        if (key == nullptr) continue;
        CHECK(key->user_key() == name);
        CHECK(key->newest_version()->number() == expected->second);
      }
    };
    for (uint32_t index = 0; index < ascending; ++index) {
      put(numbered("k", 10'000 + 2 * index + 2));
      if (index % 3 == 0) put(numbered("k", 10'000 + 2 * index + 2));  // the highest key once more
    }
    check();
    if (ascending > 2) put(numbered("k", 10'000 + 4));  // one that is there breaks no order
    check();
    put(numbered("k", 10'000 + 1));
    check();
    for (uint32_t index = 0; index < 50; ++index) put(numbered("k", 10'000 + 2 * ascending + 59 - index));
    check();
    CHECK(entries_of(list).size() == ordinal);
    CHECK(list.count() == ordinal);
  }
}

TEST_CASE("how much a range of a version list holds is exact for few and near for many") {
  VersionList list;
  for (uint32_t index = 0; index < 20'000; ++index) list.put(numbered("k", 100'000 + index), 1, index, "v");
  for (uint32_t index = 0; index < 5; ++index) list.put("k100003", 2, index, "v");
  CHECK(list.estimate_between("k100000", "k100010") == 15);
  CHECK(list.estimate_between("k105000", "k105000") == 0);
  CHECK(list.estimate_between("k105000", "k104000") == 0);
  CHECK(list.estimate_between("l", "m") == 0);
  for (const auto& [from, to, count] : {std::tuple{"", "l", 20'000.0}, {"k105000", "k107000", 2'000.0}}) {
    const auto estimate = static_cast<double>(list.estimate_between(from, to));
    CHECK(estimate > count / 3);
    CHECK(estimate < count * 3);
  }
  CHECK(VersionList().estimate_between("", "z") == 0);
}

TEST_CASE("readers walk a version list, and look keys up in it, while it grows") {
  constexpr uint32_t kVersions = 4000;
  VersionList list;
  std::vector<std::string> keys;
  std::mt19937_64 random(1);
  for (uint32_t index = 0; index < kVersions; ++index) keys.push_back(numbered("k", random() % 2000));
  std::atomic<uint32_t> there{0};  // as many of them
  std::atomic<uint64_t> failures{0};
  const auto walk = [&] {
    while (there < kVersions) {
      const uint32_t heard_of = there;
      std::string_view last;
      uint32_t seen = 0;
      for (const KeyNode* key = list.keys().first(); key != nullptr; key = key->next()) {
        if (key->user_key() <= last) ++failures;
        last = key->user_key();
        for (const VersionNode* version = key->newest_version(); version != nullptr;
             version = version->older()) {
          if (version->value() != last) ++failures;
          ++seen;
        }
      }
      if (seen < heard_of) ++failures;
    }
  };
  const auto find = [&] {
    std::mt19937_64 of_reader(2);
    while (there < kVersions) {
      const uint32_t heard_of = there;
      if (heard_of == 0) continue;
      const uint32_t wanted = static_cast<uint32_t>(of_reader() % heard_of);
      const KeyNode* key = list.find(keys[wanted], hash_key(keys[wanted]));
      const VersionNode* version =
          key == nullptr ? nullptr : key->newest_version()->not_newer_than(1, wanted);
      if (version == nullptr || version->ordinal() != wanted || version->value() != keys[wanted]) ++failures;
    }
  };
  std::vector<std::thread> readers;
  readers.emplace_back(walk);
  readers.emplace_back(walk);
  readers.emplace_back(find);
  for (uint32_t index = 0; index < kVersions; ++index) {
    list.put(keys[index], 1, index, keys[index]);
    there = index + 1;
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(failures == 0);
  CHECK(list.count() == kVersions);
}

TEST_CASE("spans pass over versions outside a range of valid time, and over no other") {
  const uint64_t seed = test_seed("version_list_test");
  std::mt19937_64 random(seed);
  for (int round = 0; round < 50; ++round) {
    VersionList list;
    const bool is_chronological = round % 2 == 0;
    constexpr uint32_t kVersions = 2000;
    constexpr int64_t kSpread = 10'000;
    for (uint32_t ordinal = 0; ordinal < kVersions; ++ordinal) {
      const auto from = is_chronological ? int64_t{ordinal} * 5 : static_cast<int64_t>(random() % kSpread);
      VersionBounds valid{from,
                          random() % 50 == 0 ? INT64_MAX : from + 1 + static_cast<int64_t>(random() % 10)};
      // The first ones of some keys have no bounds.
      if (!is_chronological && ordinal < 100 && round % 3 == 0) valid = {INT64_MIN, INT64_MAX};
      list.put(numbered("k", is_chronological ? 1 : random() % 5), 0, ordinal, "v", valid);
    }
    const auto first = static_cast<int64_t>(random() % kSpread);
    const ValidRange range(first, first + static_cast<int64_t>(random() % 20));
    std::vector<uint32_t> wanted;
    std::vector<uint32_t> found;
    uint32_t steps = 0;
    for (const KeyNode* key = list.keys().first(); key != nullptr; key = key->next()) {
      for (const VersionNode* version = key->newest_version(); version != nullptr;
           version = version->older()) {
        if (version->may_overlap(range)) wanted.push_back(version->ordinal());
      }
      for (const VersionNode* version = key->newest_version(); version != nullptr; ++steps) {
        if (version->may_overlap(range)) {
          found.push_back(version->ordinal());
          version = version->older();
        } else {
          version = version->behind_outside(range);
        }
      }
    }
    REQUIRE(found == wanted);
    if (is_chronological) CHECK(steps < 60 * (wanted.size() + 5));  // of 2,000
  }
}
