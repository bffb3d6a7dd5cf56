// Conditions of a WHERE on a row's periods (_system_from, _system_to, _valid_from, _valid_to), checked before
// the row reaches SQLite, which checks them again. Those on the system period also say which versions need
// not be read at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "extension/schema/hidden_columns.h"
#include "temporal/row_cursor.h"
#include "temporal/value.h"

namespace spectradb::extension {

class PeriodConditions {
 public:
  // Whether a column and an operator of sqlite3_index_info make a condition that can be added.
  static bool knows(int hidden_column, unsigned char op);

  void clear();
  bool is_empty() const { return conditions_.empty(); }
  // `value` is copied.
  void add(HiddenColumn column, unsigned char op, const temporal::Value& value);

  // False when SQLite would leave the row out for certain. Without `has_period`, row.valid is not known.
  bool admits(const temporal::ResolvedRow& row, bool has_period) const;

  // Rows of earlier commits fail.
  uint64_t min_commit() const;
  // Of all system time: rows whose system period ended by this commit fail; `last_commit` is the latest there
  // is.
  uint64_t after_commit(uint64_t last_commit) const;
  // Of all system time: rows that end later, or never, fail.
  uint64_t end_by_commit(uint64_t last_commit) const;

 private:
  struct Condition {
    HiddenColumn column;
    unsigned char op;
    temporal::Value value;  // its bytes are in text
    std::string text;
  };
  static bool may_hold(const Condition& condition, const temporal::Value& value);
  std::vector<Condition> conditions_;
};

}  // namespace spectradb::extension
