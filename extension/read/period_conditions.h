// Conditions of a WHERE on a row's periods (_system_from, _system_to, _valid_from, _valid_to). Only this
// class checks them: SQLite, which would compare texts and numbers, is told to omit them. Conditions on the
// system period also tell which versions need not be read at all.
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
  // For a text that is no time: bounds that are shown as text are compared with it byte by byte.
  std::optional<std::string> text = std::nullopt;
};

class PeriodConditions {
 public:
  // Whether a column and an operator of sqlite3_index_info make a condition that can be added.
  static bool knows(int hidden_column, unsigned char op);

  void clear();
  bool is_empty() const { return conditions_.empty(); }
  // Adds a condition with the values of its other side, which are not NULL; an IN has several.
  void add(HiddenColumn column, unsigned char op, std::vector<TimePlace> places);

  // Whether the row meets all conditions; its valid period must be known if one of them is on it.
  bool admits(const temporal::ResolvedRow& row) const;

  // Rows of commits before this one fail.
  uint64_t min_commit() const;
  // Reading all system time: rows whose system period ended by this commit fail. `last_commit` is the latest
  // commit.
  uint64_t after_commit(uint64_t last_commit) const;
  // Reading all system time: rows that end later, or never, fail.
  uint64_t end_by_commit(uint64_t last_commit) const;

 private:
  struct Condition {
    HiddenColumn column;
    unsigned char op;
    std::vector<TimePlace> places;
    // The range of commits that meet the condition, where it compares at all.
    bool is_least() const;
    bool is_most() const;
  };
  static bool holds(const Condition& condition, uint64_t commit);
  static bool holds(const Condition& condition, const temporal::Bound& bound);
  std::vector<Condition> conditions_;
};

}  // namespace spectradb::extension
