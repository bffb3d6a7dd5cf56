// Compares what several connections see and are told. An ordinary table and a temporal one, each in a
// database of its own, get the same statements of two or three connections in the same order, in every
// order that the scripts allow and in random ones, and every result code, row and count is compared. Then
// long reads are interrupted.
//
//   isolation --extension=PATH [--seed=N] [--games=COUNT]
#include <array>
#include <cstdio>
#include <random>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

// One side has the connections of one database.
class Side {
 public:
  Side(const std::string& path, const std::string& extension, const std::string& journal, size_t connections,
       const std::string& table) {
    for (size_t i = 0; i < connections; ++i) databases_.emplace_back(path, extension);
    for (Database& database : databases_) database.must("PRAGMA synchronous = OFF");
    databases_[0].must("PRAGMA journal_mode = " + journal);
    databases_[0].must(table);
  }

  void reset() {
    for (Database& database : databases_) {
      if (sqlite3_get_autocommit(database.handle()) == 0) database.must("ROLLBACK");
    }
    databases_[0].must("BEGIN; DELETE FROM t; INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c'); COMMIT");
  }

  std::string run(size_t connection, const std::string& sql) {
    Database& database = databases_[connection];
    const Outcome outcome = database.run(sql);
    // SQLite obeys OR ROLLBACK only where a virtual table returns the plain result code.
    const bool is_plain = sql.find(" OR ") != std::string::npos;
    std::string text = "code " + std::to_string(is_plain ? outcome.code & 0xff : outcome.code);
    if (!outcome.is_ok()) text += " " + outcome.message;
    // After COMMIT sqlite3_changes() counts the extension's own rows (docs/internals/coordination.md).
    const bool writes = sql.starts_with("INSERT") || sql.starts_with("UPDATE") || sql.starts_with("DELETE");
    if (outcome.is_ok() && writes) text += ", changes " + std::to_string(sqlite3_changes(database.handle()));
    text += sqlite3_get_autocommit(database.handle()) != 0 ? ", autocommit" : ", in a transaction";
    return text + "\n" + describe(outcome.rows);
  }

 private:
  std::vector<Database> databases_;
};

using Script = std::vector<std::string>;
struct Move {
  size_t connection;
  std::string sql;
};

class Board {
 public:
  Board(const std::string& extension, const std::string& journal, size_t connections)
      : journal_(journal),
        plain_(directory_.path("plain.db"), "", journal, connections,
               "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)"),
        temporal_(directory_.path("temporal.db"), extension, journal, connections,
                  "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT)") {}

  void play(const std::vector<Move>& moves) {
    plain_.reset();
    temporal_.reset();
    std::string log = "journal_mode " + journal_ + "\n";
    for (const Move& move : moves) {
      log += std::to_string(move.connection) + ": " + move.sql + "\n";
      const std::string expected = plain_.run(move.connection, move.sql);
      const std::string found = temporal_.run(move.connection, move.sql);
      if (is_spared(log, expected, found)) break;
      if (expected != found) fail(log + "the ordinary table: " + expected + "the temporal table: " + found);
      ++moves_;
    }
    ++games_;
  }

  // Plays all orders in which the scripts can be interleaved.
  void play_all(const std::vector<Script>& scripts) {
    std::vector<size_t> done(scripts.size(), 0);
    std::vector<Move> moves;
    interleave(scripts, done, moves);
  }

  int64_t games() const { return games_; }
  int64_t moves() const { return moves_; }

 private:
  // In WAL mode, a transaction that rolled back everything it wrote still leaves pages of the ordinary
  // table in the log, which make other connections' snapshots stale; facts that are rolled back leave
  // nothing. The game ends at such a difference.
  bool is_spared(const std::string& log, const std::string& expected, const std::string& found) {
    return journal_ == "WAL" && log.find("ROLLBACK TO") != std::string::npos &&
           expected.find("database is locked") != std::string::npos && found.starts_with("code 0");
  }

  void interleave(const std::vector<Script>& scripts, std::vector<size_t>& done, std::vector<Move>& moves) {
    bool is_whole = true;
    for (size_t i = 0; i < scripts.size(); ++i) {
      if (done[i] == scripts[i].size()) continue;
      is_whole = false;
      moves.push_back({i, scripts[i][done[i]++]});
      interleave(scripts, done, moves);
      --done[i];
      moves.pop_back();
    }
    if (is_whole) play(moves);
  }

  const TemporaryDirectory directory_;
  const std::string journal_;
  Side plain_;
  Side temporal_;
  int64_t games_ = 0;
  int64_t moves_ = 0;
};

constexpr const char* kRead = "SELECT * FROM t ORDER BY id";

void play_scripts(const std::string& extension, const std::string& journal) {
  Board two(extension, journal, 2);
  for (const char* first : {"BEGIN", "BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"}) {
    for (const char* second : {"BEGIN", "BEGIN IMMEDIATE"}) {
      two.play_all({{first, kRead, "UPDATE t SET v = v || '1' WHERE id = 1", "COMMIT", kRead},
                    {second, "INSERT INTO t VALUES (4, 'd')", kRead, "COMMIT"}});
      two.play_all({{first, "DELETE FROM t WHERE id = 2", "ROLLBACK", kRead}, {second, kRead, "COMMIT"}});
    }
  }
  two.play_all({{"UPDATE t SET v = 'x' WHERE id = 1", kRead, "INSERT OR REPLACE INTO t VALUES (3, 'y')"},
                {"BEGIN", kRead, "DELETE FROM t WHERE id = 3", "COMMIT", kRead}});
  two.play_all({{"BEGIN", "SAVEPOINT s", "INSERT INTO t VALUES (5, 'e')", "ROLLBACK TO s", "COMMIT"},
                {"SAVEPOINT s", "UPDATE t SET v = 'z'", "RELEASE s", kRead}});
  Board three(extension, journal, 3);
  three.play_all({{"BEGIN", kRead, "COMMIT"},
                  {"BEGIN IMMEDIATE", "UPDATE t SET v = 'w' WHERE id = 2", "COMMIT"},
                  {kRead, "INSERT INTO t VALUES (6, 'f')", kRead}});
  std::printf("%s: %lld orders of scripts, %lld statements, all alike\n", journal.c_str(),
              static_cast<long long>(two.games() + three.games()),
              static_cast<long long>(two.moves() + three.moves()));
}

void play_randomly(const std::string& extension, const std::string& journal, uint64_t seed, int games) {
  constexpr std::array<const char*, 23> kStatements = {"BEGIN",
                                                       "BEGIN",
                                                       "BEGIN IMMEDIATE",
                                                       "BEGIN EXCLUSIVE",
                                                       "COMMIT",
                                                       "COMMIT",
                                                       "COMMIT",
                                                       "ROLLBACK",
                                                       "SAVEPOINT s",
                                                       "SAVEPOINT r",
                                                       "RELEASE s",
                                                       "ROLLBACK TO s",
                                                       "ROLLBACK TO r",
                                                       kRead,
                                                       kRead,
                                                       "SELECT v FROM t WHERE id = 2",
                                                       "INSERT INTO t VALUES (4, 'd')",
                                                       "INSERT OR IGNORE INTO t VALUES (1, 'q')",
                                                       "INSERT OR ROLLBACK INTO t VALUES (5, 'e'), (1, 'q')",
                                                       "INSERT OR REPLACE INTO t VALUES (2, 'r')",
                                                       "UPDATE t SET v = v || '+' WHERE id < 3",
                                                       "DELETE FROM t WHERE id = 3",
                                                       "INSERT INTO t SELECT id + 10, v FROM t"};
  Board board(extension, journal, 3);
  std::mt19937_64 random(seed);
  for (int game = 0; game < games; ++game) {
    std::vector<Move> moves;
    for (int i = 0; i < 40; ++i) moves.push_back({random() % 3, kStatements[random() % kStatements.size()]});
    board.play(moves);
  }
  std::printf("%s: %lld random games, %lld statements, all alike\n", journal.c_str(),
              static_cast<long long>(board.games()), static_cast<long long>(board.moves()));
}

// ---- interruptions

struct Patience {
  int calls_left = 0;
  bool is_over = false;
};

// In these statements SQLite's own loops seldom call the progress handler, because the module does the
// work.
void expect_interrupted(Database& database, const std::string& sql) {
  Patience patience{20};
  sqlite3_progress_handler(
      database.handle(), 10,
      [](void* data) {
        auto* left = static_cast<Patience*>(data);
        left->is_over = --left->calls_left <= 0;
        return left->is_over ? 1 : 0;
      },
      &patience);
  const Outcome outcome = database.run(sql);
  sqlite3_progress_handler(database.handle(), 0, nullptr, nullptr);
  if (!patience.is_over || outcome.code != SQLITE_INTERRUPT)
    fail(sql + " was not interrupted but: " + std::to_string(outcome.code) + " " + outcome.message);
}

void interrupt(const std::string& extension) {
  const TemporaryDirectory directory;
  Database database(directory.path("long.db"), extension);
  database.must(
      "CREATE VIRTUAL TABLE t USING spectradb(id INTEGER PRIMARY KEY, v TEXT);"
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
      "INSERT INTO t SELECT i, 'some text' FROM n");
  expect_interrupted(database, "SELECT count(*) FROM t WHERE v = 'nothing of the kind'");
  expect_interrupted(database, "SELECT * FROM spectradb_changes('t') LIMIT 1");
  expect_interrupted(database, "SELECT count(*) FROM spectradb_history('t') WHERE commit_no < 1");
  expect_interrupted(database, "CREATE INDEX by_v ON t (v)");
  database.must("UPDATE t SET v = v");
  expect_interrupted(database, "SELECT count(*) FROM spectradb_diff('t', 1)");
  database.must("UPDATE t SET v = 'another text'");
  expect_interrupted(database, "SELECT spectradb_compact()");
  database.must("DELETE FROM t");
  expect_interrupted(database, "SELECT count(*) FROM t");
  if (database.integer("SELECT count(*) FROM t AS OF 1") != 300'000 ||
      database.integer("SELECT count(*) FROM t") != 0)
    fail("an interruption lost rows");
  database.must(
      "CREATE VIRTUAL TABLE emb USING spectradb(id INTEGER PRIMARY KEY, e VECTOR(2));"
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
      "INSERT INTO emb SELECT i, json_array(i % 191 - 95, i % 211 - 105) FROM n");
  expect_interrupted(database, "CREATE INDEX by_e ON emb (spectradb_vector_index(e))");
  expect_interrupted(database, "SELECT id FROM emb WHERE e MATCH '[1, 2]' ORDER BY _distance LIMIT 2");
  if (database.integer("SELECT count(*) FROM emb WHERE e MATCH '[1, 2]'") != 60'000)
    fail("an interruption lost vectors");
  database.must("INSERT INTO t VALUES (1, 'again'); CREATE INDEX by_v ON t (v); SELECT spectradb_compact()");
  std::printf(
      "interrupted: a search, questions about what changed, builds of indexes, a compaction, a scan over "
      "what is gone, a search for vectors\n");
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  const std::string extension = argument(argc, argv, "extension", "");
  const uint64_t seed = std::strtoull(argument(argc, argv, "seed", "1").c_str(), nullptr, 10);
  const int games = std::atoi(argument(argc, argv, "games", "200").c_str());
  if (extension.empty()) fail("usage: isolation --extension=PATH [--seed=N] [--games=COUNT]");
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  for (const char* journal : {"DELETE", "WAL"}) {
    play_scripts(extension, journal);
    play_randomly(extension, journal, seed, games);
  }
  interrupt(extension);
  return 0;
}
