#include <doctest/doctest.h>

#include "lsm/file/file.h"
#include "lsm/testing/store_fixture.h"
#include "lsm/testing/temporary_directory.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

void check_contract(FileSystem& files, const std::string& root) {
  const std::string directory = root + "/files";
  REQUIRE(files.make_directory(directory));
  REQUIRE(files.make_directory(directory));
  CHECK(files.open(directory + "/none").status().code() == Code::kMissing);
  CHECK(files.append_to(directory + "/none").status().code() == Code::kMissing);
  const std::string path = directory + "/a";
  {
    auto file = files.create(path);
    REQUIRE(file);
    REQUIRE((*file)->append("hello "));
    REQUIRE((*file)->append("world"));
    REQUIRE((*file)->sync());
    CHECK((*file)->size() == 11);
    REQUIRE((*file)->truncate(6));
    REQUIRE((*file)->append("you"));
  }
  {
    auto file = files.append_to(path);
    REQUIRE(file);
    CHECK((*file)->size() == 9);
    REQUIRE((*file)->append("!"));
  }
  CHECK(*files.read_whole(path) == "hello you!");
  CHECK(files.open_growing(directory + "/none").status().code() == Code::kMissing);
  {
    const auto growing = files.open_growing(path);
    REQUIRE(growing);
    CHECK(*(*growing)->read_from(0) == "hello you!");
    CHECK(*(*growing)->read_from(6) == "you!");
    CHECK((*growing)->read_from(10)->empty());
    CHECK((*growing)->read_from(1000)->empty());
    auto file = files.append_to(path);
    const std::string more(3'000'000, 'x');
    REQUIRE((*file)->append(more));
    CHECK(*(*growing)->read_from(6) == "you!" + more);
    REQUIRE((*file)->truncate(10));
    CHECK(*(*growing)->read_from(6) == "you!");
  }
  REQUIRE(files.create(directory + "/b"));
  CHECK(files.read_whole(directory + "/b")->empty());
  REQUIRE(files.rename(path, directory + "/b"));
  CHECK(*files.list(directory) == std::vector<std::string>{"b"});
  CHECK(*files.exists(directory + "/b"));
  CHECK_FALSE(*files.exists(path));
  REQUIRE(files.sync_directory(directory));
  const auto opened = files.open(directory + "/b");
  REQUIRE(opened);
  REQUIRE(files.remove(directory + "/b"));
  ReadBuffer buffer;
  CHECK((*opened)->size() == 10);
  CHECK(*(*opened)->read(0, 10, buffer) == "hello you!");
  CHECK(*(*opened)->read(6, 3, buffer) == "you");
  CHECK((*opened)->read(10, 0, buffer)->empty());
  CHECK((*opened)->read(8, 3, buffer).status().code() == Code::kIo);
  CHECK_FALSE(files.remove(directory + "/b"));
  const std::string lock_path = directory + "/LOCK";
  auto lock = files.lock(lock_path, LockMode::kExclusive);
  REQUIRE(lock);
  CHECK(files.lock(lock_path, LockMode::kExclusive).status().code() == Code::kBusy);
  CHECK(files.lock(lock_path, LockMode::kShared).status().code() == Code::kBusy);
  lock->reset();
  auto shared = files.lock(lock_path, LockMode::kShared);
  REQUIRE(shared);
  CHECK(files.lock(lock_path, LockMode::kShared));
  CHECK(files.lock(lock_path, LockMode::kExclusive).status().code() == Code::kBusy);
  shared->reset();
  CHECK(files.lock(lock_path, LockMode::kExclusive));
  REQUIRE(files.remove(directory + "/LOCK"));
}

}  // namespace

TEST_CASE("the memory file system keeps the contract") {
  check_contract(*new_memory_file_system(), "memory");
}

TEST_CASE("the posix file system keeps the contract") {
  const TemporaryDirectory temporary;
  check_contract(*posix_file_system(), temporary.path);
}

TEST_CASE("a store on disk") {
  const TemporaryDirectory temporary;
  StoreOptions options = test_options(posix_file_system());
  options.directory = temporary.path + "/db";
  options.background = true;
  StoreUnderTest test;
  REQUIRE(test.create(options));
  Rows rows;
  for (uint64_t key = 0; key < 20'000; ++key) rows.emplace_back(numbered("key ", key), std::string(100, 'v'));
  REQUIRE(test.commit(rows));
  REQUIRE(test.commit({{"key 7", "new"}}, Sync::kNone));
  REQUIRE(test.open(options));
  CHECK(test.dump(2).size() == 20'001);
  const auto beside = Store::open(options, test.committed);  // as another process would
  REQUIRE(beside);
  REQUIRE(test.commit({{"key 8", "newer"}}));
  REQUIRE((*beside)->publish(3, test.committed.frame));
  CHECK((*beside)->version_count() == 20'002);
  REQUIRE(test.store->compact());
  REQUIRE(test.open(options));
  CHECK(test.dump(1).size() == 20'000);
  CHECK(test.dump(2).size() == 20'001);
  CHECK(test.dump(3).size() == 20'002);
}
