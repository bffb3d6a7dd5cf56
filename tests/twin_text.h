// Makes statements about the twins' tables from the grammar, with `@` where the letter of a side belongs and
// `~` where that of the other side does.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/database.h"
#include "tests/dice.h"
#include "tests/twin_table.h"

namespace spectradb::tests {

class TwinText {
 public:
  // The tables are looked at whenever a statement is made.
  TwinText(Dice dice, const TwinTables& tables) : dice_(dice), tables_(tables) {}

  // Makes a new statement of this form: returns its text, and keeps its parameters.
  std::string make(std::string_view form);
  const std::vector<Binding>& bindings() const { return bindings_; }
  // Forgets the parameters, for a statement that has none.
  void clear() { bindings_.clear(); }

  // Makes what a symbol of the grammar stands for.
  std::string symbol(char name, int depth);

 private:
  std::string expand(std::string_view form, int depth);
  std::string repeated(std::string_view form, size_t count, std::string_view between, int depth);

  Dice dice_;
  const TwinTables& tables_;
  std::vector<Binding> bindings_;  // of the statement that is being made
};

}  // namespace spectradb::tests
