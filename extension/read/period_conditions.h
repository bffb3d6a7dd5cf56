// Conditions of a WHERE on a row's periods (_system_from, _system_to, _valid_from, _valid_to). They are checked
// here and nowhere else: SQLite, which would compare texts and numbers, is told to leave them out (it asks again what is
// not equal, of the rows that are left: a number and a text are not equal to it). Those on the
// system period also say which versions need not be read at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "extension/schema/hidden_columns.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

// What a time is compared with, in the axis' own numbers: commits, or microseconds.
struct TimePlace {
  int64_t number = 0;
  bool is_behind = false;  // it lies between that number and the next
  // Of a text that is no time: what bounds that are shown as texts compare with, byte by byte.
  std::optional<std::string> text = std::nullopt;
};

class PeriodConditions {
 public:
  // Whether a column and an operator of sqlite3_index_info make a condition that can be added.
  static bool knows(int hidden_column, unsigned char op);

  void clear();
  bool is_empty() const { return conditions_.empty(); }
  // The other side of the comparison, without NULLs: several are those of an IN, none is NULL.
  void add(HiddenColumn column, unsigned char op, std::vector<TimePlace> places);

  // Whether the row meets all of them; its valid period must be known if one of them is on it.
  bool admits(const temporal::ResolvedRow& row) const;

  // Rows of earlier commits fail.
  uint64_t min_commit() const;
  // Under all system time rows whose system period ended by this commit fail; `last_commit` is the latest that
  // there is.
  uint64_t after_commit(uint64_t last_commit) const;
  // Under all system time rows that end later, or never, fail.
  uint64_t end_by_commit(uint64_t last_commit) const;

 private:
  struct Condition {
    HiddenColumn column;
    unsigned char op;
    std::vector<TimePlace> places;
    // The bounds of the commits that meet it, where it compares at all.
    bool is_least() const;
    bool is_most() const;
  };
  static bool holds(const Condition& condition, uint64_t commit);
  static bool holds(const Condition& condition, const temporal::Bound& bound);
  std::vector<Condition> conditions_;
};

}  // namespace spectradb::extension
