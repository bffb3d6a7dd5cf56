// Searches breadth first: which nodes are reached, in how many steps, and from where. Over all valid time a
// node is reached again in every period in which it was not yet reached in as few steps, so that its rows
// say for each instant what a search at that instant would find.
#include <algorithm>
#include <limits>
#include <span>

#include "extension/facets/graph/walk.h"
#include "extension/facets/graph/walks.h"

namespace spectradb::extension::graph {

using temporal::Period;

namespace {

constexpr const char* kReach = "spectradb_reach";
constexpr const char* kReachUsage = "spectradb_reach('edges', start)";

enum ReachColumn : int { kReachedNode, kDepth, kParent, kReachFrom, kReachTo, kReachEdges };
enum ReachArgument : int { kStartOfReach = 1, kDepthOfReach, kReachArguments = 9 };
constexpr int kReachRow = int{kReachEdges} + int{kReachArguments};

constexpr const char* kReachDeclaration =
    "CREATE TABLE x(node, depth INTEGER, parent, _valid_from, _valid_to, edges HIDDEN, start HIDDEN, "
    "max_depth HIDDEN, direction HIDDEN, from_column HIDDEN, to_column HIDDEN, as_of HIDDEN, valid_at "
    "HIDDEN, schema HIDDEN, _row INTEGER HIDDEN PRIMARY KEY) WITHOUT ROWID";

// Returns the parts of `period` that `covered` lacks, and adds them to it.
std::vector<Period> take_uncovered(std::vector<Period>& covered, const Period& period) {
  std::vector<Period> open{period};
  for (const Period& taken : covered) {
    std::vector<Period> left;
    for (const Period& part : open) {
      const Period common = temporal::intersect(part, taken);
      if (common.is_empty()) {
        left.push_back(part);
        continue;
      }
      if (part.from.us < common.from.us) left.push_back({part.from, common.from});
      if (common.to.us < part.to.us) left.push_back({common.to, part.to});
    }
    open = std::move(left);
  }
  std::sort(open.begin(), open.end(), [](const Period& a, const Period& b) { return a.from.us < b.from.us; });
  covered.insert(covered.end(), open.begin(), open.end());
  return open;
}

class ReachCursor final : public WalkCursor {
 public:
  explicit ReachCursor(Connection& connection)
      : WalkCursor(
            connection, kReach,
            {.direction = 3, .from_column = 4, .to_column = 5, .as_of = 6, .valid_at = 7, .schema = 8}) {}

  Status column(sqlite3_context* context, int index) override;

 private:
  Status walk(const FunctionArguments& arguments, Direction direction) override;
  Status walk_at_one_time(const WalkRow& first, int64_t depth, Direction direction);
  void find_from(size_t at, bool is_backwards, std::vector<Node>& found);
  Status walk_all_time(const WalkRow& first, int64_t depth, Direction direction);
  void step(const WalkRow& at, bool is_backwards);
  void reach(WalkRow found);

  std::vector<std::vector<Period>> covered_;  // for each node, the periods in which it was reached

  // In a search at one time, how each node was reached first.
  struct Reached {
    static constexpr uint32_t kNot = UINT32_MAX;
    uint32_t from = kNot;  // the place of the row that reached it
    uint32_t edge = 0;
  };
  std::vector<Reached> reached_;
};

// Adds the nodes that the node of a row reaches first.
void ReachCursor::find_from(size_t at, bool is_backwards, std::vector<Node>& found) {
  const Node node = rows()[at].node;
  const std::span<const Node> others = is_backwards ? graph().nodes_into(node) : graph().nodes_from(node);
  for (size_t i = 0; i < others.size(); ++i) {
    Reached& reached = reached_[others[i]];
    if (reached.from != Reached::kNot) continue;
    const std::span<const uint32_t> edges = is_backwards ? graph().into(node) : graph().from(node);
    reached = {static_cast<uint32_t>(at), edges[i]};
    found.push_back(others[i]);
  }
}

// Each level is a range of the rows, in the order of its nodes.
Status ReachCursor::walk_at_one_time(const WalkRow& first, int64_t depth, Direction direction) {
  reached_.assign(graph().node_count(), {});
  rows().reserve(graph().node_count());
  reached_[first.node].from = 0;
  rows().push_back(first);
  std::vector<Node> found;
  for (size_t begin = 0; begin < rows().size() && rows()[begin].step < depth;) {
    const size_t end = rows().size();
    found.clear();
    for (size_t at = begin; at < end; ++at) {
      SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
      if (direction != Direction::kIn) find_from(at, false, found);
      if (direction != Direction::kOut) find_from(at, true, found);
    }
    std::sort(found.begin(), found.end());
    for (const Node node : found) {
      const WalkRow& from = rows()[reached_[node].from];
      WalkRow row;
      row.step = from.step + 1;
      row.node = node;
      row.parent = from.node;
      row.valid = temporal::intersect(from.valid, graph().valid(reached_[node].edge));
      rows().push_back(row);
    }
    begin = end;
  }
  return Status::ok();
}

void ReachCursor::reach(WalkRow found) {
  for (const Period& part : take_uncovered(covered_[found.node], found.valid)) {
    found.valid = part;
    rows().push_back(found);
  }
}

void ReachCursor::step(const WalkRow& at, bool is_backwards) {
  const std::span<const uint32_t> edges = is_backwards ? graph().into(at.node) : graph().from(at.node);
  for (const uint32_t index : edges) {
    const Edge edge = graph().edge(index);
    WalkRow found;
    found.step = at.step + 1;
    found.node = is_backwards ? edge.from : edge.to;
    found.parent = at.node;
    found.valid = temporal::intersect(at.valid, graph().valid(index));
    if (!found.valid.is_empty()) reach(found);
  }
}

Status ReachCursor::walk(const FunctionArguments& arguments, Direction direction) {
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Value start, required(arguments, kStartOfReach, kReachUsage));
  SPECTRADB_ASSIGN_OR_RETURN(const int64_t depth, number(arguments, kDepthOfReach, "the depth", 0,
                                                         std::numeric_limits<int64_t>::max()));
  WalkRow first;
  SPECTRADB_ASSIGN_OR_RETURN(first.node, graph().node_of(start, "start"));
  return graph().is_all_valid_time() ? walk_all_time(first, depth, direction)
                                     : walk_at_one_time(first, depth, direction);
}

// The rows are also the queue: the search continues from them in their order.
Status ReachCursor::walk_all_time(const WalkRow& first, int64_t depth, Direction direction) {
  covered_.assign(graph().node_count(), {});
  reach(first);
  for (size_t at = 0; at < rows().size(); ++at) {
    const WalkRow row = rows()[at];
    if (row.step >= depth) break;
    SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
    if (direction != Direction::kIn) step(row, false);
    if (direction != Direction::kOut) step(row, true);
    const bool is_last_of_level = at + 1 == rows().size() || rows()[at + 1].step > row.step;
    if (!is_last_of_level) continue;
    // Orders rows of one depth by node, whichever node was expanded first.
    std::stable_sort(rows().begin() + static_cast<ptrdiff_t>(at + 1), rows().end(),
                     [](const WalkRow& a, const WalkRow& b) {
                       return std::pair(a.node, a.valid.from.us) < std::pair(b.node, b.valid.from.us);
                     });
  }
  return Status::ok();
}

Status ReachCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kReachedNode:
      graph().give_node(context, current().node);
      return Status::ok();
    case kDepth:
      sqlite3_result_int64(context, current().step);
      return Status::ok();
    case kParent:
      if (current().parent >= 0) graph().give_node(context, static_cast<Node>(current().parent));
      return Status::ok();
    case kReachFrom:
      graph().give_bound(context, current().valid.from);
      return Status::ok();
    case kReachTo:
      graph().give_bound(context, current().valid.to);
      return Status::ok();
    case kReachRow:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(place()));
      return Status::ok();
    default:
      return Status::ok();
  }
}

}  // namespace

constinit const TableFunction kReachTable = {kReach,
                                             kReachDeclaration,
                                             kReachEdges,
                                             kReachArguments,
                                             [](FunctionPlanner& planner) { planner.answer(1e5, 10'000, 0); },
                                             [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
                                               return std::make_unique<ReachCursor>(connection);
                                             }};

}  // namespace spectradb::extension::graph
