// The next store of a process takes over the memtable of a closed one only where the database has the frames that it
// was made of, and finds wrong bytes in frames all the same.
#include "lsm/store/left_memtables.h"

#include <doctest/doctest.h>

#include "lsm/store/rows_store.h"
#include "lsm/testing/memory_store_rows.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

FramedMemtable memtable_of(std::vector<uint64_t> tokens, uint64_t behind = 0) {
  FramedMemtable made;
  made.behind = behind;
  made.tokens = std::move(tokens);
  return made;
}

class OneDatabase {
 public:
  OneDatabase() {
    rows_.begin();
    store_ = *RowsStore::create(options(), rows_);
    rows_.commit();
    store_->accept();
  }

  void put(const std::string& value) {
    const uint64_t commit = newest().commit + 1;
    auto batch = std::make_shared<WriteBatch>();
    batch->put("k", value, *PrefixProperties().bounds(value));
    rows_.begin();
    const auto frame = store_->prepare(commit, batch, Sync::kNone, {});
    REQUIRE(frame);
    rows_.shown().frames[commit] = {frame->token, std::string(frame->copy)};
    rows_.commit();
    REQUIRE(store_->publish(commit, frame->token));
  }
  void close() { store_.reset(); }
  Status open() {
    SPECTRADB_ASSIGN_OR_RETURN(store_, RowsStore::open(options(), rows_));
    return store_->follow(newest());
  }
  std::string values() {  // of all versions, newest first
    CursorOptions all{newest().commit, nullptr, 0, std::nullopt};
    all.all_versions = true;
    const auto cursor = store_->new_cursor(all);
    std::string values;
    for (cursor->seek(""); cursor->valid(); cursor->next()) values += std::string(cursor->value()) + ' ';
    return values;
  }
  const StoreId& id() const { return store_->id(); }
  MemoryRows& database() { return *database_; }

 private:
  static StoreOptions options() {
    StoreOptions options = test_options(nullptr);
    options.directory = "main._spectradb_blocks";
    options.shard_count = 1;
    return options;
  }
  CommitToken newest() {
    const auto& frames = database_->frames;
    return frames.empty() ? CommitToken{}
                          : CommitToken{frames.rbegin()->first, frames.rbegin()->second.token};
  }

  std::shared_ptr<MemoryRows> database_ = std::make_shared<MemoryRows>();
  MemoryStoreRows rows_{database_};
  std::shared_ptr<RowsStore> store_;
};

}  // namespace

TEST_CASE("a memtable that was left is taken once, by the store that has its id and its files") {
  const StoreId store(32, 'a');
  leave_memtable(store, memtable_of({7, 8}, 5));
  CHECK(take_left_memtable(StoreId(32, 'b'), 5).tokens.empty());
  const FramedMemtable taken = take_left_memtable(store, 5);
  CHECK(taken.tokens == std::vector<uint64_t>{7, 8});
  CHECK(taken.last() == 7);
  const FramedMemtable none = take_left_memtable(store, 5);
  CHECK(none.tokens.empty());
  CHECK(none.last() == 5);
  CHECK(none.memtable->count() == 0);
}

TEST_CASE("a memtable whose facts have come into SSTables is dropped") {
  const StoreId store(32, 'a');
  leave_memtable(store, memtable_of({7}, 5));
  CHECK(take_left_memtable(store, 6).tokens.empty());
  CHECK(take_left_memtable(store, 5).tokens.empty());
}

TEST_CASE("a memtable that somebody still holds is not taken") {
  const StoreId store(32, 'a');
  FramedMemtable held = memtable_of({7});
  auto holder = held.memtable;
  leave_memtable(store, std::move(held));
  CHECK(take_left_memtable(store, 0).tokens.empty());
  holder.reset();
  CHECK(take_left_memtable(store, 0).tokens.size() == 1);
}

TEST_CASE("the memtable that was left longest ago gives way") {
  for (const char store : std::string("abcdef")) leave_memtable(StoreId(32, store), memtable_of({1}));
  std::string kept;
  for (const char store : std::string("abcdef")) {
    if (!take_left_memtable(StoreId(32, store), 0).tokens.empty()) kept += store;
  }
  CHECK(kept == "cdef");
}

TEST_CASE("a store shows what the one before it left, and what was committed since") {
  OneDatabase database;
  database.put("vfirst");
  database.put("vsecond");
  const StoreId id = database.id();
  database.close();
  FramedMemtable left = take_left_memtable(id, 0);
  REQUIRE(left.tokens.size() == 2);
  leave_memtable(id, std::move(left));
  REQUIRE(database.open());
  CHECK(take_left_memtable(id, 0).tokens.empty());  // it has it
  CHECK(database.values() == "vsecond vfirst ");
  database.put("vthird");
  CHECK(database.values() == "vthird vsecond vfirst ");
}

TEST_CASE("wrong bytes in a frame are found, whatever a closed store has left") {
  OneDatabase database;
  database.put("vfirst");
  database.put("vsecond");
  const MemoryRows whole = database.database();
  for (const uint64_t commit : {1, 2}) {
    for (size_t place = 0; place < whole.frames.at(commit).bytes.size(); ++place) {
      REQUIRE(database.values() == "vsecond vfirst ");
      database.close();
      database.database().frames[commit].bytes[place] ^= 1;
      const Status opened = database.open();
      CHECK_MESSAGE(opened.code() == Code::kCorrupt, "commit ", commit, ", byte ", place, ": ",
                    opened.message());
      database.close();
      database.database() = whole;
      REQUIRE(database.open());
    }
  }
}

TEST_CASE("a store shows the commits of its database, not those of a newer copy that was open before") {
  OneDatabase database;
  database.put("vfirst");
  const MemoryRows older = database.database();
  database.put("vsecond");
  database.close();
  database.database() = older;
  REQUIRE(database.open());
  CHECK(database.values() == "vfirst ");
  database.put("vother");
  database.close();
  REQUIRE(database.open());
  CHECK(database.values() == "vother vfirst ");
}
