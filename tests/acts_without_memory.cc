// Runs out of memory in the functions that write by themselves: spectradb_flush(), spectradb_compact(),
// spectradb_hold(), spectradb_consumer() and the like, alone and in a transaction of the user's, which then commits. Each
// is repeated with its first allocation failing, then its second and so on, once alone and once with all later ones,
// until none is left to fail. Afterwards the transaction's rows are all there or none, and the database is whole, for
// this connection and for another one. An act that failed can be done; if it failed halfway, it left nothing, but memory
// may have been lacking for its answer alone.
//
//   acts_without_memory --extension=PATH [--stride=17] [--long-stride=71]
//     Only every seventeenth allocation fails alone, and only every seventy-first is the first of all later ones.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "tests/allocations.h"
#include "tests/database.h"
#include "tests/expect.h"

namespace spectradb::tests {
namespace {

namespace fs = std::filesystem;

struct Act {
  const char* sql;
  const char* mark;  // a query of what the act leaves behind; null: nothing that SQL shows
};

constexpr Act kActs[] = {
    {"SELECT spectradb_flush()", nullptr},
    {"SELECT spectradb_compact()", nullptr},
    {"SELECT spectradb_hold('t', 3, 'x')", "SELECT count(*) FROM spectradb_holds"},
    {"SELECT spectradb_consumer('reader', 2)", "SELECT count(*) FROM spectradb_consumers"},
};

class Acts {
 public:
  Acts(std::string extension, uint64_t stride, uint64_t long_stride)
      : extension_(std::move(extension)), stride_(stride), long_stride_(long_stride) {}

  void run() {
    make();
    for (const Act& act : kActs) {
      for (const bool is_inside : {true, false}) {
        repeat(act, is_inside, Failing::kOnce, stride_);
        repeat(act, is_inside, Failing::kFromThenOn, long_stride_);
      }
    }
    expect(failures_ > 0 && committed_ > 0 && rolled_back_ > 0, "memory was lacking in too few ways");
    std::printf(
        "%d acts failed: %d transactions went on and committed, %d were rolled back: all databases whole\n",
        failures_, committed_, rolled_back_);
  }

 private:
  void make() {
    Database database(origin_, extension_);
    database.must(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING; CREATE TABLE o (x);"
        "INSERT INTO t VALUES (1, 'a'), (2, 'b'); SELECT spectradb_flush();"
        "INSERT INTO t VALUES (3, 'a'), (4, 'b')");
  }

  void copy() {
    for (const char* suffix : {"", "-wal", "-shm", "-journal", "-spectra"}) fs::remove_all(path_ + suffix);
    fs::copy(origin_, path_);
    if (fs::exists(origin_ + "-spectra"))
      fs::copy(origin_ + "-spectra", path_ + "-spectra", fs::copy_options::recursive);
  }

  void repeat(const Act& act, bool is_inside, Failing failing, uint64_t stride) {
    for (uint64_t number = 1; attempt(act, is_inside, failing, number); number += stride) {
    }
  }

  // Returns whether an allocation has failed.
  bool attempt(const Act& act, bool is_inside, Failing failing, uint64_t number) {
    copy();
    Database database(path_, extension_);
    sqlite3* db = database.handle();
    database.must("SELECT count(*) FROM t");  // opens the store
    if (is_inside) database.must("BEGIN; INSERT INTO o VALUES (1); INSERT INTO t VALUES (5, 'own')");
    fail_allocation(number, failing, Threads::kThis);
    const int code = sqlite3_exec(db, act.sql, nullptr, nullptr, nullptr);
    const uint64_t failed = stop_failing();
    where_ = std::string(act.sql) + (is_inside ? " in a transaction" : "") + ", allocation " +
             std::to_string(number) + (failing == Failing::kOnce ? "" : " and all later ones") + " failing: ";
    expect(code == SQLITE_OK || failed > 0, where_ + sqlite3_errmsg(db));
    failures_ += code != SQLITE_OK ? 1 : 0;
    const bool is_open = sqlite3_get_autocommit(db) == 0;
    expect(is_inside || !is_open, where_ + "a transaction was left open");
    bool is_committed = false;
    if (is_open) {
      const Outcome outcome = database.run("COMMIT");
      is_committed = outcome.is_ok();
      if (sqlite3_get_autocommit(db) == 0) database.must("ROLLBACK");
      expect(is_committed || code != SQLITE_OK, where_ + outcome.message);
    }
    committed_ += code != SQLITE_OK && is_committed ? 1 : 0;
    rolled_back_ += code != SQLITE_OK && is_inside && !is_committed ? 1 : 0;
    const bool is_kept = is_committed || !is_inside;
    const int64_t least = code == SQLITE_OK && is_kept ? 1 : 0;
    const int64_t most = is_kept ? 1 : 0;
    look(database, act, is_committed, least, most);
    Database other(path_, extension_);
    look(other, act, is_committed, least, most);
    other.must(act.sql);
    look(other, act, is_committed, 1, 1);
    look(database, act, is_committed, 1, 1);
    return failed > 0;
  }

  void look(Database& database, const Act& act, bool is_committed, int64_t least, int64_t most) {
    const std::string shown =
        describe(database.must("SELECT count(*), (SELECT count(*) FROM o), spectradb_check() FROM t").rows);
    const std::string expected = is_committed ? "5|1|ok" : "4|0|ok";
    expect(shown.find(expected) != std::string::npos, where_ + "the database shows " + shown);
    if (act.mark == nullptr) return;
    const int64_t marks = database.integer(act.mark);
    expect(least <= marks && marks <= most, where_ + "it left " + std::to_string(marks));
  }

  const std::string extension_;
  const uint64_t stride_;
  const uint64_t long_stride_;
  TemporaryDirectory directory_;
  const std::string origin_ = directory_.path("origin.db");
  const std::string path_ = directory_.path("copy.db");
  std::string where_;
  int failures_ = 0;
  int committed_ = 0;
  int rolled_back_ = 0;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  if (extension.empty()) fail("usage: acts_without_memory --extension=PATH [--stride=N] [--long-stride=N]");
  const auto number = [&](const char* name, const char* otherwise) {
    return std::max<uint64_t>(1, std::strtoull(argument(argc, argv, name, otherwise).c_str(), nullptr, 10));
  };
  Acts(extension, number("stride", "17"), number("long-stride", "71")).run();
  return 0;
}
