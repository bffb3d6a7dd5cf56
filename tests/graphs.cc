// Compares spectradb_reach(), _path(), _journey(), _components() and _pagerank() with brute force, on random graphs that change over
// both times: with a breadth-first search at each instant, with all paths that visit no node twice, and
// with all journeys.
//
//   graphs --extension=PATH [--graphs=N] [--seed=N]
//
// Prints the seed and what was compared; on a difference it prints both answers, and ends with status 1.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/database.h"

namespace spectradb::tests {
namespace {

constexpr int kInstants = 8;  // valid times 0 to 7
constexpr int kNoEnd = kInstants;

struct ModelEdge {
  int id;
  int src;
  int dst;
  int weight;
  int from;  // the edge is valid in [from, to)
  int to;
};
using ModelGraph = std::vector<ModelEdge>;

struct Random {
  explicit Random(uint64_t seed) : engine(seed) {}
  int below(int bound) { return static_cast<int>(engine() % static_cast<uint64_t>(bound)); }
  std::mt19937_64 engine;
};

[[noreturn]] void differ(const std::string& what, const std::string& got, const std::string& wanted) {
  std::printf("%s gives\n%s\nand brute force\n%s\n", what.c_str(), got.c_str(), wanted.c_str());
  std::exit(1);
}

void compare(Database& database, const std::string& sql, const std::string& wanted) {
  const std::string got = describe(database.must(sql).rows);
  if (got != wanted) differ(sql, got, wanted);
}

std::string line_of(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) line += (line.empty() ? "" : "|") + cell;
  return line + "\n";
}

// Returns the edges that lead away from `node` at the instant.
std::vector<const ModelEdge*> edges_from(const ModelGraph& graph, int node, int at) {
  std::vector<const ModelEdge*> edges;
  for (const ModelEdge& edge : graph)
    if (edge.src == node && edge.from <= at && at < edge.to) edges.push_back(&edge);
  return edges;
}

bool has_node(const ModelGraph& graph, int node, int at) {
  return std::any_of(graph.begin(), graph.end(), [&](const ModelEdge& edge) {
    return (edge.src == node || edge.dst == node) && edge.from <= at && at < edge.to;
  });
}

// Returns the depth of each node that can be reached.
std::map<int, int> depths(const ModelGraph& graph, int start, int at) {
  std::map<int, int> depth{{start, 0}};
  std::vector<int> level{start};
  for (int next = 1; !level.empty(); ++next) {
    std::set<int> found;
    for (const int node : level)
      for (const ModelEdge* edge : edges_from(graph, node, at))
        if (depth.count(edge->dst) == 0) found.insert(edge->dst);
    for (const int node : found) depth[node] = next;
    level.assign(found.begin(), found.end());
  }
  return depth;
}

void check_reach(Database& database, const ModelGraph& graph, int start, int at, const std::string& as_of) {
  std::string wanted;
  for (const auto& [node, depth] : depths(graph, start, at))
    wanted += line_of({std::to_string(node), std::to_string(depth)});
  compare(database,
          "SELECT node, depth FROM spectradb_reach('edge', " + std::to_string(start) +
              ", NULL, 'out', 'src', 'dst', " + as_of + ", " + std::to_string(at) + ") ORDER BY node",
          wanted);
  // A call over all valid time must give the same at this instant.
  compare(database,
          "SELECT node, depth FROM spectradb_reach('edge', " + std::to_string(start) +
              ", NULL, 'out', 'src', 'dst', " + as_of + ", 'all') WHERE coalesce(_valid_from, -1) <= " +
              std::to_string(at) + " AND coalesce(_valid_to, 99) > " + std::to_string(at) + " ORDER BY node",
          wanted);
}

struct ModelPath {
  int cost = 0;
  std::vector<int> nodes;
  std::vector<int> edges;
  bool operator<(const ModelPath& other) const {
    return std::tuple(cost, nodes.size(), nodes) < std::tuple(other.cost, other.nodes.size(), other.nodes);
  }
};

void find_paths(const ModelGraph& graph, int goal, int at, ModelPath& path, std::vector<ModelPath>& found) {
  if (path.nodes.back() == goal) {
    found.push_back(path);
    return;
  }
  for (const ModelEdge* edge : edges_from(graph, path.nodes.back(), at)) {
    if (std::find(path.nodes.begin(), path.nodes.end(), edge->dst) != path.nodes.end()) continue;
    path.nodes.push_back(edge->dst);
    path.edges.push_back(edge->id);
    path.cost += edge->weight;
    find_paths(graph, goal, at, path, found);
    path.nodes.pop_back();
    path.edges.pop_back();
    path.cost -= edge->weight;
  }
}

void check_paths(Database& database, const ModelGraph& graph, int start, int goal, int at,
                 const std::string& as_of) {
  constexpr size_t kPaths = 6;
  std::vector<ModelPath> found;
  ModelPath path;
  path.nodes.push_back(start);
  find_paths(graph, goal, at, path, found);
  std::sort(found.begin(), found.end());
  if (found.size() > kPaths) found.resize(kPaths);
  std::string costs;
  std::string nodes;
  for (size_t i = 0; i < found.size(); ++i) {
    costs += line_of(
        {std::to_string(i + 1), std::to_string(found[i].cost), std::to_string(found[i].nodes.size())});
    std::string list;
    for (const int node : found[i].nodes) list += (list.empty() ? "" : " ") + std::to_string(node);
    nodes += line_of({list});
  }
  const std::string call = "spectradb_path('edge', " + std::to_string(start) + ", " + std::to_string(goal) +
                           ", 'w', " + std::to_string(kPaths) + ", 'out', 'src', 'dst', " + as_of + ", " +
                           std::to_string(at) + ")";
  compare(database, "SELECT path_no, max(cost), count(*) FROM " + call + " GROUP BY path_no", costs);
  compare(database, "SELECT group_concat(node, ' ') FROM " + call + " GROUP BY path_no", nodes);
}

// Lowers the arrivals until none gets earlier.
std::map<int, int> arrivals(const ModelGraph& graph, int start, int departure) {
  std::map<int, int> at{{start, departure}};
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const ModelEdge& edge : graph) {
      const auto here = at.find(edge.src);
      if (here == at.end() || here->second >= edge.to) continue;
      const int arrival = std::max(here->second, edge.from);
      const auto known = at.find(edge.dst);
      if (known != at.end() && known->second <= arrival) continue;
      at[edge.dst] = arrival;
      has_changed = true;
    }
  }
  return at;
}

void check_journey(Database& database, const ModelGraph& graph, int start, int departure,
                   const std::string& as_of) {
  std::string wanted;
  for (const auto& [node, arrival] : arrivals(graph, start, departure))
    wanted += line_of({std::to_string(node), std::to_string(arrival)});
  compare(database,
          "SELECT node, arrival FROM spectradb_journey('edge', " + std::to_string(start) + ", " +
              std::to_string(departure) + ", NULL, 'src', 'dst', " + as_of + ") ORDER BY node",
          wanted);
}

// Lowers the names of parts until none gets less.
void check_components(Database& database, const ModelGraph& graph, int at, const std::string& as_of) {
  std::map<int, int> least;
  for (bool has_changed = true; has_changed;) {
    has_changed = false;
    for (const ModelEdge& edge : graph) {
      if (edge.from > at || at >= edge.to) continue;
      const int src = least.try_emplace(edge.src, edge.src).first->second;
      const int dst = least.try_emplace(edge.dst, edge.dst).first->second;
      least[edge.src] = least[edge.dst] = std::min(src, dst);
      has_changed |= src != dst;
    }
  }
  std::map<int, int> sizes;
  for (const auto& [node, part] : least) ++sizes[part];
  std::string wanted;
  for (const auto& [node, part] : least)
    wanted += line_of({std::to_string(node), std::to_string(part), std::to_string(sizes[part])});
  compare(database,
          "SELECT node, component, size FROM spectradb_components('edge', 'src', 'dst', " + as_of + ", " +
              std::to_string(at) + ") ORDER BY node",
          wanted);
}

// Multiplies by the whole matrix until nothing can change any more.
std::map<int, double> page_ranks(const ModelGraph& graph, int at, double damping) {
  constexpr int kRounds = 400;
  std::map<int, double> ranks;
  std::map<int, double> weights;
  for (const ModelEdge& edge : graph) {
    if (edge.from > at || at >= edge.to) continue;
    ranks[edge.src] = ranks[edge.dst] = 1;
    weights[edge.src] += edge.weight;
  }
  const auto count = static_cast<double>(ranks.size());
  for (auto& [node, rank] : ranks) rank /= count;
  for (int round = 0; round < kRounds; ++round) {
    std::map<int, double> next;
    for (const auto& [node, rank] : ranks) {
      const bool is_end = weights[node] == 0;
      for (const auto& other : ranks)
        next[other.first] += rank * ((1 - damping) + (is_end ? damping : 0)) / count;
      if (is_end) continue;
      for (const ModelEdge* edge : edges_from(graph, node, at))
        next[edge->dst] += rank * damping * edge->weight / weights[node];
    }
    ranks = next;
  }
  return ranks;
}

void check_page_ranks(Database& database, const ModelGraph& graph, int at, const std::string& as_of) {
  constexpr double kDamping = 0.8;
  std::string wanted;
  std::string values;
  for (const auto& [node, rank] : page_ranks(graph, at, kDamping)) {
    wanted += line_of({std::to_string(node), "1"});
    values += (values.empty() ? "(" : ", (") + std::to_string(node) + ", " + std::to_string(rank) + ")";
  }
  compare(database,
          "WITH wanted(node, rank) AS (VALUES " + values +
              ") SELECT r.node, abs(r.rank - w.rank) < 2e-6 FROM spectradb_pagerank('edge', 'w', 0.8, 'src', "
              "'dst', " +
              as_of + ", " + std::to_string(at) + ") r LEFT JOIN wanted w USING (node) ORDER BY node",
          wanted);
}

ModelEdge random_edge(Random& random, int id, int nodes) {
  ModelEdge edge{id, random.below(nodes), random.below(nodes), random.below(4), 0, kNoEnd};
  edge.from = random.below(kInstants - 1);
  edge.to = random.below(3) == 0 ? kNoEnd : edge.from + 1 + random.below(kInstants - edge.from);
  return edge;
}

void write(Database& database, const ModelEdge& edge) {
  database.must("INSERT INTO edge VALUES (" + std::to_string(edge.id) + ", " + std::to_string(edge.src) +
                ", " + std::to_string(edge.dst) + ", " + std::to_string(edge.weight) + ") VALID FROM " +
                std::to_string(edge.from) + " TO " +
                (edge.to == kNoEnd ? std::string("NULL") : std::to_string(edge.to)));
}

// A graph has at most one edge from one node to another, because parallel edges make several paths with the
// same nodes.
bool is_parallel(const ModelGraph& graph, const ModelEdge& edge) {
  return std::any_of(graph.begin(), graph.end(),
                     [&](const ModelEdge& other) { return other.src == edge.src && other.dst == edge.dst; });
}

int check_graph(Database& database, Random& random) {
  database.must(
      "DROP TABLE IF EXISTS edge; CREATE TABLE edge (id INTEGER PRIMARY KEY, src INTEGER, dst INTEGER, w "
      "INTEGER) WITH SYSTEM VERSIONING (valid_form = integer)");
  const int nodes = 2 + random.below(6);
  ModelGraph graph;
  std::vector<std::pair<std::string, ModelGraph>> states;
  const int commits = 1 + random.below(4);
  for (int commit = 0; commit < commits; ++commit) {
    database.must("BEGIN");
    for (int i = random.below(8) + 1; i > 0; --i) {
      const ModelEdge edge = random_edge(random, static_cast<int>(graph.size()) + commit * 100, nodes);
      if (is_parallel(graph, edge)) continue;
      write(database, edge);
      graph.push_back(edge);
    }
    if (!graph.empty() && commit > 0 && random.below(2) == 0) {
      const auto gone = graph.begin() + random.below(static_cast<int>(graph.size()));
      database.must("DELETE FROM edge FOR PORTION OF VALID_TIME FROM NULL TO NULL WHERE id = " +
                    std::to_string(gone->id));
      graph.erase(gone);
    }
    database.must("COMMIT");
    states.emplace_back(database.text("SELECT spectradb_commit()"), graph);
  }
  int compared = 0;
  for (const auto& [as_of, state] : states) {
    for (int at = 0; at < kInstants; at += 1 + random.below(3)) {
      const int start = random.below(nodes);
      const int goal = random.below(nodes);
      if (!has_node(state, start, at)) continue;
      check_reach(database, state, start, at, as_of);
      check_journey(database, state, start, at, as_of);
      check_components(database, state, at, as_of);
      check_page_ranks(database, state, at, as_of);
      compared += 5;
      if (!has_node(state, goal, at)) continue;
      check_paths(database, state, start, goal, at, as_of);
      compared += 2;
    }
  }
  return compared;
}

}  // namespace
}  // namespace spectradb::tests

int main(int argc, char** argv) {
  using namespace spectradb::tests;
  std::string extension;
  uint64_t seed = std::random_device{}();
  int graphs = 1000;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::string value = argument.substr(std::min(argument.find('=') + 1, argument.size()));
    if (argument.rfind("--extension=", 0) == 0) extension = value;
    if (argument.rfind("--seed=", 0) == 0) seed = std::stoull(value);
    if (argument.rfind("--graphs=", 0) == 0) graphs = std::stoi(value);
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  choose_mode(Mode::kHook);
  Random random(seed);
  Database database(":memory:", extension);
  int compared = 0;
  for (int i = 0; i < graphs; ++i) compared += check_graph(database, random);
  std::printf("%d graphs, %d answers as brute force has them\n", graphs, compared);
  return 0;
}
