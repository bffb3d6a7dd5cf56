// What a plan takes of MATCH: of a column that rows are ranked by, as near as they are to a value, and of columns
// that an index of words, or the like, finds rows by. For xBestIndex, while it runs.
#pragma once

#include "extension/read/plan.h"
#include "extension/read/plan_question.h"

namespace spectradb::extension {

class PlanMatch {
 public:
  // Writes Plan::match and Plan::matched of `plan`. `searches`: by the first index that ranks the column of MATCH.
  PlanMatch(const PlannedTable& table, bool searches, PlanQuestion& question, Plan& plan)
      : table_(table),
        visible_(static_cast<int>(table.schema.columns.size())),
        searches_(searches),
        question_(question),
        plan_(plan) {}

  // False when a value is one of a table that this plan reads later: the plan cannot be run.
  bool take();
  // Equalities on the columns behind the first one of the index that ranks, once the key is taken.
  void take_partition();

 private:
  bool take_ranked();
  bool take_measures();
  bool take_call();
  void find_index();
  bool ranks(const temporal::IndexSchema& index) const;
  int find_partition(const temporal::IndexPart& part);
  bool take_matched();
  bool is_matched_by(const temporal::IndexSchema& index, int i) const;
  const temporal::IndexSchema* matching_index() const;
  bool has_match() const { return plan_.match.column != Plan::kNone; }

  const PlannedTable& table_;
  const int visible_;
  const bool searches_;
  PlanQuestion& question_;
  Plan& plan_;
  const temporal::IndexSchema* ranked_by_ = nullptr;  // Plan::Match::index_id
};

}  // namespace spectradb::extension
