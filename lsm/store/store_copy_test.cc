// Frames that the database keeps copies of, instead of syncing the log: what a power loss leaves of them.
#include <doctest/doctest.h>

#include "lsm/file/file_names.h"
#include "lsm/testing/faulty_file_system.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

class CopyRun {
 public:
  explicit CopyRun(uint64_t seed) : random_(seed), others_(seed % 3) {
    REQUIRE(test_.create(options(disk_)));
  }

  void step() {
    switch_process();
    const uint64_t dice = below(20);
    if (dice < 15) {
      commit();
    } else if (dice < 17) {  // an attempt that does not become the commit
      const auto frame = test_.store->prepare(test_.committed.commit + 1, any_batch(nullptr), any_sync());
      REQUIRE(frame);
      check_image(disk_->crash_image());
      if (below(2) == 0) {
        REQUIRE(test_.store->abort(test_.committed.commit + 1));
      } else {
        commit();  // replaces it
      }
    } else if (dice == 17) {
      REQUIRE(test_.store->flush());
    } else if (dice == 18) {
      REQUIRE(test_.store->compact());
    } else {
      REQUIRE(test_.open(options(disk_)));
    }
    check_image(disk_->crash_image());
    ++images_;
  }

  uint64_t images() const { return images_; }

 private:
  static StoreOptions options(std::shared_ptr<FileSystem> file_system) {
    StoreOptions options = test_options(std::move(file_system));
    options.memtable_max_bytes = 200'000;
    return options;
  }

  // Another process takes over, and learns of the last commit from the database.
  void switch_process() {
    if (others_.empty() || below(3) != 0) return;
    std::swap(test_.store, others_[below(others_.size())]);
    if (test_.store == nullptr) REQUIRE(test_.open(options(disk_)));
    REQUIRE(test_.store->publish(test_.committed.commit, test_.committed.frame));
  }

  uint64_t below(uint64_t bound) { return random_() % bound; }
  Sync any_sync() { return below(10) == 0 ? Sync::kFull : Sync::kCopy; }

  std::shared_ptr<WriteBatch> any_batch(std::vector<std::string>* lines) {
    const uint64_t commit = test_.committed.commit + 1;
    Rows rows;
    // The larger count makes a frame too large for a copy.
    const uint64_t count = below(10) == 0 ? 400 : 1 + below(4);
    for (uint64_t row = 0; row < count; ++row) {
      const std::string key = numbered(numbered("key ", below(50)) + ".", row);
      const std::string value(below(200), static_cast<char>('a' + below(26)));
      rows.emplace_back(key, value);
      if (lines != nullptr) lines->push_back(key + "@" + std::to_string(commit) + "=" + value);
    }
    return batch_of(rows);
  }

  void commit() {
    std::vector<std::string> lines;
    const auto batch = any_batch(&lines);
    const uint64_t number = test_.committed.commit + 1;
    const auto frame = test_.store->prepare(number, batch, any_sync());
    REQUIRE(frame);
    test_.record(number, *frame);
    expected_.insert(expected_.end(), lines.begin(), lines.end());
    REQUIRE(test_.store->publish(number));
  }

  void check_image(const std::shared_ptr<FileSystem>& image) {
    StoreUnderTest after;
    after.committed = test_.committed;
    for (int round = 0; round < 2;
         ++round) {  // the second open needs no copies, since the first one has repaired the log
      const Status opened = after.open(options(image));
      INFO(opened.message());
      REQUIRE(opened);
      auto lines = after.dump(UINT64_MAX);
      std::sort(lines.begin(), lines.end());
      std::sort(expected_.begin(), expected_.end());
      REQUIRE(lines == expected_);
      after.committed.copies.clear();
    }
  }

  std::mt19937_64 random_;
  std::shared_ptr<CrashingFileSystem> disk_ = std::make_shared<CrashingFileSystem>();
  StoreUnderTest test_;                         // the process whose turn it is
  std::vector<std::shared_ptr<Store>> others_;  // null: not running yet
  std::vector<std::string> expected_;
  uint64_t images_ = 0;
};

}  // namespace

TEST_CASE("after a power loss every commit is there, from the log or from its copy") {
  const uint64_t seed = test_seed("store_copy_test");
  uint64_t images = 0;
  for (uint64_t run = 0; run < 15; ++run) {
    CopyRun copies(seed + run);
    for (int step = 0; step < 60; ++step) copies.step();
    images += copies.images();
  }
  MESSAGE(images << " images of the disk after a power loss, all complete");
}

TEST_CASE("small commits are not synced as long as their copies are few") {
  const auto disk = std::make_shared<CrashingFileSystem>();
  StoreUnderTest test;
  REQUIRE(test.create(test_options(disk)));
  uint64_t copies = 0;
  uint64_t number = 0;
  for (;;) {
    const auto frame =
        test.store->prepare(++number, batch_of({{"key", std::string(1000, 'v')}}), Sync::kCopy);
    REQUIRE(frame);
    test.record(number, *frame);
    REQUIRE(test.store->publish(number));
    if (frame->copy.empty()) break;
    ++copies;
  }
  CHECK(copies > 100);
  test.committed.copies.clear();  // no copy is needed now
  test.store.reset();
  StoreUnderTest after{nullptr, test.committed};
  REQUIRE(after.open(test_options(disk->crash_image())));
  CHECK(after.dump(UINT64_MAX).size() == number);
}

TEST_CASE("without the copies a lost tail is refused, and a damaged copy is none") {
  const auto disk = std::make_shared<CrashingFileSystem>();
  StoreUnderTest test;
  REQUIRE(test.create(test_options(disk)));
  for (int commit = 0; commit < 3; ++commit) REQUIRE(test.commit({{"key", "value"}}, Sync::kCopy));
  REQUIRE(test.committed.copies.size() == 3);
  StoreUnderTest after{nullptr, test.committed};
  after.committed.copies.pop_back();
  CHECK(after.open(test_options(disk->crash_image())).code() == Code::kInvalid);
  after.committed = test.committed;
  after.committed.copies[1].bytes[30] ^= 1;
  CHECK_FALSE(after.open(test_options(disk->crash_image())));
  after.committed = test.committed;
  REQUIRE(after.open(test_options(disk->crash_image())));
}

TEST_CASE("a flush waits for the coordinator, and is not installed when that fails") {
  StoreOptions options = test_options(new_memory_file_system());
  bool works = false;
  int calls = 0;
  options.sync_coordinator = [&] {
    ++calls;
    return works ? Status::ok() : Status::io("the database cannot be synced");
  };
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.commit({{"key", "value"}}, Sync::kCopy));
  CHECK(test.store->flush().code() == Code::kIo);
  CHECK(test.dump(1).size() == 1);
  works = true;
  REQUIRE(test.store->flush());
  CHECK(calls == 2);
  REQUIRE(test.open(options));
  CHECK(test.dump(1).size() == 1);
}
