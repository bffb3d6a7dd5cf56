// Defines the table-valued functions of this facet. They read a table of edges at the times of their
// arguments as_of and valid_at, or else of the session, or else now; with 'all' as valid time, each answer
// is valid in the period that it shows.
//
//   spectradb_reach(edges, start [, depth [, direction [, from_column, to_column [, as_of, valid_at [, schema]]]]])
//   spectradb_path(edges, start, goal [, weight_column [, k [, direction [, from_column, to_column [, as_of, valid_at
//                  [, schema]]]]]])
//   spectradb_journey(edges, start, departure [, goal [, from_column, to_column [, as_of [, schema]]]])
//   spectradb_components(edges [, from_column, to_column [, as_of, valid_at [, schema]]])
//   spectradb_pagerank(edges [, weight_column [, damping [, from_column, to_column [, as_of, valid_at [, schema]]]]])
#pragma once

#include "extension/functions/table_function.h"

namespace spectradb::extension::graph {

extern const TableFunction kReachTable;
extern const TableFunction kPathTable;
extern const TableFunction kJourneyTable;
extern const TableFunction kComponentTable;
extern const TableFunction kPageRankTable;

}  // namespace spectradb::extension::graph
