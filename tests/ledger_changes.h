// Questions about what changed in one ledger table, in SQL and as the model answers them: spectradb_history,
// spectradb_changes, spectradb_diff.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/ledger_model.h"

namespace spectradb::tests {

struct ChangedTable {
  std::string name;
  std::vector<std::string> key_arguments;  // of each key, as spectradb_history takes it
  std::vector<std::string> key_texts;      // as key_columns show it
  std::string key_columns;                 // of the column `key`
  std::string payload_path;                // in a row as JSON
};

struct ChangeQuestion {
  std::string sql;                    // its first column tells the order, as far as that is specified
  std::vector<std::string> expected;  // lines of the other columns, in that order
  std::vector<std::string> order;     // the first column
};

ChangeQuestion any_change_question(std::mt19937_64& random, const LedgerModel& model,
                                   const ChangedTable& table);

}  // namespace spectradb::tests
