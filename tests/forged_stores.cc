// Forges stores as an attacker could: every field of manifest, log frame, spilled run, SSTable, index,
// footer and block gets values that no store has (extremes, one more, one less, other fields' values, sizes
// beyond the file, counts that overflow), one to four fields at a time, and all checksums, tokens and sizes
// around them are made right. Each store is then opened, read at several times, checked, inspected,
// written, flushed, compacted, opened again and read. Nothing may crash, hang, or take more memory than
// kMostBytes. A statement fails or answers; where the forgery changed only by which keys facts are found,
// the answer is right, or spectradb_check() says what is wrong.
//
//   forged_stores --extension=PATH [--seed=N] [--stores=COUNT] [--first=N] [--about=WORDS] [--goes-on=1]
//
// Store i of a seed depends on the seed and i alone: --first=i --stores=1 repeats it. With --about only
// those stores are tried in whose changes the words occur ("spilled index"); with --goes-on=1 all failures
// are printed.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>

#include "tests/counted_memory.h"
#include "tests/database.h"
#include "tests/forge/forgery.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

// The index of a file may have 64 MiB uncompressed (docs/format.md), and its keys are once more in memory.
// The budgets of cache and memtables are set to almost nothing. The rest is what a store of this size
// takes.
constexpr uint64_t kMostBytes = 160u << 20;
constexpr unsigned kMostSeconds = 60;
constexpr uint64_t kStoresPerProcess = 50;

const char* const kQuestions[] = {
    "SELECT id, v, n FROM t ORDER BY id",
    "SELECT id, v FROM t WHERE id BETWEEN 20 AND 30 ORDER BY id DESC",
    "SELECT v FROM t WHERE id = 15",
    "SELECT id FROM t WHERE n = 7 ORDER BY id",
    "SELECT count(*), sum(length(v)) FROM t AS OF 2",
    "SELECT id, v, _system_from, _system_to FROM t FOR SYSTEM_TIME ALL ORDER BY id, _system_from",
    "SELECT pk, doc FROM events ORDER BY pk",
    "SELECT pk, doc, _valid_from, _valid_to FROM events FOR ALL SYSTEM_TIME FOR ALL VALID_TIME ORDER BY 1, "
    "3, "
    "_system_from",
    "SELECT pk, doc FROM events VALID AT '2020-05-05' AS OF 4 ORDER BY pk DESC",
    "SELECT pk FROM events WHERE pk > 'b' AND pk < 'e' FOR VALID_TIME FROM '2020-01-01' TO '2021-01-01' "
    "ORDER BY pk",
    "SELECT count(*) FROM spectradb_history('t')",
    "SELECT count(*) FROM spectradb_changes('t', 1)",
    "SELECT count(*) FROM spectradb_diff('events', 2, 5, 'all')",
};

const char* const kUses[] = {
    "SELECT count(*) FROM spectradb_commits",
    "SELECT count(*) FROM spectradb_stats",
    "INSERT INTO t (id, v, n) VALUES (NULL, 'new', 7777)",
    "UPDATE t SET v = v || '.' WHERE id < 20",
    "DELETE FROM t WHERE id = 33",
    "INSERT INTO events VALUES ('c', '[3]') VALID FROM '2020-02-02' TO '2020-03-03'",
    "SELECT spectradb_flush()",
    "UPDATE events SET doc = '{}'",
    "SELECT spectradb_compact()",
    "SELECT count(*) FROM t",
    "SELECT count(*) FROM t FOR SYSTEM_TIME ALL",
    "SELECT spectradb_check()",
};

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const fs::path& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) fail("cannot write " + path.string());
}

// A store before it is forged, and the answers that it gives.
struct Base {
  std::string name;
  std::string database;  // the bytes of the file that SQLite writes
  std::map<std::string, std::string> original;
  std::unique_ptr<const StoreFiles> files;  // made of `original`
  std::vector<std::string> answers;
};

// A process that tries stores writes its findings here, in shared memory, so that its parent sees them even
// after a crash.
struct Report {
  uint64_t store;
  uint64_t tried_stores;
  uint64_t failed_statements;
  uint64_t refused_stores;  // stores of which a question failed
  uint64_t named_stores;    // stores of which no question failed, but spectradb_check() found something
  uint64_t other_stores;    // stores that may give other answers, and did
  uint64_t most_bytes;
  uint64_t most_bytes_store;
  char what[2000];
  char failure[4000];
};

class ForgedStores {
 public:
  ForgedStores(std::string extension, uint64_t seed, std::string about, bool goes_on)
      : extension_(std::move(extension)),
        seed_(seed),
        about_(std::move(about)),
        goes_on_(goes_on),
        database_(directory_.path("f.db")) {
    void* const shared =
        mmap(nullptr, sizeof(Report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) fail("mmap");
    report_ = static_cast<Report*>(shared);
  }

  void run(uint64_t first, uint64_t count) {
    make_bases();
    const uint64_t end = first + count;
    for (uint64_t next = first; next < end;) next = try_stores(next, std::min(end, next + kStoresPerProcess));
    std::printf(
        "%llu stores: %llu refused by a question, %llu more named by the check, %llu that hold something "
        "else, "
        "%llu statements failed with a message; at most %.1f MiB (store %llu)\n",
        (unsigned long long)report_->tried_stores, (unsigned long long)report_->refused_stores,
        (unsigned long long)report_->named_stores, (unsigned long long)report_->other_stores,
        (unsigned long long)report_->failed_statements, static_cast<double>(report_->most_bytes) / (1 << 20),
        (unsigned long long)report_->most_bytes_store);
    if (failures_ > 0) fail(std::to_string(failures_) + " stores failed");
    if (report_->refused_stores * 4 < report_->tried_stores)
      fail("most forgeries went unnoticed: they do not reach what they should");
  }

 private:
  // Ends the process without closing anything, so that what is only in the log stays there.
  void make(const std::string& name, const std::function<void(Database&)>& fill) {
    fs::remove_all(database_ + "-spectra");
    fs::remove(database_);
    std::fflush(stdout);
    const pid_t process = fork();
    if (process == 0) {
      auto* database = new Database(database_, extension_);
      fill(*database);
      _exit(0);
    }
    int status = 0;
    waitpid(process, &status, 0);
    if (status != 0) fail("the store " + name + " cannot be made");
    Base base;
    base.name = name;
    base.database = read_file(database_);
    std::map<std::string, std::string>& files = base.original;
    for (const auto& entry : fs::directory_iterator(database_ + "-spectra")) {
      const std::string file = entry.path().filename().string();
      if (!file.starts_with("LOCK") && file != "LAST") files[file] = read_file(entry.path());
    }
    Database database(database_, extension_);
    for (const char* question : kQuestions) base.answers.push_back(describe(database.must(question).rows));
    if (const std::string problems = database.text("SELECT spectradb_check()"); problems != "ok")
      fail("the store " + name + " is damaged before anything is forged: " + problems);
    base.files = std::make_unique<const StoreFiles>(files);
    std::printf("%s: %zu files, %zu tables\n", name.c_str(), files.size(), base.files->tables.size());
    bases_.push_back(std::move(base));
  }

  static void fill_common(Database& database, int rows) {
    database.must("SELECT spectradb_config('shard_count', 3)");
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER UNIQUE) WITH SYSTEM "
        "VERSIONING;"
        "CREATE TABLE events (pk TEXT PRIMARY KEY);"
        "CREATE TABLE gone (pk TEXT PRIMARY KEY)");
    database.must("CREATE INDEX t_v ON t (v DESC)");
    for (const char* knob : {"sstable_block_bytes', 256", "history_block_bytes', 256", "level0_files', 64",
                             "history_fan_in', 64"})  // so that nothing is merged unless it is asked for
      database.must("SELECT spectradb_config('" + std::string(knob) + ")");
    database.must(
        "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < " + std::to_string(rows) +
        ") INSERT INTO t SELECT x, printf('value %d of many values', x * x * 7919 % 1000), x FROM i");  // 1
    database.must(
        "INSERT INTO events VALUES ('a', '{\"n\": 1}') VALID FROM '2020-01-01' TO '2020-06-01';"  // 2
        "INSERT INTO events VALUES ('b', '[1, 2, 3]'), ('d', 'null'), ('e', '\"long " +
        std::string(600, 'x') + "\"')");                                                     // 3
    database.must("INSERT INTO gone VALUES ('g', '{}')");                                    // 4
    database.must("UPDATE t SET v = v || '!' WHERE id % 3 = 0; SELECT spectradb_flush()");   // 5
    database.must("UPDATE events SET doc = '{\"n\": 2}'; DELETE FROM t WHERE id % 10 = 0");  // 6, 7
    database.must("SELECT spectradb_compact(); DROP TABLE gone");
    database.must("UPDATE t SET v = 'flushed ' || v WHERE id < 20; SELECT spectradb_flush()");  // 8
  }

  void make_bases() {
    make("small", [](Database& database) {
      fill_common(database, 40);
      database.must("UPDATE t SET v = 'in the log' WHERE id BETWEEN 15 AND 25");                         // 9
      database.must("INSERT INTO events VALUES ('c', 'true') VALID FROM '2020-03-01' TO '2020-09-01'");  // 10
      database.must(
          "BEGIN; UPDATE t SET v = 'x' WHERE id = 1; DELETE FROM events WHERE pk = 'd'; COMMIT");  // 11
    });
    make("spilled", [this](Database& database) {
      fill_common(database, 40);
      database.must("SELECT spectradb_config('memtable_max_bytes', 4096)");
      const int work = open((database_ + "-spectra/LOCK.work").c_str(), O_RDWR | O_CLOEXEC);
      if (work < 0 || flock(work, LOCK_EX) != 0) fail("LOCK.work");
      database.must(
          "BEGIN; UPDATE t SET v = 'spilled ' || v; "
          "INSERT INTO events SELECT 's' || id, printf('{\"v\": \"%s\"}', v) FROM t; COMMIT");  // 9
    });
    make("large", [](Database& database) {
      fill_common(database, 900);
      database.must("SELECT spectradb_config('sstable_block_bytes', 4096)");
      database.must(
          "WITH RECURSIVE i(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM i WHERE x < 3000) INSERT INTO events "
          "SELECT printf('key %d', x), printf('{\"name\": \"%d\", \"some\": \"words that repeat\"}', x * "
          "7919) FROM i");
      database.must("UPDATE events SET doc = '0' WHERE pk = 'key 7'; SELECT spectradb_compact()");
    });
  }

  // Returns the number of the next store to try.
  uint64_t try_stores(uint64_t first, uint64_t end) {
    report_->failure[0] = '\0';
    std::fflush(stdout);
    const pid_t process = fork();
    if (process < 0) fail("fork");
    if (process == 0) {
      for (uint64_t store = first; store < end; ++store) {
        report_->store = store;
        try_store(store);
        if (report_->failure[0] != '\0') _exit(1);
      }
      _exit(0);
    }
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (status == 0) return end;
    std::string how = report_->failure;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
      how = "it is not through within " + std::to_string(kMostSeconds) + " seconds";
    else if (WIFSIGNALED(status))
      how = "signal " + std::to_string(WTERMSIG(status));
    else if (how.empty())
      how = "the process ended with status " + std::to_string(WEXITSTATUS(status));
    const std::string told = "--seed=" + std::to_string(seed_) +
                             " --first=" + std::to_string(report_->store) + " --stores=1: " + report_->what +
                             ": " + how;
    if (!goes_on_) fail(told);
    std::printf("FAILED: %s\n", told.c_str());
    ++failures_;
    return report_->store + 1;
  }

  void must(bool holds, const std::string& what) {
    if (holds || report_->failure[0] != '\0') return;
    std::snprintf(report_->failure, sizeof report_->failure, "%s", what.c_str());
  }

  void try_store(uint64_t store) {
    std::mt19937_64 random(seed_ * 1'000'003 + store);
    const size_t chosen = random() % 20;
    const Base& base = bases_[chosen == 0 ? 2 : chosen % 2];
    StoreFiles files(*base.files);
    const Forgery forgery = forge(&files, random);
    std::snprintf(report_->what, sizeof report_->what, "%s: %s", base.name.c_str(), forgery.what.c_str());
    if (forgery.what.find(about_) == std::string::npos) return;
    std::map<uint64_t, FrameOfCommit> frames;
    put_in_place(base, files.write(&frames), frames);
    report_->tried_stores += 1;
    alarm(kMostSeconds);
    begin_counting();
    use(base, forgery);
    const uint64_t bytes = most_bytes_since();
    alarm(0);
    must(bytes <= kMostBytes, "it took " + std::to_string(bytes) + " bytes of memory");
    if (bytes > report_->most_bytes) {
      report_->most_bytes = bytes;
      report_->most_bytes_store = store;
    }
  }

  void put_in_place(const Base& base, const std::map<std::string, std::string>& files,
                    const std::map<uint64_t, FrameOfCommit>& frames) {
    const fs::path store = database_ + "-spectra";
    fs::remove_all(store);
    fs::remove(database_ + "-journal");
    fs::create_directory(store);
    forged_.clear();
    for (const auto& [name, bytes] : files) {
      write_file(store / name, bytes);
      if (bytes != base.original.at(name)) forged_.push_back(name);
    }
    write_file(database_, base.database);
    if (frames.empty()) return;
    // SQLite has a copy of each frame and its token, which are forged with it.
    Database database(database_, "");
    for (const auto& [commit, frame] : frames) {
      const std::string token = std::to_string(static_cast<int64_t>(frame.token));
      const std::string number = std::to_string(static_cast<int64_t>(commit));
      database.run("PRAGMA synchronous = OFF; UPDATE _spectradb_commits SET frame = " + token +
                   " WHERE commit_no = " + number);
      database.run("UPDATE _spectradb_recent SET frame = " + token + " WHERE commit_no = " + number);
      std::string hex;
      for (const char c : frame.bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(c) >> 4];
        hex += kDigits[c & 15];
      }
      database.run("UPDATE _spectradb_recent SET facts = x'" + hex + "' WHERE commit_no = " + number +
                   " AND length(facts) > 0");
    }
  }

  void use(const Base& base, const Forgery& forgery) {
    bool refused = false;
    bool is_closed = false;  // the store cannot be opened at all, so other statements would say the same
    std::string other;
    {
      Database database(database_, extension_);
      must(database.open_outcome().is_ok(),
           "the extension does not load: " + database.open_outcome().message);
      run(database, "PRAGMA synchronous = OFF");
      run(database, "SELECT spectradb_config('block_cache_bytes', 65536)");
      std::string first_message;
      for (size_t i = 0; i < std::size(kQuestions); ++i) {
        const Outcome outcome = run(database, kQuestions[i]);
        refused = refused || !outcome.is_ok();
        if (i == 0) first_message = outcome.message;
        is_closed = i > 0 && !outcome.is_ok() && outcome.message == first_message;
        if (is_closed) break;
        if (outcome.is_ok() && describe(outcome.rows) != base.answers[i] && other.empty())
          other = std::string(kQuestions[i]) + "\nnow gives\n" + describe(outcome.rows).substr(0, 1500);
      }
      const Outcome checked = run(database, "SELECT spectradb_check()");
      const bool is_named = !checked.is_ok() || describe(checked.rows) != "ok\n";
      report_->refused_stores += refused ? 1 : 0;
      report_->named_stores += !refused && is_named ? 1 : 0;
      if (!other.empty() && !refused && !is_named) {
        must(forgery.is_content, "wrong, and nothing says so: " + other);
        report_->other_stores += 1;
      }
      for (const std::string& file : forged_)
        run(database, "SELECT count(*), sum(length(about)) FROM spectradb_inspect('" + database_ +
                          "-spectra/" + file + "')");
      for (const char* statement : kUses) {
        if (!is_closed || statement[0] != 'S') run(database, statement);
      }
      must(database.text("SELECT 1") == "1", "the connection is of no use any more");
    }
    if (is_closed) return;
    Database database(database_, extension_);
    for (const char* question : {kQuestions[0], kQuestions[5], kQuestions[7]}) run(database, question);
  }

  Outcome run(Database& database, const char* sql) { return run(database, std::string(sql)); }
  Outcome run(Database& database, const std::string& sql) {
    Outcome outcome = database.run(sql);
    if (!outcome.is_ok()) {
      report_->failed_statements += 1;
      must(!outcome.message.empty() && outcome.message != "not an error", sql + " fails without a message");
      // What these stores need, every machine has.
      must((outcome.code & 0xff) != SQLITE_NOMEM, sql + " wants too much memory");
    }
    return outcome;
  }

  std::string extension_;
  uint64_t seed_;
  std::string about_;  // only stores in whose changes these words occur
  bool goes_on_;
  TemporaryDirectory directory_;
  std::string database_;
  std::vector<Base> bases_;
  std::vector<std::string>
      forged_;  // of the store that is tried: files that differ from what they were made as
  Report* report_ = nullptr;
  int failures_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  namespace fs = std::filesystem;
  const auto number = [&](const char* name, const char* otherwise) {
    return std::strtoull(argument(argc, argv, name, otherwise).c_str(), nullptr, 10);
  };
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty())
    fail("usage: forged_stores --extension=PATH [--seed=N] [--stores=COUNT] [--first=N] [--goes-on=1]");
  const uint64_t seed = number("seed", "1");
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  choose_mode(Mode::kHook);
  if (std::error_code none; fs::is_directory("/dev/shm", none))
    setenv("TMPDIR", "/dev/shm", 0);  // many small files
  ForgedStores(extension, seed, argument(argc, argv, "about", ""), number("goes-on", "0") != 0)
      .run(number("first", "0"), number("stores", "1000"));
  return 0;
}
