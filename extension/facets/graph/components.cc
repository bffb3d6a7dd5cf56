// Finds the parts of a graph that hang together, whichever way their edges lead. A part is named by the
// least of its nodes, so that its name does not depend on the order of the rows.
#include <algorithm>
#include <numeric>
#include <tuple>

#include "extension/facets/graph/walk.h"
#include "extension/facets/graph/walks.h"

namespace spectradb::extension::graph {

namespace {

constexpr const char* kComponents = "spectradb_components";

enum ComponentColumn : int { kComponentNode, kComponent, kComponentSize, kComponentEdges };
enum ComponentArgument : int { kComponentArguments = 6 };

constexpr const char* kComponentDeclaration =
    "CREATE TABLE x(node PRIMARY KEY, component, size INTEGER, edges HIDDEN, from_column HIDDEN, to_column "
    "HIDDEN, as_of HIDDEN, valid_at HIDDEN, schema HIDDEN) WITHOUT ROWID";

constexpr Node kNodesBetweenQuestions = 4096;

class ComponentCursor final : public WalkCursor {
 public:
  explicit ComponentCursor(Connection& connection)
      : WalkCursor(connection, kComponents,
                   {.from_column = 1, .to_column = 2, .as_of = 3, .valid_at = 4, .schema = 5}) {}

  Status column(sqlite3_context* context, int index) override;

 private:
  Status walk(const FunctionArguments& arguments, Direction direction) override;
  Node least_of(Node node);
  Status join_ends();

  std::vector<Node> least_;  // for each node, a lesser one of the same part, or itself
};

// Halves the way on which it goes.
Node ComponentCursor::least_of(Node node) {
  for (; least_[node] != node; node = least_[node]) least_[node] = least_[least_[node]];
  return node;
}

Status ComponentCursor::join_ends() {
  for (Node node = 0; node < least_.size(); ++node) {
    if (node % kNodesBetweenQuestions == 0) SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
    for (const uint32_t index : graph().from(node)) {
      const Node one = least_of(node);
      const Node other = least_of(graph().edge(index).to);
      least_[std::max(one, other)] = std::min(one, other);
    }
  }
  return Status::ok();
}

Status ComponentCursor::walk(const FunctionArguments& arguments, Direction direction) {
  static_cast<void>(arguments);
  static_cast<void>(direction);
  SPECTRADB_RETURN_IF_ERROR(check_one_time());
  least_.resize(graph().node_count());
  std::iota(least_.begin(), least_.end(), 0);
  SPECTRADB_RETURN_IF_ERROR(join_ends());
  std::vector<int64_t> sizes(least_.size());
  for (Node node = 0; node < least_.size(); ++node) ++sizes[least_of(node)];
  for (Node node = 0; node < least_.size(); ++node) {
    WalkRow row;
    row.node = node;
    row.parent = least_of(node);
    row.step = sizes[least_of(node)];
    rows().push_back(row);
  }
  std::sort(rows().begin(), rows().end(), [](const WalkRow& a, const WalkRow& b) {
    return std::tuple(a.parent, a.node) < std::tuple(b.parent, b.node);
  });
  return Status::ok();
}

Status ComponentCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kComponentNode:
      graph().give_node(context, current().node);
      return Status::ok();
    case kComponent:
      graph().give_node(context, static_cast<Node>(current().parent));
      return Status::ok();
    case kComponentSize:
      sqlite3_result_int64(context, current().step);
      return Status::ok();
    default:
      return Status::ok();
  }
}

}  // namespace

constinit const TableFunction kComponentTable = {
    kComponents,
    kComponentDeclaration,
    kComponentEdges,
    kComponentArguments,
    [](FunctionPlanner& planner) { planner.answer(1e5, 10'000, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<ComponentCursor>(connection);
    }};

}  // namespace spectradb::extension::graph
