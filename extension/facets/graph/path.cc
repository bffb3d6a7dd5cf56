// Finds the k cheapest paths that visit no node twice. Dijkstra's algorithm, run backwards from the goal,
// gives the least cost from each node to the goal. So partial paths can be extended in the order of the
// least that they will cost in all; that bound is exact except for loops and, over all valid time, for
// edges that are never valid together. Of equal costs fewer steps come first, then the order of the nodes.
#include <algorithm>
#include <limits>
#include <queue>
#include <span>
#include <utility>

#include "extension/facets/graph/walk.h"
#include "extension/facets/graph/walks.h"

namespace spectradb::extension::graph {

using temporal::Period;

namespace {

constexpr const char* kPath = "spectradb_path";
constexpr const char* kPathUsage = "spectradb_path('edges', start, goal)";

enum PathColumn : int {
  kPathNo,
  kStep,
  kPathNode,
  kEdgeKey,
  kCost,
  kPathFrom,
  kPathTo,
  kPathEdges,
};
enum PathArgument : int { kStartOfPath = 1, kGoalOfPath, kWeightOfPath, kCountOfPaths, kPathArguments = 11 };

constexpr const char* kPathDeclaration =
    "CREATE TABLE x(path_no INTEGER, step INTEGER, node, edge_key, cost, _valid_from, _valid_to, edges "
    "HIDDEN, start HIDDEN, goal HIDDEN, weight_column HIDDEN, k HIDDEN, direction HIDDEN, from_column "
    "HIDDEN, "
    "to_column HIDDEN, as_of HIDDEN, valid_at HIDDEN, schema HIDDEN, PRIMARY KEY (path_no, step)) "
    "WITHOUT ROWID";

// A cost with its number of steps, which decides between equal costs.
struct Length {
  double cost = std::numeric_limits<double>::infinity();
  uint32_t steps = 0;
  friend bool operator<(const Length& a, const Length& b) {
    return std::pair(a.cost, a.steps) < std::pair(b.cost, b.steps);
  }
};

class PathCursor final : public WalkCursor {
 public:
  explicit PathCursor(Connection& connection)
      : WalkCursor(connection, kPath,
                   {.direction = 5,
                    .from_column = 6,
                    .to_column = 7,
                    .weight_column = kWeightOfPath,
                    .as_of = 8,
                    .valid_at = 9,
                    .schema = 10}) {}

  Status column(sqlite3_context* context, int index) override;

 private:
  // A path from the start, given by its last step and the partial path before it.
  struct Partial {
    Node node = 0;
    int64_t edge = -1;
    int64_t before = -1;  // a place in partials_
    uint32_t steps = 0;
    double cost = 0;
    Period valid;
  };
  struct Waiting {
    Length at_least;
    uint64_t number;  // a place in partials_
  };
  // Puts the cheapest first; of equal ones the first in the order of their nodes, so that the extensions of
  // one partial path precede all those of a later one.
  struct IsLater {
    const std::vector<Partial>* partials;
    bool operator()(const Waiting& a, const Waiting& b) const {
      if (a.at_least < b.at_least || b.at_least < a.at_least) return b.at_least < a.at_least;
      return comes_later(*partials, a.number, b.number);
    }
  };
  static bool comes_later(const std::vector<Partial>& partials, uint64_t a, uint64_t b);
  static std::vector<std::pair<Node, int64_t>> steps_of(const std::vector<Partial>& partials,
                                                        uint64_t number);

  Status walk(const FunctionArguments& arguments, Direction direction) override;
  void prepare(GraphRequest& request) const override { request.needs_edge_keys = true; }
  Status find_lengths(Node goal);
  Status find_paths(Node start, Node goal, int64_t count);
  void extend(uint64_t number, uint32_t edge, bool is_backwards);
  bool has_node(int64_t partial, Node node) const;
  void keep(uint64_t number, int64_t path);
  template <typename Visit>
  void each_step(Node node, bool is_reversed, Visit visit) const;

  Direction direction_ = Direction::kOut;
  std::vector<Length> lengths_;  // from each node to the goal
  std::vector<Partial> partials_;
  using Queue = std::priority_queue<Waiting, std::vector<Waiting>, IsLater>;
  Queue waiting_ = Queue(IsLater{&partials_});
};

// Returns the nodes after the start, each with its edge.
std::vector<std::pair<Node, int64_t>> PathCursor::steps_of(const std::vector<Partial>& partials,
                                                           uint64_t number) {
  std::vector<std::pair<Node, int64_t>> steps;
  for (const Partial* at = &partials[number]; at->before >= 0;
       at = &partials[static_cast<size_t>(at->before)])
    steps.emplace_back(at->node, at->edge);
  std::reverse(steps.begin(), steps.end());
  return steps;
}

// Compares paths by their nodes, where a part precedes the whole, and then by their edges.
bool PathCursor::comes_later(const std::vector<Partial>& partials, uint64_t a, uint64_t b) {
  const auto before = [&](uint64_t number) { return static_cast<uint64_t>(partials[number].before); };
  uint64_t in_a = a;
  uint64_t in_b = b;
  while (partials[in_a].steps > partials[in_b].steps) in_a = before(in_a);
  while (partials[in_b].steps > partials[in_a].steps) in_b = before(in_b);
  if (in_a == in_b) return partials[a].steps > partials[b].steps;
  while (before(in_a) != before(in_b)) {
    in_a = before(in_a);
    in_b = before(in_b);
  }
  if (partials[in_a].node != partials[in_b].node) return partials[in_a].node > partials[in_b].node;
  // The paths separate by parallel edges between the same nodes.
  const auto steps_of_a = steps_of(partials, a);
  const auto steps_of_b = steps_of(partials, b);
  const auto is_before = [](const auto& one, const auto& other) { return one.first < other.first; };
  if (std::lexicographical_compare(steps_of_b.begin(), steps_of_b.end(), steps_of_a.begin(), steps_of_a.end(),
                                   is_before))
    return true;
  if (std::lexicographical_compare(steps_of_a.begin(), steps_of_a.end(), steps_of_b.begin(), steps_of_b.end(),
                                   is_before))
    return false;
  return steps_of_b < steps_of_a;
}

// Calls visit(edge, whether it is taken from its end to its beginning) for the steps that lead away from a
// node; reversed: for those that end in it.
template <typename Visit>
void PathCursor::each_step(Node node, bool is_reversed, Visit visit) const {
  if (direction_ != Direction::kIn) {
    for (const uint32_t edge : is_reversed ? graph().into(node) : graph().from(node))
      visit(edge, is_reversed);
  }
  if (direction_ != Direction::kOut) {
    for (const uint32_t edge : is_reversed ? graph().from(node) : graph().into(node))
      visit(edge, !is_reversed);
  }
}

Status PathCursor::find_lengths(Node goal) {
  lengths_.assign(graph().node_count(), {});
  using Reached = std::pair<Length, Node>;
  const auto is_longer = [](const Reached& a, const Reached& b) {
    if (b.first < a.first || a.first < b.first) return b.first < a.first;
    return a.second > b.second;
  };
  std::priority_queue<Reached, std::vector<Reached>, decltype(is_longer)> reached(is_longer);
  lengths_[goal] = {0, 0};
  reached.push({lengths_[goal], goal});
  while (!reached.empty()) {
    const auto [length, node] = reached.top();
    reached.pop();
    if (lengths_[node] < length) continue;
    SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
    each_step(node, true, [&, from = length](uint32_t index, bool is_backwards) {
      const Edge edge = graph().edge(index);
      const Node next = is_backwards ? edge.from : edge.to;
      const Length longer{from.cost + graph().weight(index), from.steps + 1};
      if (!(longer < lengths_[next])) return;
      lengths_[next] = longer;
      reached.push({longer, next});
    });
  }
  return Status::ok();
}

bool PathCursor::has_node(int64_t partial, Node node) const {
  for (; partial >= 0; partial = partials_[static_cast<size_t>(partial)].before)
    if (partials_[static_cast<size_t>(partial)].node == node) return true;
  return false;
}

void PathCursor::extend(uint64_t number, uint32_t index, bool is_backwards) {
  const Partial at = partials_[number];
  const Edge edge = graph().edge(index);
  Partial further;
  further.node = is_backwards ? edge.from : edge.to;
  further.edge = index;
  further.before = static_cast<int64_t>(number);
  further.steps = at.steps + 1;
  further.cost = at.cost + graph().weight(index);
  further.valid = temporal::intersect(at.valid, graph().valid(index));
  const Length& left = lengths_[further.node];
  if (further.valid.is_empty() || left.cost == std::numeric_limits<double>::infinity() ||
      has_node(further.before, further.node))
    return;
  partials_.push_back(further);
  waiting_.push({{further.cost + left.cost, further.steps + left.steps}, partials_.size() - 1});
}

void PathCursor::keep(uint64_t number, int64_t path) {
  const size_t first = rows().size();
  const Period valid = partials_[number].valid;
  for (auto at = static_cast<int64_t>(number); at >= 0; at = partials_[static_cast<size_t>(at)].before) {
    const Partial& partial = partials_[static_cast<size_t>(at)];
    WalkRow row;
    row.path = path;
    row.step = partial.steps;
    row.node = partial.node;
    row.edge = partial.edge;
    row.cost = partial.cost;
    row.valid = valid;
    rows().push_back(row);
  }
  std::reverse(rows().begin() + static_cast<ptrdiff_t>(first), rows().end());
}

Status PathCursor::find_paths(Node start, Node goal, int64_t count) {
  partials_.clear();
  waiting_ = Queue(IsLater{&partials_});
  if (lengths_[start].cost == std::numeric_limits<double>::infinity()) return Status::ok();
  Partial first;
  first.node = start;
  partials_.push_back(first);
  waiting_.push({lengths_[start], 0});
  for (int64_t found = 0; found < count && !waiting_.empty();) {
    const uint64_t number = waiting_.top().number;
    waiting_.pop();
    SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
    const Node node = partials_[number].node;
    if (node == goal) {
      keep(number, ++found);
      continue;
    }
    each_step(node, false, [&](uint32_t edge, bool is_backwards) { extend(number, edge, is_backwards); });
  }
  return Status::ok();
}

Status PathCursor::walk(const FunctionArguments& arguments, Direction direction) {
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Value from, required(arguments, kStartOfPath, kPathUsage));
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Value to, required(arguments, kGoalOfPath, kPathUsage));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t count, number(arguments, kCountOfPaths, "k", 1, 1));
  SPECTRADB_ASSIGN_OR_RETURN(const Node start, graph().node_of(from, "start"));
  SPECTRADB_ASSIGN_OR_RETURN(const Node goal, graph().node_of(to, "goal"));
  direction_ = direction;
  SPECTRADB_RETURN_IF_ERROR(find_lengths(goal));
  Status status = find_paths(start, goal, count);
  partials_.clear();
  waiting_ = Queue(IsLater{&partials_});
  return status;
}

Status PathCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kPathNo:
      sqlite3_result_int64(context, current().path);
      return Status::ok();
    case kStep:
      sqlite3_result_int64(context, current().step);
      return Status::ok();
    case kPathNode:
      graph().give_node(context, current().node);
      return Status::ok();
    case kEdgeKey:
      if (current().edge >= 0) graph().give_edge_key(context, static_cast<uint32_t>(current().edge));
      return Status::ok();
    case kCost: {
      constexpr double kExact = 9007199254740992.0;  // whole numbers are exact up to this
      if (graph().has_whole_weights() && current().cost < kExact) {
        sqlite3_result_int64(context, static_cast<sqlite3_int64>(current().cost));
      } else {
        sqlite3_result_double(context, current().cost);
      }
      return Status::ok();
    }
    case kPathFrom:
      graph().give_bound(context, current().valid.from);
      return Status::ok();
    case kPathTo:
      graph().give_bound(context, current().valid.to);
      return Status::ok();
    default:
      return Status::ok();
  }
}

}  // namespace

constinit const TableFunction kPathTable = {kPath,
                                            kPathDeclaration,
                                            kPathEdges,
                                            kPathArguments,
                                            [](FunctionPlanner& planner) { planner.answer(1e5, 100, 0); },
                                            [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                              return std::make_unique<PathCursor>(connection);
                                            }};

}  // namespace spectradb::extension::graph
