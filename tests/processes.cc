// Many processes use one database: writers move money between accounts, in a temporal and in an ordinary
// table of one transaction, while readers check at the latest state and at random commits that the sums
// hold, that both tables are equal, and that nothing changes inside a transaction. All the while this
// process kills one of them with SIGKILL and starts another in its place. At the end nothing that was
// acknowledged to a writer is lost.
//
//   processes --extension=PATH --journal=DELETE|WAL [--seconds=N] [--seed=N]
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr int kAccounts = 10;
constexpr int kSum = 1000;
constexpr int kWriters = 2;
constexpr int kReaders = 4;
constexpr int64_t kFirstCommit = 1;  // the commit that makes the accounts

struct Options {
  std::string program;
  std::string extension;
  std::string journal;
  std::string directory;
  int seconds = 0;
  uint64_t seed = 0;
  int role = 0;  // of a child: below kWriters it is a writer, else a reader
};

std::string file_of(const Options& options, const std::string& name) {
  return options.directory + "/" + name;
}

// A child reports what it has done here, one write(2) a line, which a kill leaves whole or undone.
class Told {
 public:
  explicit Told(const Options& options)
      : fd_(::open(file_of(options, "told-" + std::to_string(options.role)).c_str(),
                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (fd_ < 0) fail("cannot open what the children tell");
  }
  void line(int64_t number) const {
    const std::string text = std::to_string(number) + "\n";
    if (write(fd_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) _exit(3);
  }
  static std::vector<int64_t> read(const Options& options, int role) {
    std::ifstream file(file_of(options, "told-" + std::to_string(role)));
    std::vector<int64_t> numbers;
    for (int64_t number = 0; file >> number;) numbers.push_back(number);
    return numbers;
  }

 private:
  int fd_;
};

Database open(const Options& options) {
  Database database(file_of(options, "shared.db"), options.extension);
  if (!database.open_outcome().is_ok()) fail("cannot open: " + database.open_outcome().message);
  database.must("PRAGMA busy_timeout = 60000");
  return database;
}

// ---- writers

class Writer {
 public:
  explicit Writer(const Options& options)
      : name_(std::to_string(options.role)),
        random_(options.seed),
        database_(open(options)),
        told_(options) {}

  [[noreturn]] void run() {
    for (;;) {
      transfer();
      if (random_() % 50 == 0) tidy("SELECT spectradb_flush()");
      if (random_() % 200 == 0) tidy("SELECT spectradb_compact()");
    }
  }

 private:
  void transfer() {
    const std::string from = std::to_string(random_() % kAccounts);
    const std::string to = std::to_string(random_() % kAccounts);
    const std::string amount = std::to_string(random_() % 20);
    database_.must("BEGIN IMMEDIATE");
    for (const char* table : {"account", "plain"}) {
      database_.must(std::string("UPDATE ") + table + " SET balance = balance - " + amount + " WHERE id = " +
                     from + "; UPDATE " + table + " SET balance = balance + " + amount + " WHERE id = " + to);
    }
    if (random_() % 10 == 0) {
      database_.must(
          "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 40)"
          "INSERT OR REPLACE INTO ballast SELECT abs(random()) % 2000, randomblob(5000) FROM n");
    }
    if (random_() % 8 == 0) {
      database_.must("ROLLBACK");
      return;
    }
    database_.must(
        "UPDATE counter SET n = n + 1 WHERE writer = " + name_ +
        "; INSERT INTO log SELECT spectradb_commit() + 1, writer, n FROM counter WHERE writer = " + name_);
    const int64_t count = database_.integer("SELECT n FROM counter WHERE writer = " + name_);
    database_.must("COMMIT");
    told_.line(count);
  }

  // May fail because another process does the same work.
  void tidy(const char* sql) {
    const Outcome outcome = database_.run(sql);
    if (!outcome.is_ok() && (outcome.code & 0xff) != SQLITE_BUSY)
      fail(std::string(sql) + ": " + outcome.message);
  }

  std::string name_;
  std::mt19937_64 random_;
  Database database_;
  Told told_;
};

// ---- readers

class Reader {
 public:
  explicit Reader(const Options& options) : random_(options.seed), database_(open(options)), told_(options) {}

  [[noreturn]] void run() {
    for (;;) {
      database_.must("BEGIN");
      const int64_t last = database_.integer("SELECT max(commit_no) FROM log");
      check(last, "");
      const auto past =
          kFirstCommit + static_cast<int64_t>(random_() % static_cast<uint64_t>(last - kFirstCommit + 1));
      check(past, " AS OF " + std::to_string(past));
      equal(0,
            "SELECT count(*) FROM (SELECT * FROM account EXCEPT SELECT * FROM plain "
            "UNION ALL SELECT * FROM plain EXCEPT SELECT * FROM account)");
      equal(last, "SELECT spectradb_commit()");
      if (random_() % 4 == 0) usleep(static_cast<useconds_t>(random_() % 20'000));
      check(last, "");
      database_.must("COMMIT");
      told_.line(last);
    }
  }

 private:
  void check(int64_t commit, const std::string& clause) {
    equal(kSum, "SELECT sum(balance) FROM account" + clause);
    equal(commit - kFirstCommit, "SELECT sum(n) FROM counter" + clause);
    equal(kAccounts, "SELECT count(*) FROM account" + clause);
  }

  void equal(int64_t expected, const std::string& sql) {
    const int64_t found = database_.integer(sql);
    if (found != expected)
      fail(sql + " gives " + std::to_string(found) + ", not " + std::to_string(expected));
  }

  std::mt19937_64 random_;
  Database database_;
  Told told_;
};

// ---- the parent

class Herd {
 public:
  explicit Herd(Options options) : options_(std::move(options)), random_(options_.seed) {
    options_.directory = directory_.path().string();
  }

  void run() {
    make();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options_.seconds);
    std::vector<pid_t> children;
    for (int role = 0; role < kWriters + kReaders; ++role) children.push_back(start(role));
    int kills = 0;
    while (std::chrono::steady_clock::now() < end) {
      usleep(static_cast<useconds_t>(random_() % 300'000));
      for (const pid_t child : children) expect_alive(child);
      const auto role = static_cast<size_t>(random_() % children.size());
      stop(children[role]);
      children[role] = start(static_cast<int>(role));
      ++kills;
    }
    for (const pid_t child : children) expect_alive(child);
    for (const pid_t child : children) stop(child);
    check(kills);
  }

 private:
  void make() {
    Database database = open(options_);
    database.must("PRAGMA journal_mode = " + options_.journal);
    database.must(
        "CREATE VIRTUAL TABLE account USING spectradb(id INTEGER PRIMARY KEY, balance INTEGER);"
        "CREATE VIRTUAL TABLE counter USING spectradb(writer INTEGER PRIMARY KEY, n INTEGER);"
        "CREATE VIRTUAL TABLE ballast USING spectradb(id INTEGER PRIMARY KEY, bytes BLOB);"
        "CREATE TABLE plain (id INTEGER PRIMARY KEY, balance INTEGER);"
        "CREATE TABLE log (commit_no INTEGER PRIMARY KEY, writer INTEGER, n INTEGER)");
    database.must("BEGIN; INSERT INTO log VALUES (1, -1, 0)");
    for (int account = 0; account < kAccounts; ++account) {
      for (const char* table : {"account", "plain"}) {
        database.must(std::string("INSERT INTO ") + table + " VALUES (" + std::to_string(account) + ", " +
                      std::to_string(kSum / kAccounts) + ")");
      }
    }
    for (int writer = 0; writer < kWriters; ++writer)
      database.must("INSERT INTO counter VALUES (" + std::to_string(writer) + ", 0)");
    database.must("COMMIT");
  }

  pid_t start(int role) {
    const std::string seed = std::to_string(random_());
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child > 0) return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(options_.program.c_str(), options_.program.c_str(), ("--role=" + std::to_string(role)).c_str(),
          ("--extension=" + options_.extension).c_str(), ("--directory=" + options_.directory).c_str(),
          ("--seed=" + seed).c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }

  void expect_alive(pid_t child) const {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == 0) return;
    fail("seed " + std::to_string(options_.seed) + ": a child ended by itself, status " +
         std::to_string(status));
  }

  static void stop(pid_t child) {
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }

  void check(int kills) {
    Database database = open(options_);
    if (database.text("PRAGMA integrity_check") != "ok") fail("PRAGMA integrity_check");
    if (const std::string problems = database.text("SELECT spectradb_check()"); problems != "ok")
      fail("spectradb_check() says: " + problems);
    const int64_t commits = database.integer("SELECT spectradb_commit()") - kFirstCommit;
    int64_t told = 0;
    for (int writer = 0; writer < kWriters; ++writer) {
      const std::string name = std::to_string(writer);
      const std::vector<int64_t> numbers = Told::read(options_, writer);
      told += static_cast<int64_t>(numbers.size());
      const int64_t last = numbers.empty() ? 0 : numbers.back();
      const int64_t found = database.integer("SELECT n FROM counter WHERE writer = " + name);
      if (found < last)
        fail("writer " + name + " was told " + std::to_string(last) + " commits, of which " +
             std::to_string(found) + " are there");
      if (database.integer("SELECT count(*) FROM log WHERE writer = " + name) != found)
        fail("the counter of writer " + name + " is not what the log says");
    }
    if (database.integer("SELECT sum(n) FROM counter") != commits) fail("commit numbers have holes");
    int64_t rounds = 0;
    for (int role = kWriters; role < kWriters + kReaders; ++role)
      rounds += static_cast<int64_t>(Told::read(options_, role).size());
    for (int64_t commit = kFirstCommit; commit <= commits + kFirstCommit; ++commit) {
      const std::string clause = " AS OF " + std::to_string(commit);
      if (database.integer("SELECT sum(balance) FROM account" + clause) != kSum ||
          database.integer("SELECT sum(n) FROM counter" + clause) != commit - kFirstCommit)
        fail("the sums do not hold" + clause);
    }
    if (told == 0 || rounds == 0) fail("nobody got anywhere; nothing was tested");
    std::printf(
        "%d writers, %d readers, %d s, %d kills, journal_mode %s: %lld commits, none lost; %lld rounds of "
        "reading, all sums hold at each commit\n",
        kWriters, kReaders, options_.seconds, kills, options_.journal.c_str(),
        static_cast<long long>(commits), static_cast<long long>(rounds));
  }

  Options options_;
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  Options options;
  options.program = "/proc/self/exe";
  options.extension = argument(argc, argv, "extension", "");
  options.journal = argument(argc, argv, "journal", "WAL");
  options.directory = argument(argc, argv, "directory", "");
  options.seconds = std::atoi(argument(argc, argv, "seconds", "60").c_str());
  options.seed = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  options.role = std::atoi(argument(argc, argv, "role", "-1").c_str());
  if (options.extension.empty())
    fail("usage: processes --extension=PATH --journal=DELETE|WAL [--seconds=N] [--seed=N]");
  if (options.role >= kWriters) Reader(options).run();
  if (options.role >= 0) Writer(options).run();
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  Herd(options).run();
  return 0;
}
