// Lists that have grown too long are split by later writes, so many vectors a write, and every entry stays where its
// vector leads.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "extension/facets/vector/vector_index.h"

using namespace spectradb;
using namespace spectradb::extension;

namespace {

constexpr int kDimensions = 8;
constexpr size_t kListSize = 100;

// Keeps entries in memory, and counts those that are moved.
class CountedSpace final : public temporal::EntrySpace {
 public:
  Status each(std::string_view prefix, const std::function<bool(const Held&)>& visit) override {
    for (auto entry = entries.lower_bound(std::string(prefix));
         entry != entries.end() && entry->first.starts_with(prefix); ++entry) {
      if (!visit({entry->first, entry->second, {}})) break;
    }
    return Status::ok();
  }
  Result<bool> find(std::string_view key, std::string* payload) override {
    const auto entry = entries.find(std::string(key));
    if (entry == entries.end()) return false;
    *payload = entry->second;
    return true;
  }
  void put(std::string_view key, std::string_view payload, const temporal::Period&) override {
    entries[std::string(key)] = payload;
  }
  void erase(std::string_view key, const temporal::Period&) override {
    CHECK(entries.erase(std::string(key)) == 1);
    ++moved;
  }

  std::map<std::string, std::string> entries;
  size_t moved = 0;
};

std::string text_of(int row) {
  std::string json;
  uint32_t random = static_cast<uint32_t>(row) * 2654435761U + 1;
  for (int i = 0; i < kDimensions; ++i) {
    random = random * 1664525U + 1013904223U;
    json += (i == 0 ? "[" : ",") + std::to_string(static_cast<int>(random >> 16) % 2000 - 1000);
  }
  return json + "]";
}

std::string key_of(VectorEntries& maker, CountedSpace& space, int row) {
  const std::string text = text_of(row);
  const std::vector<temporal::Value> values{temporal::Value::text(text)};
  std::vector<temporal::IndexEntry> made;
  REQUIRE(maker.make(&space, values, &made));
  REQUIRE(made.size() == 1);
  space.entries[made[0].key + "row " + std::to_string(row)] = made[0].payload;
  return made[0].key + "row " + std::to_string(row);
}

void write(VectorEntries& maker, CountedSpace& space, int from, int to) {
  for (int row = from; row < to; ++row) REQUIRE(maker.wrote(space, key_of(maker, space, row)));
}

// Returns how many entries each list has.
std::map<std::string, size_t> lists_of(const CountedSpace& space) {
  std::map<std::string, size_t> sizes;
  for (const auto& [key, payload] : space.entries) {
    const size_t row = key.find("row ");
    if (row != std::string::npos) ++sizes[key.substr(0, row)];
  }
  return sizes;
}

size_t longest_of(const CountedSpace& space) {
  size_t longest = 0;
  for (const auto& [list, size] : lists_of(space)) longest = std::max(longest, size);
  return longest;
}

VectorOptions with_lists_of(size_t size) {
  VectorOptions options;
  options.list_size = size;
  return options;
}

}  // namespace

TEST_CASE(
    "what a commit moves to split lists grows with what it writes, not with how many lists are too long") {
  constexpr int kRows = 8000;
  CountedSpace space;
  VectorEntries before(with_lists_of(4 * kListSize), {});
  write(before, space, 0, kRows);
  const size_t list_count = lists_of(space).size();
  REQUIRE(list_count > 20);

  // Now lists of a quarter of that size are wanted, so that nearly all are too long at once.
  VectorEntries maker(with_lists_of(kListSize), {});
  int row = kRows;
  size_t most_moved = 0;
  constexpr int kCommits = 60;
  for (int commit = 0; commit < kCommits; ++commit) {
    const int writes = 1 + commit % 3 * 150;
    space.moved = 0;
    const size_t last = longest_of(space) + static_cast<size_t>(writes);  // at most, of a list
    write(maker, space, row, row + writes);
    row += writes;
    CHECK(space.moved <= SplitBudget::kPaid * static_cast<size_t>(writes) + kListSize + last);
    most_moved = std::max(most_moved, space.moved);
  }
  CHECK(most_moved > kListSize);  // so lists were split
  CHECK(lists_of(space).size() > list_count);

  // In the end none waits: a list is at most so much too long as entries are written before one asks.
  write(maker, space, row, row + 2 * kRows);
  row += 2 * kRows;
  const size_t wanted = std::max(kListSize, lists_of(space).size());
  CHECK(longest_of(space) < 2 * wanted);

  // Entries are found where their vectors lead.
  const size_t count = space.entries.size();
  for (int one = 0; one < row; ++one) key_of(maker, space, one);
  CHECK(space.entries.size() == count);
}

TEST_CASE("a list that waits is split once what another one cost is paid, and once only") {
  SplitBudget budget(1);
  budget.add({"a", 0, 8});
  budget.add({"a", 1, 8});
  budget.add({"a", 0, 8});
  CHECK(budget.take() == SplitBudget::List{"a", 0, 8});
  budget.spend(6);
  for (int writes = 0; writes < 2; ++writes) {
    budget.pay();
    CHECK_FALSE(budget.take());
  }
  budget.pay();
  CHECK(budget.take() == SplitBudget::List{"a", 1, 8});
  CHECK_FALSE(budget.take());
}
