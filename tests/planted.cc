// Plants FIFOs, devices, links and directories in the place of every file that a store has or may make, beside the
// database and as the target of a backup: whoever opens the database then ends with an answer or an error, never
// waits, and writes to nothing that a link leads to. And checks that files have the database's mode, whatever the
// umask. Devices are root's to make: for other users the suite goes without, and says so.
//
//   planted --extension=PATH --journal=DELETE|WAL
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>

#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kPatienceSeconds = 60;  // whoever waits that long waits for ever
constexpr const char* kVictim = "what somebody else keeps here";

enum class Kind : uint8_t { kFifo, kDevice, kDangling, kLink, kLinkToDevice, kDirectory };
constexpr Kind kKinds[] = {Kind::kFifo, Kind::kDevice,       Kind::kDangling,
                           Kind::kLink, Kind::kLinkToDevice, Kind::kDirectory};
constexpr const char* kNames[] = {"a FIFO", "a device",           "a dangling link",
                                  "a link", "a link to a device", "a directory"};

// Runs `act` in a process of its own. Returns what it returns; fails where it does not come to an end by itself.
int apart(const std::string& what, const std::function<int()>& act) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    alarm(kPatienceSeconds);
    const int code = act();
    std::fflush(nullptr);
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  expect(WIFEXITED(status), what + ": ended by signal " + std::to_string(WTERMSIG(status)));
  return WEXITSTATUS(status);
}

class Planting {
 public:
  Planting(std::string extension, std::string journal)
      : extension_(std::move(extension)), journal_(std::move(journal)) {}
  void run();

 private:
  std::string file(const std::string& name) const { return directory_.path(name); }
  void make(const std::string& name) const;
  std::set<std::string> names_of_ours() const;
  bool plant(const fs::path& at, Kind kind) const;
  int use() const;
  void check_victim(const std::string& what) const;

  const std::string extension_;
  const std::string journal_;
  const TemporaryDirectory directory_;
};

void Planting::make(const std::string& name) const {
  const int code = apart("making the database", [&] {
    Database database(file(name), extension_);
    database.must("PRAGMA journal_mode = " + journal_);
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1);"
        "SELECT spectradb_flush(); INSERT INTO t VALUES (2)");
    return 0;
  });
  expect(code == 0, "the database cannot be made");
}

// Those that there are, and those that come next.
std::set<std::string> Planting::names_of_ours() const {
  std::set<std::string> names = {"x.db-spectra", "x.db-spectra.new", "copy.db", "copy.db-spectra", "out.csv"};
  if (!fs::is_directory(file("model.db-spectra"))) return names;
  for (const auto& entry : fs::directory_iterator(file("model.db-spectra")))
    names.insert("x.db-spectra/" + entry.path().filename().string());
  for (const char* name : {"log-000002", "log-000003", "000002.sst", "000003.sst", "000004.sst",
                           "MANIFEST.new", "MANIFEST.tmp", "LOCK.work", "LOCK.opening", "LAST"})
    names.insert(std::string("x.db-spectra/") + name);
  return names;
}

// Returns false where this user may not make such a thing.
bool Planting::plant(const fs::path& at, Kind kind) const {
  fs::remove_all(at);
  switch (kind) {
    case Kind::kFifo:
      return mkfifo(at.c_str(), 0666) == 0;
    case Kind::kDevice:
      return mknod(at.c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0;  // /dev/zero
    case Kind::kDangling:
      return symlink(file("not there").c_str(), at.c_str()) == 0;
    case Kind::kLink:
      return symlink(file("victim").c_str(), at.c_str()) == 0;
    case Kind::kLinkToDevice:
      return symlink("/dev/zero", at.c_str()) == 0;
    case Kind::kDirectory:
      return mkdir(at.c_str(), 0777) == 0;
  }
  return false;
}

// Does all that opens or makes files. Whatever answers says what is true.
int Planting::use() const {
  Database database(file("x.db"), extension_);
  database.run("PRAGMA busy_timeout = 100");
  const Outcome first = database.run("SELECT count(*) FROM t");
  if (first.is_ok() && first.rows[0][0].text != "2") return 1;
  const bool is_written = database.run("INSERT INTO t VALUES (3)").is_ok();
  for (const char* sql : {"SELECT spectradb_flush()", "SELECT spectradb_compact()"}) database.run(sql);
  const Outcome again = database.run("SELECT count(*) FROM t");
  if (again.is_ok() && again.rows[0][0].text != (is_written ? "3" : "2")) return 2;
  const std::string texts[] = {"SELECT spectradb_check()",
                               "SELECT spectradb_backup('" + file("copy.db") + "')",
                               "SELECT * FROM spectradb_copy('COPY t TO ''out.csv'' WITH (OVERWRITE)')",
                               "SELECT count(*) FROM spectradb_inspect('" + file("x.db") + "')"};
  for (const std::string& sql : texts) database.run(sql);
  return 0;
}

void Planting::check_victim(const std::string& what) const {
  std::ifstream victim(file("victim"));
  const std::string text{std::istreambuf_iterator<char>(victim), {}};
  expect(text == kVictim, what + " led to another file, which has now: " + text);
  expect(!fs::exists(file("not there")), what + " led to a file that was made");
}

void Planting::run() {
  make("model.db");
  std::ofstream(file("victim")) << kVictim;
  setenv("SPECTRADB_COPY_FOLDER", directory_.path().c_str(), 1);
  int planted = 0;
  int refused = 0;
  for (const std::string& name : names_of_ours()) {
    for (const Kind kind : kKinds) {
      for (const char* old :
           {"x.db", "x.db-wal", "x.db-shm", "x.db-journal", "x.db-spectra", "x.db-spectra.new", "copy.db",
            "copy.db-wal", "copy.db-shm", "copy.db-spectra", "out.csv"})
        fs::remove_all(file(old));
      fs::copy_file(file("model.db"), file("x.db"));
      if (fs::is_directory(file("model.db-spectra")))
        fs::copy(file("model.db-spectra"), file("x.db-spectra"), fs::copy_options::recursive);
      if (!plant(file(name), kind)) {
        ++refused;
        continue;
      }
      const std::string what = std::string(kNames[static_cast<size_t>(kind)]) + " as " + name;
      const int code = apart(what, [&] { return use(); });
      expect(code == 0, what + " gives a wrong answer (" + std::to_string(code) + ")");
      check_victim(what);
      ++planted;
    }
  }
  expect(planted > 0, "nothing was planted");
  std::printf("%s: %d things planted, none was waited for or followed%s\n", journal_.c_str(), planted,
              refused > 0 ? "; skipped: only root can make devices" : "");
}

// All files have the database's mode, as SQLite's own have, while it is open and in the middle of a transaction.
void check_modes(const std::string& extension, const std::string& journal) {
  int cases = 0;
  for (const mode_t mask : {mode_t{0}, mode_t{022}, mode_t{027}, mode_t{077}, mode_t{0177}}) {
    for (const mode_t mode : {mode_t{0600}, mode_t{0640}, mode_t{0644}, mode_t{0660}, mode_t{0666}}) {
      const TemporaryDirectory directory;
      const std::string path = directory.path("x.db");
      const int code = apart("a database of a mode", [&] {
        close(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        if (chmod(path.c_str(), mode) != 0) return 1;
        umask(mask);
        Database database(path, extension);
        database.must("PRAGMA journal_mode = " + journal);
        database.must(
            "CREATE TABLE t (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING; INSERT INTO t VALUES (1);"
            "SELECT spectradb_flush(); INSERT INTO t VALUES (2); SELECT spectradb_compact();"
            "BEGIN; INSERT INTO t VALUES (3)");
        for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
          struct stat info {};
          if (lstat(entry.path().c_str(), &info) != 0) continue;  // background work has removed it
          const mode_t wanted = S_ISDIR(info.st_mode) ? mode | (mode & 0444) >> 2 : mode;
          if ((info.st_mode & 0777) == wanted) continue;
          std::printf("%s has mode %o beside a database of mode %o, under umask %o\n", entry.path().c_str(),
                      info.st_mode & 0777, mode, mask);
          return 2;
        }
        database.must("COMMIT");
        return 0;
      });
      expect(code == 0, "a file has another mode than the database");
      ++cases;
    }
  }
  std::printf("%s: files have the database's mode, for %d modes and umasks\n", journal.c_str(), cases);
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  const std::string journal = argument(argc, argv, "journal", "DELETE");
  if (extension.empty()) fail("usage: planted --extension=PATH --journal=DELETE|WAL");
  check_modes(extension, journal);
  Planting(extension, journal).run();
  return 0;
}
