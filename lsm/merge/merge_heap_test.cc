#include "lsm/merge/merge_heap.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

// Walks the keys of a list, each with the source's number as its commit.
class ListIterator final : public VersionIterator {
 public:
  ListIterator(std::vector<std::string> keys, uint64_t commit) : keys_(std::move(keys)) {
    commit_ = commit;
    show();
  }

  void seek(std::string_view) override {}
  void seek_before(std::string_view) override {}
  void seek_exact(std::string_view) override {}
  void next() override {
    ++place_;
    show();
  }
  void next_key() override { next(); }

 private:
  void show() {
    valid_ = place_ < keys_.size();
    if (valid_) user_key_ = keys_[place_];
  }

  const std::vector<std::string> keys_;
  size_t place_ = 0;
};

struct ShownVersion {
  std::string key;
  uint64_t commit;
  bool operator==(const ShownVersion&) const = default;
};

}  // namespace

TEST_CASE("a heap gives the order of versions, whatever the length of keys and the zeros in them") {
  std::mt19937_64 random(test_seed("merge_heap_test"));
  for (int round = 0; round < 300; ++round) {
    std::vector<std::unique_ptr<ListIterator>> sources;
    std::vector<ShownVersion> expected;
    for (uint64_t commit = 1 + random() % 6; commit > 0; --commit) {
      std::vector<std::string> keys;
      for (uint64_t count = random() % 30; count > 0; --count) {
        std::string key(random() % 20, '\0');
        for (char& byte : key) byte = static_cast<char>(random() % 8 == 0 ? 0xff : random() % 2);
        keys.push_back(std::move(key));
      }
      std::sort(keys.begin(), keys.end());
      keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
      for (const std::string& key : keys) expected.push_back({key, commit});
      sources.push_back(std::make_unique<ListIterator>(std::move(keys), commit));
    }
    std::sort(expected.begin(), expected.end(), [](const ShownVersion& left, const ShownVersion& right) {
      return left.key != right.key ? left.key < right.key : left.commit > right.commit;
    });
    MergeHeap heap;
    if (random() % 2 == 0) {
      REQUIRE(heap.build(sources).is_ok());
    } else {
      for (const auto& source : sources) {
        if (source->valid()) heap.push(source.get());
      }
    }
    std::vector<ShownVersion> seen;
    while (!heap.is_empty()) {
      seen.push_back({std::string(heap.top()->user_key()), heap.top()->commit()});
      const auto same = std::count_if(sources.begin(), sources.end(), [&](const auto& source) {
        return source->valid() && source->user_key() == heap.top()->user_key();
      });
      CHECK(heap.has_key_once() == (same == 1));
      heap.top()->next();
      REQUIRE(heap.settle().is_ok());
    }
    CHECK(seen == expected);
  }
}
