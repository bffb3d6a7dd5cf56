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

  // What there is, opened from there.
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
    if (backup) SPECTRADB_RETURN_IF_ERROR((*backup)->begin(*elsewhere, "copy"));
    return backup;
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

TEST_CASE("a backup that is repeated writes what is new, and leaves nothing behind") {
  Fixture fixture;
  fixture.write(300);
  REQUIRE(fixture.test.store->compact());
  CHECK(Fixture::write_all(**fixture.begin()) > 2);
  fixture.write(1);
  const auto again = fixture.begin();
  REQUIRE(again);
  CHECK(Fixture::write_all(**again) == 2);  // the log and the manifest
  CHECK(fixture.begin().status().code() == Code::kBusy);
  const size_t parts = (*again)->parts().size();
  CHECK(fixture.elsewhere->list("copy")->size() == parts + 2);  // and two locks
}

TEST_CASE("a backup into a directory of something else is refused") {
  Fixture fixture;
  fixture.write(3);
  REQUIRE(fixture.elsewhere->make_directory("copy"));
  REQUIRE(fixture.elsewhere->create("copy/letter.txt"));
  const Status other = fixture.begin().status();
  CHECK(other.code() == Code::kInvalid);
  CHECK(other.message().find("letter.txt") != std::string::npos);
  REQUIRE(fixture.elsewhere->remove("copy/letter.txt"));
  Fixture::write_all(**fixture.begin());
  Fixture second;
  second.elsewhere = fixture.elsewhere;
  second.write(1);
  CHECK(second.begin().status().code() == Code::kInvalid);
  const StoreUnderTest open = fixture.opened(fixture.test.committed);
  CHECK(fixture.begin().status().code() == Code::kBusy);
}
