// The power goes out, or an operation on files fails, at any moment of a repair. Afterwards the older database has its
// state, and the newer one its own: at once, or when the same repair is asked for again. Never is neither of them there.
#include <doctest/doctest.h>

#include <cstdio>
#include <map>

#include "lsm/store/repair.h"
#include "lsm/testing/faulty_file_system.h"
#include "lsm/testing/power_cut_file_system.h"
#include "lsm/testing/store_fixture.h"

namespace spectradb::lsm {
namespace {

using Kept = PowerCutFileSystem::Kept;
using Lines = std::vector<std::string>;

constexpr int kRandomImages = 2;  // of every moment
constexpr uint64_t kCommits = 6;

struct Database {
  Committed committed;
  Lines lines;
};

// A store with six commits, one of them in tables that its frame names.
class Life {
 public:
  explicit Life(bool is_flushed) {
    REQUIRE(test_.create(options_));
    for (uint64_t commit = 1; commit <= kCommits; ++commit) {
      write("v", commit == kCommits - 1);
      if (is_flushed && commit == 3) REQUIRE(test_.store->flush());
      if (is_flushed && commit == 4) REQUIRE(test_.store->compact());
    }
  }

  void write(std::string_view value, bool is_spilled) {
    const uint64_t number = test_.committed.commit + 1;
    const auto batch =
        batch_of({{numbered("k", number), numbered(value, number)}, {"all", numbered(value, number)}});
    if (is_spilled) REQUIRE(test_.store->spill(number, *batch));
    const auto frame = test_.store->prepare(number, batch, Sync::kFull);
    REQUIRE(frame);
    test_.record(number, *frame);
    REQUIRE(test_.store->publish(number));
    databases_[number] = {test_.committed, test_.dump(number)};
  }

  void go_on_from(const Database& database) {
    test_.committed = database.committed;
    REQUIRE(test_.open(options_));
  }
  void close() { test_.store.reset(); }

  const StoreOptions& options() const { return options_; }
  std::map<uint64_t, Database>& databases() { return databases_; }

 private:
  StoreOptions options_ = test_options(new_memory_file_system());
  StoreUnderTest test_;
  std::map<uint64_t, Database> databases_;  // by their last commit
};

Result<RepairPlan> ask(const StoreOptions& options, Repair way, const Database& database,
                       const std::map<uint64_t, Database>& history, const std::optional<std::string>& token) {
  return repair(
      options, way, [&]() -> Result<Committed> { return database.committed; },
      [&](uint64_t commit) -> Result<std::optional<uint64_t>> {
        const auto found = history.find(commit);
        if (found == history.end() || commit > database.committed.commit) return std::optional<uint64_t>();
        return std::optional(found->second.committed.frame);
      },
      [](const RetiredKeys&) { return Status::ok(); }, token);
}

Status do_repair(const StoreOptions& options, Repair way, const Database& database,
                 const std::map<uint64_t, Database>& history) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto plan, ask(options, way, database, history, std::nullopt));
  if (plan.token.empty()) return Status::ok();
  return ask(options, way, database, history, plan.token).status();
}

// A database, and all that were committed on the way to it.
struct Side {
  Database database;
  std::map<uint64_t, Database> history;
};

struct Repaired {
  Repair way;
  Side from;   // who asks for it
  Side other;  // who has been there before
};

// The side's state is there at once, or by a repair.
void check_state(const StoreOptions& options, const Side& side) {
  StoreUnderTest test{nullptr, side.database.committed};
  Status opened = test.open(options);
  for (const Repair way : {Repair::kRecover, Repair::kRewind}) {
    if (opened) break;
    (void)do_repair(options, way, side.database, side.history);
    opened = test.open(options);
  }
  INFO(opened.message());
  REQUIRE(opened);
  REQUIRE(test.dump(kCommits + 3) == side.database.lines);
  const auto problems = test.store->check([&]() -> Result<Committed> { return test.committed; });
  REQUIRE(problems);
  INFO((problems->empty() ? "" : problems->front()));
  REQUIRE(problems->empty());
}

std::shared_ptr<FileSystem> copy_of(FileSystem& files, const std::string& directory) {
  std::mt19937_64 random;
  return PowerCutFileSystem(files, directory).crash_image(Kept::kAll, random);
}

// First one, then the other, then the first one again, each behind what the one before did.
void check_both(const Repaired& repaired, const StoreOptions& left) {
  for (const bool begins_with_other : {false, true}) {
    StoreOptions options = left;
    options.file_system = copy_of(*left.file_system, left.directory);
    for (int turn = 0; turn < 3; ++turn) {
      const bool is_other = (turn % 2 == 0) == begins_with_other;
      CAPTURE(begins_with_other);
      CAPTURE(turn);
      check_state(options, is_other ? repaired.other : repaired.from);
    }
  }
}

struct RepairCounts {
  int images = 0;
  int faults = 0;
};

void lose_power_at_each_moment(const Repaired& repaired, const StoreOptions& before, bool has_links,
                               RepairCounts* counts) {
  std::mt19937_64 random(7);
  StoreOptions options = before;
  const auto disk = std::make_shared<PowerCutFileSystem>(*before.file_system, before.directory);
  disk->allow_links(has_links);
  options.file_system = disk;
  disk->set_observer([&] {
    for (int image = 0; image < 2 + kRandomImages; ++image) {
      const Kept kept = image == 0 ? Kept::kNothing : image == 1 ? Kept::kAll : Kept::kRandom;
      StoreOptions left = before;
      left.file_system = disk->crash_image(kept, random);
      counts->images += 1;
      CAPTURE(counts->images);
      check_both(repaired, left);
    }
  });
  REQUIRE(do_repair(options, repaired.way, repaired.from.database, repaired.from.history));
  disk->set_observer(nullptr);
  check_both(repaired, options);
}

void fail_each_operation(const Repaired& repaired, const StoreOptions& before, RepairCounts* counts) {
  for (int64_t operation = 1;; ++operation) {
    CAPTURE(operation);
    StoreOptions left = before;
    left.file_system = copy_of(*before.file_system, before.directory);
    const auto fault = std::make_shared<Fault>();
    fault->operations_left = operation;
    fault->persists = operation % 2 == 0;
    fault->short_write = operation % 3 == 0;
    StoreOptions options = left;
    options.file_system = std::make_shared<FaultyFileSystem>(left.file_system, fault);
    (void)do_repair(options, repaired.way, repaired.from.database, repaired.from.history);
    check_both(repaired, left);
    if (fault->operations_left > 0) break;
    counts->faults += 1;
  }
}

void test_repair(const Repaired& repaired, const StoreOptions& before, RepairCounts* counts) {
  lose_power_at_each_moment(repaired, before, false, counts);
  lose_power_at_each_moment(repaired, before, true, counts);
  fail_each_operation(repaired, before, counts);
}

TEST_CASE("a repair that does not come to its end loses neither state") {
  RepairCounts counts;
  for (const bool is_flushed : {false, true}) {
    for (const uint64_t older : {2U, 4U}) {
      for (const bool goes_on : {false, true}) {
        CAPTURE(is_flushed);
        CAPTURE(older);
        CAPTURE(goes_on);
        Life life(is_flushed);
        const auto newer = life.databases();
        life.close();
        const Side old{newer.at(older), newer};
        const Side all{newer.at(kCommits), newer};
        if (!goes_on) test_repair({Repair::kRewind, old, all}, life.options(), &counts);
        // Forward again, from what the older one has become.
        REQUIRE(do_repair(life.options(), Repair::kRewind, newer.at(older), newer));
        if (goes_on) {
          life.go_on_from(newer.at(older));
          life.write("branch ", true);
          life.close();
        }
        const Side branch{life.databases().at(older + (goes_on ? 1 : 0)), life.databases()};
        test_repair({Repair::kRecover, all, branch}, life.options(), &counts);
      }
    }
  }
  std::fprintf(stderr, "repairs: %d crash images, %d faults\n", counts.images, counts.faults);
  CHECK(counts.images > 100);
  CHECK(counts.faults > 50);
}

}  // namespace
}  // namespace spectradb::lsm
