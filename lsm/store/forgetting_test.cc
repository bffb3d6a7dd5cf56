// What lies behind a horizon goes, and all that can be read from there on is what it was: at every commit, of
// all system time, wherever the power goes out, and for keys that are kept also before.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "lsm/base/horizons.h"
#include "lsm/store/history_forgetter.h"
#include "lsm/testing/power_cut_file_system.h"
#include "lsm/testing/store_checks.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

constexpr int kKeyCount = 10;
constexpr int kCommitCount = 40;
constexpr int64_t kStep = 10;  // between the instants at which something may begin or end

StoreOptions forgetting_options(std::shared_ptr<FileSystem> file_system) {
  StoreOptions options = test_options(std::move(file_system));
  options.shard_count = 2;
  options.sstable_block_bytes = 256;
  options.history_block_bytes = 256;
  options.sstable_max_bytes = 2'000;
  return options;
}

std::string key_of(uint64_t key) { return numbered("key ", 10 + key); }

// Puts for all time, for a part of it, and values that clear their key, in random order and states of the
// files.
void live(StoreUnderTest* test, std::mt19937_64& random) {
  const auto below = [&](uint64_t bound) { return random() % bound; };
  for (int commit = 0; commit < kCommitCount; ++commit) {
    Rows rows;
    for (uint64_t write = below(4); write < 4; ++write) {
      const std::string text = numbered("value ", below(1'000'000));
      const auto from = kStep * static_cast<int64_t>(below(5));
      const auto to = from + kStep * static_cast<int64_t>(1 + below(5));
      const uint64_t kind = below(8);
      rows.emplace_back(key_of(below(kKeyCount)), kind == 0  ? std::string(kClears)
                                                  : kind < 4 ? bounded_value(from, to, text)
                                                             : bounded_value(INT64_MIN, INT64_MAX, text));
    }
    REQUIRE(test->commit(rows, Sync::kCopy));
    const uint64_t work = below(12);
    if (work < 2) REQUIRE(test->store->flush());
    if (work == 2) REQUIRE(test->store->compact());
  }
}

// What a key shows at an instant: the newest version that covers it, none where that clears.
std::string shown_at(const std::vector<std::pair<uint64_t, std::string>>& newest_first, int64_t instant) {
  for (const auto& [commit, value] : newest_first) {
    const VersionBounds bounds = *PrefixProperties().bounds(value);
    if (bounds.valid_from > instant || instant >= bounds.valid_to) continue;
    return value == kClears ? "" : numbered("@", commit) + value.substr(std::min<size_t>(16, value.size()));
  }
  return "";
}

// All that the store shows at a commit, at each instant at which anything changes.
std::vector<std::string> shown(const Store& store, uint64_t commit, std::optional<uint64_t> all_behind = {},
                               int64_t first_instant = -kStep) {
  CursorOptions options;
  options.max_commit = all_behind ? UINT64_MAX : commit;
  options.all_versions = all_behind.has_value();
  options.superseded_by = all_behind.value_or(0);
  const auto cursor = const_cast<Store&>(store).new_cursor(options);
  std::vector<std::string> lines;
  for (uint64_t key = 0; key < kKeyCount; ++key) {
    std::vector<std::pair<uint64_t, std::string>> versions;
    for (cursor->seek_key(key_of(key)); cursor->valid(); cursor->next()) {
      if (cursor->commit() <= commit) versions.emplace_back(cursor->commit(), cursor->value());
    }
    REQUIRE(cursor->status());
    for (int64_t instant = first_instant; instant <= 10 * kStep; instant += kStep)
      lines.push_back(key_of(key) + numbered(" ", static_cast<uint64_t>(instant + kStep)) +
                      shown_at(versions, instant));
  }
  return lines;
}

std::map<uint64_t, std::vector<std::string>> shown_from(const Store& store, uint64_t horizon, uint64_t last) {
  std::map<uint64_t, std::vector<std::string>> all;
  for (uint64_t commit = horizon; commit <= last; ++commit) all[commit] = shown(store, commit);
  return all;
}

void check_from(const Store& store, const std::map<uint64_t, std::vector<std::string>>& before) {
  const uint64_t horizon = before.begin()->first;
  for (const auto& [at, lines] : before) {
    const uint64_t commit = at;  // a structured binding cannot be captured everywhere
    CAPTURE(commit);
    CHECK(shown(store, commit) == lines);
    CHECK(shown(store, commit, horizon) == lines);  // as a reader of all system time behind the horizon
  }
}

std::vector<std::string> lines_of(const std::vector<std::string>& dump, const std::string& key) {
  std::vector<std::string> lines;
  std::copy_if(dump.begin(), dump.end(), std::back_inserter(lines),
               [&](const std::string& line) { return line.starts_with(key); });
  return lines;
}

// Those that are superseded by a horizon, when all versions of their keys are known; UINT64_MAX: all versions.
std::vector<VersionId> versions_of(Store& store, uint64_t horizon) {
  CursorOptions options;
  options.max_commit = UINT64_MAX;
  options.all_versions = true;
  const auto cursor = store.new_cursor(options);
  const auto tracker = PrefixProperties().new_recency_tracker();
  std::vector<VersionId> versions;
  for (uint64_t key = 0; key < kKeyCount; ++key) {
    tracker->begin_key();
    for (cursor->seek_key(key_of(key)); cursor->valid(); cursor->next()) {
      const Standing standing = tracker->add(cursor->commit(), cursor->value());
      const uint64_t recency = standing.clears_key ? cursor->commit() : standing.recency;
      if (horizon == UINT64_MAX || recency <= horizon)
        versions.push_back({cursor->commit(), cursor->ordinal()});
    }
    REQUIRE(cursor->status());
  }
  std::sort(versions.begin(), versions.end());
  return versions;
}

Horizons at(uint64_t commit, std::vector<std::string> kept = {}) {
  return Horizons({{{"key ", "key!"}, commit, std::move(kept)}});
}

}  // namespace

TEST_CASE("horizons are found by key, and not for keys that are kept") {
  const Horizons horizons({{{"m", "n"}, 7, {"mz", "ma"}}, {{"a", "c"}, 3, {}}});
  CHECK(horizons.of("a").commit == 3);
  CHECK(horizons.of("bzz").commit == 3);
  CHECK(horizons.of("c").commit == 0);
  CHECK(horizons.of("m").commit == 7);
  CHECK(horizons.of("ma").commit == 0);
  CHECK(horizons.of("mz").commit == 0);
  CHECK(horizons.of("n").commit == 0);
  CHECK(horizons.may_reach("0", "z", 7, INT64_MIN));
  CHECK_FALSE(horizons.may_reach("0", "z", 8, INT64_MIN));
  CHECK_FALSE(horizons.may_reach("0", "b", 4, INT64_MIN));
  CHECK_FALSE(horizons.may_reach("c", "l", 1, INT64_MIN));
  CHECK(Horizons().is_empty());
  CHECK(Horizons().of("a").commit == 0);
}

TEST_CASE("what has ended goes, wherever it lies, and the rest shows what it did") {
  const uint64_t seed = test_seed("forgetting_test");
  for (uint64_t game = 0; game < 8; ++game) {
    CAPTURE(game);
    std::mt19937_64 random(seed + game);
    const StoreOptions options = forgetting_options(new_memory_file_system());
    StoreUnderTest test;
    REQUIRE(test.create(options));
    live(&test, random);
    const int64_t ended_by = kStep * static_cast<int64_t>(2 + random() % 4);
    const std::string kept = key_of(random() % kKeyCount);
    std::vector<std::vector<std::string>> before;
    for (uint64_t commit = 1; commit <= kCommitCount; ++commit)
      before.push_back(shown(*test.store, commit, 0, ended_by));
    const std::vector<std::string> kept_before = lines_of(test.dump(UINT64_MAX), kept);
    const Horizons horizons({{{"key ", "key!"}, 0, {kept}, ended_by}});
    REQUIRE(HistoryForgetter::of(*test.store).forget(horizons));
    for (uint64_t commit = 1; commit <= kCommitCount; ++commit)
      CHECK(shown(*test.store, commit, 0, ended_by) == before[commit - 1]);
    CHECK(lines_of(test.dump(UINT64_MAX), kept) == kept_before);
    check_sound(options, test.committed);
    CursorOptions all;
    all.max_commit = UINT64_MAX;
    const auto cursor = test.store->new_cursor(all);
    for (cursor->seek({}); cursor->valid(); cursor->next())
      CHECK((cursor->user_key() == kept || PrefixProperties().bounds(cursor->value())->valid_to > ended_by));
    REQUIRE(cursor->status());
  }
}

TEST_CASE("what lies behind a horizon goes, and the rest is what it was") {
  const uint64_t seed = test_seed("forgetting_test");
  for (uint64_t game = 0; game < 8; ++game) {
    CAPTURE(game);
    std::mt19937_64 random(seed + game);
    const StoreOptions options = forgetting_options(new_memory_file_system());
    StoreUnderTest test;
    REQUIRE(test.create(options));
    uint64_t horizon = 0;
    for (int round = 0; round < 3; ++round) {
      live(&test, random);
      const uint64_t last = test.committed.commit;
      horizon += 1 + random() % (last - horizon);
      const std::string kept = key_of(3);
      const auto before = shown_from(*test.store, horizon, last);
      const auto dump = test.dump(UINT64_MAX);
      const Status forgotten = HistoryForgetter::of(*test.store).forget(at(horizon, {kept}));
      REQUIRE_MESSAGE(forgotten, forgotten.message());
      CHECK(lines_of(test.dump(UINT64_MAX), kept) == lines_of(dump, kept));
      CHECK(test.dump(UINT64_MAX).size() <= dump.size());
      for (int turn = 0; turn < 2; ++turn) {
        check_from(*test.store, before);
        check_sound(options, test.committed);
        REQUIRE(test.open(options));
      }
      REQUIRE(test.store->compact());
      check_from(*test.store, before);
    }
    // All that is left shows at the horizon or later: by then nothing else holds.
    const uint64_t last = test.committed.commit;
    REQUIRE(HistoryForgetter::of(*test.store).forget(at(last)));
    const auto left = test.dump(UINT64_MAX);
    CHECK(std::none_of(left.begin(), left.end(), [](const std::string& line) {
      return line.ends_with(std::string("=").append(kClears));
    }));
  }
}

TEST_CASE("versions that go by name are gone, no others are, and the rest is what it was") {
  const uint64_t seed = test_seed("forgetting_test");
  for (uint64_t game = 0; game < 8; ++game) {
    CAPTURE(game);
    std::mt19937_64 random(seed + game);
    const StoreOptions options = forgetting_options(new_memory_file_system());
    StoreUnderTest test;
    REQUIRE(test.create(options));
    uint64_t horizon = 0;
    for (int round = 0; round < 3; ++round) {
      live(&test, random);
      const uint64_t last = test.committed.commit;
      horizon += 1 + random() % (last - horizon);
      const auto before = shown_from(*test.store, horizon, last);
      const std::vector<VersionId> all = versions_of(*test.store, UINT64_MAX);
      const std::vector<VersionId> behind = versions_of(*test.store, horizon);
      const Status forgotten =
          HistoryForgetter::of(*test.store).forget(Horizons({{{"key ", "key!"}, horizon, {}}}, behind));
      REQUIRE_MESSAGE(forgotten, forgotten.message());
      for (int turn = 0; turn < 2; ++turn) {
        check_from(*test.store, before);
        check_sound(options, test.committed);
        std::vector<VersionId> left;
        std::set_difference(all.begin(), all.end(), behind.begin(), behind.end(), std::back_inserter(left));
        CHECK((versions_of(*test.store, UINT64_MAX) == left));
        REQUIRE(test.open(options));
      }
    }
  }
}

TEST_CASE("whenever the power goes out while history goes, what can be read from the horizon on is there") {
  const auto disk = std::make_shared<PowerCutFileSystem>();
  const StoreOptions options = forgetting_options(disk);
  std::mt19937_64 random(test_seed("forgetting_test"));
  StoreUnderTest test;
  REQUIRE(test.create(options));
  live(&test, random);
  const uint64_t last = test.committed.commit;
  const uint64_t horizon = last / 2;
  const auto before = shown_from(*test.store, horizon, last);
  constexpr uint64_t kEvery = 5;
  const auto forget = [&] { REQUIRE(HistoryForgetter::of(*test.store).forget(at(horizon))); };
  const uint64_t images = each_crash(*disk, options, test.committed, random, kEvery, forget,
                                     [&](StoreUnderTest& after, const StoreOptions&) {
                                       check_from(*after.store, before);
                                       REQUIRE(HistoryForgetter::of(*after.store).forget(at(horizon)));
                                       check_from(*after.store, before);
                                     });
  check_from(*test.store, before);
  CHECK(images > 20);
}
