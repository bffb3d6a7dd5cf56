// Batches that are spilled to files, beside twins that stay in memory: both must read the same of their own
// writes, and leave the same commit.
#include <doctest/doctest.h>

#include <functional>

#include "lsm/store/backup.h"
#include "lsm/store/check.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr uint64_t kSeeds = 60;
constexpr uint64_t kSteps = 120;
constexpr uint64_t kKeys = 25;

StoreOptions small_options() {
  StoreOptions options = test_options(new_memory_file_system());
  options.memtable_max_bytes = 40'000;
  options.sstable_block_bytes = 256;
  options.history_block_bytes = 256;
  options.sstable_max_bytes = 700;
  return options;
}

std::string place_of(const VersionCursor& cursor) {
  if (!cursor.valid()) return cursor.status().is_ok() ? "end" : cursor.status().message();
  std::string line(cursor.user_key());
  return line.append("@").append(std::to_string(cursor.commit())).append("/") +
         std::to_string(cursor.ordinal()).append("=").append(cursor.value());
}

// A store with an open transaction and the cursors on it.
struct Side {
  StoreUnderTest test;
  std::shared_ptr<WriteBatch> batch;
  std::vector<std::unique_ptr<VersionCursor>> cursors;

  std::unique_ptr<VersionCursor> new_cursor() const {
    const uint64_t commits = test.committed.commit;
    return test.store->new_cursor({commits, batch.get(), commits + 1, std::nullopt});
  }
};

class Game {
 public:
  explicit Game(uint64_t seed) : random_(seed) {
    StoreOptions options = small_options();
    options.shard_count = 1 + below(3);
    for (Side& side : sides_) {
      options.file_system = new_memory_file_system();
      REQUIRE(side.test.create(options));
    }
  }

  uint64_t spills() const { return spills_; }

  void play() {
    for (int transaction = 0; transaction < 3; ++transaction) {
      for (Side& side : sides_) side.batch = std::make_shared<WriteBatch>();
      marks_ = {0};
      for (uint64_t step = 0; step < kSteps; ++step) take_step();
      compare_all();
      for (Side& side : sides_) side.cursors.clear();
      finish();
    }
    for (Side& side : sides_) REQUIRE(side.test.store->compact());
    compare_dumps();
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }
  std::string any_key() { return numbered("key ", below(kKeys)); }

  void take_step() {
    const uint64_t dice = below(20);
    if (dice < 9) return put();
    if (dice == 9) return spill();
    if (dice == 10) return marks_.push_back(sides_[0].batch->mark());
    if (dice == 11) return roll_back();
    if (dice == 12) return begin_reading();
    go_on_reading();
  }

  void put() {
    const std::string key = any_key();
    const std::string value(below(60), static_cast<char>('a' + below(26)));
    for (Side& side : sides_) side.batch->put(key, value);
  }

  void spill() {
    spills_ += 1;
    REQUIRE(sides_[0].test.store->spill(sides_[0].test.committed.commit + 1, *sides_[0].batch));
  }

  void roll_back() {
    const uint32_t mark = marks_[below(marks_.size())];
    while (marks_.back() > mark) marks_.pop_back();
    for (Side& side : sides_) side.batch->rollback_to(mark);
  }

  // Does the same on both sides, and checks that their cursors then stand at the same place.
  void on_both(const std::function<void(Side&)>& act) {
    std::string places[2];
    for (size_t side = 0; side < 2; ++side) {
      act(sides_[side]);
      places[side] = place_of(*sides_[side].cursors[cursor_]);
    }
    REQUIRE(places[0] == places[1]);
  }

  void begin_reading() {
    for (Side& side : sides_) {
      if (side.cursors.size() < 4) side.cursors.push_back(side.new_cursor());
    }
    cursor_ = below(sides_[0].cursors.size());
    const std::string key = any_key();
    const uint64_t how = below(3);
    on_both([&](Side& side) {
      VersionCursor& cursor = *side.cursors[cursor_];
      if (how == 0) return cursor.seek(key);
      if (how == 1) return cursor.seek_key(key);
      cursor.seek_before(key);
    });
  }

  void go_on_reading() {
    if (sides_[0].cursors.empty()) return;
    cursor_ = below(sides_[0].cursors.size());
    if (!sides_[0].cursors[cursor_]->valid()) return;
    const bool skips = below(3) == 0;
    on_both([&](Side& side) {
      VersionCursor& cursor = *side.cursors[cursor_];
      return skips ? cursor.next_key() : cursor.next();
    });
  }

  void compare_all() {
    for (Side& side : sides_) side.cursors.push_back(side.new_cursor());
    cursor_ = sides_[0].cursors.size() - 1;
    on_both([](Side& side) { side.cursors.back()->seek(""); });
    while (sides_[0].cursors.back()->valid()) on_both([](Side& side) { side.cursors.back()->next(); });
    for (uint64_t key = 0; key < kKeys; ++key) {
      on_both([&](Side& side) { side.cursors.back()->seek_key(numbered("key ", key)); });
      while (sides_[0].cursors.back()->valid()) on_both([](Side& side) { side.cursors.back()->next(); });
    }
    on_both([](Side& side) { side.cursors.back()->seek_before("z"); });
    while (sides_[0].cursors.back()->valid()) {
      const std::string key(sides_[0].cursors.back()->user_key());
      on_both([&](Side& side) { side.cursors.back()->seek_before(key); });
    }
    REQUIRE(sides_[0].batch->count() == sides_[1].batch->count());
  }

  void finish() {
    const bool is_attempt = below(4) == 0;
    for (Side& side : sides_) {
      StoreUnderTest& test = side.test;
      const uint64_t number = test.committed.commit + 1;
      if (side.batch->is_spilled()) REQUIRE(test.store->spill(number, *side.batch));
      if (side.batch->count() == 0) continue;
      const auto frame = test.store->prepare(number, side.batch, Sync::kCopy);
      REQUIRE(frame);
      if (is_attempt) {
        side.batch->remove_files();
        REQUIRE(test.store->abort(number));
        continue;
      }
      test.record(number, *frame);
      REQUIRE(test.store->publish(number));
    }
    const uint64_t after = below(4);
    for (Side& side : sides_) {
      side.batch.reset();
      if (after == 0) REQUIRE(side.test.store->flush());
      if (after == 1) REQUIRE(side.test.store->compact());
    }
    compare_dumps();
  }

  void compare_dumps() {
    const uint64_t last = sides_[0].test.committed.commit;
    REQUIRE(sides_[1].test.committed.commit == last);
    for (uint64_t commit = 0; commit <= last; ++commit)
      REQUIRE(sides_[0].test.dump(commit) == sides_[1].test.dump(commit));
  }

  std::mt19937_64 random_;
  Side sides_[2];  // the first one spills
  std::vector<uint32_t> marks_;
  size_t cursor_ = 0;
  uint64_t spills_ = 0;
};

std::vector<std::string> names_in(FileSystem& files) {
  auto names = files.list("db");
  REQUIRE(names);
  return *names;
}

size_t tables_in(FileSystem& files) {
  size_t count = 0;
  for (const std::string& name : names_in(files)) count += name.ends_with(".sst") ? 1 : 0;
  return count;
}

// Returns the files that a process leaves when it is killed now.
std::shared_ptr<FileSystem> image_of(FileSystem& files) {
  auto image = new_memory_file_system();
  REQUIRE(image->make_directory("db"));
  for (const std::string& name : names_in(files)) {
    const auto from = files.read_whole("db/" + name);
    auto to = image->create("db/" + name);
    REQUIRE(from);
    REQUIRE(to);
    REQUIRE((*to)->append(*from));
  }
  return image;
}

std::shared_ptr<WriteBatch> spilled_batch(StoreUnderTest& test, uint64_t from, uint64_t to) {
  auto batch = std::make_shared<WriteBatch>();
  for (uint64_t number = from; number < to; ++number) {
    batch->put(numbered("k", number % 40), std::string(100, 'v'));
    if (number % 50 == 49) REQUIRE(test.store->spill(test.committed.commit + 1, *batch));
  }
  REQUIRE(test.store->spill(test.committed.commit + 1, *batch));
  return batch;
}

Status commit_spilled(StoreUnderTest& test, uint64_t from, uint64_t to) {
  const auto batch = spilled_batch(test, from, to);
  const uint64_t number = test.committed.commit + 1;
  SPECTRADB_ASSIGN_OR_RETURN(const auto frame, test.store->prepare(number, batch, Sync::kCopy));
  CHECK(frame.copy.empty());
  test.record(number, frame);
  return test.store->publish(number, frame.token);
}

std::vector<std::string> problems_of(const StoreOptions& options, const Committed& committed) {
  const auto problems = check_store(options, [&]() -> Result<Committed> { return committed; });
  REQUIRE(problems);
  return *problems;
}

}  // namespace

TEST_CASE("a batch that is spilled reads and commits as one in memory does") {
  const uint64_t seed = test_seed("store_spill_test");
  uint64_t spills = 0;
  for (uint64_t run = 0; run < kSeeds; ++run) {
    CAPTURE(seed + run);
    Game game(seed + run);
    game.play();
    spills += game.spills();
  }
  std::fprintf(stderr, "spills: %llu\n", static_cast<unsigned long long>(spills));
  CHECK(spills > kSeeds);
}

TEST_CASE("a spilled commit is found in the log, by who opens the store and by who has it open") {
  const StoreOptions options = small_options();
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.commit({{"a", "1"}}));
  StoreOptions reading = options;
  reading.read_only = true;
  StoreUnderTest reader;
  reader.committed = test.committed;
  REQUIRE(reader.open(reading));
  StoreUnderTest writer;  // another process's
  writer.committed = test.committed;
  REQUIRE(writer.open(options));

  auto working = options.file_system->lock("db/LOCK.work", LockMode::kExclusive);  // nobody flushes
  REQUIRE(working);
  REQUIRE(commit_spilled(writer, 0, 200));
  test.committed = writer.committed;
  REQUIRE(test.store->publish(2, test.committed.frame));
  REQUIRE(test.commit({{"b", "2"}}));  // goes on where the other one left the log
  const std::vector<std::string> rows = test.dump(3);
  CHECK(rows.size() == 202);
  REQUIRE(reader.store->publish(3, test.committed.frame));
  CHECK(reader.dump(3) == rows);
  CHECK(reader.dump(1) == std::vector<std::string>{"a@1=1"});
  CHECK(problems_of(options, test.committed).empty());

  writer.store.reset();
  reader.store.reset();
  REQUIRE(test.open(options));
  CHECK(test.dump(3) == rows);
  working->reset();
  REQUIRE(test.store->flush());
  CHECK(test.dump(3) == rows);
  CHECK(problems_of(options, test.committed).empty());
  REQUIRE(test.store->compact());
  CHECK(test.dump(3) == rows);
  REQUIRE(test.open(options));
  CHECK(test.dump(3) == rows);
  CHECK(problems_of(options, test.committed).empty());
}

TEST_CASE("the files of what does not become a commit go") {
  const StoreOptions options = small_options();
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.commit({{"a", "1"}}));
  REQUIRE(test.commit({{"a", "2"}}));
  auto batch = spilled_batch(test, 0, 200);
  CHECK(tables_in(*options.file_system) > 0);
  batch->rollback_to(0);
  REQUIRE(test.store->spill(3, *batch));
  CHECK(batch->count() == 0);
  CHECK(tables_in(*options.file_system) == 0);
  batch = spilled_batch(test, 0, 200);
  const auto cursor = test.store->new_cursor({2, batch.get(), 3, std::nullopt});
  cursor->seek("k1");
  batch->remove_files();
  CHECK(tables_in(*options.file_system) == 0);
  CHECK(cursor->user_key() == "k1");  // reading goes on
  cursor->next();
  CHECK(cursor->valid());

  batch = spilled_batch(test, 0, 200);
  REQUIRE(test.store->prepare(3, batch, Sync::kFull));
  const size_t left = tables_in(*options.file_system);
  CHECK(left > 0);
  StoreUnderTest after;  // the process is killed here, before the commit exists
  after.committed = test.committed;
  const auto image = image_of(*options.file_system);
  StoreOptions there = options;
  there.file_system = image;
  const Status opened = after.open(there);
  INFO(opened.message());
  REQUIRE(opened);
  CHECK(tables_in(*image) == 0);
  CHECK(after.dump(9).size() == 2);
}

TEST_CASE("a spilled commit of a store that is taken over is kept, with its files") {
  const StoreOptions options = small_options();
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.store->prepare(1, spilled_batch(test, 0, 200), Sync::kCopy));
  StoreOptions there = options;
  there.file_system = image_of(*options.file_system);
  const size_t tables = tables_in(*there.file_system);
  CHECK(tables > 0);
  const auto opened = Store::open(there, Committed{test.store->id(), 0, 0, {}});
  INFO(opened.status().message());
  REQUIRE(opened);
  CHECK(tables_in(*there.file_system) == 0);
  size_t kept = 0;
  for (const std::string& name : names_in(*there.file_system)) kept += name.ends_with(".sst.cut") ? 1 : 0;
  CHECK(kept == tables);
}

TEST_CASE("a spilled commit whose file is gone or damaged is not opened") {
  const StoreOptions options = small_options();
  StoreUnderTest test;
  REQUIRE(test.create(options));
  const auto working = options.file_system->lock("db/LOCK.work", LockMode::kExclusive);  // nobody flushes
  REQUIRE(working);
  REQUIRE(commit_spilled(test, 0, 200));
  test.store.reset();
  std::string name;
  for (const std::string& one : names_in(*options.file_system)) name = one.ends_with(".sst") ? one : name;
  const std::string bytes(*options.file_system->read_whole("db/" + name));
  REQUIRE((*options.file_system->create("db/" + name))->append(bytes.substr(1)));
  const Status damaged = test.open(options);
  CHECK(damaged.code() == Code::kCorrupt);
  CHECK(damaged.message().find(name) != std::string::npos);
  REQUIRE(options.file_system->remove("db/" + name));
  const Status missing = test.open(options);
  CHECK_FALSE(missing);
  CHECK(missing.message().find(name) != std::string::npos);
  CHECK(problems_of(options, test.committed).front().find(name) != std::string::npos);
}

TEST_CASE("a backup has the files of a spilled commit that is only in the log") {
  const StoreOptions options = small_options();
  StoreUnderTest test;
  REQUIRE(test.create(options));
  REQUIRE(test.commit({{"a", "1"}}));
  const auto working = options.file_system->lock("db/LOCK.work", LockMode::kExclusive);  // nobody flushes
  REQUIRE(working);
  REQUIRE(commit_spilled(test, 0, 200));
  REQUIRE(test.commit({{"b", "2"}}));
  StoreUnderTest late;
  auto backup = test.store->begin_backup([&] { return Result<uint64_t>(test.committed.commit); });
  REQUIRE(backup);
  const auto elsewhere = new_memory_file_system();
  REQUIRE((*backup)->begin(*elsewhere, "db", ""));
  for (size_t part = 0; part < (*backup)->parts().size(); ++part) REQUIRE((*backup)->write(part));
  StoreOptions there = options;
  there.file_system = elsewhere;
  late.committed = test.committed;
  (*backup).reset();
  const Status opened = late.open(there);
  INFO(opened.message());
  REQUIRE(opened);
  CHECK(late.dump(9) == test.dump(9));
}
