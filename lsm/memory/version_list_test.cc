#include "lsm/memory/version_list.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <tuple>

#include "lsm/testing/store_fixture.h"

using namespace spectradb::lsm;

namespace {

using Entry = std::tuple<std::string, uint64_t, uint32_t>;  // key, inverted commit, inverted ordinal

std::vector<Entry> entries_of(const VersionList& list) {
  std::vector<Entry> entries;
  for (const auto* node = list.first(); node != nullptr; node = node->next()) {
    entries.emplace_back(node->user_key(), ~node->commit, ~node->ordinal);
  }
  return entries;
}

}  // namespace

TEST_CASE("a version list is sorted, whatever the order of arrival") {
  std::mt19937_64 random(test_seed("version_list_test"));
  VersionList list;
  std::vector<Entry> expected;
  for (uint32_t index = 0; index < 5000; ++index) {
    std::string key(random() % 20, static_cast<char>('a' + random() % 2));
    if (random() % 3 == 0) key = std::string("\0\0", random() % 3) + key;
    if (random() % 2 == 0) key = numbered("sorted key number ", 10'000 + index);
    const uint64_t commit = random() % 50;
    list.put(key, commit, index, "value");
    expected.emplace_back(key, ~commit, ~index);
  }
  std::sort(expected.begin(), expected.end());
  CHECK(entries_of(list) == expected);
  for (int probe = 0; probe < 500; ++probe) {
    const Entry& wanted = expected[random() % expected.size()];
    const std::string& key = std::get<0>(wanted);
    const auto* node = list.at_or_after({key, ~std::get<1>(wanted), ~std::get<2>(wanted)});
    REQUIRE(node != nullptr);
    CHECK(Entry{node->user_key(), ~node->commit, ~node->ordinal} == wanted);
    const auto behind = std::lower_bound(expected.begin(), expected.end(), Entry{key, 0, 0});
    const auto* before = list.last_before(key);
    REQUIRE((before == nullptr) == (behind == expected.begin()));
    if (before != nullptr) CHECK(before->user_key() == std::get<0>(*std::prev(behind)));
  }
}

TEST_CASE("how much a range of a version list holds is exact for few and near for many") {
  VersionList list;
  for (uint32_t index = 0; index < 20'000; ++index) list.put(numbered("k", 100'000 + index), 1, index, "v");
  CHECK(list.estimate_between("k100000", "k100010") == 10);
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

TEST_CASE("readers walk a version list while it grows") {
  VersionList list;
  std::atomic<bool> is_done{false};
  std::atomic<uint64_t> failures{0};
  std::thread reader([&] {
    while (!is_done) {
      std::string_view last;
      for (const auto* node = list.first(); node != nullptr; node = node->next()) {
        if (node->user_key() <= last || node->value() != node->user_key()) ++failures;
        last = node->user_key();
      }
    }
  });
  std::mt19937_64 random(1);
  for (uint32_t index = 0; index < 3000; ++index) {
    const std::string key = numbered("k", random());
    list.put(key, 1, index, key);
  }
  is_done = true;
  reader.join();
  CHECK(failures == 0);
  CHECK(list.count() == 3000);
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
      const VersionBounds valid{
          from, random() % 50 == 0 ? INT64_MAX : from + 1 + static_cast<int64_t>(random() % 10)};
      list.put(numbered("k", is_chronological ? 1 : random() % 5), 0, ordinal, "v", valid);
    }
    const auto first = static_cast<int64_t>(random() % kSpread);
    const ValidRange range(first, first + static_cast<int64_t>(random() % 20));
    std::vector<uint32_t> wanted;
    for (const auto* node = list.first(); node != nullptr; node = node->next()) {
      if (node->valid.may_overlap(range)) wanted.push_back(node->ordinal);
    }
    std::vector<uint32_t> found;
    uint32_t steps = 0;
    for (const auto* node = list.first(); node != nullptr; ++steps) {
      if (node->valid.may_overlap(range)) {
        found.push_back(node->ordinal);
        node = node->next();
      } else {
        node = node->behind_outside(range);
      }
    }
    REQUIRE(found == wanted);
    if (is_chronological) CHECK(steps < 30 * (wanted.size() + 5));  // of 2,000
  }
}
