// Loses power. A host commits the same rows to an ordinary and a temporal table, and all that SQLite and
// the store do to their files is recorded in one order. For every moment of the record images are made of
// what a disk may hold after a power loss at that moment (disk.h). Each image must open, with both tables
// equal, now and AS OF every commit, and with every commit that SQLite had promised to keep, and the next
// commit must work. Some of these recoveries are recorded themselves, and lose their power again. With
// --acts=1 the transactions also alter both tables, and make and drop an index.
//
//   power_loss --extension=PATH --journal=DELETE|TRUNCATE|PERSIST|WAL --synchronous=NORMAL|FULL|EXTRA
//              [--transactions=COUNT] [--images=RANDOM_IMAGES_A_MOMENT] [--seed=N] [--acts=1]
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <tuple>

#include "tests/database.h"
#include "tests/disk.h"
#include "tests/file_calls.h"

namespace spectradb::tests {
namespace {

struct Options {
  std::string extension;
  std::string journal;
  std::string synchronous;
  int transactions = 0;
  int images = 0;
  uint64_t seed = 0;
  bool has_acts = false;

  // Says what SQLite itself promises. At DELETE a transaction ends when its journal is removed, and only at
  // EXTRA is the directory synced afterwards, so that the last commit of all may be rolled back.
  bool keeps_every_commit() const {
    if (synchronous == "EXTRA") return true;
    return synchronous == "FULL" && journal != "DELETE";
  }
  // At NORMAL SQLite does not sync a journal between its records and the header that counts them. When the
  // disk writes these in another order, only a checksum of some of the bytes decides, and an ordinary
  // database may be damaged.
  Disk::Order order() const {
    return synchronous == "NORMAL" && journal != "WAL" ? Disk::Order::kAsMade : Disk::Order::kAny;
  }
};

Database open(const Options& options, const std::string& file) {
  Database database(file, options.extension);
  database.must("PRAGMA journal_mode = " + options.journal + "; PRAGMA synchronous = " + options.synchronous +
                "; PRAGMA wal_autocheckpoint = 60");
  return database;
}

constexpr const char* kTables =
    "CREATE VIRTUAL TABLE IF NOT EXISTS ledger USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
    "CREATE TABLE IF NOT EXISTS plain (id INTEGER PRIMARY KEY, v TEXT);"
    "CREATE TABLE IF NOT EXISTS log (commit_no INTEGER PRIMARY KEY);"
    "CREATE TABLE IF NOT EXISTS snapshots (commit_no INTEGER, id INTEGER, v TEXT, PRIMARY KEY (commit_no, "
    "id)) "
    "WITHOUT ROWID";

constexpr int kBytesOfLargeRow = 40'000;  // too large for a copy, so its commit syncs the log

// Writes both tables and a snapshot of their rows in one transaction, which stays open. Returns its number.
int64_t write(Database& database, std::mt19937_64& random) {
  const int64_t number = database.integer("SELECT spectradb_commit()") + 1;
  const std::string text = std::to_string(number);
  const auto below = [&](uint64_t bound) { return std::to_string(random() % bound); };
  const uint64_t statements = 1 + random() % 3;
  for (uint64_t i = 0; i < statements; ++i) {
    const std::string value = "'t" + text + "." + std::to_string(i) + "'";
    const uint64_t what = i == 0 ? 0 : random() % 4;  // the first one always writes a fact
    std::string sql = "INSERT OR REPLACE INTO @(id, v) VALUES (" + below(12) + ", " + value + ")";
    if (what == 1)
      sql = "UPDATE @ SET v = v || " + value + " WHERE id % 5 = " + below(5) + " AND length(v) < 30";
    if (what == 2) sql = "DELETE FROM @ WHERE id % 4 = " + below(4) + " OR id = 100";
    if (what == 3 && random() % 2 == 0)
      sql = "INSERT OR REPLACE INTO @(id, v) SELECT 100, printf('%.*c', " + std::to_string(kBytesOfLargeRow) +
            ", 'x')";
    for (const char* table : {"ledger", "plain"}) {
      std::string own = sql;
      own.replace(own.find('@'), 1, table);
      database.must(own);
    }
  }
  database.must("INSERT INTO log VALUES (" + text + "); INSERT INTO snapshots SELECT " + text +
                ", id, v FROM plain");
  return number;
}

// Changes the schema in the open transaction.
void act(Database& database, std::mt19937_64& random) {
  switch (random() % 3) {
    case 0:
      database.must("CREATE INDEX IF NOT EXISTS ledger_v ON ledger (v)");
      break;
    case 1:
      database.must("DROP INDEX IF EXISTS ledger_v");
      break;
    default: {
      const bool has_column =
          database.integer("SELECT count(*) FROM pragma_table_info('plain') WHERE name = 'w'") != 0;
      const std::string change = has_column ? " DROP COLUMN w" : " ADD COLUMN w DEFAULT 'old'";
      database.must("ALTER TABLE ledger" + change + "; ALTER TABLE plain" + change);
      break;
    }
  }
}

// ---- the host, which loses its power

class Host {
 public:
  Host(const Options& options, std::string file)
      : options_(options), file_(std::move(file)), random_(options.seed) {}

  // Marks each commit that was acknowledged, and 0 once the tables are made.
  void run() {
    open_both();
    make_tables();
    for (int i = 0; i < options_.transactions; ++i) {
      Database& database = connections_[random_() % 2];
      if (i == options_.transactions / 2) {
        close_both();
        open_both();
      }
      transaction(database);
      if (random_() % 6 == 0) database.must("SELECT spectradb_flush()");
      if (random_() % 12 == 0) database.must("SELECT spectradb_compact()");
    }
    close_both();
  }

 private:
  void open_both() {
    for (Database& connection : connections_) connection = open(options_, file_);
  }
  void close_both() {
    for (Database& connection : connections_) connection.close();
  }

  // Sometimes the tables and the first rows are one commit.
  void make_tables() {
    const bool is_one_commit = random_() % 2 == 0;
    if (is_one_commit) connections_[0].must("BEGIN IMMEDIATE");
    connections_[0].must(kTables);
    if (is_one_commit) {
      const int64_t number = write(connections_[0], random_);
      connections_[0].must("COMMIT");
      mark(static_cast<uint64_t>(number));
    } else {
      mark(0);
    }
  }

  void transaction(Database& database) {
    database.must("BEGIN IMMEDIATE");
    if (options_.has_acts) act(database, random_);
    const int64_t number = write(database, random_);
    const uint64_t end = random_() % 8;
    if (end == 0) {
      database.must("ROLLBACK");
    } else if (end == 1) {  // the frame is in the log when the commit is refused
      sqlite3_commit_hook(
          database.handle(), [](void*) { return 1; }, nullptr);
      if (database.run("COMMIT").is_ok()) fail("a commit was not refused");
      sqlite3_commit_hook(database.handle(), nullptr, nullptr);
    } else {
      database.must("COMMIT");
      mark(static_cast<uint64_t>(number));
    }
  }

  const Options& options_;
  const std::string file_;
  std::mt19937_64 random_;
  std::array<Database, 2> connections_;
};

// ---- what is found afterwards

using Fact = std::tuple<int64_t, std::string, std::string>;  // commit, id, value

class Witness {
 public:
  Witness(const Options& options, const std::string& file, std::mt19937_64& random)
      : database_(open(options, file)), random_(random) {}

  // Returns the last commit that is found, or -1 when there are no tables. Sets `wrong` to what is wrong.
  int64_t check(std::string* wrong) {
    wrong_ = wrong;
    expect_value("PRAGMA integrity_check", "ok");
    if (database_.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'snapshots'") == 0) return -1;
    const int64_t last = database_.integer("SELECT ifnull(max(commit_no), 0) FROM log");
    expect_value("SELECT spectradb_commit()", std::to_string(last));
    expect_value("SELECT count(*) FROM log", std::to_string(last));
    expect_equal("SELECT * FROM ledger ORDER BY id", "SELECT * FROM plain ORDER BY id");
    expect_equal("SELECT id FROM ledger WHERE v > 't3' ORDER BY id",
                 "SELECT id FROM plain WHERE v > 't3' ORDER BY id");
    for (int i = 0; i < 3 && last > 0; ++i) {
      const std::string past = std::to_string(1 + random_() % static_cast<uint64_t>(last));
      expect_equal("SELECT id, v FROM ledger AS OF " + past + " ORDER BY id",
                   "SELECT id, v FROM snapshots WHERE commit_no = " + past + " ORDER BY id");
    }
    check_history(last);
    return last;
  }

  void make_tables() { database_.must(kTables); }
  int64_t commit_once() {
    database_.must("BEGIN IMMEDIATE");
    const int64_t number = write(database_, random_);
    database_.must("COMMIT");
    return number;
  }

 private:
  void expect(bool holds, const std::string& what) {
    if (!holds && wrong_->empty()) *wrong_ = what;
  }

  void expect_value(const std::string& sql, const std::string& value) {
    const std::string found = describe(database_.must(sql).rows);
    expect(found == value + "\n", sql + " gives " + found);
  }

  void expect_equal(const std::string& ledger, const std::string& plain) {
    const std::string ours = describe(database_.must(ledger).rows);
    const std::string theirs = describe(database_.must(plain).rows);
    expect(ours == theirs, ledger + "\ngives:\n" + ours + "but the ordinary table has:\n" + theirs);
  }

  // Checks all commits at once, by the periods of system time.
  void check_history(int64_t last) {
    std::set<Fact> ours;
    for (const Row& row :
         database_.must("SELECT id, v, _system_from, _system_to FROM ledger FOR ALL SYSTEM_TIME").rows) {
      const int64_t end = row[3].type == SQLITE_NULL ? last + 1 : std::stoll(row[3].text);
      for (int64_t commit = std::stoll(row[2].text); commit < end; ++commit)
        ours.emplace(commit, row[0].text, row[1].text);
    }
    std::set<Fact> theirs;
    for (const Row& row : database_.must("SELECT commit_no, id, v FROM snapshots").rows)
      theirs.emplace(std::stoll(row[0].text), row[1].text, row[2].text);
    expect(ours == theirs, "the history of the ledger is not that of the ordinary table");
  }

  Database database_;
  std::mt19937_64& random_;
  std::string* wrong_ = nullptr;
};

// ---- the moments

struct Promise {
  int64_t kept = -1;  // at least this commit is there (0: the tables are, -1: nothing need be)
  int64_t told = 0;   // at most one commit more than this is there
};

class PowerLoss {
 public:
  explicit PowerLoss(const Options& options) : options_(options), random_(options.seed + 1) {}

  void run() {
    const std::string host = directory_.path("host");
    std::filesystem::create_directory(host);
    watch_directory(host, {});
    Host(options_, host + "/power.db").run();
    const FileCalls calls = end_watching();
    Disk disk(options_.order(), {});
    lose_power_at_each(calls, disk, Promise{}, options_.images, "");
    std::printf(
        "seed %llu, journal_mode %s, synchronous %s: power lost at each of %zu file calls and at %d while it "
        "recovered; %d images, both tables equal in each; at most %lld commits rolled back\n",
        static_cast<unsigned long long>(options_.seed), options_.journal.c_str(),
        options_.synchronous.c_str(), calls.size(), recovery_calls_, images_,
        static_cast<long long>(rolled_back_));
    if (commits_ < options_.transactions / 2) fail("hardly anything was committed; nothing was tested");
  }

 private:
  int64_t kept_when_told(int64_t told) const {
    if (options_.keeps_every_commit()) return told;
    // The first commit may have made the tables. A WAL that is not synced may lose any number of commits.
    const bool may_lose_one = told > 1 && (options_.synchronous == "FULL" || options_.journal != "WAL");
    return may_lose_one ? told - 1 : -1;
  }

  // `behind` says in reports where this record began.
  void lose_power_at_each(const FileCalls& calls, Disk& disk, Promise promise, int images,
                          const std::string& behind) {
    const int64_t floor = promise.kept;
    std::set<uint64_t> seen;
    for (size_t i = 0; i < calls.size(); ++i) {
      disk.apply(calls[i]);
      if (calls[i].kind == FileCall::Kind::kMark) {
        promise.told = static_cast<int64_t>(calls[i].offset);
        promise.kept = std::max(floor, kept_when_told(promise.told));
        commits_ = std::max(commits_, promise.told);
      }
      std::vector<DiskImage> all{disk.nothing_unsynced(), disk.everything()};
      for (int image = 0; image < images; ++image) all.push_back(disk.something(random_));
      for (size_t image = 0; image < all.size(); ++image) {
        // The same bytes are checked again when the promise is another.
        if (!seen.insert(all[image].hash() * 31 + static_cast<uint64_t>(promise.told + 1)).second) continue;
        const std::string where =
            behind + "after call " + std::to_string(i) + ", image " + std::to_string(image);
        check(all[image], promise, where, behind.empty());
      }
    }
  }

  void check(const DiskImage& image, const Promise& promise, const std::string& where, bool may_recur) {
    ++images_;
    const std::string directory = directory_.path("image");
    std::filesystem::remove_all(directory);
    std::filesystem::create_directory(directory);
    image.write_to(directory);
    start_machine();
    Disk disk(options_.order(), image);
    const bool recurs = may_recur && random_() % kRecorded == 0;
    if (recurs) watch_directory(directory, disk.files());
    std::string wrong;
    int64_t last = -1;
    {
      Witness witness(options_, directory + "/power.db", random_);
      last = witness.check(&wrong);
      if (wrong.empty() && (last < promise.kept || last > promise.told + 1)) {
        wrong = "commit " + std::to_string(last) + " is the last one, though commit " +
                std::to_string(promise.told) + " was told and " + std::to_string(promise.kept) + " promised";
      }
      rolled_back_ = std::max(rolled_back_, promise.told - std::max<int64_t>(last, 0));
      if (wrong.empty()) {
        if (last < 0) witness.make_tables();
        if (recurs && last < 0) mark(0);
        const int64_t next = witness.commit_once();
        if (recurs) mark(static_cast<uint64_t>(next));
        (void)witness.check(&wrong);
      }
    }
    if (!wrong.empty()) fail(where + ": " + wrong);
    if (!recurs) return;
    const FileCalls calls = end_watching();
    recovery_calls_ += static_cast<int>(calls.size());
    lose_power_at_each(calls, disk, Promise{last, std::max<int64_t>(last, 0)}, 1, where + ", ");
  }

  static constexpr uint64_t kRecorded = 40;  // one image of so many has its recovery recorded

  const Options options_;
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  int images_ = 0;
  int recovery_calls_ = 0;
  int64_t commits_ = 0;
  int64_t rolled_back_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  Options options;
  options.extension = argument(argc, argv, "extension", "");
  options.journal = argument(argc, argv, "journal", "WAL");
  options.synchronous = argument(argc, argv, "synchronous", "FULL");
  options.transactions = std::atoi(argument(argc, argv, "transactions", "8").c_str());
  options.images = std::atoi(argument(argc, argv, "images", "1").c_str());
  options.seed = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  options.has_acts = argument(argc, argv, "acts", "0") == "1";
  if (options.extension.empty())
    fail(
        "usage: power_loss --extension=PATH --journal=… --synchronous=… [--transactions=COUNT] "
        "[--images=COUNT] [--seed=N] [--acts=1]");
  std::printf("seed %llu\n", static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  PowerLoss(options).run();
  return 0;
}
