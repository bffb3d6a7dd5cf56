// What SQLite asks xBestIndex, while it runs: the constraints of one use of a table, which of them a plan takes and in
// which order xFilter will get them, and that plan in words.
#pragma once

#include <algorithm>
#include <string>

#include "extension/host/api.h"

namespace spectradb::extension {

class PlanQuestion {
 public:
  // Forgets what a plan before took.
  explicit PlanQuestion(sqlite3_index_info* info) : info_(info) {
    std::fill_n(info->aConstraintUsage, info->nConstraint,
                sqlite3_index_info::sqlite3_index_constraint_usage{});
    for (int i = 0; i < info->nConstraint; ++i) sqlite3_vtab_in(info, i, 0);
    info->orderByConsumed = 0;
    info->idxFlags = 0;
  }

  sqlite3_index_info* info() const { return info_; }
  int count() const { return info_->nConstraint; }
  const sqlite3_index_info::sqlite3_index_constraint& constraint(int i) const {
    return info_->aConstraint[i];
  }
  bool is(int i, int column, int op) const {
    return constraint(i).iColumn == column && constraint(i).op == op;
  }
  const char* collation(int i) const { return sqlite3_vtab_collation(info_, i); }

  bool is_taken(int i) const { return info_->aConstraintUsage[i].argvIndex > 0; }
  // Returns which of xFilter's arguments, from 0, has the value of a constraint that was taken.
  int argument(int i) const { return info_->aConstraintUsage[i].argvIndex - 1; }
  // `omit`: SQLite need not check it. Gives its argument.
  int take(int i, bool omit) {
    info_->aConstraintUsage[i].argvIndex = ++arguments_;
    info_->aConstraintUsage[i].omit = omit ? 1 : 0;
    return argument(i);
  }
  // IN: SQLite asks once for all values where a plan takes the list, and else for one value after the other.
  bool is_list(int i) const { return sqlite3_vtab_in(info_, i, -1) != 0; }
  void take_as_list(int i) { sqlite3_vtab_in(info_, i, 1); }

  void say(const std::string& words) { words_ += (words_.empty() ? "" : " ") + words; }
  const std::string& words() const { return words_; }

 private:
  sqlite3_index_info* const info_;
  int arguments_ = 0;
  std::string words_;
};

}  // namespace spectradb::extension
