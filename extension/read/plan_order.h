// Whether the rows of a plan come in the order that a statement wants, and which of them it can skip. Used
// inside xBestIndex.
#pragma once

#include <vector>

#include "extension/read/plan.h"

namespace spectradb::extension {

// What a plan has taken before its order is examined.
struct OrderedPath {
  const temporal::TableSchema& schema;
  const std::vector<temporal::IndexPart>& parts;  // what the keys or entries are sorted by
  const Plan& plan;                               // its key is set
  bool may_widen;                                 // a value of the key may turn out not to be comparable
  bool has_one_row_a_key;
  double rows;  // of the table, estimated
};

struct PlanOrder {
  bool is_given = false;  // rows come as ORDER BY, GROUP BY or DISTINCT wants them
  bool descending = false;
  std::vector<int> places;  // Plan::order
  size_t turn = 0;          // Plan::turn
  size_t distinct = 0;      // Plan::distinct
};
PlanOrder order_of(const OrderedPath& path, sqlite3_index_info* info);

}  // namespace spectradb::extension
