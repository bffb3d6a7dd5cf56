// Backups of stores: taken while commits, flushes and other processes go on, repeated into the same
// directory.
#include "lsm/store/backup.h"

#include <doctest/doctest.h>

#include "lsm/testing/store_fixture.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

struct Fixture {
  std::shared_ptr<FileSystem> files = new_memory_file_system();
  std::shared_ptr<FileSystem> elsewhere = new_memory_file_system();
  StoreOptions options = test_options(files);
  StoreUnderTest test;
  std::string earlier;  // directory of an earlier backup

  Fixture() {
    options.memtable_max_bytes = 20'000;
    REQUIRE(test.create(options));
  }

  void write(uint64_t commits) {
    for (uint64_t index = 0; index < commits; ++index) {
      const uint64_t number = test.committed.commit + 1;
      REQUIRE(test.commit({{numbered("k", number % 50), std::string(300, 'v')}}));
    }
  }

  // Opens the backup.
  StoreUnderTest opened(const Committed& committed) const {
    StoreOptions there = options;
    there.file_system = elsewhere;
    there.directory = "copy";
    StoreUnderTest copy;
    copy.committed = committed;
    const Status status = copy.open(there);
    INFO(status.message());
    REQUIRE(status);
    return copy;
  }

  Result<std::unique_ptr<Backup>> begin() const {
    auto backup = test.store->begin_backup([&] { return Result<uint64_t>(test.committed.commit); });
    if (backup) SPECTRADB_RETURN_IF_ERROR((*backup)->begin(*elsewhere, "copy", earlier));
    return backup;
  }

  // Makes this backup the earlier one of the next.
  void take_place() {
    const auto names = elsewhere->list("copy");
    REQUIRE(names);
    REQUIRE(elsewhere->make_directory("earlier"));
    for (const std::string& name : *names) REQUIRE(elsewhere->rename("copy/" + name, "earlier/" + name));
    earlier = "earlier";
  }

  static int write_all(Backup& backup) {
    int written = 0;
    for (size_t part = 0; part < backup.parts().size(); ++part) {
      const auto way = backup.write(part);
      REQUIRE(way);
      if (*way != Backup::Way::kKept) ++written;
    }
    return written;
  }
};

}  // namespace

TEST_CASE("a backup is the store at its commit, whatever happens while it is written") {
  Fixture fixture;
  fixture.write(300);
  const Committed then = fixture.test.committed;
  const auto expected = fixture.test.dump(then.commit);
  {
    const auto backup = fixture.begin();
    REQUIRE(backup);
    fixture.write(300);
    REQUIRE(fixture.test.store->compact());
    Fixture::write_all(**backup);
  }
  CHECK(fixture.opened(then).dump(UINT64_MAX) == expected);
}

TEST_CASE("a backup that is repeated writes what is new, and leaves the earlier one as it is") {
  Fixture fixture;
  fixture.write(300);
  REQUIRE(fixture.test.store->compact());
  CHECK(Fixture::write_all(**fixture.begin()) > 2);
  fixture.take_place();
  const auto before = *fixture.elsewhere->list("earlier");
  fixture.write(1);
  const auto again = fixture.begin();
  REQUIRE(again);
  CHECK(Fixture::write_all(**again) == 2);  // the log and the manifest
  CHECK(fixture.begin().status().code() == Code::kBusy);
  CHECK(fixture.elsewhere->list("copy")->size() == (*again)->parts().size());
  CHECK(fixture.elsewhere->list("earlier")->size() == before.size() + 2);  // … and two lock files
}

TEST_CASE("a backup in the place of something else is refused") {
  Fixture fixture;
  fixture.write(3);
  REQUIRE(fixture.elsewhere->make_directory("earlier"));
  REQUIRE(fixture.elsewhere->create("earlier/letter.txt"));
  fixture.earlier = "earlier";
  const Status other = fixture.begin().status();
  CHECK(other.code() == Code::kInvalid);
  CHECK(other.message().find("letter.txt") != std::string::npos);
  REQUIRE(fixture.elsewhere->remove("earlier/letter.txt"));
  Fixture::write_all(**fixture.begin());
  Fixture second;
  second.elsewhere = fixture.elsewhere;
  second.write(1);
  second.earlier = "copy";
  CHECK(second.begin().status().code() == Code::kInvalid);
  const StoreUnderTest open = fixture.opened(fixture.test.committed);
  fixture.earlier = "copy";
  CHECK(fixture.begin().status().code() == Code::kBusy);
}

TEST_CASE("the backup of a log with salts says so, also where the first one came behind the manifest") {
  const auto files = new_memory_file_system();
  const auto elsewhere = new_memory_file_system();
  StoreUnderTest test;
  REQUIRE(test.create(test_options(files)));
  REQUIRE(test.commit({{"k", "v"}}));
  auto manifest = Manifest::read(*files, "db");
  REQUIRE(manifest);
  REQUIRE(manifest->files.empty());
  manifest->has_salts = false;
  const auto backup = Backup::make(*files, "db", std::make_shared<const Manifest>(*manifest), {}, 1);
  REQUIRE(backup);
  REQUIRE((*backup)->begin(*elsewhere, "db", ""));
  for (size_t part = 0; part < (*backup)->parts().size(); ++part) REQUIRE((*backup)->write(part));
  CHECK(Manifest::read(*elsewhere, "db")->has_salts);
  StoreUnderTest copy;
  copy.committed = test.committed;
  REQUIRE(copy.open(test_options(elsewhere)));
  CHECK(copy.dump(UINT64_MAX) == test.dump(UINT64_MAX));
}
