// The power goes out behind every write, cut, sync, creation, renaming and removal of a busy life: flushes,
// compactions, erasures, new segments of the log, attempts that do not become commits, reopenings. Whatever part of the
// unsynced bytes and names the disk kept, the store opens, holds each commit that the database has wholly and
// nothing else, and takes new ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <tuple>

#include "lsm/base/knobs.h"
#include "lsm/file/file_names.h"
#include "lsm/store/check.h"
#include "lsm/store/key_eraser.h"
#include "lsm/testing/power_cut_file_system.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

using Kept = PowerCutFileSystem::Kept;

constexpr uint64_t kRuns = 5;
// Lives of a run: each goes on with what a power failure left of the one before.
constexpr uint64_t kLives = 3;
constexpr uint64_t kSteps = 14;
constexpr int kRandomImages = 3;         // random images of each moment with something unsynced
constexpr uint64_t kThoroughImages = 8;  // one in so many images is compacted and opened again, too
constexpr uint64_t kMinImages = 10'000;

// The prefix of the keys that are retired in the course of a run.
constexpr std::string_view kDropped = "dropped ";
constexpr std::string_view kBehindDropped = "dropped!";

constexpr std::array<const char*, PowerCutFileSystem::kOperations> kOperationNames{
    "writes", "cuts", "syncs", "creations", "renamings", "removals", "syncs of the directory"};

struct VersionKey {
  std::string user_key;
  uint64_t commit;
  uint32_t ordinal;
  bool operator<(const VersionKey& other) const {
    return std::tie(user_key, other.commit, other.ordinal) < std::tie(other.user_key, commit, ordinal);
  }
};
using Versions = std::map<VersionKey, std::string>;

struct Counts {
  uint64_t images = 0;
  PowerCutFileSystem::OperationCounts operations{};
  uint64_t power_failures = 0;  // power failures after which a life went on
  std::array<uint64_t, 3> of_kind{};
};

class CrashRun {
 public:
  CrashRun(uint64_t seed, Counts* counts) : random_(seed), counts_(counts), disk_(new_disk()) {
    options_ = test_options(disk_);
    options_.shard_count = 1 + static_cast<uint32_t>(below(4));
    options_.memtable_max_bytes = below(3) == 0 ? 1'024 : 24'000;
    options_.sstable_block_bytes = 256;
    options_.history_block_bytes = 256;
    options_.sstable_max_bytes = below(2) == 0 ? 500 : 4'000;
    options_.block_cache_bytes = 0;
    options_.sync_coordinator = [this] {
      durable_ = database_.size() - 1;
      uncertain_ = false;
      return Status::ok();
    };
    REQUIRE(test_.create(options_));
    database_.push_back(test_.committed);
    watch();
  }

  void run() {
    for (uint64_t life = 1;; ++life) {
      for (uint64_t step = 0; step < kSteps; ++step) take_step();
      if (life == kLives) break;
      fail_power();
    }
    end_disk();
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }

  static std::shared_ptr<PowerCutFileSystem> new_disk() { return std::make_shared<PowerCutFileSystem>(); }

  void watch() {
    disk_->set_observer([this] { check_images(); });
  }

  void end_disk() {
    disk_->set_observer(nullptr);
    for (size_t kind = 0; kind < counts_->operations.size(); ++kind)
      counts_->operations[kind] += disk_->operations()[kind];
  }

  void take_step() {
    const uint64_t dice = below(23);
    if (dice == 22) return erase();
    if (dice == 21) return retire();
    if (dice == 20) return turn_a_knob();
    if (dice < 13) return commit();
    if (dice < 15) return attempt();
    if (dice == 15) REQUIRE(test_.store->compact());
    if (dice < 18) REQUIRE(test_.store->flush());
    if (dice >= 18) REQUIRE(test_.open(options_));
  }

  // From then on the retired keys may be seen or not.
  void retire() {
    has_retired_ = true;
    const Status retired = test_.store->retire({{std::string(kDropped), std::string(kBehindDropped)}});
    INFO(retired.message());
    REQUIRE(retired);
  }

  // Does what the error of an erasure after a recovery asks for.
  void remove_set_aside() {
    const auto names = disk_->list(options_.directory);
    REQUIRE(names);
    for (const std::string& name : *names) {
      if (name.ends_with(kCutSuffix)) REQUIRE(disk_->remove(path_in(options_.directory, name)));
    }
  }

  // The same, and they are gone once it is done.
  void erase() {
    has_retired_ = true;
    REQUIRE(test_.store->abort(test_.committed.commit + 1));
    remove_set_aside();
    const Status erased =
        KeyEraser::of(*test_.store).erase({{std::string(kDropped), std::string(kBehindDropped)}});
    INFO(erased.message());
    REQUIRE(erased);
    const auto cursor = test_.store->new_cursor({UINT64_MAX, nullptr, 0, std::nullopt});
    cursor->seek(kDropped);
    REQUIRE((!cursor->valid() || cursor->user_key() >= kBehindDropped));
  }

  void turn_a_knob() {
    const Knob& knob = *find_knob(below(2) == 0 ? "sstable_block_bytes" : "level0_files");
    const Status turned =
        test_.store->set_knob(knob, knob.min + below(std::min<uint64_t>(100, knob.max - knob.min)));
    INFO(turned.message());
    REQUIRE(turned);
  }

  bool is_seen_for_sure(std::string_view user_key) const {
    return !has_retired_ || user_key.substr(0, kDropped.size()) != kDropped;
  }

  // Values of changing sizes: some frames take several sectors, some are too large for a copy.
  std::shared_ptr<WriteBatch> any_batch(Versions* versions, uint64_t commit) {
    auto batch = std::make_shared<WriteBatch>();
    const uint64_t count = 1 + below(4);
    const uint64_t spilled_row = below(5) == 0 ? below(count) : count;
    for (uint64_t row = 0; row < count; ++row) {
      const bool is_dropped = !has_retired_ && below(5) == 0;
      const std::string key = numbered(is_dropped ? std::string(kDropped) : "key ", below(20));
      const uint64_t size = below(40) == 0 ? 40'000 : below(5) == 0 ? 1'500 : below(60);
      std::string value = below(12) == 0 ? std::string(kClears) : std::string();
      if (value.empty()) {
        value = numbered("", commit) + ":";
        while (value.size() < size) value.push_back(static_cast<char>('a' + below(26)));
      }
      (*versions)[{key, commit, batch->put(key, value)}] = value;
      if (row == spilled_row) spill(commit, *batch);
    }
    if (batch->is_spilled()) spill(commit, *batch);
    return batch;
  }

  void spill(uint64_t commit, WriteBatch& batch) {
    const Status spilled = test_.store->spill(commit, batch);
    INFO(spilled.message());
    REQUIRE(spilled);
  }

  Sync any_sync() {
    const uint64_t dice = below(10);
    return dice == 0 ? Sync::kNone : dice < 4 ? Sync::kFull : Sync::kCopy;
  }

  void commit() {
    const uint64_t number = test_.committed.commit + 1;
    Versions versions;
    const Sync sync = any_sync();
    const auto frame = test_.store->prepare(number, any_batch(&versions, number), sync);
    INFO(frame.status().message());
    REQUIRE(frame);
    test_.record(number, *frame);
    versions_.merge(versions);
    database_.push_back(test_.committed);
    // A database that syncs nothing may lose the commit; one with a WAL may lose it until the WAL is synced.
    const bool is_unsynced = sync == Sync::kNone && frame->copy.empty();
    if (sync != Sync::kNone && frame->copy.empty()) uncertain_ = false;  // the log is synced
    uncertain_ = uncertain_ || is_unsynced;
    if (!uncertain_ && below(2) == 0) durable_ = database_.size() - 1;
    if (!uncertain_) last_possible_ = database_.size() - 1;
    check_images();
    REQUIRE(test_.store->publish(number));
  }

  void attempt() {  // a frame that does not become a commit
    const uint64_t number = test_.committed.commit + 1;
    Versions nowhere;
    REQUIRE(test_.store->prepare(number, any_batch(&nowhere, number), any_sync()));
    if (below(3) == 0) return commit();  // the commit's frame takes the attempt's place
    if (below(2) == 0) REQUIRE(test_.store->abort(number));
  }

  // What the database says after the power failure: any commit since the one that is surely on disk.
  const Committed& database_after(Kept kept) {
    const size_t last = std::max(durable_, std::min(last_possible_, database_.size() - 1));
    if (kept == Kept::kNothing) return database_[durable_];
    if (kept == Kept::kAll) return database_[last];
    return database_[durable_ + below(last - durable_ + 1)];
  }

  void check_images() {
    check_image(Kept::kNothing);
    if (!disk_->is_in_doubt()) return;
    check_image(Kept::kAll);
    for (int image = 0; image < kRandomImages; ++image) check_image(Kept::kRandom);
  }

  void check_image(Kept kept) {
    counts_->images += 1;
    counts_->of_kind[static_cast<size_t>(kept)] += 1;
    CAPTURE(counts_->images);
    StoreOptions options = options_;
    options.file_system = disk_->crash_image(kept, random_);
    options.sync_coordinator = nullptr;
    StoreUnderTest after{nullptr, database_after(kept)};
    const uint64_t commits = after.committed.commit;
    CAPTURE(commits);
    const Status opened = after.open(options);
    INFO(opened.message());
    REQUIRE(opened);
    check_versions(after, commits);
    REQUIRE(after.commit({{"new", "value"}}));
    if (counts_->images % kThoroughImages == 0) {
      check_files(options, after.committed);
      REQUIRE(after.store->compact());
      const Status again = after.open(options);
      INFO(again.message());
      REQUIRE(again);
      check_versions(after, commits);
    }
    const auto cursor = after.store->new_cursor({UINT64_MAX, nullptr, 0, std::nullopt});
    cursor->seek_key("new");
    REQUIRE(cursor->valid());
    REQUIRE(cursor->commit() == commits + 1);
  }

  static void check_files(const StoreOptions& options, const Committed& committed) {
    const auto problems = check_store(options, [&]() -> Result<Committed> { return committed; });
    REQUIRE(problems);
    INFO((problems->empty() ? "" : problems->front()));
    REQUIRE(problems->empty());
  }

  void check_versions(const StoreUnderTest& after, uint64_t commits) const {
    const auto cursor = after.store->new_cursor({commits, nullptr, 0, std::nullopt});
    cursor->seek("");
    for (const auto& [key, value] : versions_) {
      if (key.commit > commits || !is_seen_for_sure(key.user_key)) continue;
      while (cursor->valid() && !is_seen_for_sure(cursor->user_key())) cursor->next();
      INFO(cursor->status().message());
      REQUIRE(cursor->valid());
      const bool is_same = cursor->user_key() == key.user_key && cursor->commit() == key.commit &&
                           cursor->ordinal() == key.ordinal && cursor->value() == value;
      REQUIRE(is_same);
      cursor->next();
    }
    while (cursor->valid() && !is_seen_for_sure(cursor->user_key())) cursor->next();
    REQUIRE(cursor->status().is_ok());
    REQUIRE_FALSE(cursor->valid());
  }

  // The power really fails: the store goes on with one of the images.
  void fail_power() {
    counts_->power_failures += 1;
    end_disk();
    test_.committed = database_after(Kept::kRandom);
    const auto left = disk_->crash_image(Kept::kRandom, random_);
    test_.store.reset();
    disk_ = std::make_shared<PowerCutFileSystem>(*left, options_.directory);
    options_.file_system = disk_;
    const uint64_t commits = test_.committed.commit;
    std::erase_if(versions_, [&](const auto& version) { return version.first.commit > commits; });
    database_ = {test_.committed};
    durable_ = 0;
    last_possible_ = 0;
    uncertain_ = false;
    watch();
    const Status opened = test_.open(options_);
    INFO(opened.message());
    REQUIRE(opened);
  }

  std::mt19937_64 random_;
  Counts* counts_;
  std::shared_ptr<PowerCutFileSystem> disk_;
  StoreOptions options_;
  StoreUnderTest test_;
  Versions versions_;  // of all commits
  // What the database said after each commit; those up to durable_ are surely on its disk.
  std::vector<Committed> database_;
  size_t durable_ = 0;
  size_t last_possible_ = 0;  // the last commit that the database may have kept
  bool has_retired_ = false;
  bool uncertain_ = false;  // the last commits are on disk neither in the log nor in the database
};

}  // namespace

TEST_CASE("a power failure at any moment leaves a store with every commit that the database has") {
  const uint64_t seed = test_seed("store_crash_test");
  const char* more = std::getenv("SPECTRADB_CRASH_RUNS");
  const uint64_t runs = more != nullptr ? std::strtoull(more, nullptr, 10) : kRuns;
  Counts counts;
  for (uint64_t run = 0; run < runs; ++run) {
    CAPTURE(seed + run);
    CrashRun(seed + run, &counts).run();
  }
  const auto number = [](uint64_t count) { return static_cast<unsigned long long>(count); };
  std::fprintf(
      stderr,
      "crash images: %llu (of the unsynced nothing kept %llu, all %llu, parts %llu), %llu power failures "
      "lived through; behind",
      number(counts.images), number(counts.of_kind[0]), number(counts.of_kind[1]), number(counts.of_kind[2]),
      number(counts.power_failures));
  for (size_t kind = 0; kind < counts.operations.size(); ++kind) {
    std::fprintf(stderr, "%s %llu %s", kind == 0 ? "" : ",", number(counts.operations[kind]),
                 kOperationNames[kind]);
  }
  std::fprintf(stderr, "\n");
  CHECK(counts.operations[PowerCutFileSystem::kRename] > 0);
  CHECK(counts.operations[PowerCutFileSystem::kRemove] > 0);
  CHECK(counts.images >= kMinImages);
}
