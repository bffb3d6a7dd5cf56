// Checks who may do what with a store: root, the database's owner, its group, and others, each in a process
// of its own, for databases of several modes. Whoever may read or write the ordinary table of a database
// may read or write its temporal table, and nobody else gets at the store. What root's maintenance leaves,
// the owner can use. Only root can act as all of these: other users skip the suite, which says so.
//
//   permissions --extension=PATH --journal=DELETE|WAL
#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kSkipped = 77;
constexpr gid_t kSharedGroup = 60'010;
constexpr unsigned kPatienceSeconds = 30;

struct User {
  const char* name;
  uid_t user;
  gid_t group;
  bool is_member;  // a member of the shared group
};
constexpr User kRoot{"root", 0, 0, false};
constexpr User kOwner{"the owner", 60'001, 60'001, true};
constexpr User kMember{"a member of the group", 60'002, 60'002, true};
constexpr User kOther{"somebody else", 60'003, 60'003, false};

// Runs `act` in a process of that user; returns what it returns, up to 255.
int as(const User& user, const std::function<int()>& act) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(kPatienceSeconds);  // whoever waits that long waits for ever
    const gid_t groups[] = {kSharedGroup};
    if (setgroups(user.is_member ? 1 : 0, groups) != 0 || setgid(user.group) != 0 || setuid(user.user) != 0)
      _exit(99);
    umask(022);
    const int code = act();
    std::fflush(nullptr);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFEXITED(status), std::string(user.name) + " did not come to an end");
  return WEXITSTATUS(status);
}

struct Place {
  TemporaryDirectory directory;
  std::string extension;
  std::string journal;
  mode_t mode;
  std::string path;

  Place(std::string module, std::string journal_mode, mode_t file_mode)
      : extension(std::move(module)),
        journal(std::move(journal_mode)),
        mode(file_mode),
        path(directory.path("x.db")) {
    expect(chmod(directory.path().c_str(), 0777) == 0, "chmod");
    const int code = as(kOwner, [&] {
      close(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
      if (chown(path.c_str(), kOwner.user, kSharedGroup) != 0 || chmod(path.c_str(), mode) != 0) return 1;
      Database database(path, extension);
      database.must("PRAGMA journal_mode = " + journal);
      database.must(
          "CREATE TABLE o (a); INSERT INTO o VALUES (1);"
          "CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1);"
          "SELECT spectradb_flush(); INSERT INTO t VALUES (2)");
      return 0;
    });
    expect(code == 0, "the owner cannot make the database");
  }

  std::string store() const { return path + "-spectra"; }
  // Otherwise the store is inside the database, and there is no file of it.
  bool has_directory() const { return fs::exists(store()); }

  // A reader may leave SQLite's own journal, empty, as its own file: then nobody else could open the
  // database in WAL mode.
  void remove_empty_journal() const {
    const std::string journal_file = path + "-wal";
    if (!fs::exists(journal_file) || fs::file_size(journal_file) > 0) return;
    fs::remove(journal_file);
    fs::remove(path + "-shm");
  }

  // Checks that every file has the database's mode and group, and belongs to the owner, or to a user who
  // may write.
  void check_files(const std::string& when, bool are_owners) const {
    const auto check = [&](const fs::path& file, mode_t expected) {
      struct stat info {};
      expect(lstat(file.c_str(), &info) == 0, "lstat");
      char text[200];
      std::snprintf(text, sizeof text, "%s: %s has mode %o, user %u, group %u, beside a database of mode %o",
                    when.c_str(), file.c_str(), info.st_mode & 0777, info.st_uid, info.st_gid, mode);
      const bool has_group = info.st_gid == kSharedGroup || (mode & 02) != 0;  // others cannot give it away
      expect((info.st_mode & 0777) == expected && has_group && (!are_owners || info.st_uid == kOwner.user),
             text);
    };
    if (!has_directory()) return;
    check(store(), mode | (mode & 0444) >> 2);
    for (const auto& entry : fs::directory_iterator(store())) check(entry.path(), mode);
  }
};

// Reads and writes: the outcome must be the same for the ordinary and the temporal table.
int read_and_write(const Place& place, bool may_read, bool may_write) {
  Database database(place.path, place.extension);
  database.run("PRAGMA busy_timeout = 10000");
  const auto compare = [&](const char* ordinary, const char* temporal, bool may) {
    const Outcome of_ordinary = database.run(ordinary);
    const Outcome of_temporal = database.run(temporal);
    if (of_ordinary.is_ok() != of_temporal.is_ok()) {
      std::printf("%s: %s\n%s: %s\n", ordinary, of_ordinary.message.c_str(), temporal,
                  of_temporal.message.c_str());
      return false;
    }
    return may || !of_temporal.is_ok();
  };
  if (!compare("SELECT a FROM o", "SELECT id FROM t", may_read)) return 1;
  if (!compare("SELECT count(*) FROM o", "SELECT count(*) FROM t AS OF 1", may_read)) return 2;
  if (!compare("INSERT INTO o VALUES (2)", "INSERT INTO t SELECT 1 + max(id) FROM t", may_write)) return 3;
  if (!may_write) return 0;
  database.must("SELECT spectradb_flush()");
  database.must("INSERT INTO t SELECT 1 + max(id) FROM t; SELECT spectradb_compact()");
  return 0;
}

// Checks that this user can neither open nor lock any file of the store, nor learn their names.
int come_near(const Place& place) {
  for (const char* name : {"LOCK", "LOCK.opening", "LOCK.work", "MANIFEST", "log-000001", "000001.sst"}) {
    for (const int flags : {O_RDONLY, O_RDWR, O_RDWR | O_CREAT}) {
      if (open((place.store() + "/" + name).c_str(), flags | O_CLOEXEC, 0600) >= 0) return 1;
    }
  }
  return access(place.store().c_str(), R_OK) == 0 || access(place.store().c_str(), X_OK) == 0 ? 2 : 0;
}

void test_users(const std::string& extension, const std::string& journal) {
  constexpr mode_t kModes[] = {0600, 0640, 0644, 0660, 0664, 0666};
  for (const mode_t mode : kModes) {
    const Place place(extension, journal, mode);
    place.check_files("made by the owner", true);
    const auto check = [&](const User& user, mode_t readable, mode_t writable) {
      const bool may_read = (mode & readable) != 0;
      const bool may_write = (mode & writable) != 0;
      if (!may_read)
        expect(as(user, [&] { return come_near(place); }) == 0, "a file of the store can be opened");
      const int code = as(user, [&] { return read_and_write(place, may_read, may_write); });
      char text[200];
      std::snprintf(text, sizeof text, "mode %o, %s: case %d", mode, user.name, code);
      expect(code == 0, text);
      place.check_files(text, false);
      place.remove_empty_journal();
    };
    check(kOther, 04, 02);
    check(kMember, 040, 020);
    check(kOwner, 0400, 0200);
    check(kRoot, 0400, 0200);
    check(kOwner, 0400, 0200);
    check(kOther, 04, 02);
    check(kMember, 040, 020);
    check(kOwner, 0400, 0200);
  }
  std::printf("%s: six modes, four users: who may use the ordinary table may use the temporal one\n",
              journal.c_str());
}

// Root flushes, compacts, makes the first temporal table and backups, and the owner goes on with all of it.
void test_maintenance(const std::string& extension, const std::string& journal) {
  const Place place(extension, journal, 0640);
  const std::string copy = place.directory.path("copy.db");
  const std::string fresh = place.directory.path("fresh.db");
  const auto maintain = [&] {
    Database database(place.path, extension);
    database.must("INSERT INTO t SELECT 1 + max(id) FROM t; SELECT spectradb_flush()");
    database.must("INSERT INTO t SELECT 1 + max(id) FROM t; SELECT spectradb_compact()");
    database.must("SELECT spectradb_backup('" + copy + "')");
    return 0;
  };
  expect(as(kRoot, maintain) == 0, "root's maintenance");
  place.check_files("after root's maintenance", true);
  expect(as(kOwner, maintain) == 0, "the owner's, behind root's");
  expect(as(kRoot, maintain) == 0, "root's, behind the owner's");
  struct stat info {};
  const auto is_as = [&](const std::string& file, mode_t mode) {
    return stat(file.c_str(), &info) == 0 && info.st_uid == kOwner.user && (info.st_mode & 0777) == mode;
  };
  expect(is_as(copy, 0640) && (!place.has_directory() || is_as(copy + "-spectra", 0750)),
         "a backup has not the owner and the mode of the database");
  const int made = as(kOwner, [&] {
    Database database(fresh, extension);
    database.must("PRAGMA journal_mode = " + journal + "; CREATE TABLE o (a)");
    return 0;
  });
  const auto use = [&] {
    Database database(fresh, extension);
    database.must(
        "CREATE TABLE IF NOT EXISTS d (pk TEXT PRIMARY KEY); INSERT INTO d (pk) SELECT 1 + count(*) FROM d");
    database.must("SELECT spectradb_flush()");
    return 0;
  };
  expect(made == 0 && as(kRoot, use) == 0 && as(kOwner, use) == 0, "root makes the first temporal table");
  std::printf("%s: what root has maintained, the owner can use\n", journal.c_str());
}

// Earlier releases left a store like this: open to all, with files of root among the owner's.
void test_mending(const std::string& extension, const std::string& journal) {
  const Place place(extension, journal, 0600);
  if (!place.has_directory()) return;
  const auto spoil = [&] {
    chmod(place.store().c_str(), 0755);
    for (const auto& entry : fs::directory_iterator(place.store())) {
      chmod(entry.path().c_str(), 0644);
      const std::string name = entry.path().filename();
      if (name.starts_with("log-") && chown(entry.path().c_str(), 0, 0) != 0) fail("chown");
    }
  };
  const auto use = [&] {
    Database database(place.path, extension);
    return database.run("SELECT count(*) FROM t").is_ok() ? 0 : 1;
  };
  spoil();
  (void)as(kOther, use);
  struct stat info {};
  expect(stat(place.store().c_str(), &info) == 0 && (info.st_mode & 0777) == 0755, "others mend a store");
  (void)as(kOwner, use);  // cannot take the log from root, but closes the directory
  expect(stat(place.store().c_str(), &info) == 0 && (info.st_mode & 0777) == 0700,
         "the owner mends no store");
  expect(as(kOther, [&] { return come_near(place); }) == 0, "a store that was mended can be opened");
  spoil();
  expect(as(kRoot, use) == 0, "root opens a store of an earlier release");
  place.check_files("mended by root", true);
  expect(as(kOwner, [&] { return read_and_write(place, true, true); }) == 0,
         "the owner uses what root mended");
  std::printf("%s: stores of earlier releases are mended\n", journal.c_str());
}

// A reader's lock on a file of the store does not hold up those who may write.
void test_readers_locks(const std::string& extension, const std::string& journal) {
  const Place place(extension, journal, 0644);
  const int code = as(kOther, [&] {
    Database reader("file:" + place.path + "?mode=ro", extension);
    return reader.run("SELECT count(*) FROM t").is_ok() || place.journal == "WAL" ? 0 : 1;
  });
  expect(code == 0, "others read what they may");
  place.check_files("after others have read", true);
  std::printf("%s: who may read only reads, and leaves no file\n", journal.c_str());
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  const std::string journal = argument(argc, argv, "journal", "DELETE");
  if (extension.empty()) fail("usage: permissions --extension=PATH --journal=DELETE|WAL");
  if (geteuid() != 0) {
    std::printf("skipped: only root can be four users\n");
    return kSkipped;
  }
  test_users(extension, journal);
  test_maintenance(extension, journal);
  test_mending(extension, journal);
  test_readers_locks(extension, journal);
  return 0;
}
