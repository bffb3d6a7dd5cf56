// What a plan takes of the constraints on what keys, or an index's entries, are sorted by: equalities on a prefix of these
// columns, then a range on the next one. For xBestIndex, while it runs.
#pragma once

#include <string>
#include <vector>

#include "extension/read/plan.h"
#include "extension/read/plan_question.h"

namespace spectradb::extension {

class PlanKey {
 public:
  // Writes Plan::key and the bounds of `plan`. Without an index, by the table's own key.
  PlanKey(const PlannedTable& table, const temporal::IndexSchema* index, PlanQuestion& question, Plan& plan);

  void take();

  // What entries, or keys, are sorted by: the columns of the index, then those of the key.
  const std::vector<temporal::IndexPart>& path() const { return path_; }
  // Whether SQLite orders the values of all these columns as keys are ordered.
  bool is_in_key_order() const;
  // Whether the equalities leave one row at each time.
  bool is_whole() const;
  // Whether a value may turn out not to be comparable in key order: then what follows is not used, and SQLite checks it.
  bool may_widen() const { return may_widen_; }

 private:
  const sqlite3_index_info::sqlite3_index_constraint& constraint(int i) const {
    return question_.constraint(i);
  }
  std::vector<temporal::IndexPart> sorted_columns() const;
  int find_equality(const temporal::IndexPart& part) const;
  int find_condition() const;
  void take_range(const temporal::IndexPart& part);
  bool is_usable_on(int i, const temporal::IndexPart& part) const;
  bool is_certain(int i, const temporal::IndexPart& part) const;
  bool is_in_key_order(const temporal::IndexPart& part) const;
  bool is_integer_key(int column) const;
  bool is_key(int column) const;
  bool is_hidden(int column) const;
  bool is_pattern(int i) const;
  bool has_pattern_on(int column) const;
  std::string name_of(int column) const;

  const temporal::TableSchema& schema_;
  const temporal::IndexSchema* const index_;
  sqlite3* const db_;
  const int visible_;
  PlanQuestion& question_;
  Plan& plan_;
  const std::vector<temporal::IndexPart> path_;
  bool may_widen_ = false;
};

}  // namespace spectradb::extension
