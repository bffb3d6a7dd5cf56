// A host that keeps its statements, as most drivers do, must get the same answers as one that prepares each
// statement anew. Three connections with 128 statements each, which change the schema in every way, are
// compared with one connection that keeps none, and, for statements that are not temporal, with ordinary
// tables.
//
//   kept_statements --extension=PATH [--seed=N] [--rounds=N] [--memory=stale]
#include <algorithm>
#include <cstdio>
#include <list>
#include <map>
#include <random>

#include "tests/database.h"
#include "tests/stale_memory.h"

namespace spectradb::tests {
namespace {

using Values = std::vector<int64_t>;

// A connection, and the statements that it keeps; it drops the least recently used one.
class Keeper {
 public:
  Keeper(const std::string& path, const std::string& extension, size_t most)
      : database_(path, extension), most_(most) {
    if (!database_.open_outcome().is_ok()) fail(database_.open_outcome().message);
  }
  ~Keeper() { forget(); }
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Binds as many of the values as the statement has parameters, and runs it.
  Outcome run(const std::string& sql, const Values& values) {
    Outcome outcome;
    sqlite3_stmt* const statement = prepared(sql, outcome);
    if (statement == nullptr) return outcome;
    for (int i = 0; i < sqlite3_bind_parameter_count(statement); ++i)
      sqlite3_bind_int64(statement, i + 1, values[static_cast<size_t>(i)]);
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      Row row;
      for (int i = 0; i < sqlite3_column_count(statement); ++i)
        row.push_back(cell_of(sqlite3_column_value(statement, i)));
      outcome.rows.push_back(std::move(row));
    }
    if (code != SQLITE_DONE) {
      outcome.code = sqlite3_extended_errcode(database_.handle());
      outcome.message = sqlite3_errmsg(database_.handle());
    }
    const bool is_write = sql.find("INSERT") == 0 || sql.find("UPDATE") == 0 || sql.find("DELETE") == 0;
    outcome.changes = is_write ? sqlite3_changes64(database_.handle()) : 0;
    sqlite3_reset(statement);
    if (most_ == 0) forget();
    return outcome;
  }

  size_t again() const { return again_; }  // how often a kept statement was run again

 private:
  sqlite3_stmt* prepared(const std::string& sql, Outcome& outcome) {
    const auto kept = by_text_.find(sql);
    if (kept != by_text_.end()) {
      order_.splice(order_.begin(), order_, kept->second);
      ++again_;
      return order_.front().second;
    }
    // SQLite itself may check a new statement against a schema that another connection has changed
    // meanwhile.
    if (most_ > 0) sqlite3_exec(database_.handle(), "SELECT 1 FROM sqlite_master", nullptr, nullptr, nullptr);
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database_.handle(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
      outcome.code = sqlite3_extended_errcode(database_.handle());
      outcome.message = sqlite3_errmsg(database_.handle());
      return nullptr;
    }
    order_.emplace_front(sql, statement);
    by_text_[sql] = order_.begin();
    if (most_ > 0 && order_.size() > most_) {
      sqlite3_finalize(order_.back().second);
      by_text_.erase(order_.back().first);
      order_.pop_back();
    }
    return statement;
  }

  void forget() {
    for (const auto& [sql, statement] : order_) sqlite3_finalize(statement);
    order_.clear();
    by_text_.clear();
  }

  using Order = std::list<std::pair<std::string, sqlite3_stmt*>>;
  Database database_;
  size_t most_;
  Order order_;
  std::map<std::string, Order::iterator> by_text_;
  size_t again_ = 0;
};

// Says what is run: few texts, so that each is used again and again.
class Speaker {
 public:
  explicit Speaker(uint32_t seed) : random_(seed) {}

  std::string schema_change() {
    switch (below(12)) {
      case 0:
        return "ALTER TABLE t ADD COLUMN " + column() + one_of({"", " DEFAULT 'd'", " INT DEFAULT 7"});
      case 1:
        return "ALTER TABLE t RENAME " + column() + " TO " + column();
      case 2:
        return "ALTER TABLE t DROP COLUMN " + column();
      case 3:
      case 4:
        return "DROP TABLE IF EXISTS t";
      case 5:
      case 6:
        return table();
      case 7:
        return one_of({"CREATE UNIQUE INDEX i ON t (a)", "CREATE INDEX i ON t (a || b)",
                       "CREATE INDEX i ON t (b || a)", "CREATE UNIQUE INDEX i ON t (b, a)"});
      case 8:
        return "DROP INDEX IF EXISTS i";
      case 9:
        return "DROP VIEW IF EXISTS w";
      case 10:
        return view();
      default:
        return one_of({"ALTER TABLE t ADD SYSTEM VERSIONING", "ALTER TABLE t DROP SYSTEM VERSIONING",
                       "ALTER TABLE t RENAME TO s", "ALTER TABLE s RENAME TO t", "DROP TABLE IF EXISTS s"});
    }
  }

  std::string table() {
    return "CREATE TABLE t (id INTEGER PRIMARY KEY, " +
           one_of({"a, b", "b, a", "a DEFAULT 'x', b", "a, b DEFAULT 'y', c INT DEFAULT (1 + 1)", "c, a",
                   "a, b, g AS (a || '!')"}) +
           ")" + one_of({"", " WITH SYSTEM VERSIONING", " WITH SYSTEM VERSIONING"});
  }

  std::string view() {
    return one_of({"CREATE VIEW w AS SELECT id FROM t", "CREATE VIEW w AS SELECT id, a FROM t",
                   "CREATE VIEW w AS SELECT * FROM t WHERE id < 3",
                   "CREATE VIEW w AS SELECT max(id) AS id FROM t", "CREATE VIEW w AS SELECT id FROM o"});
  }

  std::string plain() {
    return one_of(
        {"INSERT INTO t VALUES (?, ?)",
         "INSERT INTO t VALUES (?, ?, ?)",
         "INSERT INTO t VALUES (?, ?, ?, ?) RETURNING *",
         "INSERT INTO t VALUES (?, ?, ?) RETURNING *",
         "INSERT INTO t (id) VALUES (?)",
         "INSERT INTO t (id, a) VALUES (?, ?)",
         "INSERT INTO t (id, a) VALUES (?, NULL)",
         "INSERT INTO t (id, b) VALUES (?, ?) RETURNING *, a",
         "INSERT INTO t DEFAULT VALUES",
         "INSERT INTO t (a) SELECT id FROM o ORDER BY id LIMIT 1",
         "REPLACE INTO t (id, a) VALUES (?, ?)",
         "INSERT OR IGNORE INTO t (id, a) VALUES (?, ?)",
         "INSERT INTO t (id, a) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET a = excluded.a || ?2",
         "INSERT INTO t (id, b) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET b = a RETURNING *",
         "INSERT INTO t (id, a) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET a = 5 RETURNING id, a",
         "INSERT INTO t (id, a) VALUES (?, ?) ON CONFLICT DO NOTHING",
         "UPDATE t SET a = ? WHERE id = ?",
         "UPDATE t SET a = b WHERE id = ? RETURNING *",
         "UPDATE t SET b = ? WHERE id < ? RETURNING id, b",
         "DELETE FROM t WHERE id = ?",
         "DELETE FROM t WHERE id = ? RETURNING *",
         "INSERT INTO o SELECT id + 100 FROM t WHERE id NOT IN (SELECT id - 100 FROM o) AND id = ?",
         "SELECT * FROM t ORDER BY id",
         "SELECT id, a FROM t WHERE a || b = '1' || ? ORDER BY id",
         "SELECT id FROM t WHERE b || a = '12' ORDER BY id",
         "SELECT min(a) FROM t",
         "SELECT min(b) FROM t WHERE id > ?",
         "SELECT count(*) FROM w",
         "SELECT * FROM w ORDER BY id",
         "PRAGMA table_info(t)",
         "PRAGMA main.table_xinfo = 't'",
         "PRAGMA table_list(t)",
         "PRAGMA index_list(t)",
         "PRAGMA index_info(i)",
         "SELECT i.* FROM pragma_index_list('t') l, pragma_index_xinfo(l.name) i",
         "SELECT name FROM sqlite_master WHERE name IN ('t', 's', 'w') ORDER BY name"});
  }

  std::string temporal() {
    return one_of(
        {"SELECT * FROM t AS OF ? ORDER BY id", "SELECT * FROM t AS OF 3 ORDER BY id",
         "SELECT * FROM w AS OF ? ORDER BY id", "SELECT * FROM w FOR SYSTEM_TIME ALL ORDER BY id",
         "SELECT x.id, y.a FROM w AS x JOIN t AS OF ? AS y USING (id) ORDER BY 1, 2",
         "INSERT INTO t VALUES (?, ?, ?) VALID FROM '2020-01-01' TO '2021-01-01'",
         "INSERT INTO t (id, a) VALUES (?, ?) VALID FROM '2020-01-01' RETURNING *",
         "INSERT INTO t (id) VALUES (?) VALID TO '2020-01-01'",
         "UPDATE t FOR PORTION OF VALID_TIME FROM '2020-03-01' TO '2020-05-01' SET a = ? WHERE id = ?",
         "DELETE FROM t FOR PORTION OF VALID_TIME FROM '2020-03-01' TO '2020-05-01' RETURNING *",
         "SELECT id, a, _valid_from, _valid_to FROM t FOR ALL VALID_TIME ORDER BY 1, 3",
         "SELECT key, row, operation FROM spectradb_history('t') ORDER BY commit_no, key, operation",
         "SELECT count(*) FROM spectradb_changes('t', 0)", "CREATE TABLE copied AS SELECT * FROM w AS OF 5",
         "SELECT * FROM copied", "DROP TABLE IF EXISTS copied"});
  }

  size_t below(size_t limit) { return random_() % limit; }
  Values values() {
    Values all;
    for (int i = 0; i < 4; ++i) all.push_back(static_cast<int64_t>(below(6) + 1));
    return all;
  }

 private:
  std::string one_of(const std::vector<std::string>& texts) { return texts[below(texts.size())]; }
  std::string column() { return one_of({"a", "b", "c"}); }

  std::mt19937 random_;
};

bool is_same(const Outcome& kept, const Outcome& fresh) {
  return kept.code == fresh.code && kept.message == fresh.message && kept.rows == fresh.rows &&
         (!kept.is_ok() || kept.changes == fresh.changes);
}

std::string shown(const Outcome& outcome) {
  return outcome.is_ok() ? "changes " + std::to_string(outcome.changes) + "\n" + describe(outcome.rows)
                         : "error: " + outcome.message + "\n";
}

// Returns the statement without its temporal words, for ordinary tables.
std::string ordinary_of(const std::string& sql) {
  const size_t words = sql.find(" WITH SYSTEM VERSIONING");
  if (sql.find("SYSTEM VERSIONING") == std::string::npos) return sql;
  return words == std::string::npos ? "SELECT 1 WHERE 0" : sql.substr(0, words);
}

struct Counts {
  size_t statements = 0;
  size_t changes = 0;  // of the schema
  size_t again = 0;
  size_t failed = 0;
  size_t compared = 0;  // with ordinary tables
};

void play(const std::string& extension, uint32_t seed, Counts& counts) {
  constexpr size_t kConnections = 3;
  constexpr size_t kMostKept = 128;
  constexpr size_t kSteps = 400;
  const TemporaryDirectory directory;
  std::vector<std::unique_ptr<Keeper>> keepers;
  for (size_t i = 0; i < kConnections; ++i)
    keepers.push_back(std::make_unique<Keeper>(directory.path("kept.db"), extension, kMostKept));
  Keeper fresh(directory.path("fresh.db"), extension, 0);
  Keeper ordinary(directory.path("ordinary.db"), "", 0);
  Speaker speaker(seed);
  // No ordinary table has rows that were written with a period.
  const bool is_ordinary = seed % 2 == 0;
  std::string story;
  bool is_like_ordinary = true;
  const auto say = [&](Keeper& keeper, const std::string& sql, const Values& values, bool is_plain) {
    const Outcome kept = keeper.run(sql, values);
    const Outcome expected = fresh.run(sql, values);
    const auto is_it = [&](const auto& each) { return each.get() == &keeper; };
    const auto place = std::find_if(keepers.begin(), keepers.end(), is_it);
    story += std::to_string(place - keepers.begin()) + ": " + sql + ";";
    for (const int64_t value : values) story += " " + std::to_string(value);
    story += "\n";
    ++counts.statements;
    if (!expected.is_ok()) ++counts.failed;
    if (!is_same(kept, expected))
      fail("seed " + std::to_string(seed) + ": a kept statement differs\n" + story + "kept: " + shown(kept) +
           "fresh: " + shown(expected));
    if (!is_plain || !is_ordinary) return;
    const Outcome plain = ordinary.run(ordinary_of(sql), values);
    const bool is_versioning = sql.find("SYSTEM VERSIONING") != std::string::npos;
    // After a change that only one side could do, such as dropping a column that a view reads, the sides
    // cannot be compared.
    is_like_ordinary = is_like_ordinary && (is_versioning || plain.is_ok() == expected.is_ok());
    if (is_like_ordinary) ++counts.compared;
    if (is_like_ordinary && !is_versioning && plain.rows != expected.rows && plain.is_ok() &&
        expected.is_ok())
      fail("seed " + std::to_string(seed) + ": an ordinary table differs\n" + story +
           "temporal: " + shown(expected) + "ordinary: " + shown(plain));
  };
  const auto say_all = [&](const std::string& sql) { say(*keepers[0], sql, speaker.values(), true); };
  say_all("CREATE TABLE o (id INTEGER PRIMARY KEY)");
  say_all("INSERT INTO o VALUES (1), (2), (3)");
  say_all("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b) WITH SYSTEM VERSIONING");
  say_all("CREATE VIEW w AS SELECT * FROM t");
  for (size_t step = 0; step < kSteps; ++step) {
    Keeper& keeper = *keepers[speaker.below(kConnections)];
    const bool is_transaction = speaker.below(10) == 0;
    if (is_transaction) say(keeper, "BEGIN IMMEDIATE", {}, true);
    const size_t length = is_transaction ? 1 + speaker.below(5) : 1;
    for (size_t i = 0; i < length; ++i) {
      const size_t kind = speaker.below(10);
      if (kind == 0) {
        ++counts.changes;
        const std::string change = speaker.schema_change();
        say(keeper, change, {}, true);
        // What was dropped is usually made again at once, or there would be nothing left to ask about.
        if (change.starts_with("DROP TABLE IF EXISTS t")) say(keeper, speaker.table(), {}, true);
        if (change.starts_with("DROP VIEW")) say(keeper, speaker.view(), {}, true);
      } else if (kind < 7 || is_ordinary) {
        say(keeper, speaker.plain(), speaker.values(), true);
      } else {
        say(keeper, speaker.temporal(), speaker.values(), false);
      }
    }
    if (is_transaction) say(keeper, speaker.below(3) == 0 ? "ROLLBACK" : "COMMIT", {}, true);
  }
  for (const auto& keeper : keepers) counts.again += keeper->again();
}

int run(int argc, char** argv) {
  const std::string extension = argument(argc, argv, "extension", "");
  const auto first = static_cast<uint32_t>(std::stoul(argument(argc, argv, "seed", "1")));
  const auto rounds = static_cast<uint32_t>(std::stoul(argument(argc, argv, "rounds", "20")));
  if (argument(argc, argv, "memory", "") == "stale") use_stale_memory();
  choose_mode(Mode::kHook);
  Counts counts;
  for (uint32_t seed = first; seed < first + rounds; ++seed) play(extension, seed, counts);
  std::printf(
      "kept statements: %zu statements, %zu of them run again, %zu schema changes, %zu failed as they must, "
      "%zu "
      "like ordinary tables\n",
      counts.statements, counts.again, counts.changes, counts.failed, counts.compared);
  return 0;
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) { return spectradb::tests::run(argc, argv); }
