// Graph functions follow the rows of a table of edges, over both times.
#include "extension/facet/facet.h"

#include "extension/facets/graph/walks.h"

namespace spectradb::extension {

namespace {

constexpr Help kGraphHelp[] = {
    {"spectradb_reach", Help::Kind::kTable,
     "spectradb_reach(edges, start [, depth [, 'out' | 'in' | 'both' [, from_column, to_column [, as_of, "
     "valid_at]]]])",
     "The nodes that are reached from one along the rows of a table of edges (columns src and dst): node, "
     "depth, parent; "
     "with 'all' as valid time, in which periods.",
     "SELECT node, depth FROM spectradb_reach('prices', 'a', NULL, 'out', 'sku', 'price', 1, '2026-02-01');"},
    {"spectradb_path", Help::Kind::kTable,
     "spectradb_path(edges, start, goal [, weight_column [, k [, 'out' | 'in' | 'both' [, from_column, "
     "to_column [, as_of, "
     "valid_at]]]]])",
     "The k cheapest paths between two nodes, without a node twice: path_no, step, node, edge_key, cost.",
     "SELECT step, node FROM spectradb_path('prices', 'a', 'a', NULL, 1, 'out', 'sku', 'price', 1, "
     "'2026-02-01');"},
    {"spectradb_journey", Help::Kind::kTable,
     "spectradb_journey(edges, start, departure [, goal [, from_column, to_column [, as_of]]])",
     "When each node is reached at the earliest, if an edge can be gone only while it is valid: node, "
     "arrival, parent.",
     "SELECT node, arrival FROM spectradb_journey('prices', 'a', '2026-01-01', NULL, 'sku', 'price');"},
    {"spectradb_components", Help::Kind::kTable,
     "spectradb_components(edges [, from_column, to_column [, as_of, valid_at]])",
     "The parts of a graph that hang together, whichever way the edges lead: node, component (the least node "
     "of the part), size.",
     "SELECT node, component FROM spectradb_components('prices', 'sku', 'price', 1, '2026-02-01');"},
    {"spectradb_pagerank", Help::Kind::kTable,
     "spectradb_pagerank(edges [, weight_column [, damping [, from_column, to_column [, as_of, valid_at]]]])",
     "How often each node is come by on random ways along the edges (PageRank; the damping is 0.85 unless "
     "given): node, rank.",
     "SELECT node, rank FROM spectradb_pagerank('prices', NULL, 0.85, 'sku', 'price', 1, '2026-02-01');"},
};

}  // namespace

const Facet& facet_graph() {
  static const TableFunction* const tables[] = {&graph::kReachTable, &graph::kPathTable,
                                                &graph::kJourneyTable, &graph::kComponentTable,
                                                &graph::kPageRankTable};
  static const Facet facet{.name = "graph", .table_functions = tables, .help = kGraphHelp};
  return facet;
}

}  // namespace spectradb::extension
