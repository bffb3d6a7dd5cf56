// What holds from a horizon of valid time on is what held before it was raised, at every commit: for rows, their periods cut
// at the horizon, indexes of every kind and tables of references, in whatever state the files are and wherever the process
// is killed. What held before it is an error. A key that is held keeps what it had; the ledger is whole against digests
// that were taken before; and the space comes back.
//
//   valid_retention --extension=PATH --storage=directory|rows [--ledger=on] [--runs=N] [--step=N]
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <random>
#include <string_view>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

std::string storage;
std::string extension;
bool has_ledger = false;

constexpr int kKeys = 10;
constexpr int kCommits = 20;
constexpr const char* kDays[] = {"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01", "2026-05-01"};
constexpr const char* kInstants[] = {"2026-01-10", "2026-02-10", "2026-03-10", "2026-04-10", "2030-01-01"};

// At an instant, with ? for a commit and $ for the instant.
constexpr const char* kAtInstants[] = {
    "SELECT k, v, n, p, _system_from, max(coalesce(_valid_from, ''), $), _valid_to FROM t AS OF ? VALID AT $ "
    "ORDER BY k",
    "SELECT k, n FROM t AS OF ? VALID AT $ WHERE v = 'red one' ORDER BY k",
    "SELECT k, v FROM t AS OF ? VALID AT $ WHERE n > 3 ORDER BY n DESC, k",
    "SELECT k FROM t AS OF ? VALID AT $ WHERE v MATCH 'blue' ORDER BY k",
    "SELECT count(*), sum(n) FROM t AS OF ? VALID AT $",
    "SELECT k FROM t AS OF ? VALID AT $ WHERE e IS NOT NULL ORDER BY spectradb_distance(e, '[1, 2]') LIMIT "
    "3"};
// Of all valid time from a horizon on, with # for that: before it is raised, and afterwards.
constexpr const char* kFromHorizon[][2] = {
    {"SELECT k, v, n, _system_from, max(coalesce(_valid_from, ''), #), _valid_to FROM t FOR SYSTEM_TIME AS "
     "OF ? FOR ALL "
     "VALID_TIME WHERE coalesce(_valid_to, '9') > # ORDER BY k, _valid_from",
     "SELECT k, v, n, _system_from, _valid_from, _valid_to FROM t FOR SYSTEM_TIME AS OF ? FOR ALL VALID_TIME "
     "ORDER BY k, _valid_from"},
    {"SELECT k, v, _system_from, _system_to, max(coalesce(_valid_from, ''), #), _valid_to FROM t FOR "
     "SYSTEM_TIME FROM ? TO "
     "NULL FOR ALL VALID_TIME WHERE coalesce(_valid_to, '9') > # ORDER BY k, _system_from, _valid_from, v, "
     "_system_to",
     "SELECT k, v, _system_from, _system_to, _valid_from, _valid_to FROM t FOR SYSTEM_TIME FROM ? TO NULL "
     "FOR "
     "ALL VALID_TIME ORDER BY k, _system_from, _valid_from, v, _system_to"},
    {"SELECT operation, key, before, after, max(coalesce(_valid_from, ''), #), _valid_to FROM "
     "spectradb_diff('t', ?, NULL, "
     "'all') WHERE coalesce(_valid_to, '9') > # ORDER BY key, _valid_from",
     "SELECT operation, key, before, after, _valid_from, _valid_to FROM spectradb_diff('t', ?, NULL, 'all') "
     "ORDER BY key, _valid_from"},
    {"SELECT commit_no, key, max(coalesce(_valid_from, ''), #), _valid_to FROM spectradb_changes('t', ?) "
     "WHERE "
     "coalesce(_valid_to, '9') > # ORDER BY commit_no, _ordinal",
     "SELECT commit_no, key, _valid_from, _valid_to FROM spectradb_changes('t', ?) ORDER BY commit_no, "
     "_ordinal"}};

using Answers = std::map<std::string, std::string>;

std::string with(std::string text, int64_t commit, const std::string& instant, const std::string& horizon) {
  const auto replace = [&](char mark, const std::string& by) {
    for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark)) text.replace(at, 1, by);
  };
  replace('?', std::to_string(commit));
  replace('$', "'" + instant + "'");
  replace('#', "'" + horizon + "'");
  return text;
}

struct Countdown {
  int statements = 0;
};

int die_in_time(unsigned, void* context, void*, void*) {
  if (static_cast<Countdown*>(context)->statements-- == 0) raise(SIGKILL);
  return 0;
}

class Run {
 public:
  explicit Run(uint64_t seed) : random_(seed), database_(path_, extension) {
    database_.must("SELECT spectradb_config('storage', '" + storage + "')");
    database_.must(
        "PRAGMA foreign_keys = ON; CREATE TABLE p (id INTEGER PRIMARY KEY);"
        "INSERT INTO p VALUES (0), (1), (2), (3);"
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT, n INT, e VECTOR(2), p INT REFERENCES p) WITH SYSTEM "
        "VERSIONING (on_insert = append, valid_form = text);"
        "CREATE INDEX by_v ON t (v); CREATE INDEX by_n ON t (n); CREATE FULLTEXT INDEX by_words ON t (v);"
        "CREATE VECTOR INDEX by_e ON t (e)");
    if (has_ledger) database_.must("SELECT spectradb_ledger('on')");
  }

  void live() {
    for (int commit = 0; commit < kCommits; ++commit) {
      database_.must("BEGIN");
      for (int64_t write = number(3); write >= 0; --write) write_row();
      database_.must("COMMIT");
      const int64_t work = number(12);
      if (work == 0) database_.must("SELECT spectradb_flush()");
      if (work == 1) database_.must("SELECT spectradb_compact()");
      if (work == 2) reopen();
    }
  }

  void retire(size_t day) {
    const int64_t key = number(kKeys);
    if (held_ < 0) {
      database_.must("SELECT spectradb_hold('t', " + std::to_string(key) + ")");
      held_ = key;
    }
    const std::string horizon = kDays[day];
    const std::string held_before = history_of_held();
    const int64_t facts = versions();
    const Answers before = answers(day, horizon, false);
    if (has_ledger) digests_.push_back(database_.text("SELECT spectradb_digest()"));
    const std::string text = "SELECT spectradb_retire('t', '" + horizon + "', 'too old', 'clerk', 'valid')";
    kill(text, day, before, held_before);
    expect(database_.text(text) == horizon, "not that horizon");
    day_ = day;
    for (int state = 0; state < 3; ++state) {
      compare(before, answers(day, horizon, true));
      expect(history_of_held() == held_before, "the history of the key that is held");
      if (state == 0) reopen();
      if (state == 1) database_.must("SELECT spectradb_compact()");
    }
    expect(versions() <= facts, "there are more facts than before");
    dropped_ += facts - versions();
    check(database_);
    refuse(horizon);
    refer();
  }

  int64_t dropped() const { return dropped_; }
  int kills() const { return kills_; }

 private:
  // Killed at some of the statements, there is what was before or what is then, and the next call goes on.
  void kill(const std::string& text, size_t day, const Answers& before, const std::string& held_before) {
    for (int statement = static_cast<int>(number(step));; statement += step) {
      copy();
      const pid_t child = fork();
      if (child == 0) {
        Database killed(killed_, extension);
        Countdown countdown{statement};
        sqlite3_trace_v2(killed.handle(), SQLITE_TRACE_STMT, die_in_time, &countdown);
        _exit(killed.run(text).is_ok() ? 0 : 1);
      }
      int status = 0;
      if (waitpid(child, &status, 0) != child) fail("no child to wait for");
      expect(!WIFEXITED(status) || WEXITSTATUS(status) == 0, "the retirement failed");
      std::swap(database_, other_);
      database_ = Database(killed_, extension);
      const bool is_raised = database_.text("SELECT valid_horizon IS '" + std::string(kDays[day]) +
                                            "' FROM spectradb_tables WHERE name = 't'") == "1";
      compare(before, answers(day, kDays[day], is_raised));
      expect(history_of_held() == held_before, "the history of the key that is held, after a kill");
      database_.must(text);
      compare(before, answers(day, kDays[day], true));
      check(database_);
      std::swap(database_, other_);
      other_ = Database();
      ++kills_;
      if (WIFEXITED(status)) return;
    }
  }
  void copy() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", "-spectra"}) {
      fs::remove_all(killed_ + suffix);
      if (fs::exists(path_ + suffix)) fs::copy(path_ + suffix, killed_ + suffix, fs::copy_options::recursive);
    }
  }

  void check(Database& database) {
    expect(database.text("SELECT spectradb_check()") == "ok", database.text("SELECT spectradb_check()"));
    for (const std::string& digest : digests_) {
      const std::string said = database.text("SELECT spectradb_verify('" + digest + "')");
      expect(said.starts_with("ok"), said);
    }
    if (!has_ledger) return;
    expect(database.integer("SELECT count(*) FROM (SELECT DISTINCT k FROM t FOR ALL VALID_TIME) WHERE "
                            "json_array_length(spectradb_proof('t', k), '$.facts') IS NULL") == 0,
           "rows that cannot be proven");
  }

  // What was before the horizon is an error, read or written, that names it.
  void refuse(const std::string& horizon) {
    for (const char* text :
         {"SELECT * FROM t VALID AT '2025-12-31'", "SELECT * FROM t AS OF 3 VALID AT '2025-12-31'",
          "SELECT * FROM t FOR VALID_TIME FROM '2025-12-31' TO '2030-01-01'",
          "SELECT * FROM spectradb_diff('t', 1, NULL, '2025-12-31')",
          "INSERT INTO t VALUES (1, 'x', 1, NULL, 1) VALID FROM '2025-01-01' TO '2025-12-31'",
          "DELETE FROM t FOR PORTION OF VALID_TIME FROM NULL TO '2025-12-31'"}) {
      const Outcome outcome = database_.run(text);
      expect(outcome.message.find("has retired what had ended by '" + horizon + "'") != std::string::npos,
             "no error before the horizon: " + std::string(text) + ": " + outcome.message);
    }
  }

  // SQLite knows of no more references than there are.
  void refer() {
    const std::string referring = database_.text(
        "SELECT group_concat(DISTINCT p) FROM (SELECT p FROM t FOR ALL VALID_TIME ORDER BY p)");
    database_.must("BEGIN");
    for (int id = 0; id < 4; ++id) {
      const bool is_referred = referring.find(std::to_string(id)) != std::string::npos;
      const bool is_deleted = database_.run("DELETE FROM p WHERE id = " + std::to_string(id)).is_ok();
      expect(is_deleted != is_referred, "parent " + std::to_string(id) + ", of children " + referring);
    }
    database_.must("ROLLBACK");
  }

  std::string history_of_held() {
    return describe(database_
                        .must("SELECT commit_no, operation, row, _valid_from, _valid_to FROM "
                              "spectradb_history('t', " +
                              std::to_string(held_) + ") ORDER BY commit_no, _ordinal")
                        .rows);
  }
  void reopen() {
    database_ = Database(path_, extension);
    database_.must("PRAGMA foreign_keys = ON");
  }
  int64_t number(int64_t below) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(below)); }
  int64_t versions() { return database_.integer("SELECT versions FROM spectradb_tables WHERE name = 't'"); }

  // From the horizon on, or from a time before it to one behind.
  std::string period() {
    const auto to = day_ + 1 + static_cast<size_t>(number(static_cast<int64_t>(std::size(kDays) - day_ - 1)));
    const auto from = static_cast<size_t>(number(static_cast<int64_t>(to)));
    return (number(5) == 0 ? "NULL" : "'" + std::string(kDays[from]) + "'") + " TO " +
           (number(6) == 0 ? "NULL" : "'" + std::string(kDays[to]) + "'");
  }

  void write_row() {
    const std::string key = std::to_string(number(kKeys));
    const std::string colors[] = {"red one", "blue two", "green one", "blue three"};
    const std::string v = "'" + colors[number(4)] + "'";
    const std::string n = std::to_string(number(8));
    const std::string row = key + ", " + v + ", " + n + ", '[" + std::to_string(number(997)) + ", " +
                            std::to_string(number(997)) + "]', " + std::to_string(number(4));
    const std::string where = number(9) == 0 ? "" : " WHERE k = " + key;
    switch (number(7)) {
      case 0:
        database_.must("INSERT INTO t VALUES (" + row + ")");
        break;
      case 1:
      case 2:
        database_.must("INSERT INTO t VALUES (" + row + ") VALID FROM " + period());
        break;
      case 3:
        database_.must("UPDATE t FOR PORTION OF VALID_TIME FROM " + period() + " SET v = " + v + where);
        break;
      case 4:
        database_.must("DELETE FROM t FOR PORTION OF VALID_TIME FROM " + period() + where);
        break;
      case 5:
        database_.must("DELETE FROM t" + where);
        break;
      default:
        database_.must("UPDATE t SET n = " + n + ", p = " + std::to_string(number(4)) + where);
    }
  }

  Answers answers(size_t day, const std::string& horizon, bool is_raised) {
    Answers all;
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    for (int64_t commit = 1 + last % 3; commit <= last; commit += 3) {
      for (size_t instant = day; instant < std::size(kInstants); ++instant) {
        for (const char* question : kAtInstants) {
          const std::string text = with(question, commit, kInstants[instant], horizon);
          all[text] = describe(database_.must(text).rows);
        }
      }
      for (const auto& question : kFromHorizon)
        all[with(question[0], commit, "", horizon)] =
            describe(database_.must(with(question[is_raised ? 1 : 0], commit, "", horizon)).rows);
    }
    return all;
  }

  void compare(const Answers& before, const Answers& after) {
    for (const auto& [question, answer] : before) {
      if (after.at(question) == answer) continue;
      fail("storage " + storage + ": " + question + "\nbefore\n" + answer + "\nafter\n" + after.at(question));
    }
  }
  void expect(bool holds, const std::string& what) const {
    if (!holds) fail("storage " + storage + ": " + what);
  }

 public:
  static inline int step = 40;

 private:
  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  const std::string path_ = directory_.path("test.db");
  const std::string killed_ = directory_.path("killed.db");
  Database database_;
  Database other_;
  std::vector<std::string> digests_;
  size_t day_ = 0;
  int64_t held_ = -1;
  int64_t dropped_ = 0;
  int kills_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  storage = argument(argc, argv, "storage", "directory");
  has_ledger = argument(argc, argv, "ledger", "off") == "on";
  Run::step = std::stoi(argument(argc, argv, "step", "40"));
  const std::string runs = argument(argc, argv, "runs", "1");
  const std::string first = argument(argc, argv, "seed", "1");
  if (extension.empty())
    fail(
        "usage: valid_retention --extension=PATH --storage=directory|rows [--ledger=on] [--runs=N] "
        "[--step=N]");
  int64_t dropped = 0;
  int kills = 0;
  for (uint64_t seed = std::stoull(first); seed < std::stoull(first) + std::stoull(runs); ++seed) {
    std::fprintf(stderr, "valid_retention: seed %llu\n", static_cast<unsigned long long>(seed));
    Run run(seed);
    for (const size_t day : {0, 1, 3}) {
      run.live();
      run.retire(day);
    }
    dropped += run.dropped();
    kills += run.kills();
  }
  if (dropped == 0) fail("no space was given back");
  std::printf("valid_retention (%s): %lld facts were retired, %d kills\n", storage.c_str(),
              static_cast<long long>(dropped), kills);
  return 0;
}
