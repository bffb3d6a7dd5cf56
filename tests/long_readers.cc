// A reader that stays while writers go on keeps alive only what existed when it began, however much is
// written afterwards. Each kind of reader (an open cursor, one of the past, a transaction between two
// statements, a cursor of another process) stays through many rounds of updates, flushes and compactions of
// a whole table. Outside the store's directory the reader's process then keeps no more bytes of removed
// files than the store's files had when the reader began, it takes no more memory than the budgets allow,
// and the log is no longer than without readers. In the end the reader gives the rows that it began with,
// and everything is released.
//
//   long_readers --extension=PATH [--rounds=N]
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "tests/counted_memory.h"
#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = 2000;
constexpr uint64_t kMemtableBytes = 256u << 10;
constexpr uint64_t kCacheBytes = 1u << 20;
// There is room for six memtables that are full or filling, for the cache, and for what reads, merges and
// SQLite need.
constexpr uint64_t kMostMemory = 6 * kMemtableBytes + kCacheBytes + (16u << 20);
constexpr uint64_t kMostLog = 8 * kMemtableBytes;

const char* const kPresent = "SELECT id, v FROM t ORDER BY id";

// Returns the size of the files that this process has open and that have no name any more.
uint64_t nameless_bytes() {
  uint64_t bytes = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat info {};
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 0)
      bytes += static_cast<uint64_t>(info.st_size);
  }
  return bytes;
}

// Returns the same after a wait, because work in the background takes a moment to close what it removes.
uint64_t kept_bytes(uint64_t expected) {
  for (int pause = 0; pause < 100 && nameless_bytes() > expected; ++pause) usleep(50'000);
  return nameless_bytes();
}

class Reader {
 public:
  // Reads its first row; the other rows wait.
  Reader(Database& database, const char* sql) {
    if (sqlite3_prepare_v2(database.handle(), sql, -1, &statement_, nullptr) != SQLITE_OK || !step())
      fail(std::string(sql) + ": " + sqlite3_errmsg(database.handle()));
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { sqlite3_finalize(statement_); }

  std::string rest() {
    std::string rows = row_;
    while (step()) rows += row_;
    return rows;
  }

 private:
  bool step() {
    if (sqlite3_step(statement_) != SQLITE_ROW) return false;
    row_ = std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement_, 0))) + "|" +
           reinterpret_cast<const char*>(sqlite3_column_text(statement_, 1)) + "\n";
    return true;
  }
  sqlite3_stmt* statement_ = nullptr;
  std::string row_;
};

class LongReaders {
 public:
  LongReaders(std::string extension, int rounds)
      : extension_(std::move(extension)), rounds_(rounds), path_(directory_.path("l.db")) {}

  void run() {
    Database writer(path_, extension_);
    writer.must("PRAGMA journal_mode = WAL");
    writer.must("SELECT spectradb_config('memtable_max_bytes', " + std::to_string(kMemtableBytes) + ")");
    writer.must("SELECT spectradb_config('block_cache_bytes', " + std::to_string(kCacheBytes) + ")");
    writer.must("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING");
    writer.must("WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < " +
                std::to_string(kRows) + ") INSERT INTO t SELECT x, hex(randomblob(100)) FROM i");
    writer.must("UPDATE t SET v = hex(randomblob(100)); SELECT spectradb_compact()");
    stays(writer, "nobody", [](Database&, const std::function<void()>& meanwhile) { meanwhile(); });
    stays(writer, "a cursor", [](Database& database, const std::function<void()>& meanwhile) {
      const std::string rows = describe(database.must(kPresent).rows);
      Reader reader(database, kPresent);
      meanwhile();
      if (reader.rest() != rows) fail("the rows of a cursor changed");
    });
    stays(writer, "a cursor of the past", [](Database& database, const std::function<void()>& meanwhile) {
      const char* const past = "SELECT id, v FROM t AS OF 1 ORDER BY id";
      const std::string rows = describe(database.must(past).rows);
      Reader reader(database, past);
      meanwhile();
      if (reader.rest() != rows) fail("the rows of a cursor of the past changed");
    });
    stays(writer, "a transaction", [](Database& database, const std::function<void()>& meanwhile) {
      database.must("BEGIN");
      const std::string rows = describe(database.must(kPresent).rows);
      meanwhile();
      if (describe(database.must(kPresent).rows) != rows) fail("the rows of a transaction changed");
      database.must("COMMIT");
    });
    other_process(writer);
  }

 private:
  using Stay = std::function<void(Database& database, const std::function<void()>& meanwhile)>;

  uint64_t bytes_of(std::string_view beginning, std::string_view end) const {
    uint64_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(path_ + "-spectra")) {
      const std::string name = entry.path().filename().string();
      std::error_code gone;
      const uintmax_t size = fs::file_size(entry.path(), gone);
      if (!gone && name.starts_with(beginning) && name.ends_with(end)) bytes += size;
    }
    return bytes;
  }

  void write(Database& writer, const std::function<void()>& after_each) {
    for (int round = 0; round < rounds_; ++round) {
      writer.must("UPDATE t SET v = hex(randomblob(100)); SELECT spectradb_flush()");
      if (round % 3 == 2) writer.must("SELECT spectradb_compact()");
      after_each();
    }
  }

  void stays(Database& writer, const char* who, const Stay& stay) {
    const uint64_t begin = bytes_of("", ".sst");
    uint64_t nameless = 0;
    uint64_t log = 0;
    uint64_t memory = 0;
    {
      Database database(path_, extension_);
      begin_counting();
      stay(database, [&] {
        write(writer, [&] {
          nameless = std::max(nameless, kept_bytes(begin));
          for (int pause = 0; pause < 100 && bytes_of("log-", "") > kMostLog; ++pause) usleep(50'000);
          log = std::max(log, bytes_of("log-", ""));
        });
        memory = most_bytes_since();
      });
      std::error_code none;
      std::printf(
          "%s stays while %llu KiB become %llu: %llu KiB of removed files, log %llu KiB, memory %llu KiB, "
          "-wal %llu KiB\n",
          who, kib(begin), kib(bytes_of("", ".sst")), kib(nameless), kib(log), kib(memory),
          kib(fs::file_size(path_ + "-wal", none)));
    }
    if (nameless > begin) fail(std::string(who) + " keeps more than there was when it began");
    if (log > kMostLog) fail("the log grows");
    if (memory > kMostMemory) fail("memory grows");
    // A merge in the background may be about to let go of its inputs.
    for (int pause = 0; pause < 100 && kept_bytes(0) > 0; ++pause) usleep(50'000);
    if (kept_bytes(0) > 0) fail(std::string(who) + " has gone, and files are still kept");
  }

  static unsigned long long kib(uint64_t bytes) { return bytes >> 10; }

  // The reader is a child process, which says when it has begun and is told when to go on.
  void other_process(Database& writer) {
    int begun[2];
    int go_on[2];
    if (pipe(begun) != 0 || pipe(go_on) != 0) fail("pipe");
    writer.close();  // a child must not inherit an open database
    const uint64_t begin = bytes_of("", ".sst");
    const pid_t child = fork();
    if (child == 0) {
      Database database(path_, extension_);
      const std::string rows = describe(database.must(kPresent).rows);
      int status = 0;
      {
        Reader reader(database, kPresent);
        char byte = 'b';
        if (::write(begun[1], &byte, 1) != 1 || read(go_on[0], &byte, 1) != 1) _exit(2);
        if (kept_bytes(begin) > begin) status = 3;
        if (reader.rest() != rows) status = 4;
      }
      if (database.run(kPresent).is_ok() && kept_bytes(begin) > begin) status = 5;
      _exit(status);
    }
    char byte = 'g';
    if (read(begun[0], &byte, 1) != 1) fail("the child does not begin");
    writer = Database(path_, extension_);
    uint64_t log = 0;
    write(writer, [&] { log = std::max(log, bytes_of("log-", "")); });
    if (::write(go_on[1], &byte, 1) != 1) fail("the child is gone");
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) fail("the reader in another process ended with " + std::to_string(status >> 8));
    std::printf("a cursor of another process stays: log %llu KiB\n", kib(log));
  }

  const std::string extension_;
  const int rounds_;
  TemporaryDirectory directory_;
  const std::string path_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: long_readers --extension=PATH [--rounds=N]");
  choose_mode(Mode::kHook);
  LongReaders(extension, std::atoi(argument(argc, argv, "rounds", "12").c_str())).run();
  return 0;
}
