// The tables of the differential test: how each is made and written in SQL, and the model of what it holds.
#pragma once

#include <string>
#include <vector>

#include "tests/dice.h"
#include "tests/ledger_changes.h"
#include "tests/ledger_model.h"

namespace spectradb::tests {

// Says what a table is called and how its keys and payloads are written. Keys are numbered in key order.
struct LedgerShape {
  std::string name;
  std::string create;
  std::string key_columns;  // as in ORDER BY
  std::string key_columns_desc;
  std::vector<std::string> keys;       // literals for VALUES, in key order
  std::vector<std::string> key_texts;  // as a row shows them
  std::string columns;                 // of INSERT: keys, then the payload
  std::string payload;
  bool unique = false;
  bool is_document = false;
};

// These make a table of JSON documents, one whose key has two columns, and one whose key is an integer.
LedgerShape document_shape();
LedgerShape typed_shape();
LedgerShape integer_shape();

class LedgerTable {
 public:
  explicit LedgerTable(LedgerShape shape_of_table) : shape(std::move(shape_of_table)), model(shape.unique) {}

  LedgerShape shape;
  LedgerModel model;

  int key_count() const { return static_cast<int>(shape.keys.size()); }
  bool is_composite() const { return shape.key_columns.find(',') != std::string::npos; }
  ChangedTable changed() const;
  std::string payload_sql(int64_t payload) const;

  // Makes a WHERE condition on keys: all, one, a range or a list. Sets in `wanted` whether it selects each
  // key.
  std::string any_condition(Dice& dice, std::vector<bool>& wanted) const;
  int any_key(Dice& dice) const { return dice.below(key_count()); }
};

}  // namespace spectradb::tests
