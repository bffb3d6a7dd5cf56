// What happens only on disks: other kinds of files in the place of ours, files that others cut off or remove,
// owners.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "base/platform.h"
#include "lsm/file/file.h"
#include "lsm/file/posix_readable_file.h"
#include "lsm/testing/temporary_directory.h"

using namespace spectradb;
using namespace spectradb::lsm;

namespace {

struct Fixture {
  TemporaryDirectory temporary;
  std::shared_ptr<FileSystem> files = posix_file_system();
  std::string directory = temporary.path + "/files";

  Fixture() { REQUIRE(files->make_directory(directory)); }
  std::string path(const char* name) const { return directory + "/" + name; }
  void write(const char* name, const std::string& bytes) const {
    auto file = files->create(path(name));
    REQUIRE(file);
    REQUIRE((*file)->append(bytes));
  }
};

mode_t mode_of(const std::string& path) {
  struct stat info {};
  REQUIRE(::lstat(path.c_str(), &info) == 0);
  return info.st_mode & 0777;
}

// Such a file is neither read, written nor locked, and nobody waits for it.
void check_refused(FileSystem& files, const std::string& path) {
  CHECK(files.open(path).status().code() == Code::kIo);
  CHECK(files.open_growing(path).status().code() == Code::kIo);
  CHECK(files.append_to(path).status().code() == Code::kIo);
  CHECK(files.create(path).status().code() == Code::kIo);
  CHECK(files.lock(path, LockMode::kShared).status().code() == Code::kIo);
  CHECK(files.link(path, path + "-link").code() == Code::kInvalid);
}

}  // namespace

TEST_CASE("symbolic links, FIFOs, devices and sockets in the place of a file are refused at once") {
  Fixture fixture;
  fixture.write("precious", "precious");
  REQUIRE(::symlink(fixture.path("precious").c_str(), fixture.path("link").c_str()) == 0);
  REQUIRE(::symlink(fixture.path("nowhere").c_str(), fixture.path("dangling").c_str()) == 0);
  REQUIRE(::mkfifo(fixture.path("fifo").c_str(), 0600) == 0);
  for (const char* name : {"link", "dangling", "fifo"}) check_refused(*fixture.files, fixture.path(name));
  CHECK_FALSE(*fixture.files->exists(fixture.path("nowhere")));
  CHECK(*fixture.files->read_whole(fixture.path("precious")) == "precious");
  CHECK(fixture.files->open("/dev/null").status().code() == Code::kIo);
  CHECK(fixture.files->append_to("/dev/null").status().code() == Code::kIo);
  REQUIRE(::symlink(fixture.directory.c_str(), fixture.path("directory").c_str()) == 0);
  CHECK_FALSE(fixture.files->list(fixture.path("directory")));
  CHECK_FALSE(fixture.files->make_directory(fixture.path("directory")));
}

TEST_CASE("a file that is made anew leaves the one that had its name to those who have it") {
  Fixture fixture;
  fixture.write("a", "before");
  REQUIRE(::link(fixture.path("a").c_str(), fixture.path("second").c_str()) == 0);
  const auto open = fixture.files->open(fixture.path("a"));
  REQUIRE(open);
  fixture.write("a", "after");
  CHECK(*fixture.files->read_whole(fixture.path("a")) == "after");
  CHECK(*fixture.files->read_whole(fixture.path("second")) == "before");
  ReadBuffer buffer;
  CHECK(*(*open)->read(0, 6, buffer) == "before");
}

TEST_CASE("a file that is cut off while it is read gives an error, and not a signal") {
  Fixture fixture;
  const std::string bytes(100'000, 'x');
  for (const bool is_mapped : {false, true}) {
    fixture.write("table", bytes);
    Descriptor descriptor(::open(fixture.path("table").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(descriptor.is_open());
    const auto file = is_mapped ? make_mapped(fixture.path("table"), std::move(descriptor))
                                : make_readable(fixture.path("table"), std::move(descriptor));
    REQUIRE(file);
    ReadBuffer buffer;
    CHECK(*(*file)->read(0, bytes.size(), buffer) == bytes);
    CHECK((*file)->read(bytes.size() - 1, 2, buffer).status().code() == Code::kIo);
    REQUIRE(::truncate(fixture.path("table").c_str(), 4096) == 0);
    CHECK((*file)->read(50'000, 1000, buffer).status().code() == Code::kIo);
    CHECK((*file)->read(0, bytes.size(), buffer).status().code() == Code::kIo);
    CHECK(*(*file)->read(0, 4096, buffer) == bytes.substr(0, 4096));
    REQUIRE(::unlink(fixture.path("table").c_str()) == 0);
    CHECK(*(*file)->read(1000, 10, buffer) == "xxxxxxxxxx");
  }
}

// Files without descriptors are read by a call that sandboxes and emulators may not have.
bool can_read_own_memory() {
  const char from = 'a';
  char to = 0;
  return copy_guarded(&to, &from, 1) == 1 && to == from;
}

TEST_CASE("any number of files is read with few descriptors") {
  constexpr int kFiles = 400;
  Fixture fixture;
  std::vector<std::unique_ptr<ReadableFile>> open;
  fixture.write("table", "bytes");
  const int before = ::dup(0);
  for (int number = 0; number < kFiles; ++number) {
    auto file = fixture.files->open(fixture.path("table"));
    REQUIRE(file);
    open.push_back(std::move(*file));
  }
  const int after = ::dup(0);
  CHECK(after - before <= (can_read_own_memory() ? 300 : kFiles + 10));
  ::close(before);
  ::close(after);
  ReadBuffer buffer;
  for (const auto& file : open) REQUIRE(*file->read(1, 3, buffer) == "yte");
}

TEST_CASE("a log that was removed, replaced or cut off is noticed") {
  Fixture fixture;
  auto file = fixture.files->create(fixture.path("log"));
  REQUIRE(file);
  CHECK((*file)->has_name());
  const auto identity = fixture.files->identify(fixture.path("log"));
  REQUIRE(identity);
  REQUIRE(fixture.files->rename(fixture.path("log"), fixture.path("moved")));
  CHECK(fixture.files->identify(fixture.path("log")).status().code() == Code::kMissing);
  CHECK(*fixture.files->identify(fixture.path("moved")) == *identity);
  CHECK_FALSE((*file)->has_name());
  const auto other = fixture.files->create(fixture.path("log"));
  REQUIRE(other);
  CHECK_FALSE((*file)->has_name());
  CHECK((*other)->has_name());
  REQUIRE(fixture.files->rename(fixture.path("moved"), fixture.path("log")));
  CHECK((*file)->has_name());
  REQUIRE((*file)->append("some bytes"));
  CHECK((*file)->has_name());
  REQUIRE(::truncate(fixture.path("log").c_str(), 3) == 0);
  CHECK_FALSE((*file)->has_name());
  REQUIRE(fixture.files->remove(fixture.path("log")));
  CHECK_FALSE((*file)->has_name());
}

TEST_CASE("files have the mode of the database from the first moment, whatever the umask") {
  const mode_t umask_before = ::umask(0027);
  for (const mode_t mode : {0600U, 0640U, 0644U, 0660U, 0664U, 0666U}) {
    Fixture fixture;
    const FileOwner owner{mode, ::geteuid(), ::getegid()};
    const auto files = posix_file_system(owner);
    const std::string directory = fixture.temporary.path + "/db";
    REQUIRE(files->make_directory(directory));
    CHECK(mode_of(directory) == (mode | (mode & 0444) >> 2));
    REQUIRE(files->create(directory + "/log-000001"));
    REQUIRE(files->lock(directory + "/LOCK", LockMode::kExclusive));
    CHECK(mode_of(directory + "/log-000001") == mode);
    CHECK(mode_of(directory + "/LOCK") == mode);
    // The directory is as an earlier release left it, and holds a file that is not the store's.
    REQUIRE(::chmod(directory.c_str(), 0755) == 0);
    REQUIRE(::chmod((directory + "/LOCK").c_str(), 0644) == 0);
    REQUIRE(files->create(directory + "/letter.txt"));
    REQUIRE(::chmod((directory + "/letter.txt").c_str(), 0604) == 0);
    mend_ownership(directory, owner);
    CHECK(mode_of(directory) == (mode | (mode & 0444) >> 2));
    CHECK(mode_of(directory + "/LOCK") == mode);
    CHECK(mode_of(directory + "/letter.txt") == 0604);
  }
  ::umask(umask_before);
}

TEST_CASE("a file that another name leads to, too, keeps its mode, and symbolic links lead nowhere") {
  Fixture fixture;
  const FileOwner owner{0600, ::geteuid(), ::getegid()};
  fixture.write("shadow", "precious");
  REQUIRE(::chmod(fixture.path("shadow").c_str(), 0644) == 0);
  REQUIRE(::link(fixture.path("shadow").c_str(), fixture.path("000001.sst").c_str()) == 0);
  REQUIRE(::symlink(fixture.path("shadow").c_str(), fixture.path("LOCK").c_str()) == 0);
  mend_ownership(fixture.directory, owner);
  CHECK(mode_of(fixture.path("shadow")) == 0644);
}
