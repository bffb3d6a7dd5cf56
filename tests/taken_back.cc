// Two nodes have pages as dqlite has them, without a network. What SQLite has committed on the first is
// applied on both once a quorum has it; where none has, its pages are taken back, and no connection is told.
// What was taken back was never there, its facts neither: after each step the commits and their history are
// those that the quorum has, for the connection that wrote and for another one. In the end the second node
// has them all.
//
//   taken_back --extension=PATH --seed=N --seeds=N --steps=N
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <random>

#include "tests/database.h"

extern "C" {
#include <dqlite.h>
}

namespace spectradb::tests {
namespace {

constexpr size_t kPageSize = 4096;
const char* const kFile = "test.db";

struct Node {
  explicit Node(std::string its_name) : name(std::move(its_name)) {
    if (dqlite_vfs_init(&vfs, name.c_str()) != 0 || sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
      fail("a node has no VFS");
  }
  ~Node() {
    sqlite3_vfs_unregister(&vfs);
    dqlite_vfs_close(&vfs);
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Opens a connection as dqlite does. Small memtables make flushes and merges happen.
  Database open() const {
    Database database("file:" + std::string(kFile) + "?vfs=" + name, "");
    database.must(
        "PRAGMA page_size = 4096; PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL; "
        "PRAGMA wal_autocheckpoint = 0");
    sqlite3_db_config(database.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    database.must("SELECT spectradb_config('memtable_max_bytes', 4096)");
    return database;
  }

  const std::string name;
  sqlite3_vfs vfs{};
};

struct Frames {
  std::vector<unsigned long> numbers;
  std::string pages;
};

// Returns what the last transaction has written on the node.
Frames poll(Node& node) {
  dqlite_vfs_frame* frames = nullptr;
  unsigned count = 0;
  if (dqlite_vfs_poll(&node.vfs, kFile, &frames, &count) != 0) fail("the pages cannot be polled");
  Frames polled;
  for (unsigned i = 0; i < count; ++i) {
    polled.numbers.push_back(frames[i].page_number);
    polled.pages.append(static_cast<const char*>(frames[i].data), kPageSize);
    sqlite3_free(frames[i].data);
  }
  sqlite3_free(frames);
  return polled;
}

void apply(Node& node, Frames& frames) {
  if (dqlite_vfs_apply(&node.vfs, kFile, static_cast<unsigned>(frames.numbers.size()), frames.numbers.data(),
                       frames.pages.data()) != 0)
    fail("the pages cannot be applied");
}

class Run {
 public:
  explicit Run(uint64_t seed) : random_(seed), leader_("leader"), follower_("follower") {
    { Database there = follower_.open(); }
    writer_ = leader_.open();
    reader_ = leader_.open();
  }

  void run(int steps) {
    writer_.must("SELECT spectradb_config('storage', 'rows')");
    for (const char* sql :
         {"CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITH SYSTEM VERSIONING",
          "CREATE TABLE plain (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a')"}) {
      writer_.must(sql);
      settle(true);
    }
    expected_ = history(writer_);
    for (int step = 0; step < steps; ++step) {
      const bool has_quorum = below(3) != 0;
      write(step);
      settle(has_quorum);
      if (has_quorum) expected_ = history(writer_);
      expect_all(writer_, step);
      expect_all(reader_, step);
    }
    writer_.close();
    reader_.close();
    Database there = follower_.open();
    if (history(there) != expected_) fail("the other node has another history");
    if (there.text("SELECT spectradb_check()") != "ok") fail("the other node: spectradb_check()");
    const std::string commits = there.text("SELECT spectradb_commit()");
    std::printf("%d transactions applied with %s commits, %d taken back\n", applied_, commits.c_str(),
                taken_back_);
    if (taken_back_ == 0) fail("nothing was taken back");
  }

 private:
  int below(unsigned bound) { return static_cast<int>(random_() % bound); }

  void write(int step) {
    const std::string id = std::to_string(below(40));
    const std::string value =
        "'" + std::to_string(step) + std::string(static_cast<size_t>(below(300)), 'x') + "'";
    switch (below(8)) {
      case 0:
        writer_.must("DELETE FROM t WHERE id = " + id);
        break;
      case 1:
        writer_.must("BEGIN; SELECT spectradb_compact(); COMMIT");
        break;
      case 2:
        writer_.must("INSERT OR REPLACE INTO plain VALUES (" + id + ", " + value + ")");
        break;
      case 3:
        writer_.must("UPDATE t FOR PORTION OF VALID_TIME FROM '2026-01-01' TO NULL SET v = " + value);
        break;
      default:
        writer_.must("BEGIN; SELECT spectradb_annotate('step', " + std::to_string(step) +
                     "); INSERT INTO t VALUES (" + id + ", " + value +
                     ") ON CONFLICT DO UPDATE SET v = excluded.v; INSERT OR REPLACE INTO plain VALUES (" +
                     id + ", " + value + "); COMMIT");
    }
  }

  void settle(bool has_quorum) {
    Frames frames = poll(leader_);
    if (frames.numbers.empty()) return;
    if (!has_quorum) {
      if (dqlite_vfs_abort(&leader_.vfs, kFile) != 0) fail("the pages cannot be taken back");
      ++taken_back_;
      return;
    }
    apply(leader_, frames);
    apply(follower_, frames);
    ++applied_;
  }

  static std::string history(Database& database) {
    std::string all =
        describe(
            database.must("SELECT commit_no, committed_at, notes FROM spectradb_commits ORDER BY 1").rows) +
        describe(database
                     .must("SELECT commit_no, operation, key, row, _valid_from FROM spectradb_history('t') "
                           "ORDER BY 1, key, _valid_from")
                     .rows) +
        describe(database.must("SELECT * FROM plain ORDER BY id").rows);
    const int64_t last = database.integer("SELECT spectradb_commit()");
    for (int64_t at : {last, last / 2, last / 3})
      all += describe(database.must("SELECT * FROM t ORDER BY id AS OF " + std::to_string(at)).rows);
    return all;
  }

  void expect_all(Database& database, int step) {
    const std::string who = &database == &writer_ ? "the writer" : "another connection";
    if (history(database) != expected_) fail(who + " has another history after step " + std::to_string(step));
    if (const std::string said = database.text("SELECT spectradb_check()"); said != "ok")
      fail(who + ", after step " + std::to_string(step) + ": spectradb_check() says " + said);
  }

  std::mt19937_64 random_;
  Node leader_;
  Node follower_;
  Database writer_;
  Database reader_;
  std::string expected_;
  int applied_ = 0;
  int taken_back_ = 0;
};

// This VFS loads no extensions.
void load_into_all_connections(const std::string& extension) {
  void* library = dlopen(extension.c_str(), RTLD_NOW | RTLD_LOCAL);
  void* entry = library == nullptr ? nullptr : dlsym(library, "sqlite3_spectradb_init");
  if (entry == nullptr) fail("'" + extension + "' is no SpectraDB");
  void (*function)() = nullptr;
  std::memcpy(&function, &entry, sizeof function);
  if (sqlite3_auto_extension(function) != SQLITE_OK) fail("the extension is not taken");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  choose_mode(Mode::kHook);
  load_into_all_connections(argument(argc, argv, "extension", ""));
  const uint64_t first = std::stoull(argument(argc, argv, "seed", "1"));
  const uint64_t seeds = std::stoull(argument(argc, argv, "seeds", "1"));
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    Run(seed).run(std::stoi(argument(argc, argv, "steps", "150")));
  }
}
