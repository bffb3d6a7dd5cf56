// A count is that of the rows that a RowCursor shows, at each instant for which it is said to hold.
#include "temporal/row_count.h"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>

#include "base/random_seed.h"
#include "temporal/memory_versions.h"

namespace spectradb::temporal {
namespace {

constexpr int64_t kCountedInstants = 12;
constexpr uint64_t kCommits = 6;

// Facts of a few keys, half of them for all time.
MemoryVersions random_facts(Random& random, bool has_bounds) {
  MemoryVersions versions;
  for (uint64_t commit = 1; commit <= kCommits; ++commit) {
    for (char key = 'a'; key < 'f'; ++key) {
      if (random() % 3 == 0) continue;
      Fact fact;
      if (has_bounds && random() % 2 == 0) {
        const auto from = static_cast<int64_t>(random() % (kCountedInstants - 1));
        fact.valid.from = {from, false};
        if (random() % 4 != 0)
          fact.valid.to = {
              from + 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(kCountedInstants - from)),
              false};
      }
      fact.operation = random() % 3 == 0 ? Operation::kDelete : Operation::kPut;
      MemoryVersion version{commit, 0, {}};
      encode_fact(version.value, fact);
      versions[std::string(1, key)].push_back(std::move(version));
    }
  }
  return versions;
}

ReadTimes at(int64_t us) {
  ReadTimes times;
  times.valid = ValidMode::kAt;
  times.at_us = us;
  return times;
}

uint64_t rows_shown(const MemoryVersions& versions, uint64_t commit, int64_t us) {
  RowCursor rows(std::make_unique<MemoryCursor>(versions, commit), at(us));
  uint64_t count = 0;
  for (rows.seek("b", "f", false); rows.valid(); rows.next()) ++count;
  REQUIRE(rows.status());
  return count;
}

}  // namespace

TEST_CASE("A count holds at each instant that it names") {
  SPECTRADB_SHOW_SEED();
  Random random(random_seed());
  for (int run = 0; run < 400; ++run) {
    const bool has_bounds = run % 4 != 0;
    const MemoryVersions versions = random_facts(random, has_bounds);
    for (uint64_t commit = 0; commit <= kCommits; ++commit) {
      for (int64_t us = 0; us < kCountedInstants; ++us) {
        MemoryCursor cursor(versions, commit);
        const Result<RowCount> counted = count_rows(cursor, "b", "f", at(us));
        REQUIRE(counted);
        REQUIRE(counted->valid.contains(us));
        if (!has_bounds) REQUIRE(counted->valid == Period{});
        for (int64_t other = 0; other < kCountedInstants; ++other) {
          if (counted->valid.contains(other)) REQUIRE(rows_shown(versions, commit, other) == counted->rows);
        }
      }
    }
  }
}

TEST_CASE("A count ends when it is interrupted") {
  MemoryVersions versions;
  for (int i = 0; i < 5000; ++i) {
    MemoryVersion version{1, 0, {}};
    encode_fact(version.value, {});
    versions[std::to_string(i)].push_back(std::move(version));
  }
  ReadCallbacks callbacks{[] { return int64_t{0}; }, [] { return true; }};
  ReadTimes times;
  times.callbacks = &callbacks;
  MemoryCursor cursor(versions, 1);
  CHECK(count_rows(cursor, "", "x", times).status().code() == Code::kInterrupted);
}

}  // namespace spectradb::temporal
