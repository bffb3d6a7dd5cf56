// Makes questions about what changed in one ledger table, in SQL and as the model answers them, by
// spectradb_history, spectradb_changes and spectradb_diff.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/ledger_model.h"

namespace spectradb::tests {

struct ChangedTable {
  std::string name;
  std::vector<std::string> key_arguments;  // each key as spectradb_history takes it
  std::vector<std::string> key_texts;      // as key_columns show it
  std::string key_columns;                 // SQL that reads the column `key`
  std::string payload_path;                // where a row as JSON has the payload
};

struct ChangeQuestion {
  std::string sql;                    // its first column tells the order, as far as the order is specified
  std::vector<std::string> expected;  // lines of the other columns, in that order
  std::vector<std::string> order;     // the first column
};

ChangeQuestion any_change_question(std::mt19937_64& random, const LedgerModel& model,
                                   const ChangedTable& table);

}  // namespace spectradb::tests
