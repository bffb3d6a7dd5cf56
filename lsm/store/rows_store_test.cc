// A store in its database against a std::map: random transactions over few keys by several connections, small ones and
// spilled ones, with savepoints that are rolled back, COMMITs that fail and are tried again, flushes, merges, failing
// writes, databases that are put back as they were, and cursors that stay open over all of it.
#include "lsm/store/rows_store.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <set>

#include "lsm/store/conversion.h"
#include "lsm/testing/memory_store_rows.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

struct KeyOfModel {
  std::string user_key;
  uint64_t commit;
  uint32_t ordinal;
  bool operator<(const KeyOfModel& other) const {
    if (user_key != other.user_key) return user_key < other.user_key;
    if (commit != other.commit) return commit > other.commit;
    return ordinal > other.ordinal;
  }
};
using RowsModel = std::map<KeyOfModel, std::string>;

StoreOptions rows_options() {
  StoreOptions options = test_options(nullptr);
  options.directory = "main._spectradb_blocks";
  options.shard_count = 1;
  return options;
}

std::string line_of(const std::string& key, uint64_t commit, std::string_view value) {
  return key + "@" + std::to_string(commit) + "=" + std::string(value);
}

std::vector<std::string> lines_of(const RowsModel& model, uint64_t max_commit) {
  std::vector<std::string> lines;
  for (const auto& [key, value] : model) {
    if (key.commit <= max_commit) lines.push_back(line_of(key.user_key, key.commit, value));
  }
  return lines;
}

std::vector<std::string> lines_left(VersionCursor& cursor) {
  std::vector<std::string> lines;
  for (; cursor.valid(); cursor.next())
    lines.push_back(line_of(std::string(cursor.user_key()), cursor.commit(), cursor.value()));
  if (!cursor.status().is_ok()) lines.push_back(cursor.status().message());
  return lines;
}

CursorOptions everything_up_to(uint64_t commit) {
  CursorOptions options{commit, nullptr, 0, std::nullopt};
  options.all_versions = true;
  return options;
}

struct OneConnection {
  explicit OneConnection(const std::shared_ptr<MemoryRows>& database) : rows(database) {}

  CommitToken newest() {
    const auto& frames = rows.shown().frames;
    if (frames.empty()) return {};
    return {frames.rbegin()->first, frames.rbegin()->second.token};
  }
  void make_store() {
    rows.begin();
    auto made = RowsStore::create(options, rows);
    REQUIRE(made);
    store = *made;
    rows.commit();
    store->accept();
  }
  Status follow() {
    if (store == nullptr) {
      SPECTRADB_ASSIGN_OR_RETURN(auto opened, RowsStore::open(options, rows));
      store = opened;
    }
    return store->follow(newest());
  }
  Status prepare(const std::shared_ptr<WriteBatch>& batch) {
    const uint64_t commit = newest().commit + 1;
    if (batch->is_spilled() || store->is_large(*batch))
      SPECTRADB_RETURN_IF_ERROR(store->spill(commit, *batch));
    SPECTRADB_ASSIGN_OR_RETURN(const auto frame, store->prepare(commit, batch, Sync::kNone, {}));
    prepared = {commit, frame.token};
    copy = frame.copy;
    return Status::ok();
  }
  void commit() {
    rows.shown().frames[prepared.commit] = {prepared.frame, copy};
    rows.commit();
    REQUIRE(store->publish(prepared.commit, prepared.frame));
  }
  void rollback() {
    rows.rollback();
    store->drop();
  }
  std::vector<std::string> dump(uint64_t max_commit) {
    const auto cursor = store->new_cursor(everything_up_to(max_commit));
    cursor->seek("");
    return lines_left(*cursor);
  }

  MemoryStoreRows rows;
  StoreOptions options = rows_options();
  std::shared_ptr<RowsStore> store;
  CommitToken prepared;
  std::string copy;
};

// Counts what the games met, so that nothing goes untested.
struct Seen {
  uint64_t cut_files = 0;
  uint64_t dead_files = 0;
  uint64_t history_files = 0;
  uint64_t spilled_batches = 0;
  uint64_t failed_commits = 0;
  uint64_t erasures = 0;
};

class RowsGame {
 public:
  RowsGame(uint64_t seed, Seen* seen) : random_(seed), seen_(*seen) {
    for (int count = 0; count < 3; ++count) {
      connections_.push_back(std::make_unique<OneConnection>(database_));
      StoreOptions& options = connections_.back()->options;
      options.shard_count = shards_;
      options.memtable_max_bytes = memtable_;
      options.sstable_block_bytes = below(2) == 0 ? 128 : 1024;
      options.sstable_max_bytes = file_bytes_;
      options.block_cache_bytes = below(2) == 0 ? 0 : 100'000;
    }
    connections_[0]->make_store();
  }

  void play(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      // While a cursor is open only its connection acts: the cursor's connection has a snapshot, which other
      // connections' commits do not change.
      OneConnection& one = *connections_[open_.empty() ? below(connections_.size()) : 0];
      if (open_.empty() && below(30) == 0) one.store.reset();
      REQUIRE_MESSAGE(one.follow(), one.follow().message());
      const uint64_t dice = below(100);
      if (dice < 80) {
        transaction(one);
      } else if (dice < 88) {
        work(one);
      } else if (dice < 92) {
        check(one);
      } else if (dice < 94) {
        kept_database_ = *database_;
        kept_model_ = model_;
      } else if (dice < 95 && kept_database_) {
        *database_ = *kept_database_;
        model_ = kept_model_;
        open_.clear();  // its rows went with the database
      } else {
        open_cursor(one);
      }
      if (below(10) == 0) finish_cursor();
    }
    for (const auto& one : connections_) {
      REQUIRE(one->follow());
      check(*one);
    }
    open_.clear();
    convert(*connections_[below(connections_.size())]);
    tamper();
  }

 private:
  uint64_t below(uint64_t limit) { return random_() % limit; }

  std::string value() {
    if (below(20) == 0) return std::string(kClears);
    const size_t size = below(50) == 0 ? below(700) : below(20);
    return "v" + std::to_string(below(1000)) + std::string(size, 'x');
  }

  // A fact of the open transaction, as the model will have it after COMMIT.
  struct Written {
    uint32_t ordinal;
    std::string key;
    std::string value;
  };

  void put_some(OneConnection& one, WriteBatch& batch, std::vector<Written>* written, uint64_t count) {
    for (uint64_t index = 0; index < count; ++index) {
      const std::string key = "k" + std::to_string(below(60));
      const std::string text = value();
      written->push_back({batch.put(key, text, *PrefixProperties().bounds(text)), key, text});
      if (batch.size_bytes() > 20'000 && below(3) == 0)
        REQUIRE(one.store->spill(one.newest().commit + 1, batch));
    }
  }

  void transaction(OneConnection& one) {
    one.rows.begin();
    const uint64_t number = one.newest().commit + 1;
    auto batch = std::make_shared<WriteBatch>();
    std::vector<Written> written;
    const uint64_t size = below(8) == 0 ? 300 : 4;
    put_some(one, *batch, &written, 1 + below(size));
    struct Mark {
      MemoryRows rows;
      std::shared_ptr<const WriteBatch::Held> held;
      uint32_t mark;
      uint64_t edits;
    };
    for (uint64_t turn = below(4); turn > 0; --turn) {
      const Mark mark{one.rows.savepoint(), batch->held(), batch->mark(), one.store->edits()};
      put_some(one, *batch, &written, below(size));
      if (below(4) == 0) REQUIRE(one.store->flush());
      if (below(4) == 0 && batch->count() > 0) REQUIRE(one.prepare(batch));  // a COMMIT that is BUSY
      if (below(2) == 0) {
        one.rows.rollback_to(mark.rows);
        one.store->take_back(mark.edits);
        batch->hold(mark.held.get());
        batch->rollback_to(mark.mark);
        std::erase_if(written, [&](const Written& one_written) { return one_written.ordinal >= mark.mark; });
      }
      check_own(one, *batch, written, number);
    }
    const bool fails = below(8) == 0;
    if (fails) one.rows.fail_after(static_cast<int64_t>(below(40)));
    const Status prepared =
        batch->count() == 0 ? Status::io("nothing is to be committed") : one.prepare(batch);
    one.rows.fail_after(-1);
    seen_.failed_commits += fails && !prepared ? 1 : 0;
    seen_.spilled_batches += batch->is_spilled() ? 1 : 0;
    if (!prepared || below(6) == 0) {
      one.rollback();
      return;
    }
    if (below(5) == 0) REQUIRE(one.prepare(batch));
    one.commit();
    for (const Written& fact : written) model_[{fact.key, number, fact.ordinal}] = fact.value;
  }

  // A transaction reads what it has written.
  void check_own(OneConnection& one, const WriteBatch& batch, const std::vector<Written>& written,
                 uint64_t number) {
    RowsModel model = model_;
    for (const Written& fact : written) model[{fact.key, number, fact.ordinal}] = fact.value;
    CursorOptions options = everything_up_to(number);
    options.own = &batch;
    options.own_commit = number;
    const auto cursor = one.store->new_cursor(options);
    cursor->seek("");
    CHECK(lines_left(*cursor) == lines_of(model, number));
  }

  void work(OneConnection& one) {
    one.rows.begin();
    const uint64_t dice = below(open_.empty() ? 4 : 3);
    const std::string erased = "k" + std::to_string(below(60));
    const std::vector<KeyRange> range{{erased, erased + std::string(1, '\0')}};
    const Status worked = dice == 0   ? one.store->flush()
                          : dice == 1 ? one.store->compact({})
                          : dice == 2 ? one.store->merge_due().status()
                                      : one.store->erase(range, {});
    REQUIRE_MESSAGE(worked, worked.message());
    if (below(4) == 0) return one.rollback();
    one.rows.commit();
    one.store->accept();
    if (dice != 3) return;
    std::erase_if(model_, [&](const auto& version) { return version.first.user_key == erased; });
    for (const auto& [number, file] : database_->files) CHECK(file.level != kDeadLevel);
    seen_.erasures += 1;
  }

  void check(OneConnection& one) {
    for (const auto& [number, file] : database_->files) {
      seen_.cut_files += file.from_key.empty() ? 0 : 1;
      seen_.dead_files += file.level == kDeadLevel ? 1 : 0;
      seen_.history_files += file.level == kHistoryLevel ? 1 : 0;
    }
    const uint64_t last = one.newest().commit;
    CHECK(one.dump(last) == lines_of(model_, last));
    const uint64_t some = last == 0 ? 0 : below(last + 1);
    CHECK(one.dump(some) == lines_of(model_, some));
    const auto problems = one.store->check([&]() -> Result<Committed> {
      return Committed{one.store->id(), one.newest().commit, one.newest().frame, {}};
    });
    REQUIRE(problems);
    CHECK(*problems == std::vector<std::string>{});
  }

  // Converts the store to a directory, where a store of the other kind must show the same, and back.
  void convert(OneConnection& one) {
    const CommitToken last = one.newest();
    StoreOptions directory = one.options;
    directory.file_system = new_memory_file_system();
    directory.directory = "converted";
    directory.background = false;
    one.rows.begin();
    const Status out = convert_to_directory(one.rows, last, directory, {});
    REQUIRE_MESSAGE(out, out.message());
    one.rows.rollback();
    const Committed committed{one.store->id(), last.commit, last.frame, {}};
    for (int turn = 0; turn < 2; ++turn) {  // the second turn: after the conversion back
      const auto opened = Store::open(directory, committed);
      REQUIRE_MESSAGE(opened, opened.status().message());
      const auto cursor = (*opened)->new_cursor(everything_up_to(last.commit));
      cursor->seek("");
      CHECK(lines_left(*cursor) == lines_of(model_, last.commit));
      const auto problems = (*opened)->check([&]() -> Result<Committed> { return committed; });
      REQUIRE(problems);
      CHECK(*problems == std::vector<std::string>{});
      REQUIRE((*opened)->compact({}));
    }
    const auto database = std::make_shared<MemoryRows>();
    database->frames[last.commit] = {last.frame, ""};
    OneConnection back(database);
    back.options = one.options;
    back.rows.begin();
    const Status in = convert_to_rows(directory, committed, back.rows, {});
    REQUIRE_MESSAGE(in, in.message());
    back.rows.commit();
    REQUIRE(back.follow());
    CHECK(back.dump(last.commit) == lines_of(model_, last.commit));
    transaction_of(back, last.commit + 1);
  }

  static void transaction_of(OneConnection& one, uint64_t commit) {
    one.rows.begin();
    auto batch = std::make_shared<WriteBatch>();
    batch->put("later", "v", *PrefixProperties().bounds("v"));
    REQUIRE(one.prepare(batch));
    one.commit();
    const auto problems = one.store->check([&]() -> Result<Committed> {
      return Committed{one.store->id(), commit, one.newest().frame, {}};
    });
    REQUIRE(problems);
    CHECK(*problems == std::vector<std::string>{});
  }

  // A row of the file list that somebody else has changed, added or removed is noticed.
  void tamper() {
    const MemoryRows whole = *database_;
    const auto refuses = [&](const std::string& what) {
      OneConnection anew(database_);
      anew.options = connections_[0]->options;
      const Status read = anew.follow();
      CHECK_MESSAGE(read.code() == Code::kCorrupt, what, ": ", read.message());
      *database_ = whole;
    };
    for (const auto& [place, file] : whole.files) {
      const uint64_t number = place;  // a structured binding cannot be captured everywhere
      const std::string name = "file " + std::to_string(number);
      const auto change = [&](const char* field, const std::function<void(StoreRows::File&)>& edit) {
        edit(database_->files[number]);
        refuses(name + ", " + field);
      };
      change("shard", [](StoreRows::File& row) { row.shard ^= 1; });
      change("level", [](StoreRows::File& row) { row.level ^= 1; });
      change("group", [](StoreRows::File& row) { row.group += 1; });
      change("run", [](StoreRows::File& row) { row.run ^= 1; });
      change("place", [](StoreRows::File& row) { row.place += 1; });
      change("salt", [](StoreRows::File& row) { row.salt += 1; });
      change("meta", [](StoreRows::File& row) { row.meta.back() ^= 1; });
      change("from_key", [](StoreRows::File& row) { row.from_key.push_back('x'); });
      change("seal", [](StoreRows::File& row) { row.seal += 1; });
      if (number == 0) continue;
      database_->files.erase(number);
      refuses(name + " gone");
      StoreRows::File twin = file;
      twin.number = 1'000'000;
      database_->files[twin.number] = twin;
      refuses(name + " twice");
    }
  }

  // Opens a cursor on the connection that writes. Cursors of other connections would need snapshots, which
  // this database of maps lacks.
  void open_cursor(OneConnection& one) {
    if (&one != connections_[0].get()) return;
    const uint64_t last = one.newest().commit;
    open_.push_back({one.store->new_cursor(everything_up_to(last)), lines_of(model_, last)});
    open_.back().cursor->seek("");
  }

  void finish_cursor() {
    if (open_.empty()) return;
    CHECK(lines_left(*open_.back().cursor) == open_.back().lines);
    open_.pop_back();
  }

  std::mt19937_64 random_;
  Seen& seen_;
  const std::shared_ptr<MemoryRows> database_ = std::make_shared<MemoryRows>();
  const uint64_t shards_ = 1 + below(2);
  const uint64_t memtable_ = below(2) == 0 ? 4'000 : 60'000;
  const uint64_t file_bytes_ = below(2) == 0 ? 3'000 : 60'000;
  std::vector<std::unique_ptr<OneConnection>> connections_;
  RowsModel model_;
  std::optional<MemoryRows> kept_database_;
  RowsModel kept_model_;
  struct OpenCursor {
    std::unique_ptr<VersionCursor> cursor;
    std::vector<std::string> lines;
  };
  std::vector<OpenCursor> open_;
};

constexpr uint64_t kMostSlices = 5'000;

// Merges in slices until none is due, but no more than kMostSlices; returns how many.
uint64_t merge_all(OneConnection& one) {
  uint64_t slices = 0;
  for (bool is_due = true; is_due && slices < kMostSlices; ++slices) {
    one.rows.begin();
    const Result<bool> merged = one.store->merge_due();
    REQUIRE(merged);
    is_due = *merged;
    one.rows.commit();
    one.store->accept();
  }
  return slices;
}

}  // namespace

TEST_CASE("a store in its database shows what a map of all its versions shows") {
  std::mt19937_64 seeds(test_seed("rows_store_test"));
  Seen seen;
  const char* fewer = std::getenv("SPECTRADB_ROWS_GAMES");  // where a game takes a minute, as under qemu
  const int games = fewer == nullptr ? 12 : std::atoi(fewer);
  for (int game = 0; game < games; ++game) RowsGame(seeds(), &seen).play(150);
  if (fewer != nullptr) return;  // they need not have met everything
  CHECK(seen.cut_files > 0);
  CHECK(seen.dead_files > 0);
  CHECK(seen.history_files > 0);
  CHECK(seen.spilled_batches > 0);
  CHECK(seen.failed_commits > 0);
  CHECK(seen.erasures > 0);
}

TEST_CASE("merges in slices come to an end, and each leaves one group of history") {
  const auto database = std::make_shared<MemoryRows>();
  OneConnection one(database);
  one.options.memtable_max_bytes = 16'000;  // a slice has 16 versions
  one.options.level0_files = 4;
  one.options.history_fan_in = 4;
  one.make_store();
  RowsModel model;
  for (uint64_t commit = 1; commit <= 120; ++commit) {
    one.rows.begin();
    auto batch = std::make_shared<WriteBatch>();
    for (uint64_t index = 0; index < 50; ++index) {
      const std::string key = numbered("k", index);
      const std::string value = "v" + std::to_string(commit);
      model[{key, commit, batch->put(key, value, *PrefixProperties().bounds(value))}] = value;
    }
    REQUIRE(one.prepare(batch));
    one.commit();
  }
  const uint64_t slices = merge_all(one);
  CHECK(slices > 1);
  CHECK(slices < kMostSlices);
  std::set<uint64_t> groups;
  for (const auto& [number, file] : database->files) {
    if (file.level == kHistoryLevel) groups.insert(file.group);
  }
  CHECK(groups.size() > 0);
  CHECK(groups.size() < one.options.history_fan_in);
  CHECK(one.dump(120) == lines_of(model, 120));
  CHECK(one.dump(60) == lines_of(model, 60));
}

// Some keys come and go, others stay: slices have few runs here and many there.
TEST_CASE("slices that have other runs than those before are one group of history with them") {
  const auto database = std::make_shared<MemoryRows>();
  OneConnection one(database);
  one.options.memtable_max_bytes = 250'000;  // a slice has 244 versions
  one.options.sstable_max_bytes = 1024;
  one.options.level0_files = 4;
  one.options.history_fan_in = 4;
  one.make_store();
  RowsModel model;
  constexpr uint64_t kOldest = 180;  // later commits supersede those up to here
  for (uint64_t commit = 1; commit <= 200; ++commit) {
    one.rows.begin();
    auto batch = std::make_shared<WriteBatch>();
    const auto put = [&](uint64_t key, const std::string& value) {
      model[{numbered("k", key), commit,
             batch->put(numbered("k", key), value, *PrefixProperties().bounds(value))}] = value;
    };
    for (uint64_t region = 0; region < 20; ++region) {
      const uint64_t first = region * 10'000;
      if (region % 2 == 0) {
        if (commit > 1) put(first + commit - 1, std::string(kClears));
        put(first + commit, numbered("short ", commit));
      } else if (commit <= kOldest) {
        put(first + commit, numbered("long ", commit));
      } else {
        for (uint64_t old = commit - kOldest; old <= kOldest; old += 20)
          put(first + old, numbered("new ", commit));
      }
    }
    REQUIRE(one.prepare(batch));
    one.commit();
  }
  const uint64_t slices = merge_all(one);
  CHECK(slices < kMostSlices);
  std::map<uint64_t, std::set<uint32_t>> runs;
  for (const auto& [number, file] : database->files) {
    if (file.level == kHistoryLevel) runs[file.group].insert(file.run);
  }
  CHECK(runs.size() < one.options.history_fan_in);
  CHECK(std::any_of(runs.begin(), runs.end(), [](const auto& group) { return group.second.size() > 1; }));
  CHECK(one.dump(200) == lines_of(model, 200));
  CHECK(one.dump(101) == lines_of(model, 101));
}
