// The three table-valued functions of this facet. They read a table of edges at the times of their arguments as_of and
// valid_at, else of the session, else now; with 'all' as valid time, what they find holds in the period that they show.
//
//   spectradb_reach(edges, start [, depth [, direction [, from_column, to_column [, as_of, valid_at [, schema]]]]])
//   spectradb_path(edges, start, goal [, weight_column [, k [, direction [, from_column, to_column [, as_of, valid_at
//                  [, schema]]]]]])
//   spectradb_journey(edges, start, departure [, goal [, from_column, to_column [, as_of [, schema]]]])
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::graph {

extern const TableFunction kReachTable;
extern const TableFunction kPathTable;
extern const TableFunction kJourneyTable;

}  // namespace spectradb::extension::graph
