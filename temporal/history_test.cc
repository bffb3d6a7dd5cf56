// Rows are read from a store that keeps current and superseded facts apart, and must equal rows read from all
// facts in a map: at every commit and at all of them, in every mode, while facts are flushed, compacted and
// reopened. And a reader of the present must open no history.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random_seed.h"
#include "lsm/store/store.h"
#include "temporal/memory_versions.h"
#include "temporal/row_cursor.h"

namespace spectradb::temporal {
namespace {

constexpr int64_t kInstants = 10;

std::string describe(const Bound& bound) { return std::to_string(bound.us) + (bound.as_text ? "t" : ""); }

std::vector<std::string> rows_of(RowCursor& cursor, bool descending) {
  std::vector<std::string> rows;
  for (cursor.seek("", "\xFF", descending); cursor.valid(); cursor.next()) {
    const ResolvedRow& row = cursor.row();
    rows.push_back(std::string(row.user_key) + "=" + std::string(row.payload) + " [" +
                   describe(row.valid.from) + "," + describe(row.valid.to) + ") " +
                   std::to_string(row.system_from) + "." + std::to_string(row.ordinal) + " to " +
                   std::to_string(row.system_to));
  }
  REQUIRE_MESSAGE(cursor.status().is_ok(), cursor.status().message());
  return rows;
}

class Ledger {
 public:
  explicit Ledger(lsm::StoreOptions options) : options_(std::move(options)) {
    auto created = lsm::Store::create(options_);
    REQUIRE(created);
    store_ = *created;
    committed_.store_id = store_->id();
  }

  // add() puts facts; commit() makes them the next commit.
  void add(const std::string& key, const Period& valid, Operation operation, const std::string& payload) {
    std::string value;
    encode_fact(value, {valid, operation, operation == Operation::kPut ? payload : std::string_view()});
    const uint32_t ordinal = batch_->put(key, value);
    facts_[key].push_back({committed_.commit + 1, ordinal, value});
  }
  void commit() {
    const auto frame = store_->prepare(committed_.commit + 1, batch_, lsm::Sync::kNone);
    REQUIRE(frame);
    committed_.commit += 1;
    committed_.frame = frame->token;
    REQUIRE(store_->publish(committed_.commit));
    batch_ = std::make_shared<lsm::WriteBatch>();
  }
  void reopen() {
    store_.reset();
    auto opened = lsm::Store::open(options_, committed_);
    REQUIRE_MESSAGE(opened, opened.status().message());
    store_ = *opened;
  }

  uint64_t last_commit() const { return committed_.commit; }
  lsm::Store& store() { return *store_; }
  const MemoryVersions& facts() const { return facts_; }

  uint64_t stat(const std::string& name) const {
    for (const auto& [key, value] : store_->stats()) {
      if (key == name) return std::stoull(value);
    }
    FAIL("no such figure: ", name);
    return 0;
  }

  std::unique_ptr<RowCursor> rows(uint64_t max_commit, const ReadTimes& times) {
    lsm::CursorOptions options;
    options.max_commit = max_commit;
    return std::make_unique<RowCursor>(store_->new_cursor(options), times);
  }

  void check(uint64_t max_commit, const ReadTimes& times) {
    CAPTURE(max_commit);
    CAPTURE(static_cast<int>(times.system));
    CAPTURE(static_cast<int>(times.valid));
    CAPTURE(times.at_us);
    RowCursor expected(std::make_unique<MemoryCursor>(facts_, max_commit), times);
    const auto actual = rows(max_commit, times);
    for (const bool descending : {false, true}) {
      const std::vector<std::string> wanted = rows_of(expected, descending);
      REQUIRE(rows_of(*actual, descending) == wanted);
    }
    for (const auto& [key, versions] : facts_) {
      expected.seek_point(key);
      actual->seek_point(key);
      for (; expected.valid(); expected.next(), actual->next()) {
        REQUIRE(actual->valid());
        REQUIRE(actual->row().payload == expected.row().payload);
        REQUIRE(actual->row().system_from == expected.row().system_from);
        REQUIRE(describe(actual->row().valid.from) == describe(expected.row().valid.from));
        REQUIRE(describe(actual->row().valid.to) == describe(expected.row().valid.to));
      }
      REQUIRE_FALSE(actual->valid());
      REQUIRE_MESSAGE(actual->status().is_ok(), actual->status().message());
    }
  }

 private:
  lsm::StoreOptions options_;
  std::shared_ptr<lsm::Store> store_;
  lsm::Committed committed_;
  std::shared_ptr<lsm::WriteBatch> batch_ = std::make_shared<lsm::WriteBatch>();
  MemoryVersions facts_;
};

lsm::StoreOptions small_options(Random& random) {
  lsm::StoreOptions options;
  options.file_system = lsm::new_memory_file_system();
  options.directory = "db";
  options.properties = &fact_properties();
  options.background = below(random, 2) == 0;
  options.shard_count = below(random, 3) + 1;
  options.memtable_max_bytes = below(random, 2) == 0 ? 10'000 : 100'000;
  options.sstable_block_bytes = below(random, 2) == 0 ? 100 : 1000;
  options.sstable_max_bytes = below(random, 2) == 0 ? 600 : 10'000;
  options.block_cache_bytes = below(random, 2) == 0 ? 0 : 100'000;
  return options;
}

Period random_period(Random& random, uint64_t all_time_of_ten) {
  if (below(random, 10) < all_time_of_ten) return {};
  const auto from = static_cast<int64_t>(below(random, kInstants));
  Period period{{from, below(random, 2) == 0},
                {from + 1 + static_cast<int64_t>(below(random, kInstants)), below(random, 2) == 0}};
  if (below(random, 5) == 0) period.from = {kBeginningOfTime, false};
  if (below(random, 5) == 0) period.to = {kEndOfTime, false};
  return period;
}

// `callbacks` is set and outlives the times.
ReadTimes random_times(Random& random, ReadCallbacks& callbacks) {
  ReadTimes times;
  times.system = below(random, 4) == 0 ? SystemMode::kAll : SystemMode::kAt;
  times.valid = static_cast<ValidMode>(below(random, 4));
  times.at_us = static_cast<int64_t>(below(random, 2 * kInstants + 2)) - 1;
  const int64_t now = times.at_us;
  callbacks.now = [now] { return now; };
  times.callbacks = &callbacks;
  times.window = random_period(random, 1);
  return times;
}

void play(Random& random) {
  Ledger ledger(small_options(random));
  const uint64_t keys = below(random, 2) == 0 ? 3 : 40;
  const uint64_t all_time_of_ten = below(random, 3) * 5;
  ReadCallbacks callbacks;
  for (int turn = 0; turn < 120; ++turn) {
    const uint64_t facts = below(random, 12) + 1;
    for (uint64_t fact = 0; fact < facts; ++fact) {
      const Operation operation = below(random, 3) == 0 ? Operation::kDelete : Operation::kPut;
      ledger.add("k" + std::to_string(below(random, keys)), random_period(random, all_time_of_ten), operation,
                 "p" + std::to_string(turn) + "." + std::to_string(fact));
    }
    ledger.commit();
    const uint64_t dice = below(random, 30);
    if (dice < 6) REQUIRE(ledger.store().flush());
    if (dice == 6) REQUIRE(ledger.store().compact());
    if (dice == 7) ledger.reopen();
    for (int read = 0; read < 3; ++read) {
      const uint64_t at =
          below(random, 3) == 0 ? ledger.last_commit() : below(random, ledger.last_commit() + 1);
      ledger.check(at, random_times(random, callbacks));
    }
  }
  REQUIRE(ledger.store().compact());
  for (uint64_t at = 0; at <= ledger.last_commit(); ++at) ledger.check(at, random_times(random, callbacks));
  ReadTimes everything;
  everything.system = SystemMode::kAll;
  everything.valid = ValidMode::kAll;
  ledger.check(ledger.last_commit(), everything);
}

}  // namespace

TEST_CASE("a store that parts history from the present shows what all facts show") {
  SPECTRADB_SHOW_SEED();
  for (uint64_t game = 0; game < 20; ++game) {
    CAPTURE(game);
    Random random(random_seed() + game);
    play(random);
  }
}

TEST_CASE("a reader of the present opens no history, one of the past only what may hold its time") {
  Random random(7);
  lsm::StoreOptions options = small_options(random);
  options.background = false;
  options.shard_count = 1;
  options.sstable_block_bytes = 200;
  options.sstable_max_bytes = 2000;
  Ledger ledger(options);
  constexpr uint64_t kKeys = 50;
  constexpr uint64_t kDepth = 64;
  for (uint64_t round = 0; round < kDepth; ++round) {
    for (uint64_t key = 0; key < kKeys; ++key) {
      const bool is_deleted = round + 1 == kDepth && key % 5 == 0;
      ledger.add("k" + std::to_string(key), {}, is_deleted ? Operation::kDelete : Operation::kPut,
                 std::to_string(round * 7919 + key));
    }
    ledger.commit();
  }
  REQUIRE(ledger.store().compact());
  CHECK(ledger.stat("versions_current") == kKeys - kKeys / 5);  // deletes with nothing left to hide went too
  CHECK(ledger.stat("versions_superseded") == kKeys * kDepth - ledger.stat("versions_current"));
  CHECK(ledger.stat("history_files") > 8);

  const ReadTimes now;
  const auto blocks_read = [&](uint64_t at) {
    const uint64_t before = ledger.stat("history_blocks_read");
    {
      const auto cursor = ledger.rows(at, now);
      uint64_t rows = 0;
      for (cursor->seek("", "\xFF", false); cursor->valid(); cursor->next()) ++rows;
      CHECK(rows == (at == kDepth ? kKeys - kKeys / 5 : kKeys));
      cursor->seek_point("k1");
      CHECK(cursor->valid());
    }
    return ledger.stat("history_blocks_read") - before;
  };
  CHECK(blocks_read(kDepth) == 0);
  for (uint64_t at = 1; at < kDepth; ++at) CHECK(blocks_read(at) > 0);
  const uint64_t files_before = ledger.stat("history_files_skipped");
  CHECK(blocks_read(kDepth / 2 + 1) >= 1);
  CHECK(ledger.stat("history_files_skipped") > files_before);
}

}  // namespace spectradb::temporal
