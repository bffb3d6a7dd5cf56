// A database with a ledger whose history is retired, and the process killed at each statement that the retirement runs: the
// ledger is whole against digests that were taken before, also in a copy, facts that are left are proven, and the next
// retirement goes on and gives the space back. So it is where the table is dropped meanwhile, as for the salts of what was to
// go: they are forgotten once the table cannot come back.
//
// With --value it is retired in rounds, as a host that allows values of so many bytes has it, and killed in and between them.
//
//   ledger_retirement --extension=PATH --storage=directory|rows [--step=N] [--value=BYTES]
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

std::string storage;
std::string extension;
int value_bytes = 0;  // 0: what SQLite allows

// Each has an entry, as the raised horizon has.
constexpr const char* kRounds =
    "SELECT count(*) FROM _spectradb_ledger WHERE substr(record, 1, 1) = x'72' AND commit_no = 10";
constexpr const char* kRetire = "SELECT spectradb_retire('t', 9, 'the law says so', 'clerk')";

struct Countdown {
  int statements = 0;
};

// The process ends as if it were killed, just before a statement begins.
int die_in_time(unsigned, void* context, void*, void*) {
  if (static_cast<Countdown*>(context)->statements-- == 0) raise(SIGKILL);
  return 0;
}

class Scene {
 public:
  Scene() {
    Database database(path_, extension);
    database.must("SELECT spectradb_config('storage', '" + storage + "')");
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INT) WITH SYSTEM VERSIONING; CREATE INDEX by_v ON "
        "t (v);"
        "CREATE TABLE other (id INTEGER PRIMARY KEY) WITH SYSTEM VERSIONING;"
        "INSERT INTO t VALUES (100, 'before', 0)");  // 1
    database.must("SELECT spectradb_ledger('on')");
    database.must(
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 40)"
        "INSERT INTO t SELECT i, 'a' || i % 7, 0 FROM s");             // 2
    database.must("UPDATE t SET n = 1 WHERE id % 3 = 0 OR id = 100");  // 3
    database.must("SELECT spectradb_erase('t', 7)");                   // 4
    database.must("UPDATE t SET v = 'x' WHERE id BETWEEN 9 AND 24");   // 5
    database.must("SELECT spectradb_flush()");
    database.must("DELETE FROM t WHERE id = 30");                                                    // 6
    database.must("INSERT INTO other VALUES (1)");                                                   // 7
    database.must("BEGIN; UPDATE t SET n = 2 WHERE id < 5; SELECT spectradb_hold('t', 2); COMMIT");  // 8
    database.must("UPDATE t SET n = 3 WHERE id < 5");                                                // 9
    database.must("UPDATE t SET n = 4 WHERE id < 3");                                                // 10
    digest_ = database.text("SELECT spectradb_digest()");
    answers_ = answers(database);
    said_ = "ok; facts that are erased: 2";
    expect(verify(database) == said_, verify(database));
  }

  int unfinished() const { return unfinished_; }

  // Returns whether the retirement came to its end before.
  bool kill_at(int statement) {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", "-spectra"}) {
      fs::remove_all(killed_ + suffix);
      if (fs::exists(path_ + suffix)) fs::copy(path_ + suffix, killed_ + suffix, fs::copy_options::recursive);
    }
    const pid_t child = fork();
    if (child == 0) {
      Database database(killed_, extension);
      if (value_bytes > 0) sqlite3_limit(database.handle(), SQLITE_LIMIT_LENGTH, value_bytes);
      Countdown countdown{statement};
      sqlite3_trace_v2(database.handle(), SQLITE_TRACE_STMT, die_in_time, &countdown);
      const bool is_ok = database.run(kRetire).is_ok();
      _exit(is_ok ? 0 : 1);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) fail("no child to wait for");
    const bool is_done = WIFEXITED(status);
    expect(!is_done || WEXITSTATUS(status) == 0, "the retirement failed");
    if (is_done && value_bytes > 0) {
      Database database(killed_, extension);
      expect(database.integer(kRounds) > 5, "it was retired in too few rounds to be killed between them");
    }
    judge(statement);
    return is_done;
  }

 private:
  static std::string answers(Database& database) {
    std::string all;
    for (const char* question :
         {"SELECT id, v, n, _system_from FROM t FOR SYSTEM_TIME AS OF 9 ORDER BY id",
          "SELECT id, n FROM t WHERE v = 'x' AS OF 9 ORDER BY id",
          "SELECT id, v, n, _system_from, _system_to FROM t FOR SYSTEM_TIME FROM 9 TO NULL ORDER BY id, "
          "_system_from",
          "SELECT commit_no, operation, row FROM spectradb_history('t', 2)", "SELECT * FROM other"})
      all += describe(database.must(question).rows) + "\n";
    return all;
  }

  std::string verify(Database& database) const {
    return database.text("SELECT spectradb_verify('" + digest_ + "')");
  }

  std::string fresh(const std::string& name) const {
    std::string path = directory_.path(name);
    for (const char* suffix : {"", "-wal", "-shm", "-journal", "-spectra"}) fs::remove_all(path + suffix);
    return path;
  }

  // What is kept of the salts of each commit that the retirement was about.
  static std::string seeds(Database& database) {
    return describe(database
                        .must("SELECT commit_no, hex(seed) FROM _spectradb_ledger WHERE commit_no <= 10 "
                              "AND substr(record, 1, 1) = x'63'")
                        .rows);
  }

  // Where the retirement was interrupted, and its table is dropped before another goes on.
  void drop(const std::string& path, const std::string& finished_seeds) const {
    Database database(path, extension);
    const std::string before = seeds(database);
    const std::string pending = "SELECT count(*) FROM _spectradb_retired WHERE pending IS NOT NULL";
    database.must("DROP TABLE t; SELECT spectradb_retire('other', 9)");
    expect(seeds(database) == before, "salts were forgotten of a table that may come back");
    expect(database.integer(pending) > 0, "what may come back is finished");
    database.must("SELECT spectradb_compact(); SELECT spectradb_retire('other', 10)");
    expect(database.integer(pending) == 0, "hashes of a table that was dropped are still pending");
    expect(seeds(database) != before, "no salt was forgotten");
    expect(value_bytes > 0 || seeds(database) == finished_seeds,  // further rounds would have taken more
           "of a table that was dropped " + seeds(database) + " is kept, of others " + finished_seeds);
    expect(verify(database).starts_with("ok; facts that are erased: 2"), verify(database));
  }

  void judge(int statement) {
    statement_ = statement;
    Database database(killed_, extension);
    const std::string interrupted = verify(database);
    const bool is_unfinished =
        interrupted.starts_with("a retirement of database main was begun and is not finished");
    expect(is_unfinished || interrupted.starts_with(said_), interrupted);
    unfinished_ += is_unfinished ? 1 : 0;
    expect(answers(database) == answers_, answers(database));
    const std::string copy = fresh("copy.db");
    database.must("SELECT spectradb_backup('" + copy + "', 'main', '" +
                  (storage == "rows" ? "directory" : "rows") + "')");
    {
      Database copied(copy, extension);
      expect(verify(copied) == interrupted, "of a copy it says " + verify(copied));
    }
    const std::string dropped = fresh("dropped.db");
    if (is_unfinished) database.must("SELECT spectradb_backup('" + dropped + "')");
    database.must(kRetire);
    if (is_unfinished) drop(dropped, seeds(database));
    const std::string done = verify(database);
    expect(done.starts_with(said_ + "; facts that are retired: "), done);
    expect(database.integer("SELECT count(*) FROM _spectradb_retired WHERE pending IS NOT NULL") == 0,
           "hashes are still pending");
    expect(done_.empty() || done == done_, done + " differs from " + done_);
    done_ = done;
    expect(answers(database) == answers_, answers(database));
    expect(database.text("SELECT spectradb_check()") == "ok", database.text("SELECT spectradb_check()"));
    expect(database.integer("SELECT count(*) FROM (SELECT spectradb_proof('t', id) AS p FROM t) WHERE "
                            "json_array_length(p, '$.facts') = 1") ==
               database.integer("SELECT count(*) FROM t WHERE _system_from > 1"),
           "rows that cannot be proven");
    // What comes later, and another erasure, too.
    database.must("UPDATE t SET n = 5 WHERE id = 1; SELECT spectradb_erase('t', 12)");
    database.must("SELECT spectradb_release('t', 2); SELECT spectradb_retire('t', 10)");
    const std::string later = verify(database);
    expect(later.starts_with("ok; facts that are erased: "), later);
    expect(database.text("SELECT spectradb_check()") == "ok", database.text("SELECT spectradb_check()"));
  }

  void expect(bool holds, const std::string& what) const {
    if (!holds)
      fail("storage " + storage + ", killed at statement " + std::to_string(statement_) + ": " + what);
  }

  TemporaryDirectory directory_;
  const std::string path_ = directory_.path("whole.db");
  const std::string killed_ = directory_.path("killed.db");
  std::string digest_;
  std::string answers_;
  std::string said_;
  std::string done_;
  int unfinished_ = 0;
  int statement_ = -1;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  extension = argument(argc, argv, "extension", "");
  storage = argument(argc, argv, "storage", "directory");
  const int step = std::stoi(argument(argc, argv, "step", "1"));
  value_bytes = std::stoi(argument(argc, argv, "value", "0"));
  if (extension.empty())
    fail("usage: ledger_retirement --extension=PATH --storage=directory|rows [--step=N] [--value=BYTES]");
  Scene scene;
  int statement = 0;
  while (!scene.kill_at(statement)) statement += step;
  if (statement < 20 * step && step == 1) fail("the retirement ran too few statements to be killed at");
  if (scene.unfinished() == 0) fail("no retirement was interrupted between its transactions");
  std::printf("ledger_retirement (%s): killed at %d statements\n", storage.c_str(), statement / step);
  return 0;
}
