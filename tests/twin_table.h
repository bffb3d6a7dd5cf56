// The two tables that a run of the twins is about, each of which there is as an ordinary table and as its
// temporal twin.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tests/dice.h"
#include "tests/twin_indexes.h"

namespace spectradb::tests {

struct TwinTable {
  char letter = 'a';  // columns are a0, a1 … or b0, b1 …
  std::vector<std::string> columns;
  std::vector<std::string> key;  // none, one or two of the columns
  bool has_integer_key = false;  // last_insert_rowid() is then specified
  std::string definition;
};

// Makes the definition of a table; its key is none, one or two columns.
TwinTable any_twin_table(Dice& dice, TwinIndexes& indexes, char letter);

// Two tables: the one that a statement is about, and the other one.
struct TwinTables {
  std::array<TwinTable, 2> all;
  size_t first = 0;  // the table that the statement is about

  const TwinTable& chosen() const { return all[first]; }
  const TwinTable& other() const { return all[1 - first]; }
  std::string chosen_name() const { return "@" + std::to_string(first); }
};

// Returns the words with `between` between them, each as an argument of the function `before` if there is one.
std::string joined(const std::vector<std::string>& words, const std::string& before,
                   const std::string& between);

}  // namespace spectradb::tests
