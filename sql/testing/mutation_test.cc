// Broken statements cause no crash and no hang, and SQLite can number and read whatever they are rewritten
// to.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "sql/rewriter.h"
#include "sql/shape/insert_target.h"
#include "sql/testing/fake_catalog.h"
#include "sql/text/reader.h"
#include "sql/text/splitter.h"

using namespace spectradb::sql;

namespace {

const char* const kCorpus[] = {
    "SELECT doc FROM events AS OF '2026-01-31 18:00' VALID AT '2025-12-31'",
    "SELECT n.doc, o.doc FROM events n JOIN events AS OF 3 o USING (pk) WHERE n.a IN (SELECT id FROM t FOR "
    "SYSTEM_TIME FROM 3 TO 9)",
    "SELECT * FROM t FOR SYSTEM_TIME BETWEEN 3 AND 9 UNION SELECT * FROM a_view FOR VALID_TIME CONTAINED IN "
    "(?, :b) ORDER BY 1 LIMIT 3 AS OF ?7",
    "WITH RECURSIVE e(x) AS (SELECT * FROM t UNION SELECT * FROM e), f AS (SELECT * FROM nested) SELECT * "
    "FROM e AS OF 1, f WHERE 1 FOR ALL VALID_TIME",
    "INSERT INTO d (id) VALUES (1, (SELECT 2 FROM t AS OF 3)), (?) VALID FROM '2026-01-01' TO CASE WHEN 1 "
    "THEN 2 END RETURNING *",
    "REPLACE INTO d AS x SELECT valid, * FROM named AS OF 5 WHERE a VALID TO :b",
    "INSERT OR IGNORE INTO d DEFAULT VALUES VALID FROM NULL",
    "WITH w AS (SELECT 1) INSERT OR ABORT INTO d AS x (id, n) SELECT 1, ? WHERE true ON CONFLICT (id) DO "
    "NOTHING "
    "ON CONFLICT DO UPDATE SET n = excluded.n + (SELECT :y FROM w), (id, n) = (1, x.n) WHERE excluded.id > "
    "?3 "
    "RETURNING id, n || 'q' AS z, *",
    "INSERT INTO d (id) VALUES (1) VALID FROM 3 ON CONFLICT DO UPDATE SET n = excluded.n, id = (2) RETURNING "
    "n p",
    "UPDATE prices AS p FOR PORTION OF VALID_TIME FROM ? TO date('now') SET (a, b) = (1, 2), c = 3 FROM t AS "
    "OF 2 WHERE p.a OR b IN t RETURNING *",
    "DELETE FROM prices FOR PORTION OF APPLICATION_TIME FROM 1 TO (SELECT 1 FROM t AS OF 1) WHERE a",
    "CREATE TRIGGER r AFTER UPDATE OF a ON plain BEGIN INSERT INTO d SELECT CASE 1 WHEN 2 THEN 3 END FROM t "
    "AS OF 1; DELETE FROM t; END",
    "CREATE TABLE IF NOT EXISTS x (id INTEGER PRIMARY KEY, y DEFAULT (1)) WITH SYSTEM VERSIONING (on_insert "
    "= append)",
    "CREATE TEMP VIEW v(a) AS SELECT * FROM stored AS OF 4; SELECT * FROM circle AS OF 5",
    "EXPLAIN QUERY PLAN SELECT [a], \"b\", x'00' /* c */ FROM t(5, NULL) VALID AT $a::b(c) -- d\n, "
    "json_each('[1]')",
};

std::vector<std::string> pieces_of(const std::string& sql) {
  std::vector<std::string> pieces;
  for (const Token& token : tokenize(sql)) pieces.push_back(sql.substr(token.begin, token.end - token.begin));
  return pieces;
}

void feed(const std::string& sql) {
  FakeCatalog catalog;
  const bool may_be = may_be_temporal(sql);
  auto rewritten = rewrite_statement(sql, catalog);
  if (!rewritten) {
    REQUIRE_FALSE(rewritten.status().message().empty());
    REQUIRE((may_be || rewritten.status().message().find("nested too deeply") != std::string::npos));
  } else {
    REQUIRE(rewritten->consumed <= sql.size());
    REQUIRE((may_be || !rewritten->changed));
    if (rewritten->changed) REQUIRE(Reader(rewritten->text, tokenize(rewritten->text)).is_sound());
  }
  (void)rewrite_script(sql, catalog);
  (void)insert_target(sql);
}

}  // namespace

TEST_CASE("mutated statements do no harm") {
  const char* given = std::getenv("SPECTRADB_SEED");
  const unsigned long seed = given != nullptr ? std::strtoul(given, nullptr, 10) : std::random_device()();
  INFO("SPECTRADB_SEED=", seed);
  std::mt19937_64 random(seed);
  std::vector<std::string> all;
  for (const char* sql : kCorpus) {
    feed(sql);
    for (std::string& piece : pieces_of(sql)) all.push_back(std::move(piece));
  }
  for (int round = 0; round < 12000; ++round) {
    std::vector<std::string> pieces = pieces_of(kCorpus[random() % std::size(kCorpus)]);
    for (size_t n = random() % 4 + 1; n > 0 && !pieces.empty(); --n) {
      const size_t at = random() % pieces.size();
      const auto place = pieces.begin() + static_cast<std::ptrdiff_t>(at);
      switch (random() % 5) {
        case 0:
          pieces.erase(place);
          break;
        case 1:
          pieces.insert(place, pieces[at]);
          break;
        case 2:
          std::swap(pieces[at], pieces[random() % pieces.size()]);
          break;
        case 3:
          pieces.insert(place, all[random() % all.size()]);
          break;
        default:
          pieces.resize(at);
          break;
      }
    }
    std::string sql;
    for (const std::string& piece : pieces) sql += piece + " ";
    if (random() % 4 == 0 && !sql.empty()) sql[random() % sql.size()] = static_cast<char>(random());
    if (random() % 8 == 0 && !sql.empty()) sql.erase(random() % sql.size(), 1);
    INFO(sql);
    feed(sql);
  }
}

TEST_CASE("deep nesting is an error, or passes") {
  for (const char* head : {"SELECT ", "SELECT * FROM ", "SELECT * FROM t AS OF ", "INSERT INTO d VALUES ",
                           "SELECT * FROM t WHERE a IN ", "WITH x AS "}) {
    for (const char* open : {"(", "(SELECT ", "(SELECT * FROM ", "f(", "(SELECT 1 FROM t AS OF "}) {
      std::string sql = head;
      for (int i = 0; i < 10000; ++i) sql += open;
      feed(sql);
      sql += "1";
      sql.append(10000, ')');
      feed(sql);
    }
  }
  std::string cases = "SELECT * FROM t AS OF ";
  for (int i = 0; i < 10000; ++i) cases += "CASE ";
  feed(cases);
  std::string unions = "SELECT 1 FROM t";
  for (int i = 0; i < 5000; ++i) unions += " UNION SELECT 1 FROM t AS OF 5";
  feed(unions);
}

TEST_CASE("a large statement with many parameters and edits stays fast") {
  std::string sql = "SELECT 1 FROM t";
  for (int i = 0; i < 5000; ++i) sql += ", t a" + std::to_string(i) + " ON ? = ?";
  sql += " WHERE 1 AS OF ?";
  FakeCatalog catalog;
  const auto begin = std::chrono::steady_clock::now();
  auto rewritten = rewrite_statement(sql, catalog);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  REQUIRE(rewritten);
  CHECK(rewritten->text.find("t(spectradb_time(?10001)) a4999 ON ?9999 = ?10000") != std::string::npos);
}

TEST_CASE("a long script is read once, not once for every statement") {
  std::string script;
  for (int i = 0; i < 20000; ++i) script += "INSERT INTO plain VALUES (1, 'AS OF');\n";
  FakeCatalog catalog;
  const auto begin = std::chrono::steady_clock::now();
  auto text = rewrite_script(script, catalog);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  REQUIRE(text);
  CHECK(*text == script);
}

TEST_CASE("named parameters keep their numbers in SQLite itself") {
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  auto indexes = [&](const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr);
    CHECK_MESSAGE(code == SQLITE_OK, sqlite3_errmsg(db), " in ", sql);
    std::string out;
    for (const char* name : {":a", ":b", "$c", "@d"})
      out += std::to_string(sqlite3_bind_parameter_index(statement, name)) + " ";
    out += "of " + std::to_string(sqlite3_bind_parameter_count(statement));
    sqlite3_finalize(statement);
    return out;
  };
  // json_each stands in for a temporal table.
  sqlite3_exec(db, "CREATE TABLE log(x)", nullptr, nullptr, nullptr);
  sqlite3_create_function(
      db, "spectradb_time", 1, SQLITE_UTF8, nullptr,
      [](sqlite3_context* c, int, sqlite3_value** v) { sqlite3_result_value(c, v[0]); }, nullptr, nullptr);
  struct JsonCatalog : Catalog {
    Relation find(std::string_view, std::string_view name) override {
      return {equals_word(name, "json_each") ? RelationKind::kTemporal : RelationKind::kOrdinary, {}, {}, {}};
    }
  } catalog;
  const struct {
    const char* before;  // the same parameters in the same order
    const char* temporal;
  } kPairs[] = {
      {"SELECT ?, :a, ?9, :b, $c, ?, @d", "SELECT ?, :a FROM json_each WHERE ?9 = :b OR $c = ? AS OF @d"},
      {"SELECT :a, :b, :a, $c", "SELECT * FROM json_each WHERE :a = :b AS OF :a || $c"},
      {"SELECT @d, $c", "INSERT INTO log SELECT key FROM json_each WHERE @d AS OF $c"},
      {"SELECT ?5, :b, :a", "WITH x AS (SELECT ?5) SELECT * FROM json_each, x WHERE :b AS OF :a"},
      {"SELECT @d, ?, $c", "DELETE FROM log WHERE x IN (SELECT key FROM json_each WHERE @d = ? AS OF $c)"},
      {"SELECT @d, $c", "EXPLAIN SELECT key FROM json_each WHERE @d AS OF $c"},
  };
  for (const auto& pair : kPairs) {
    auto rewritten = rewrite_statement(pair.temporal, catalog);
    REQUIRE(rewritten);
    REQUIRE(rewritten->changed);
    CHECK(indexes(rewritten->text) == indexes(pair.before));
  }
  sqlite3_close(db);
}
