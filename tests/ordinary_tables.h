// Looks at two databases: one with temporal tables, and one with ordinary tables of the same names,
// columns, constraints and rows. Lists what the two have, makes the second equal to the first, and finds
// where they differ. Used by one thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/database.h"
#include "tests/sql_words.h"

namespace spectradb::tests {

struct TableFound {
  std::string schema;
  std::string name;
  std::string sql;  // the SQL that defines it
  std::vector<std::string> columns;
  bool is_temporal = false;
  bool appends = false;  // an INSERT with a key that exists adds a version

  std::string quoted() const { return quoted_name(schema) + "." + quoted_name(name); }
};

// Returns the CREATE TABLE of an ordinary table that takes the same rows as the virtual table of this
// definition. Its foreign keys are deferred, as those of temporal tables are.
std::string ordinary_definition(const TableFound& temporal, bool without_rowid);

class OrdinaryTables {
 public:
  OrdinaryTables(Database& temporal, Database& ordinary);

  // Gives the ordinary database the tables and rows of the other one. Returns what prevented it, or an
  // empty text.
  std::string follow();
  // Returns a table whose rows differ, with the rows of both; an empty text where all are alike.
  std::string difference();

  // Says whether a statement of these words could see a temporal table: directly, in a view, or in a
  // trigger.
  bool touch_temporal(const Words& words) const { return any_named(words, temporal_); }
  // Says whether it could see a view or trigger that reads at a time of its own, which only the first
  // database has.
  bool touch_timed(const Words& words) const { return any_named(words, timed_); }
  // Says whether it could see a table that is not the same in both.
  bool touch_different(const Words& words) const { return any_named(words, different_); }
  // Returns the temporal tables that a statement of these words may write.
  std::vector<const TableFound*> writable(const Words& words) const;

 private:
  using Key = std::pair<std::string, std::string>;  // schema and name, in lower case
  struct Found {
    std::map<Key, TableFound> tables;
    std::map<Key, std::string> views;                             // their SQL
    std::map<Key, std::pair<std::string, std::string>> triggers;  // table and SQL
  };

  static Found find(Database& database);
  static bool any_named(const Words& words, const std::set<std::string>& names);
  void compare_names();
  void note_temporal();
  std::string make(const TableFound& table);
  std::string copy(const TableFound& table);
  std::string selected(const TableFound& table);
  bool equal_rows(const TableFound& table, std::string* shown);

  Database& temporal_database_;
  Database& ordinary_database_;
  Found in_temporal_;
  Found in_ordinary_;
  std::set<std::string> temporal_;   // names, in lower case
  std::set<std::string> triggered_;  // tables with triggers
  std::set<std::string> timed_;
  std::set<std::string> different_;
};

}  // namespace spectradb::tests
