// Opening: torn tails, uncommitted tails, other histories, missing and damaged files, locks.
#include <doctest/doctest.h>

#include <algorithm>

#include "lsm/file/file_names.h"
#include "lsm/log/manifest.h"
#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

struct Fixture {
  std::shared_ptr<FileSystem> files = new_memory_file_system();
  StoreOptions options = test_options(files);
  StoreUnderTest test;

  explicit Fixture(uint64_t commits) {
    REQUIRE(test.create(options));
    write(commits);
  }

  void write(uint64_t commits) {
    for (uint64_t index = 0; index < commits; ++index) {
      const uint64_t number = test.committed.commit + 1;
      REQUIRE(test.commit({{numbered("k", number), numbered("v", number)}}));
    }
  }

  void close() { test.store.reset(); }

  std::string content(const std::string& path) {
    auto bytes = files->read_whole(path);
    REQUIRE(bytes);
    return std::move(*bytes);
  }

  void replace(const std::string& path, std::string_view bytes) {
    auto file = files->create(path);
    REQUIRE(file);
    REQUIRE((*file)->append(bytes));
  }

  Status open() { return test.open(options); }

  bool has(const std::string& name) { return *files->exists("db/" + name); }
};

const std::string kLog = "db/log-000001";

}  // namespace

TEST_CASE("whatever of an uncommitted frame reached the log is cut off") {
  Fixture fixture(3);
  const size_t committed_bytes = fixture.content(kLog).size();
  REQUIRE(fixture.test.store->prepare(4, batch_of({{"k4", "never"}}), Sync::kFull));
  fixture.close();
  const std::string whole = fixture.content(kLog);
  for (size_t size = committed_bytes; size <= whole.size(); ++size) {
    CAPTURE(size);
    fixture.replace(kLog, whole.substr(0, size));
    REQUIRE(fixture.open());
    CHECK(fixture.test.dump(9).size() == 3);
    CHECK(fixture.content(kLog).size() == committed_bytes);
    CHECK_FALSE(fixture.has("log-000001.cut"));
  }
  fixture.write(1);
  REQUIRE(fixture.open());
  CHECK(fixture.test.dump(9).back() == "k4@4=v4");
}

TEST_CASE("a longer uncommitted tail is kept beside the log") {
  Fixture fixture(2);
  const Committed early = fixture.test.committed;
  const size_t early_bytes = fixture.content(kLog).size();
  fixture.write(2);
  fixture.close();
  const std::string tail = fixture.content(kLog).substr(early_bytes);
  fixture.test.committed = early;
  REQUIRE(fixture.open());
  CHECK(fixture.test.dump(9).size() == 2);
  CHECK(fixture.content("db/log-000001.cut") == tail);
  CHECK(fixture.content(kLog).size() == early_bytes);
}

TEST_CASE("an aborted attempt never wins over the committed one of the same number") {
  Fixture fixture(1);
  for (const Sync sync : {Sync::kNone, Sync::kCopy, Sync::kFull}) {
    Store& store = *fixture.test.store;
    const uint64_t number = fixture.test.committed.commit + 1;
    const auto first = store.prepare(number, batch_of({{"x", "first"}, {"y", "first"}}), sync);
    const auto second = store.prepare(number, batch_of({{"x", "second"}}), sync);
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->token != second->token);
    REQUIRE(store.abort(number));
    REQUIRE(store.abort(number));
    REQUIRE(fixture.test.commit({{"x", "third"}}, sync));
    REQUIRE(store.publish(number));
    REQUIRE(fixture.open());
    const auto rows = fixture.test.dump(number);
    CHECK(std::count(rows.begin(), rows.end(), numbered("x@", number) + "=third") == 1);
    CHECK(rows.size() == number);
  }
}

TEST_CASE("numbers must follow one another") {
  Fixture fixture(2);
  CHECK(fixture.test.store->prepare(4, batch_of({{"k", "v"}}), Sync::kFull).status().code() ==
        Code::kInvalid);
  CHECK(fixture.test.store->prepare(2, batch_of({{"k", "v"}}), Sync::kFull).status().code() ==
        Code::kInvalid);
  CHECK(fixture.test.store->publish(3).code() == Code::kInvalid);
  CHECK(fixture.test.store->publish(2));
}

TEST_CASE("another history is refused, in the log and after a flush") {
  for (const bool flushed : {false, true}) {
    Fixture fixture(3);
    if (flushed) REQUIRE(fixture.test.store->flush());
    fixture.test.committed.frame ^= 1;
    const Status opened = fixture.open();
    CHECK(opened.code() == Code::kInvalid);
    CHECK(opened.message().find("another history") != std::string::npos);
  }
}

TEST_CASE("another database's store is refused") {
  Fixture fixture(1);
  CHECK(*Store::identify(*fixture.files, "db") == fixture.test.committed.store_id);
  CHECK(Store::identify(*fixture.files, "elsewhere").status().code() == Code::kMissing);
  fixture.test.committed.store_id[0] = 'x';
  CHECK(fixture.open().code() == Code::kInvalid);
  fixture.options.directory = "elsewhere";
  CHECK(fixture.open().code() == Code::kMissing);
}

TEST_CASE("a store newer than the database is refused once its commits are in files") {
  Fixture fixture(2);
  const Committed early = fixture.test.committed;
  fixture.write(2);
  REQUIRE(fixture.test.store->flush());
  fixture.test.committed = early;
  const Status opened = fixture.open();
  CHECK(opened.code() == Code::kInvalid);
  CHECK(opened.message().find("restored from a copy") != std::string::npos);
}

TEST_CASE("a store older than the database is refused, naming what is missing") {
  Fixture fixture(3);
  fixture.test.committed.commit = 5;
  const Status opened = fixture.open();
  CHECK(opened.code() == Code::kInvalid);
  CHECK(opened.message().find("commits 4 to 5 are missing") != std::string::npos);
}

TEST_CASE("a log torn inside a committed frame is refused") {
  Fixture fixture(3);
  fixture.close();
  const std::string whole = fixture.content(kLog);
  fixture.replace(kLog, whole.substr(0, whole.size() - 1));
  const Status opened = fixture.open();
  CHECK(opened.code() == Code::kInvalid);
  CHECK(opened.message().find("commit 3 are missing") != std::string::npos);
}

TEST_CASE("no damaged byte of a log loses or changes committed facts unnoticed") {
  Fixture fixture(4);
  fixture.close();
  const std::string whole = fixture.content(kLog);
  for (size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    fixture.replace(kLog, damaged);
    const Status opened = fixture.open();
    REQUIRE_FALSE(opened);
    REQUIRE((opened.code() == Code::kCorrupt || opened.code() == Code::kInvalid));
  }
  std::string damaged = whole;
  damaged[60] = static_cast<char>(damaged[60] ^ 1);  // in the first frame
  fixture.replace(kLog, damaged);
  const Status opened = fixture.open();
  CHECK(opened.code() == Code::kCorrupt);
  CHECK(opened.message().find("db/log-000001 is damaged at byte 24") != std::string::npos);
}

TEST_CASE("missing files are named") {
  Fixture fixture(3);
  REQUIRE(fixture.test.store->flush());
  fixture.write(1);
  REQUIRE(fixture.test.store->flush());
  fixture.write(1);
  fixture.close();
  const auto names = *fixture.files->list("db");
  for (const std::string& name : names) {
    if (name.find(".sst") == std::string::npos) continue;
    CAPTURE(name);
    const std::string path = "db/" + name;
    const std::string bytes = fixture.content(path);
    REQUIRE(fixture.files->remove(path));
    const Status opened = fixture.open();
    CHECK(opened.code() == Code::kCorrupt);
    CHECK(opened.message().find(path) != std::string::npos);
    fixture.replace(path, bytes);
  }
  CHECK(fixture.open());
}

TEST_CASE("orphans of a crashed flush are removed") {
  Fixture fixture(1);
  fixture.close();
  fixture.replace("db/000099.sst", "half a file");
  fixture.replace("db/MANIFEST.new", "half a manifest");
  REQUIRE(fixture.open());
  CHECK_FALSE(fixture.has("000099.sst"));
  CHECK_FALSE(fixture.has("MANIFEST.new"));
}

TEST_CASE("a store is made in an empty directory only") {
  Fixture fixture(1);
  const Status again = fixture.test.create(fixture.options);
  CHECK(again.code() == Code::kInvalid);
  CHECK(again.message().find("db") != std::string::npos);
  const auto files = new_memory_file_system();
  REQUIRE(files->make_directory("db"));
  fixture.files = files;
  fixture.replace("db/LOCK", "");
  fixture.replace("db/MANIFEST.new", "");
  CHECK(fixture.test.create(test_options(files)));
}

TEST_CASE("readers only read") {
  Fixture fixture(3);
  REQUIRE(fixture.test.store->flush());
  fixture.write(2);
  StoreOptions reading = fixture.options;
  reading.read_only = true;
  const auto names = *fixture.files->list("db");
  StoreUnderTest reader;
  reader.committed = fixture.test.committed;
  REQUIRE(reader.open(reading));
  CHECK(reader.dump(9).size() == 5);
  CHECK(reader.store->prepare(6, batch_of({{"k", "v"}}), Sync::kFull).status().code() == Code::kReadOnly);
  CHECK(reader.store->flush().code() == Code::kReadOnly);
  CHECK(reader.store->compact().code() == Code::kReadOnly);
  CHECK(reader.store->publish(5));
  CHECK(reader.store->publish(6).code() == Code::kInvalid);
  fixture.write(1);
  CHECK(reader.store->publish(6));
  CHECK(reader.dump(9).size() == 6);
  CHECK(*fixture.files->list("db") == names);
}

TEST_CASE("a cursor outlives its store, and sees what is published after it was made") {
  Fixture fixture(2);
  const auto cursor = fixture.test.store->new_cursor({1, nullptr, 0, std::nullopt});
  cursor->seek_key("k2");
  CHECK_FALSE(cursor->valid());
  cursor->set_max_commit(100);
  cursor->seek_key("k2");
  CHECK(cursor->valid());
  fixture.write(1);
  cursor->seek_key("k3");
  CHECK(cursor->valid());
  REQUIRE(fixture.test.store->compact());
  cursor->seek_key("k3");
  REQUIRE(cursor->valid());
  fixture.close();
  CHECK(cursor->value() == "v3");
  cursor->seek("");
  CHECK(cursor->user_key() == "k1");
}

TEST_CASE("what cannot hold an instant may be left out, what holds it is shown") {
  Fixture fixture(0);
  fixture.options.sstable_block_bytes = 128;
  fixture.options.history_block_bytes = 128;
  REQUIRE(fixture.open());
  for (int64_t day = 0; day < 200; ++day) {
    REQUIRE(fixture.test.commit({{"k", bounded_value(day, day + 1, "x")}}));
  }
  REQUIRE(fixture.test.store->compact());
  const auto cursor = fixture.test.store->new_cursor({200, nullptr, 0, 100});
  int shown = 0;
  bool has_day = false;
  for (cursor->seek_key("k"); cursor->valid(); cursor->next(), ++shown)
    has_day = has_day || cursor->commit() == 101;
  CHECK(has_day);
  CHECK(shown < 50);
  cursor->set_valid_at(std::nullopt);
  shown = 0;
  for (cursor->seek(""); cursor->valid(); cursor->next()) ++shown;
  CHECK(shown == 200);
}

TEST_CASE(
    "the store of an earlier release says that frames may have salts before the first one has, with its "
    "first commit") {
  Fixture fixture(0);
  fixture.close();
  auto manifest = Manifest::read(*fixture.files, "db");
  REQUIRE(manifest);
  manifest->has_salts = false;
  REQUIRE(manifest->stage(*fixture.files, "db"));
  REQUIRE(Manifest::put_in_place(*fixture.files, "db"));
  const auto says_salts = [&] { return Manifest::read(*fixture.files, "db")->has_salts; };
  REQUIRE(fixture.open());
  CHECK_FALSE(says_salts());  // reading changes nothing
  {                           // nobody waits for another process that works on the store
    const auto work = fixture.files->lock(path_in("db", kWorkLockName), LockMode::kExclusive);
    REQUIRE(work);
    fixture.write(1);
  }
  CHECK_FALSE(says_salts());
  fixture.write(2);
  CHECK(says_salts());
  const std::string log = fixture.content(kLog);
  const uint64_t seed = manifest->seed();
  std::vector<bool> are_salted;
  uint64_t at = kSegmentHeaderBytes;
  for (auto frame = read_frame(log, at, seed); frame; frame = read_frame(log, at, seed)) {
    are_salted.push_back(!frame->salt.empty());
    at = frame->end;
  }
  CHECK(are_salted == std::vector<bool>{false, true, true});
  REQUIRE(fixture.open());
  CHECK(fixture.test.dump(UINT64_MAX).size() == 3);
}
