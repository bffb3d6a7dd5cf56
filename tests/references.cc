// Proves that rows which refer to others by several foreign keys fare as those of ordinary tables do: random schemas
// of parents, children with two or three foreign keys of every action, and grandchildren, of which some tables are
// temporal in one database and none in the other, get the same statements.
//
//   references --extension=PATH [--seed=N] [--seeds=N] [--steps=N]
#include <cstdio>
#include <string>
#include <vector>

#include "tests/database.h"
#include "tests/dice.h"
#include "tests/random_run.h"

namespace spectradb::tests {
namespace {

constexpr const char* kVersioning = " WITH SYSTEM VERSIONING";
constexpr int kValues = 5;

struct Counts {
  int statements = 0;
  int refused = 0;
  int cascades = 0;  // statements on parents that changed children
};

class Run {
 public:
  Run(uint64_t seed, const std::string& extension, Counts& counts)
      : random_(seed),
        dice_(random_),
        counts_(counts),
        temporal_(directory_.path("temporal.db"), extension),
        ordinary_(directory_.path("ordinary.db"), "") {
    both("PRAGMA foreign_keys = ON");
    temporal_.must("PRAGMA synchronous = OFF");
    ordinary_.must("PRAGMA synchronous = OFF");
  }

  void play(int steps) {
    make_schema();
    for (int i = 0; i < steps; ++i) {
      const bool is_transaction = !is_parent_temporal_ && dice_.chance(10);
      if (is_transaction) both("BEGIN");
      bool is_whole = true;
      for (int each = is_transaction ? 3 : 1; each > 0; --each) is_whole = both(statement()) && is_whole;
      // SQLite forgets to take back what it counted of deferred foreign keys where a statement fails by an immediate one.
      if (is_transaction && (!is_whole || !both(dice_.chance(70) ? "COMMIT" : "ROLLBACK"))) both("ROLLBACK");
    }
    const std::string found = temporal_.text("SELECT spectradb_check()");
    if (found != "ok") differ(found);
  }

 private:
  std::string value() { return dice_.chance(10) ? "NULL" : std::to_string(1 + dice_.below(kValues)); }
  std::string number() { return std::to_string(1 + dice_.below(kValues)); }
  std::string action() {
    static constexpr const char* kActions[] = {"CASCADE",     "CASCADE",   "SET NULL",
                                               "SET DEFAULT", "NO ACTION", "RESTRICT"};
    return dice_.any(kActions);
  }

  // A foreign key of a child that has the columns a, b, and d.
  std::string foreign_key() {
    static constexpr const char* kColumns[] = {"a", "b", "d"};
    static constexpr const char* kPairs[] = {"a, b", "a, d", "b, d", "d, b"};
    static constexpr const char* kUnique[] = {"id", "x"};
    const std::string from = is_composite_ ? dice_.any(kPairs) : dice_.any(kColumns);
    std::string text =
        ", FOREIGN KEY (" + from + ") REFERENCES p (" + (is_composite_ ? "id, x" : dice_.any(kUnique)) + ")";
    if (dice_.chance(80)) text += " ON DELETE " + action();
    if (dice_.chance(80)) text += " ON UPDATE " + action();
    return text + (dice_.chance(15) ? " DEFERRABLE INITIALLY DEFERRED" : "");
  }

  void make_child(const std::string& name, bool is_temporal) {
    static constexpr const char* kKeys[] = {"id INTEGER PRIMARY KEY", "id INT",
                                            "id INT NOT NULL, PRIMARY KEY (a, id)"};
    const std::string key = dice_.any(kKeys);
    const bool is_pair = key.find(',') != std::string::npos;
    std::string text = "CREATE TABLE " + name + " (" + (is_pair ? "id INT NOT NULL" : key) + ", a INT" +
                       (is_pair ? " NOT NULL" : "") + " DEFAULT 1, b INT DEFAULT 2, d INT DEFAULT 3";
    if (is_pair) text += ", PRIMARY KEY (a, id)";
    for (int i = 2 + dice_.below(2); i > 0; --i) text += foreign_key();
    make(text + ")", is_temporal);
  }

  void make(const std::string& sql, bool is_temporal) {
    log_.push_back(sql + (is_temporal ? kVersioning : ""));
    temporal_.must(log_.back());
    ordinary_.must(sql);
  }

  void make_schema() {
    is_composite_ = dice_.chance(30);
    is_parent_temporal_ = dice_.chance(30);
    make(is_composite_ ? "CREATE TABLE p (id INT NOT NULL, x INT NOT NULL, PRIMARY KEY (id, x))"
                       : "CREATE TABLE p (id INTEGER PRIMARY KEY, x INT UNIQUE)",
         is_parent_temporal_);
    const bool is_child_temporal = !is_parent_temporal_ || dice_.chance(50);
    make_child("c", is_child_temporal);
    tables_ = {"p", "c"};
    if (dice_.chance(40)) {
      make_child("e", is_child_temporal);
      tables_.push_back("e");
    }
  }

  std::string where() {
    static constexpr const char* kColumns[] = {"id", "x"};
    return std::string(" WHERE ") + dice_.any(kColumns) + " = " + number();
  }
  std::string child() { return tables_[static_cast<size_t>(1 + dice_.below(tables_.size() - 1))]; }

  std::string statement() {
    static constexpr const char* kColumns[] = {"a", "b", "d", "id"};
    static constexpr const char* kVerbs[] = {"INSERT", "INSERT", "INSERT OR REPLACE"};
    switch (dice_.below(10)) {
      case 0:
      case 1:
      case 2:
        // INSERT OR REPLACE deletes no row of the same key of a temporal table.
        return (is_parent_temporal_ ? "INSERT" : dice_.any(kVerbs)) + std::string(" INTO p VALUES (") +
               number() + ", " + number() + ")";
      case 3:
      case 4:
      case 5:
        return "INSERT INTO " + child() + " (id, a, b, d) VALUES (" + number() + ", " + value() + ", " +
               value() + ", " + value() + ")";
      case 6:
        return "UPDATE p SET " + std::string(dice_.chance(60) ? "id" : "x") + " = " + number() + where();
      case 7:
      case 8:
        return "DELETE FROM p" + where();
      default:
        if (dice_.chance(40)) return "DELETE FROM " + child() + " WHERE id = " + number();
        return "UPDATE " + child() + " SET " + dice_.any(kColumns) + " = " + value() +
               " WHERE id = " + number();
    }
  }

  std::string shown(Database& database) {
    std::string all;
    for (size_t i = 0; i < tables_.size(); ++i)
      all +=
          tables_[i] + "\n" +
          describe(
              database.must("SELECT * FROM " + tables_[i] + " ORDER BY 1, 2" + (i > 0 ? ", 3, 4" : "")).rows);
    return all;
  }

  bool both(const std::string& sql) {
    log_.push_back(sql);
    const bool is_on_parent = sql.starts_with("UPDATE p") || sql.starts_with("DELETE FROM p");
    const std::string before = is_on_parent ? shown(ordinary_) : "";
    const Outcome temporal = temporal_.run(sql);
    const Outcome ordinary = ordinary_.run(sql);
    ++counts_.statements;
    if (!ordinary.is_ok()) ++counts_.refused;
    const auto said = [](const Outcome& outcome) { return outcome.is_ok() ? "ok" : outcome.message; };
    if (temporal.is_ok() != ordinary.is_ok())
      differ("temporal: " + said(temporal) + ", ordinary: " + said(ordinary));
    const std::string in_temporal = shown(temporal_);
    const std::string in_ordinary = shown(ordinary_);
    if (in_temporal != in_ordinary) differ("temporal:\n" + in_temporal + "ordinary:\n" + in_ordinary);
    if (is_on_parent && before != in_ordinary) ++counts_.cascades;
    return ordinary.is_ok();
  }

  [[noreturn]] void differ(const std::string& what) {
    std::string report;
    for (const std::string& sql : log_) report += sql + ";\n";
    fail(report + "-- " + what);
  }

  std::mt19937_64 random_;
  Dice dice_;
  Counts& counts_;
  TemporaryDirectory directory_;
  Database temporal_;
  Database ordinary_;
  bool is_composite_ = false;
  bool is_parent_temporal_ = false;
  std::vector<std::string> tables_;
  std::vector<std::string> log_;
};

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  Counts counts;
  run_seeds(argc, argv, "60", [&counts](uint64_t seed, const std::string& extension, int steps) {
    Run(seed, extension, counts).play(steps);
  });
  std::printf("references: %d statements, %d refused, %d on parents changed rows\n", counts.statements,
              counts.refused, counts.cascades);
  return 0;
}
