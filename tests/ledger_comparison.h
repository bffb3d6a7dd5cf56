// Asks the tables of the scene at random times, or at all of them, and compares the rows with the models'.
#pragma once

#include <string>
#include <vector>

#include "tests/ledger_scene.h"

namespace spectradb::tests {

class LedgerComparison {
 public:
  explicit LedgerComparison(LedgerScene& scene) : scene_(scene), dice_(scene.dice()) {}

  // Asks one question of one table.
  void check_random();
  void check_all_keys_once();
  // Checks every commit at every point on both axes: as the tables are, then from files, then reopened.
  void check_everything();

  int checks() const { return checks_; }

 private:
  void check_session(const LedgerTable& table);
  void check_changes(const LedgerTable& table);
  void check(const LedgerTable& table, bool limited);
  void check_every_time();
  void compare(const LedgerTable& table, const std::string& sql, std::vector<std::string> expected,
               bool full_order);
  [[noreturn]] void report(const std::string& sql, const std::vector<std::string>& expected,
                           const std::vector<std::string>& actual) const;

  LedgerScene& scene_;
  Dice dice_;
  int checks_ = 0;
};

}  // namespace spectradb::tests
