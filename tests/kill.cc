// Kills with SIGKILL at random moments. A child process writes the same rows to an ordinary and a temporal
// table in one transaction after the other, and reports each commit through a pipe. This process kills it,
// opens the database, and checks that no reported commit is lost, that both tables are equal, now and AS OF
// every commit, and that the next child can go on. A third table has a vector for each row, in an index
// whose lists are split all the time: its search must find what the rows say. With --acts=1 the child also
// writes an attached database in the same transactions, alters its table, makes and drops an index of it,
// backs up the first database onto an earlier backup, and asks for repairs in between: each of these is
// there as a whole or not at all, and a backup can always be opened.
//
//   kill --extension=PATH --journal=DELETE|WAL [--kills=COUNT] [--seed=N] [--acts=1]
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <random>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

struct Options {
  std::string program;
  std::string extension;
  std::string journal;
  std::string database;
  uint64_t seed = 0;
  int kills = 0;
  bool has_acts = false;

  std::string second() const { return database + ".second"; }
  std::string copy() const { return database + ".copy"; }
};

void tell(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(3);
}

// kVector makes the vector of a row (id, v), and kAsked is the vector that distances are measured from.
constexpr const char* kVector =
    "spectradb_vector(json_array(id % 7 - 3, length(v) % 5 - 2, unicode(substr(v, -1)) % 9 - 4))";
constexpr const char* kAsked = "'[1, 2, -1]'";

// ---- the child, which commits until it is killed

void write_randomly(Database& database, std::mt19937_64& random, int64_t transaction) {
  const auto below = [&](uint64_t bound) { return std::to_string(random() % bound); };
  const uint64_t statements = 1 + random() % 6;
  for (uint64_t i = 0; i < statements; i++) {
    std::string sql;
    const uint64_t what = i == 0 ? 0 : random() % 5;  // the first one always writes a fact
    const std::string value = "'t" + std::to_string(transaction) + "." + std::to_string(i) + "'";
    if (what == 0) {
      sql = "INSERT OR REPLACE INTO @ VALUES (" + below(30) + ", " + value + ")";
    } else if (what == 1) {
      sql = "UPDATE @ SET v = v || " + value + " WHERE id % 7 = " + below(7) + " AND length(v) < 40";
    } else if (what == 2) {
      sql = "DELETE FROM @ WHERE id % 5 = " + below(5);
    } else if (what == 3) {
      sql = "INSERT OR IGNORE INTO @ VALUES (" + below(30) + ", " + value + "), (" + below(30) + ", " +
            value + ")";
    } else {
      const std::string savepoint =
          "SAVEPOINT s; DELETE FROM @; INSERT INTO @ VALUES (99, 'undone'); ROLLBACK TO s; RELEASE s";
      sql = savepoint;
    }
    for (const char* table : {"ledger", "plain"}) {
      std::string text = sql;
      for (size_t at = text.find('@'); at != std::string::npos; at = text.find('@', at))
        text.replace(at, 1, table);
      database.must(text);
    }
  }
}

// ---- the attached database, and what the child does besides commits

void make_second(Database& database, const Options& options) {
  database.must("ATTACH '" + options.second() + "' AS second");
  database.must("PRAGMA second.journal_mode = " + options.journal);
  database.must(
      "BEGIN IMMEDIATE;"
      "CREATE TABLE IF NOT EXISTS second.side_plain (id INTEGER PRIMARY KEY, v TEXT);"
      "CREATE VIRTUAL TABLE IF NOT EXISTS second.side USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
      "COMMIT");
}

void write_second(Database& database, std::mt19937_64& random, const std::string& number) {
  const std::string id = std::to_string(random() % 50);
  for (const char* table : {"side", "side_plain"})
    database.must("INSERT OR REPLACE INTO second." + std::string(table) + "(id, v) VALUES (" + id + ", 's" +
                  number + "')");
}

void act(Database& database, std::mt19937_64& random, const Options& options) {
  switch (random() % 8) {
    case 0:
      database.must("CREATE INDEX IF NOT EXISTS second.side_v ON side (v)");
      break;
    case 1:
      database.must("DROP INDEX IF EXISTS second.side_v");
      break;
    case 2: {
      const bool has_column =
          database.integer("SELECT count(*) FROM second.pragma_table_info('side_plain') WHERE name = 'w'") !=
          0;
      const std::string change = has_column ? " DROP COLUMN w" : " ADD COLUMN w DEFAULT 'old'";
      database.must("BEGIN IMMEDIATE; ALTER TABLE second.side" + change + "; ALTER TABLE second.side_plain" +
                    change + "; COMMIT");
      break;
    }
    case 3:
      database.must("SELECT spectradb_backup('" + options.copy() + "')");
      break;
    case 4:
      database.must("SELECT spectradb_repair('clock'), spectradb_repair('rewind', NULL, 'second')");
      break;
    case 5:
      database.must("SELECT spectradb_compact('slices', 2)");
      break;
    default:
      break;
  }
}

int run_child(const Options& options) {
  std::mt19937_64 random(options.seed);
  Database database(options.database, options.extension);
  database.must("PRAGMA busy_timeout = 10000");
  database.must("PRAGMA journal_mode = " + options.journal);
  database.must(
      "CREATE VIRTUAL TABLE IF NOT EXISTS ledger USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
      "CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, v TEXT);"
      "CREATE VIRTUAL TABLE IF NOT EXISTS emb USING spectradb(id INTEGER PRIMARY KEY, e VECTOR);"
      "CREATE INDEX IF NOT EXISTS emb_e ON emb (spectradb_vector_index(e, 'list_size=8', 'nulls=listed', "
      "'centroids=int8'));"
      "CREATE TABLE IF NOT EXISTS log (commit_no INTEGER PRIMARY KEY);"
      "CREATE TABLE IF NOT EXISTS snapshots (commit_no INTEGER, id INTEGER, v TEXT, PRIMARY KEY (commit_no, "
      "id))");
  if (options.has_acts) make_second(database, options);
  while (true) {
    const int64_t number = database.integer("SELECT spectradb_commit()") + 1;
    const std::string text = std::to_string(number);
    database.must("BEGIN IMMEDIATE");
    write_randomly(database, random, number);
    database.must(
        "DELETE FROM emb WHERE id NOT IN (SELECT id FROM plain); INSERT OR REPLACE INTO emb SELECT id, " +
        std::string(kVector) + " FROM plain");
    database.must("INSERT INTO log VALUES (" + text + "); INSERT INTO snapshots SELECT " + text +
                  ", id, v FROM plain");
    if (options.has_acts) write_second(database, random, text);
    if (random() % 5 == 0) {
      database.must("ROLLBACK");
    } else {
      database.must("COMMIT");
      tell("committed " + text + "\n");
    }
    if (random() % 8 == 0) database.must("SELECT spectradb_flush()");
    if (random() % 20 == 0) database.must("SELECT spectradb_compact()");
    if (options.has_acts) act(database, random, options);
  }
}

// ---- the parent

class Killer {
 public:
  explicit Killer(Options options) : options_(std::move(options)), random_(options_.seed) {
    options_.database = directory_.path("killed.db");
  }

  // A kill may also come while the first CREATE TABLE of a database runs: whatever it leaves, the next
  // child makes the tables and commits.
  static void run_while_creating(const Options& options) {
    std::mt19937_64 random(options.seed + 1);
    int64_t whole_us = 0;
    for (int kill_number = 0; kill_number <= options.kills; kill_number++) {
      Options own = options;
      own.seed = random();
      Killer killer(own);
      const auto start = std::chrono::steady_clock::now();
      // The first child of all may finish its first commit, and the time that it takes becomes the limit
      // for the other delays.
      killer.run_and_kill(kill_number == 0 ? 1 : 0, whole_us);
      if (kill_number == 0) {
        whole_us =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start)
                .count();
      }
      killer.run_and_kill(1, 0);
      killer.check(true);
    }
    std::printf("%d kills while the store was being made, journal_mode %s: the next process went on\n",
                options.kills, options.journal.c_str());
  }

  void run() {
    for (int kill_number = 0; kill_number < options_.kills; kill_number++) {
      run_and_kill(random_() % 25, 8000);
      if (random_() % 4 == 0) continue;  // the next child is then the one that recovers
      check(false);
    }
    check(true);
    if (told_ < options_.kills) fail("the children committed hardly anything; nothing was tested");
    std::printf("%d kills, journal_mode %s: %lld commits told and kept, both tables equal at each\n",
                options_.kills, options_.journal.c_str(), static_cast<long long>(told_));
    if (!options_.has_acts) return;
    if (seconds_ == 0 || copies_ == 0) fail("nothing but commits was done; nothing was tested");
    std::printf("the attached database was whole %d times, a backup %d times\n", seconds_, copies_);
  }

 private:
  // Waits for some commits, so that a child gets somewhere, then for a random moment of its later work.
  void run_and_kill(uint64_t commits, int64_t delay_max_us) {
    std::array<int, 2> channel{};
    if (pipe2(channel.data(), O_CLOEXEC) != 0) fail("pipe");
    const std::string seed = std::to_string(random_());
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(channel[1], STDOUT_FILENO);
      execl(options_.program.c_str(), options_.program.c_str(), "--child",
            ("--extension=" + options_.extension).c_str(), ("--journal=" + options_.journal).c_str(),
            ("--database=" + options_.database).c_str(), ("--seed=" + seed).c_str(),
            options_.has_acts ? "--acts=1" : "--acts=0", static_cast<char*>(nullptr));
      _exit(127);
    }
    ::close(channel[1]);
    std::string heard;
    while (static_cast<uint64_t>(std::count(heard.begin(), heard.end(), '\n')) < commits) {
      if (!read_some(channel[0], heard)) break;
    }
    if (delay_max_us > 0) usleep(static_cast<useconds_t>(random_() % static_cast<uint64_t>(delay_max_us)));
    kill(child, SIGKILL);
    unchecked_kills_ += 1;
    while (read_some(channel[0], heard)) {
    }
    ::close(channel[0]);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
      fail("seed " + std::to_string(options_.seed) + ": the child with seed " + seed +
           " ended by itself, status " + std::to_string(status));
    }
    const size_t last = heard.rfind("committed ");
    if (last != std::string::npos)
      told_ = std::strtoll(heard.c_str() + last + strlen("committed "), nullptr, 10);
  }

  static bool read_some(int channel, std::string& heard) {
    std::array<char, 4096> bytes{};
    const ssize_t n = read(channel, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    heard.append(bytes.data(), static_cast<size_t>(n));
    return true;
  }

  void expect(bool holds, const std::string& what) const {
    if (!holds) fail("seed " + std::to_string(options_.seed) + ": " + what);
  }

  void check(bool every_commit) {
    Database database(options_.database, options_.extension);
    if (!database.open_outcome().is_ok()) fail("cannot open: " + database.open_outcome().message);
    if (database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'snapshots'") == 0) {
      expect(told_ == 0, "the tables are gone");
      return;
    }
    expect(database.text("PRAGMA integrity_check") == "ok", "PRAGMA integrity_check");
    const std::string problems = database.text("SELECT spectradb_check()");
    expect(problems == "ok", "spectradb_check() says: " + problems);
    const int64_t last = database.integer("SELECT ifnull(max(commit_no), 0) FROM log");
    // After each kill one commit may be durable that the child could not report.
    expect(last >= told_ && last <= told_ + unchecked_kills_,
           "told were " + std::to_string(told_) + " commits, but there are " + std::to_string(last));
    told_ = last;
    unchecked_kills_ = 0;
    const int64_t number = database.integer("SELECT spectradb_commit()");
    expect(number == last,
           "spectradb_commit() is " + std::to_string(number) + ", not " + std::to_string(last));
    expect(database.integer("SELECT count(*) FROM log") == last, "commit numbers have holes");
    equal(database, "SELECT id, v FROM ledger ORDER BY id", "SELECT id, v FROM plain ORDER BY id");
    for (int64_t commit = 1; commit <= last; commit++) {
      // Each new commit is checked, and a few of the earlier ones, whose answers must not have changed.
      if (!every_commit && commit <= checked_ && random_() % 16 != 0) continue;
      equal(database, "SELECT id, v FROM ledger AS OF " + std::to_string(commit) + " ORDER BY id",
            "SELECT id, v FROM snapshots WHERE commit_no = " + std::to_string(commit) + " ORDER BY id");
      equal(database,
            "SELECT id, _distance FROM emb AS OF " + std::to_string(commit) + " WHERE e MATCH " + kAsked +
                " AND _effort = 0.1 ORDER BY +_distance, id",
            "SELECT id, spectradb_distance(" + std::string(kVector) + ", " + kAsked +
                ") AS d FROM snapshots WHERE commit_no = " + std::to_string(commit) + " ORDER BY d, id");
    }
    checked_ = last;
    if (options_.has_acts) {
      check_second(database);
      check_copy();
    }
  }

  void check_second(Database& database) {
    if (!std::filesystem::exists(options_.second())) return;
    database.must("ATTACH '" + options_.second() + "' AS second");
    if (database.integer("SELECT count(*) FROM second.sqlite_schema WHERE name = 'side'") == 0) return;
    const std::string problems = database.text("SELECT spectradb_check('second')");
    expect(problems == "ok", "spectradb_check('second') says: " + problems);
    equal(database, "SELECT * FROM second.side ORDER BY id", "SELECT * FROM second.side_plain ORDER BY id");
    equal(database, "SELECT id FROM second.side WHERE v > 's5' ORDER BY id",
          "SELECT id FROM second.side_plain WHERE v > 's5' ORDER BY id");
    database.must("DETACH second");
    seconds_ += 1;
  }

  // The backup holds exactly one commit, and its commit numbers and rows agree on which.
  void check_copy() {
    if (!std::filesystem::exists(options_.copy())) return;
    Database copy(options_.copy(), options_.extension);
    const std::string problems = copy.text("SELECT spectradb_check()");
    expect(problems == "ok", "spectradb_check() of the backup says: " + problems);
    const std::string last = copy.text("SELECT spectradb_commit()");
    expect(copy.text("SELECT ifnull(max(commit_no), 0) FROM log") == last,
           "a backup has not one commit's rows");
    equal(copy, "SELECT id, v FROM ledger ORDER BY id", "SELECT id, v FROM plain ORDER BY id");
    copies_ += 1;
  }

  void equal(Database& database, const std::string& ledger, const std::string& plain) const {
    const std::string ours = describe(database.must(ledger).rows);
    const std::string theirs = describe(database.must(plain).rows);
    expect(ours == theirs, ledger + "\ngives:\n" + ours + "but the ordinary table has:\n" + theirs);
  }

  Options options_;
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  int64_t told_ = 0;  // the last commit that a child has reported, or that was found afterwards
  int64_t unchecked_kills_ = 0;
  int64_t checked_ = 0;  // commits whose AS OF has been checked
  int seconds_ = 0;      // how often the attached database existed
  int copies_ = 0;       // how often a backup existed
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  Options options;
  options.program = "/proc/self/exe";
  options.extension = argument(argc, argv, "extension", "");
  options.journal = argument(argc, argv, "journal", "DELETE");
  options.database = argument(argc, argv, "database", "");
  options.kills = std::atoi(argument(argc, argv, "kills", "40").c_str());
  options.seed = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  options.has_acts = argument(argc, argv, "acts", "0") == "1";
  if (options.extension.empty())
    fail("usage: kill --extension=PATH --journal=DELETE|WAL [--kills=COUNT] [--seed=N] [--acts=1]");
  if (argc > 1 && std::string(argv[1]) == "--child") return run_child(options);
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  Killer::run_while_creating(options);
  Killer(options).run();
  return 0;
}
