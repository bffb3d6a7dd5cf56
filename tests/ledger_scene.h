// One run of the differential test: the database, the tables with their models, the open transaction, and
// the statements so far. What the run does is kept in step with the models here.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/database.h"
#include "tests/dice.h"
#include "tests/ledger_table.h"

namespace spectradb::tests {

class LedgerScene {
 public:
  LedgerScene(uint64_t seed, std::string extension);

  Dice dice() { return Dice(random_); }
  std::vector<LedgerTable>& tables() { return tables_; }
  LedgerTable& any_table() { return tables_[static_cast<size_t>(dice().below(tables_.size()))]; }
  int64_t last_commit() const { return tables_[0].model.last_commit(); }
  Database& database() { return database_; }

  // Ends the program with the statements that led here.
  [[noreturn]] void differ(const std::string& what) const;

  // Runs a statement that must work and writes no row of a table.
  void execute(const std::string& sql);

  // Runs a statement whose outcome the model knows: `rows` is the number of rows that it touches, or
  // nothing if it violates a constraint.
  void execute_write(const std::string& sql, std::optional<int> rows);

  bool is_open() const { return is_open_; }  // whether there is a transaction
  void commit();
  // Takes the models back where the database has rolled its transaction back.
  void rolled_back();
  // Begins a transaction, ends it, or sets, releases or goes back to a savepoint.
  void transaction_step();

  void reopen();

 private:
  struct Savepoint {
    std::string name;
    std::vector<size_t> marks;  // of each table's model
  };

  void commit_model();
  Savepoint find_savepoint();

  uint64_t seed_;
  std::mt19937_64 random_;
  std::string extension_;
  TemporaryDirectory directory_;
  Database database_;
  std::vector<LedgerTable> tables_;
  std::vector<std::string> log_;
  std::vector<Savepoint> savepoints_;
  bool is_open_ = false;
};

}  // namespace spectradb::tests
