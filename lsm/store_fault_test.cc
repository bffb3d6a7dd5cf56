// Every I/O of a short life fails once, or from then on; and the power goes out at every moment. What was
// published is there afterwards, what was not is not.
#include <doctest/doctest.h>

#include "lsm/faulty_file_system.h"
#include "lsm/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kCommits = 12;

StoreOptions small_options(std::shared_ptr<FileSystem> file_system) {
  StoreOptions options = test_options(std::move(file_system));
  options.memtable_max_bytes = 40'000;
  options.sstable_block_bytes = 256;
  options.sstable_max_bytes = 2'000;
  return options;
}

Rows rows_of(uint64_t commit) {
  return {{"same", numbered("value ", commit)}, {numbered("key ", commit), std::string(commit * 20, 'v')}};
}

// Commits, flushes and compacts, whatever fails. True for rows whose commit the "database" has.
void live(StoreUnderTest& test) {
  for (uint64_t turn = 1; turn <= kCommits; ++turn) {
    const uint64_t number = test.committed.commit + 1;
    const auto frame =
        test.store->prepare(number, batch_of(rows_of(number)), turn % 2 == 0 ? Sync::kFull : Sync::kNone);
    if (frame) {
      test.record(number, *frame);
      REQUIRE(test.store->publish(number));
    } else {
      REQUIRE(frame.status().message() != "");
    }
    if (turn % 3 == 0) (void)test.store->flush();
    if (turn % 7 == 0) (void)test.store->compact();
  }
}

void check_all_there(const StoreUnderTest& test) {
  const auto cursor = test.store->new_cursor({test.committed.commit, nullptr, 0, std::nullopt});
  for (uint64_t commit = 1; commit <= test.committed.commit; ++commit) {
    cursor->seek_key(numbered("key ", commit));
    REQUIRE(cursor->status().is_ok());
    REQUIRE(cursor->valid());
    REQUIRE(cursor->commit() == commit);
  }
  REQUIRE(test.dump(test.committed.commit).size() == 2 * test.committed.commit);
}

void run_with_fault(bool persists, bool short_write, bool full) {
  for (int64_t at = 1;; ++at) {
    CAPTURE(at);
    const auto memory = new_memory_file_system();
    const auto fault = std::make_shared<Fault>();
    const auto faulty = std::make_shared<FaultyFileSystem>(memory, fault);
    StoreUnderTest test;
    REQUIRE(test.create(small_options(faulty)));
    const int64_t before = fault->operations;
    fault->persists = persists;
    fault->short_write = short_write;
    fault->full = full;
    fault->operations_left = at;
    live(test);
    const bool struck = fault->operations - before >= at;
    check_all_there(test);  // reads go on
    fault->operations_left = INT64_MAX;
    const Status opened = test.open(small_options(memory));
    INFO(opened.message());
    REQUIRE(opened);
    check_all_there(test);
    REQUIRE(test.commit(rows_of(test.committed.commit + 1)));
    REQUIRE(test.store->compact());
    check_all_there(test);
    if (!struck) break;
  }
}

}  // namespace

TEST_CASE("any operation may fail once") { run_with_fault(false, false, false); }
TEST_CASE("any write may be short, and the disk full") { run_with_fault(false, true, true); }
TEST_CASE("all operations may fail from any moment on") { run_with_fault(true, true, false); }

TEST_CASE("opening may fail at any operation, and succeeds afterwards") {
  const auto memory = new_memory_file_system();
  StoreUnderTest test;
  REQUIRE(test.create(small_options(memory)));
  live(test);
  REQUIRE(test.store->prepare(test.committed.commit + 1, batch_of({{"lost", "x"}}), Sync::kFull));
  const auto fault = std::make_shared<Fault>();
  const auto faulty = std::make_shared<FaultyFileSystem>(memory, fault);
  for (int64_t at = 1;; ++at) {
    CAPTURE(at);
    fault->operations_left = at;
    if (test.open(small_options(faulty))) break;
    REQUIRE(at < 1000);
  }
  fault->operations_left = INT64_MAX;
  check_all_there(test);
}

TEST_CASE("after a power failure at any moment everything synced is there") {
  const auto disk = std::make_shared<CrashingFileSystem>();
  StoreUnderTest test;
  REQUIRE(test.create(small_options(disk)));
  for (uint64_t number = 1; number <= 2 * kCommits; ++number) {
    REQUIRE(test.commit(rows_of(number)));
    StoreUnderTest after;
    after.committed = test.committed;
    const Status opened = after.open(small_options(disk->crash_image()));
    INFO(opened.message());
    REQUIRE(opened);
    check_all_there(after);
    if (number % 5 == 0) REQUIRE(test.store->flush());
    if (number % 11 == 0) REQUIRE(test.store->compact());
    after.committed = test.committed;
    REQUIRE(after.open(small_options(disk->crash_image())));
    check_all_there(after);
  }
}

TEST_CASE("a failed sync refuses later commits until the store is opened again") {
  const auto memory = new_memory_file_system();
  const auto fault = std::make_shared<Fault>();
  StoreUnderTest test;
  REQUIRE(test.create(small_options(std::make_shared<FaultyFileSystem>(memory, fault))));
  REQUIRE(test.commit(rows_of(1)));
  fault->operations_left = 2;  // the append, then the sync
  CHECK_FALSE(test.commit(rows_of(2)));
  const Status refused = test.commit(rows_of(2));
  CHECK(refused.code() == Code::kIo);
  CHECK(refused.message().find("reopen") != std::string::npos);
  CHECK(test.dump(9).size() == 2);
  REQUIRE(test.open(small_options(memory)));
  CHECK(test.commit(rows_of(2)));
}
