// Every I/O of a short life fails once, or fails from some point on; and the power goes out at every moment.
// Afterwards the store has exactly the published commits.
#include <doctest/doctest.h>

#include <array>
#include <cstdio>

#include "lsm/store/key_eraser.h"
#include "lsm/testing/faulty_file_system.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kCommits = 12;
constexpr std::array kSyncs{Sync::kNone, Sync::kFull, Sync::kCopy};

StoreOptions small_options(std::shared_ptr<FileSystem> file_system) {
  StoreOptions options = test_options(std::move(file_system));
  options.memtable_max_bytes = 40'000;
  options.sstable_block_bytes = 256;
  options.history_block_bytes = 256;
  options.sstable_max_bytes = 2'000;
  return options;
}

// Keys in [gone, gonf) are retired and erased on the way, so they may be there or not.
const KeyRange kGone{"gone", "gonf"};

Rows rows_of(uint64_t commit) {
  return {{"same", numbered("value ", commit)},
          {numbered("key ", commit), std::string(commit * 20, 'v')},
          {numbered("gone ", commit), "x"}};
}

// Commits, flushes, compacts and erases, whatever fails. A commit counts once prepare() acknowledged it. A failed
// write is cut off the log again; after a failed sync nobody knows what is on disk, and every later commit is
// refused.
void live(StoreUnderTest& test, const Fault& fault) {
  bool refuses = false;
  for (uint64_t turn = 1; turn <= kCommits; ++turn) {
    const uint64_t number = test.committed.commit + 1;
    const auto batch = batch_of(rows_of(number));
    if (turn % 4 == 0 && !test.store->spill(number, *batch)) REQUIRE_FALSE(batch->is_spilled());
    const int64_t failed_syncs = fault.failed_syncs;
    const auto frame = test.store->prepare(number, batch, kSyncs[turn % kSyncs.size()]);
    const bool sync_failed = fault.failed_syncs > failed_syncs;
    if (frame) {
      REQUIRE_FALSE(refuses);
      REQUIRE_FALSE(sync_failed);
      test.record(number, *frame);
      REQUIRE(test.store->publish(number));
    } else {
      const std::string message = frame.status().message();
      REQUIRE(message != "");
      const bool says_so = message.find("reopen") != std::string::npos;
      if (refuses || sync_failed) REQUIRE(says_so);
      refuses = says_so;
    }
    if (turn % 3 == 0) (void)test.store->flush();
    if (turn % 5 == 0) (void)test.store->set_knob(*find_knob("sstable_block_bytes"), 256 + 8 * turn);
    if (turn % 6 == 0) (void)test.store->retire({kGone});
    if (turn % 7 == 0) (void)test.store->compact();
    if (turn % 8 == 0) (void)KeyEraser::of(*test.store).erase({kGone});
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
  std::vector<std::string> expected;
  for (uint64_t commit = 1; commit <= test.committed.commit; ++commit) {
    for (const auto& [key, value] : rows_of(commit)) {
      if (!key.starts_with(kGone.from)) expected.push_back(numbered(key + "@", commit) + "=" + value);
    }
  }
  std::vector<std::string> rows = test.dump(test.committed.commit);
  std::erase_if(rows, [](const std::string& row) { return row.starts_with(kGone.from); });
  std::sort(expected.begin(), expected.end());
  std::sort(rows.begin(), rows.end());
  REQUIRE(rows == expected);
}

struct Kind {
  std::string_view name;
  bool persists;
  bool short_write;
  bool full;
};

constexpr std::array<Kind, 8> kKinds = {{
    {"EIO once", false, false, false},
    {"EIO once, short writes", false, true, false},
    {"ENOSPC once", false, false, true},
    {"ENOSPC once, short writes", false, true, true},
    {"EIO from then on", true, false, false},
    {"EIO from then on, short writes", true, true, false},
    {"ENOSPC from then on", true, false, true},
    {"ENOSPC from then on, short writes", true, true, true},
}};

// Small and large memtables, one shard and several, so that the fault meets different operations.
struct Shape {
  uint32_t shard_count;
  uint64_t memtable_max_bytes;
  uint64_t sstable_max_bytes;
};

constexpr std::array<Shape, 4> kShapes = {
    {{2, 40'000, 2'000}, {1, 1'024, 500}, {4, 1'024, 2'000}, {8, 40'000, 500}}};

StoreOptions shaped_options(const Shape& shape, std::shared_ptr<FileSystem> file_system) {
  StoreOptions options = small_options(std::move(file_system));
  options.shard_count = shape.shard_count;
  options.memtable_max_bytes = shape.memtable_max_bytes;
  options.sstable_max_bytes = shape.sstable_max_bytes;
  return options;
}

// Runs one life for each of its operations, in which that operation fails. Returns how many faults struck.
int64_t run_with_faults(const Kind& kind, const Shape& shape) {
  for (int64_t at = 1;; ++at) {
    CAPTURE(at);
    const auto memory = new_memory_file_system();
    const auto fault = std::make_shared<Fault>();
    const auto faulty = std::make_shared<FaultyFileSystem>(memory, fault);
    StoreUnderTest test;
    REQUIRE(test.create(shaped_options(shape, faulty)));
    const int64_t before = fault->operations;
    fault->persists = kind.persists;
    fault->short_write = kind.short_write;
    fault->full = kind.full;
    fault->operations_left = at;
    live(test, *fault);
    const bool struck = fault->operations - before >= at;
    check_all_there(test);  // reads go on
    fault->operations_left = INT64_MAX;
    const Status opened = test.open(shaped_options(shape, memory));
    INFO(opened.message());
    REQUIRE(opened);
    check_all_there(test);
    REQUIRE(test.commit(rows_of(test.committed.commit + 1)));
    REQUIRE(test.store->compact());
    check_all_there(test);
    if (!struck) return at - 1;
  }
}

}  // namespace

TEST_CASE("any operation may fail, once or from then on") {
  int64_t faults = 0;
  for (const Kind& kind : kKinds) {
    INFO(std::string(kind.name));
    int64_t of_kind = 0;
    for (const Shape& shape : kShapes) {
      CAPTURE(shape.shard_count);
      CAPTURE(shape.memtable_max_bytes);
      of_kind += run_with_faults(kind, shape);
    }
    std::fprintf(stderr, "faults: %5lld  %s\n", static_cast<long long>(of_kind), kind.name.data());
    faults += of_kind;
  }
  std::fprintf(stderr, "faults: %5lld  in all\n", static_cast<long long>(faults));
  CHECK(faults >= 3'000);
}

TEST_CASE("opening may fail at any operation, and succeeds afterwards") {
  const auto memory = new_memory_file_system();
  StoreUnderTest test;
  REQUIRE(test.create(small_options(memory)));
  live(test, Fault());
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
  CHECK(test.dump(9).size() == rows_of(1).size());
  REQUIRE(test.open(small_options(memory)));
  CHECK(test.commit(rows_of(2)));
}

// A flush that fails has taken numbers for files that nobody else hears of, and the manifest that is to be written next
// names them.
TEST_CASE("a manifest that could not be put in place is not one that another process's has to follow") {
  const Knob& knob = *find_knob("sstable_block_bytes");
  bool flush_fails = true;
  for (int64_t in_flush = 1; flush_fails; ++in_flush) {
    bool retirement_fails = true;
    for (int64_t in_retirement = 1; retirement_fails; ++in_retirement) {
      CAPTURE(in_flush);
      CAPTURE(in_retirement);
      const auto memory = new_memory_file_system();
      const auto fault = std::make_shared<Fault>();
      StoreUnderTest test;
      REQUIRE(test.create(small_options(std::make_shared<FaultyFileSystem>(memory, fault))));
      REQUIRE(test.commit(rows_of(1)));
      StoreUnderTest other;  // another process's
      other.committed = test.committed;
      REQUIRE(other.open(small_options(memory)));
      fault->operations_left = in_flush;
      (void)test.store->flush();
      flush_fails = fault->operations_left <= 0;
      fault->operations_left = in_retirement;
      (void)test.store->retire({kGone});
      retirement_fails = fault->operations_left <= 0;
      fault->operations_left = INT64_MAX;
      REQUIRE(other.store->set_knob(knob, 512));
      const Status flushed = test.store->flush();
      INFO(flushed.message());
      REQUIRE(flushed);
      REQUIRE(test.store->retire({kGone}));
      check_all_there(test);
    }
  }
}
