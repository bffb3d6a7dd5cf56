// The store against a std::map: random commits over few keys, with flushes, compactions, aborted attempts and
// reopenings in between, by one process or by several that take turns, read forwards, backwards, by key and
// at random commits, with and without own writes.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "lsm/merge/newest_versions.h"
#include "lsm/store/run_reader.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

struct ModelKey {
  std::string user_key;
  uint64_t commit;
  uint32_t ordinal;
  bool operator<(const ModelKey& other) const {
    if (user_key != other.user_key) return user_key < other.user_key;
    if (commit != other.commit) return commit > other.commit;
    return ordinal > other.ordinal;
  }
};
using Model = std::map<ModelKey, std::string>;

class Game {
 public:
  explicit Game(uint64_t seed) : random_(seed), options_(test_options(new_memory_file_system())) {
    options_.shard_count = static_cast<uint32_t>(below(4) + 1);
    options_.memtable_max_bytes = below(2) == 0 ? 20'000 : 200'000;
    options_.sstable_block_bytes = below(2) == 0 ? 128 : 1024;
    options_.history_block_bytes = below(2) == 0 ? 128 : 1024;
    options_.compression_level = 1 + below(6);
    options_.sstable_max_bytes = below(2) == 0 ? 2'000 : 20'000;
    options_.block_cache_bytes = below(2) == 0 ? 0 : 100'000;
    bounded_ = below(2) == 0;
    key_count_ = below(2) == 0 ? 5 : 200;
    others_.resize(below(2) == 0 ? 0 : 1 + below(3));
  }

  void play(int turns) {
    REQUIRE(test_.create(options_));
    for (int turn = 0; turn < turns; ++turn) {
      switch_process();
      const uint64_t dice = below(100);
      if (dice < 70)
        commit();
      else if (dice < 80)
        abort();
      else if (dice < 84)
        REQUIRE(test_.store->flush());
      else if (dice < 86)
        REQUIRE(test_.store->compact());
      else if (dice < 88)
        reopen();
      if (below(5) == 0) check();
    }
    reopen();
    check();
    REQUIRE(test_.store->compact());
    check();
  }

 private:
  // Another process takes over, and learns of the last commit from the database. Some of the others have not
  // started, or have died.
  void switch_process() {
    if (others_.empty()) return;
    std::shared_ptr<Store>& other = others_[below(others_.size())];
    if (below(3) == 0) {
      std::swap(test_.store, other);
      if (test_.store == nullptr) reopen();
    }
    if (below(30) == 0) other.reset();
    const Status published = test_.store->publish(test_.committed.commit, test_.committed.frame);
    INFO(published.message());
    REQUIRE(published);
  }

  uint64_t below(uint64_t limit) { return random_() % limit; }

  std::string random_key() {
    const uint64_t number = below(key_count_);
    if (number % 7 == 0) return std::string(number % 20, 'x');
    return numbered(number % 2 == 0 ? "key-with-a-long-prefix-" : "k", number);
  }

  std::string random_value() {
    if (below(12) == 0) return std::string(kClears);
    if (bounded_ && below(2) == 0) {
      const auto from = static_cast<int64_t>(below(8));
      return bounded_value(from, from + 1 + static_cast<int64_t>(below(8)), "b");
    }
    return std::string(below(10) == 0 ? 300 : below(30), static_cast<char>('a' + below(26)));
  }

  // Fills batch and model alike, with an occasional rollback.
  void fill(WriteBatch& batch, Model& model, uint64_t commit) {
    const uint64_t count = below(50) == 0 ? 500 : below(20) + 1;
    for (uint64_t index = 0; index < count; ++index) {
      const std::string key = random_key();
      const std::string value = random_value();
      model[{key, commit, batch.put(key, value)}] = value;
      if (below(10) == 0) {
        const auto mark = static_cast<uint32_t>(below(batch.mark() + uint64_t{1}));
        batch.rollback_to(mark);
        std::erase_if(
            model, [&](const auto& row) { return row.first.commit == commit && row.first.ordinal >= mark; });
      }
    }
  }

  void commit() {
    auto batch = std::make_shared<WriteBatch>();
    const uint64_t number = test_.committed.commit + 1;
    fill(*batch, model_, number);
    const auto frame = test_.store->prepare(number, batch, any_sync());
    INFO(frame.status().message());
    REQUIRE(frame);
    test_.record(number, *frame);
    if (below(20) == 0) return reopen();  // the process died between the database's commit and publish()
    REQUIRE(test_.store->publish(number));
  }

  Sync any_sync() {
    constexpr Sync kAll[] = {Sync::kNone, Sync::kCopy, Sync::kFull};
    return kAll[below(3)];
  }

  void abort() {
    auto batch = std::make_shared<WriteBatch>();
    Model nowhere;
    fill(*batch, nowhere, 1);
    const auto frame = test_.store->prepare(test_.committed.commit + 1, batch, any_sync());
    INFO(frame.status().message());
    REQUIRE(frame);
    const uint64_t dice = below(3);
    if (dice == 0) REQUIRE(test_.store->abort(test_.committed.commit + 1));
    if (dice == 1) reopen();  // otherwise the next prepare() replaces it
    if (dice == 2) switch_process();
    if (dice == 2) commit();
  }

  void reopen() {
    const Status opened = test_.open(options_);
    INFO(opened.message());
    REQUIRE(opened);
  }

  void check() {
    const uint64_t max_commit = below(test_.committed.commit + 2);
    Model seen;
    for (const auto& row : model_) {
      if (row.first.commit <= max_commit) seen.insert(row);
    }
    WriteBatch own;
    const bool has_own = below(2) == 0;
    const uint64_t own_commit = test_.committed.commit + 1;
    if (has_own) fill(own, seen, own_commit);
    const auto cursor =
        test_.store->new_cursor({max_commit, has_own ? &own : nullptr, own_commit, std::nullopt});
    check_all(*cursor, seen);
    for (int probe = 0; probe < 10; ++probe) check_around(*cursor, seen, random_key());
    check_backwards(*cursor, seen);
    check_runs(*cursor, seen);
    cursor->set_all_versions(false);
    check_shown(*cursor, seen);
    check_newest(*cursor, seen);
    CursorOptions later{max_commit, has_own ? &own : nullptr, own_commit, std::nullopt};
    later.min_commit = below(max_commit + 2);
    check_later(*test_.store->new_cursor(later), seen, later.min_commit);
  }

  // Refuses a version once it has taken so many.
  struct RefusingSink final : RunSink {
    bool take(std::string_view user_key, std::string_view value) override {
      has_refused = taken.size() == limit;
      if (!has_refused) taken.emplace_back(user_key, value);
      return !has_refused;
    }
    size_t limit = 0;
    bool has_refused = false;
    std::vector<std::pair<std::string, std::string>> taken;
  };

  // Runs give the newest version of each key, as steps do, and end where the sink or the bound ends them.
  void check_runs(VersionCursor& cursor, const Model& model) {
    const std::string from = below(2) == 0 ? "" : random_key();
    const std::string end = below(2) == 0 ? "zzz" : random_key();
    Model::const_iterator expected = model.lower_bound({from, UINT64_MAX, UINT32_MAX});
    cursor.seek(from);
    check_here(cursor, model, expected);
    while (cursor.valid() && cursor.user_key() < end) {
      RefusingSink sink;
      sink.limit = 1 + below(40);
      read_run(cursor, end, sink);
      for (const auto& [key, value] : sink.taken) {
        REQUIRE(expected != model.end());
        REQUIRE(key == expected->first.user_key);
        REQUIRE(value == expected->second);
        expected = next_key_in(model, expected);
      }
      check_here(cursor, model, expected);
      REQUIRE(sink.has_refused == (cursor.valid() && cursor.user_key() < end));
    }
  }

  // Where a cursor leaves out versions, runs give the newest of those that its steps show.
  void check_shown_runs(VersionCursor& cursor, const Model& shown) {
    Model::const_iterator expected = shown.begin();
    cursor.seek("");
    while (cursor.valid()) {
      RefusingSink sink;
      sink.limit = 1 + below(40);
      read_run(cursor, "zzz", sink);
      for (const auto& [key, value] : sink.taken) {
        REQUIRE(expected != shown.end());
        REQUIRE(key == expected->first.user_key);
        REQUIRE(value == expected->second);
        expected = next_key_in(shown, expected);
      }
      check_here(cursor, shown, expected);
    }
    REQUIRE(cursor.status().is_ok());
    REQUIRE(expected == shown.end());
  }

  // What is read ahead is the newest version of each key, but for keys of which nothing is visible.
  void check_newest(VersionCursor& cursor, const Model& model) {
    const std::string from = below(2) == 0 ? "" : random_key();
    const std::string end = below(2) == 0 ? "zzz" : random_key();
    NewestVersions* const newest = cursor.seek_newest(from, end);
    if (newest == nullptr) return;
    Model::const_iterator expected = model.lower_bound({from, UINT64_MAX, UINT32_MAX});
    const auto is_inside = [&] { return expected != model.end() && expected->first.user_key < end; };
    const auto pass_cleared = [&] {
      while (is_inside() && expected->second == kClears &&
             (!newest->valid() || newest->user_key() > expected->first.user_key))
        expected = next_key_in(model, expected);
    };
    for (pass_cleared(); newest->valid(); newest->next(), pass_cleared()) {
      REQUIRE(is_inside());
      REQUIRE(newest->user_key() == expected->first.user_key);
      if (expected->second == kClears) {
        // The version may be gone, and those before it, but for what nobody sees.
        const VersionBounds valid = *PrefixProperties().bounds(newest->value());
        REQUIRE((newest->value() == kClears || valid.valid_from >= valid.valid_to));
      } else {
        REQUIRE(newest->commit() == expected->first.commit);
        REQUIRE(newest->ordinal() == expected->first.ordinal);
        REQUIRE(newest->value() == expected->second);
      }
      expected = next_key_in(model, expected);
    }
    REQUIRE(newest->status().is_ok());
    REQUIRE(!is_inside());
  }

  // A cursor that may leave out earlier commits shows all later ones, in order.
  void check_later(VersionCursor& cursor, const Model& model, uint64_t min_commit) {
    Model later = model;
    std::erase_if(later, [&](const auto& row) { return row.first.commit < min_commit; });
    const auto step = [&](auto move) {
      move();
      while (cursor.valid() && cursor.commit() < min_commit) cursor.next();
    };
    const std::string from = below(2) == 0 ? "" : random_key();
    Model::const_iterator expected = later.lower_bound({from, UINT64_MAX, UINT32_MAX});
    step([&] { cursor.seek(from); });
    check_here(cursor, later, expected);
    while (cursor.valid()) {
      if (below(4) == 0) {
        step([&] { cursor.next_key(); });
        expected = next_key_in(later, expected);
      } else {
        step([&] { cursor.next(); });
        ++expected;
      }
      check_here(cursor, later, expected);
    }
  }

  // The value that wins at an instant among versions of one key, newest first; empty when it clears the key.
  static std::string winner(const std::vector<std::string>& values, int64_t instant) {
    for (const std::string& value : values) {
      const VersionBounds valid = *PrefixProperties().bounds(value);
      if (valid.valid_from <= instant && instant < valid.valid_to) return value == kClears ? "" : value;
    }
    return "";
  }

  static std::map<std::string, std::vector<std::string>> by_key(const Model& model) {
    std::map<std::string, std::vector<std::string>> values;
    for (const auto& [key, value] : model) values[key.user_key].push_back(value);
    return values;
  }

  static void check_winners(const std::vector<std::string>& shown, const std::vector<std::string>& all) {
    for (int64_t instant = -1; instant <= 17; ++instant)
      REQUIRE(winner(shown, instant) == winner(all, instant));
  }

  // A cursor that may leave out superseded versions shows the same at every instant, in whatever way it is
  // read.
  void check_shown(VersionCursor& cursor, const Model& model) {
    Model shown;
    for (cursor.seek(""); cursor.valid(); cursor.next()) {
      const ModelKey key{std::string(cursor.user_key()), cursor.commit(), cursor.ordinal()};
      const auto found = model.find(key);
      REQUIRE(found != model.end());
      REQUIRE(found->second == cursor.value());
      REQUIRE(shown.emplace(key, cursor.value()).second);
    }
    REQUIRE(cursor.status().is_ok());
    auto shown_values = by_key(shown);
    for (const auto& [key, all] : by_key(model)) {
      check_winners(shown_values[key], all);
      std::vector<std::string> of_key;
      for (cursor.seek_key(key); cursor.valid(); cursor.next()) {
        REQUIRE(cursor.user_key() == key);
        of_key.emplace_back(cursor.value());
      }
      REQUIRE(cursor.status().is_ok());
      REQUIRE(of_key == shown_values[key]);
    }
    check_shown_runs(cursor, shown);
    Model backwards;
    std::string bound = "zzz";
    for (cursor.seek_before(bound); cursor.valid(); cursor.seek_before(bound)) {
      bound.assign(cursor.user_key());
      for (; cursor.valid() && cursor.user_key() == bound; cursor.next()) {
        backwards.emplace(ModelKey{bound, cursor.commit(), cursor.ordinal()}, cursor.value());
      }
    }
    REQUIRE(cursor.status().is_ok());
    REQUIRE(std::equal(backwards.begin(), backwards.end(), shown.begin(), shown.end(),
                       [](const auto& a, const auto& b) { return a.second == b.second; }));
  }

  static void check_here(const VersionCursor& cursor, const Model& model, Model::const_iterator expected) {
    REQUIRE(cursor.status().is_ok());
    REQUIRE(cursor.valid() == (expected != model.end()));
    if (!cursor.valid()) return;
    REQUIRE(cursor.user_key() == expected->first.user_key);
    REQUIRE(cursor.commit() == expected->first.commit);
    REQUIRE(cursor.ordinal() == expected->first.ordinal);
    REQUIRE(cursor.value() == expected->second);
  }

  static Model::const_iterator next_key_in(const Model& model, Model::const_iterator row) {
    const std::string key = row->first.user_key;
    while (row != model.end() && row->first.user_key == key) ++row;
    return row;
  }

  void check_all(VersionCursor& cursor, const Model& model) {
    auto expected = model.begin();
    cursor.seek("");
    check_here(cursor, model, expected);
    while (cursor.valid()) {
      if (below(4) == 0) {
        cursor.next_key();
        expected = next_key_in(model, expected);
      } else {
        cursor.next();
        ++expected;
      }
      check_here(cursor, model, expected);
    }
  }

  void check_around(VersionCursor& cursor, const Model& model, const std::string& key) {
    auto expected = model.lower_bound({key, UINT64_MAX, UINT32_MAX});
    cursor.seek(key);
    check_here(cursor, model, expected);
    cursor.seek_key(key);
    if (expected == model.end() || expected->first.user_key != key) {
      REQUIRE_FALSE(cursor.valid());
      REQUIRE(cursor.status().is_ok());
      return;
    }
    for (; expected != model.end() && expected->first.user_key == key; ++expected) {
      check_here(cursor, model, expected);
      cursor.next();
    }
    REQUIRE_FALSE(cursor.valid());
    REQUIRE(cursor.status().is_ok());
  }

  void check_backwards(VersionCursor& cursor, const Model& model) {
    std::string key = "zzz";
    for (;;) {
      auto behind = model.lower_bound({key, UINT64_MAX, UINT32_MAX});
      cursor.seek_before(key);
      if (behind == model.begin()) {
        REQUIRE_FALSE(cursor.valid());
        REQUIRE(cursor.status().is_ok());
        return;
      }
      const auto expected = model.lower_bound({std::prev(behind)->first.user_key, UINT64_MAX, UINT32_MAX});
      check_here(cursor, model, expected);
      key = expected->first.user_key;
      if (below(3) == 0) {
        cursor.next();
        check_here(cursor, model, std::next(expected));
      }
    }
  }

  std::mt19937_64 random_;
  StoreOptions options_;
  uint64_t key_count_ = 0;
  bool bounded_ = false;                        // some values hold for a part of valid time
  StoreUnderTest test_;                         // the process whose turn it is
  std::vector<std::shared_ptr<Store>> others_;  // null: not running
  Model model_;
};

}  // namespace

TEST_CASE("a store agrees with a map") {
  const uint64_t seed = test_seed("store_model_test");
  for (uint64_t game = 0; game < 16; ++game) {
    CAPTURE(game);
    Game(seed + game).play(250);
  }
}
