// What can be asked from a horizon on is answered as before it was raised, whatever the history, the storage
// and the state of the files; what lies before it is an error; and the space comes back. With a ledger the history is that
// of the digests that were taken before, and what is left is proven.
//
//   retention --extension=PATH --storage=directory|rows [--ledger=on] [--runs=N]
#include <cstdio>
#include <map>
#include <random>
#include <string_view>
#include <thread>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

std::string storage;
std::string extension;
bool has_ledger = false;

constexpr int kKeys = 12;
constexpr int kCommits = 40;
constexpr const char* kDays[] = {"NULL", "'2026-01-01'", "'2026-02-01'", "'2026-03-01'", "'2026-04-01'"};
// With ? for a commit.
constexpr const char* kQuestions[] = {
    "SELECT k, v, n, _system_from, _valid_from, _valid_to FROM t FOR SYSTEM_TIME AS OF ? FOR ALL VALID_TIME "
    "ORDER BY k, _valid_from",
    "SELECT k, n, _system_from FROM t AS OF ? VALID AT '2026-02-10' WHERE v = 'v2' ORDER BY k",
    "SELECT k, v FROM t AS OF ? VALID AT '2026-01-10' WHERE n > 3 ORDER BY n DESC, k",
    "SELECT k, v, n, _system_from, _system_to, _valid_from, _valid_to FROM t FOR SYSTEM_TIME FROM ? TO NULL "
    "FOR ALL VALID_TIME ORDER BY k, _system_from, _valid_from, _system_to",
    "SELECT k, _system_to FROM t FOR SYSTEM_TIME FROM ? TO NULL FOR ALL VALID_TIME WHERE v = 'v1' "
    "ORDER BY k, _system_from, _valid_from, _system_to",
    "SELECT operation, key, before, after, _valid_from FROM spectradb_diff('t', ?, NULL, 'all') "
    "ORDER BY key, _valid_from",
    "SELECT commit_no, operation, key, row, before, _valid_from FROM spectradb_changes('t', ?) "
    "ORDER BY commit_no, _ordinal",
    "SELECT commit_no, operation, key, row, _valid_from, _system_to FROM spectradb_history('t') WHERE "
    "commit_no > ? ORDER BY commit_no, _ordinal"};

using Answers = std::map<std::pair<int64_t, size_t>, std::string>;  // by commit and question

std::string with_commit(std::string text, int64_t commit) {
  return text.replace(text.find('?'), 1, std::to_string(commit));
}

// Another connection, which does something just before the first one begins to write what it has found.
struct Rival {
  Database database;
  std::string does;
  Outcome outcome;
  int comes = 0;
};

int let_come(unsigned, void* context, void*, void* text) {
  auto& rival = *static_cast<Rival*>(context);
  const std::string_view begins = static_cast<const char*>(text);
  if (rival.comes > 0 || begins.find("SAVEPOINT _spectradb_schema_change") == std::string_view::npos)
    return 0;
  ++rival.comes;
  std::thread([&rival] { rival.outcome = rival.database.run(rival.does); }).join();
  return 0;
}

class Run {
 public:
  explicit Run(uint64_t seed) : random_(seed), database_(directory_.path("test.db"), extension) {
    database_.must("SELECT spectradb_config('storage', '" + storage + "')");
    database_.must(
        "CREATE TABLE t (k INTEGER PRIMARY KEY, v TEXT, n INT) WITH SYSTEM VERSIONING (on_insert = append);"
        "CREATE INDEX by_v ON t (v); CREATE INDEX by_n ON t (n)");
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
      if (work == 2) database_ = Database(directory_.path("test.db"), extension);
    }
  }

  // Raises the horizon some way towards the present, and compares.
  void retire() {
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    const int64_t horizon = horizon_ + 1 + number(last - horizon_);
    const int64_t held = number(kKeys);
    if (held_ < 0) {
      database_.must("SELECT spectradb_hold('t', " + std::to_string(held) + ")");
      held_ = held;
    }
    const std::string of_held = "SELECT commit_no, operation, row, _system_to FROM spectradb_history('t', " +
                                std::to_string(held_) + ") ORDER BY commit_no, _ordinal";
    const std::string held_before = describe(database_.must(of_held).rows);
    const int64_t facts = versions();
    const Answers before = answers(horizon, last);
    if (has_ledger) digests_.push_back(database_.text("SELECT spectradb_digest()"));
    database_.must("SELECT spectradb_retire('t', " + std::to_string(horizon) + ")");
    horizon_ = horizon;
    compare(before, answers(horizon, last));
    expect(describe(database_.must(of_held).rows) == held_before, "the history of the key that is held");
    expect(versions() <= facts, "there are more facts than before");
    dropped_ += facts - versions();
    database_ = Database(directory_.path("test.db"), extension);
    compare(before, answers(horizon, last));
    database_.must("SELECT spectradb_compact()");
    compare(before, answers(horizon, last));
    for (size_t question = 0; question < std::size(kQuestions); ++question) {
      const std::string text = with_commit(kQuestions[question], horizon - 1);
      // Commit 0 is the empty database, whatever was retired.
      if (text.find("spectradb_diff('t', 0,") != std::string::npos) continue;
      const Outcome outcome = database_.run(text);
      expect(outcome.message.find("before commit " + std::to_string(horizon)) != std::string::npos,
             "no error before the horizon: " + text);
    }
    expect(database_.text("SELECT spectradb_check()") == "ok", database_.text("SELECT spectradb_check()"));
    prove();
  }

  // The horizon is never lowered, each says truly where it was, and what is promised by then is kept.
  void race() {
    const int64_t last = database_.integer("SELECT spectradb_commit()");
    const std::string promising = "ALTER TABLE t SET RETENTION '7 years'";
    const Outcome refused = retire_after(promising, last - 1);
    expect(refused.message.find("keeps its history for 7 years") != std::string::npos,
           "what was promised meanwhile is retired: " + refused.message);
    expect(horizon() == horizon_, "a horizon is raised against a promise");
    database_.must("ALTER TABLE t DROP RETENTION");
    const Outcome told = retire_after("SELECT spectradb_retire('t', " + std::to_string(last) + ")", last - 1);
    expect(told.is_ok() && told.rows.at(0).at(0).text == std::to_string(last),
           "not the horizon that another one raised: " + told.message);
    horizon_ = last;
    expect(horizon() == last, "the horizon was lowered");
    expect(database_.integer("SELECT count(*) FROM spectradb_retirements WHERE horizon <= was") == 0,
           "a retirement that lowered the horizon");
    expect(database_.text("SELECT spectradb_check()") == "ok", database_.text("SELECT spectradb_check()"));
    prove();
  }

  int64_t dropped() const { return dropped_; }

 private:
  Outcome retire_after(const std::string& rivals, int64_t commit) {
    Rival rival{Database(directory_.path("test.db"), extension), rivals, {}, 0};
    sqlite3_trace_v2(database_.handle(), SQLITE_TRACE_STMT, let_come, &rival);
    Outcome outcome = database_.run("SELECT spectradb_retire('t', " + std::to_string(commit) + ")");
    sqlite3_trace_v2(database_.handle(), 0, nullptr, nullptr);
    expect(rival.comes == 1 && rival.outcome.is_ok(),
           "nobody came between: " + rival.outcome.message + outcome.message);
    return outcome;
  }
  int64_t horizon() {
    return database_.integer("SELECT coalesce(horizon, 0) FROM spectradb_tables WHERE name = 't'");
  }
  void prove() {
    for (const std::string& digest : digests_) {
      const std::string said = database_.text("SELECT spectradb_verify('" + digest + "')");
      expect(said.starts_with("ok; facts that are retired: "), said);
    }
    if (!has_ledger) return;
    expect(database_.integer("SELECT count(*) FROM (SELECT DISTINCT k FROM t FOR ALL VALID_TIME) WHERE "
                             "json_array_length(spectradb_proof('t', k), '$.facts') IS NULL") == 0,
           "rows that cannot be proven");
  }

  int64_t number(int64_t below) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(below)); }
  int64_t versions() { return database_.integer("SELECT versions FROM spectradb_tables WHERE name = 't'"); }

  std::string period() {
    const auto from = static_cast<size_t>(number(3));
    const auto to = from + 1 + static_cast<size_t>(number(2));
    return std::string(kDays[from]) + " TO " + (number(3) == 0 ? "NULL" : kDays[to]);
  }

  void write_row() {
    const std::string key = std::to_string(number(kKeys));
    const std::string v = "'v" + std::to_string(number(4)) + "'";
    const std::string n = std::to_string(number(8));
    const std::string where = number(9) == 0 ? "" : " WHERE k = " + key;
    switch (number(6)) {
      case 0:
        database_.must("INSERT INTO t VALUES (" + key + ", " + v + ", " + n + ")");
        break;
      case 1:
        database_.must("INSERT INTO t VALUES (" + key + ", " + v + ", " + n + ") VALID FROM " + period());
        break;
      case 2:
        database_.must("UPDATE t FOR PORTION OF VALID_TIME FROM " + period() + " SET v = " + v + where);
        break;
      case 3:
        database_.must("DELETE FROM t FOR PORTION OF VALID_TIME FROM " + period() + where);
        break;
      case 4:
        database_.must("DELETE FROM t" + where);
        break;
      default:
        database_.must("UPDATE t SET n = " + n + where);
    }
  }

  Answers answers(int64_t from, int64_t to) {
    Answers all;
    for (int64_t commit = from; commit <= to; ++commit) {
      for (size_t question = 0; question < std::size(kQuestions); ++question)
        all[{commit, question}] = describe(database_.must(with_commit(kQuestions[question], commit)).rows);
    }
    return all;
  }

  void compare(const Answers& before, const Answers& after) {
    for (const auto& [place, answer] : before) {
      if (after.at(place) == answer) continue;
      fail("storage " + storage + ", horizon " + std::to_string(horizon_) + ": " +
           with_commit(kQuestions[place.second], place.first) + "\nbefore\n" + answer + "\nafter\n" +
           after.at(place));
    }
  }

  void expect(bool holds, const std::string& what) const {
    if (!holds) fail("storage " + storage + ", horizon " + std::to_string(horizon_) + ": " + what);
  }

  std::mt19937_64 random_;
  TemporaryDirectory directory_;
  Database database_;
  std::vector<std::string> digests_;
  int64_t horizon_ = 0;
  int64_t held_ = -1;
  int64_t dropped_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  storage = argument(argc, argv, "storage", "directory");
  has_ledger = argument(argc, argv, "ledger", "off") == "on";
  const std::string runs = argument(argc, argv, "runs", "2");
  const std::string first = argument(argc, argv, "seed", "1");
  if (extension.empty())
    fail("usage: retention --extension=PATH --storage=directory|rows [--ledger=on] [--runs=N]");
  int64_t dropped = 0;
  for (uint64_t seed = std::stoull(first); seed < std::stoull(first) + std::stoull(runs); ++seed) {
    std::fprintf(stderr, "retention: seed %llu\n", static_cast<unsigned long long>(seed));
    Run run(seed);
    for (int round = 0; round < 3; ++round) {
      run.live();
      run.retire();
    }
    run.live();
    run.race();
    dropped += run.dropped();
  }
  if (dropped == 0) fail("no space was given back");
  std::printf("retention (%s): %lld facts were retired\n", storage.c_str(), static_cast<long long>(dropped));
  return 0;
}
