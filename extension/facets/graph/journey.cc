// Finds journeys through time: a traveller takes an edge while it is valid, and can wait for it; taking it
// needs no time. The search finds the earliest arrival at each node, in the order of time.
#include <algorithm>
#include <queue>
#include <utility>

#include "extension/facets/graph/walk.h"
#include "extension/facets/graph/walks.h"
#include "extension/times/horizon.h"
#include "extension/times/valid_forms.h"

namespace spectradb::extension::graph {

using temporal::Bound;

namespace {

constexpr const char* kJourney = "spectradb_journey";
constexpr const char* kJourneyUsage = "spectradb_journey('edges', start, departure)";

enum JourneyColumn : int {
  kJourneyNode,
  kArrival,
  kJourneyParent,
  kJourneyFrom,
  kJourneyTo,
  kJourneyEdges,
};
enum JourneyArgument : int { kStartOfJourney = 1, kDeparture, kGoalOfJourney, kJourneyArguments = 8 };

constexpr const char* kJourneyDeclaration =
    "CREATE TABLE x(node PRIMARY KEY, arrival, parent, _valid_from, _valid_to, edges HIDDEN, start HIDDEN, "
    "departure HIDDEN, goal HIDDEN, from_column HIDDEN, to_column HIDDEN, as_of HIDDEN, schema HIDDEN) "
    "WITHOUT ROWID";

class JourneyCursor final : public WalkCursor {
 public:
  explicit JourneyCursor(Connection& connection)
      : WalkCursor(connection, kJourney, {.from_column = 4, .to_column = 5, .as_of = 6, .schema = 7}) {}

  Status column(sqlite3_context* context, int index) override;

 private:
  // Says how a node is first reached.
  struct Arrival {
    Bound at;
    int64_t edge = -1;
    uint32_t changes = 0;  // edges taken so far; fewer are better
    bool is_known = false;
    bool is_final = false;
  };

  Status walk(const FunctionArguments& arguments, Direction direction) override;
  void prepare(GraphRequest& request) const override { request.reads_all_valid_time = true; }
  Status travel(Node start, const Bound& departure);
  void keep(Node node);
  void keep_way_to(Node goal);

  std::vector<Arrival> arrivals_;
  std::vector<Node> order_;  // nodes that are reached, by time
};

Status JourneyCursor::travel(Node start, const Bound& departure) {
  arrivals_.assign(graph().node_count(), {});
  order_.clear();
  using Next = std::pair<std::pair<int64_t, uint32_t>, Node>;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next;
  arrivals_[start].at = departure;
  arrivals_[start].is_known = true;
  next.push({{departure.us, 0}, start});
  while (!next.empty()) {
    const Node node = next.top().second;
    next.pop();
    if (arrivals_[node].is_final) continue;
    arrivals_[node].is_final = true;
    order_.push_back(node);
    SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
    const Arrival here = arrivals_[node];
    for (const uint32_t index : graph().from(node)) {
      const temporal::Period valid = graph().valid(index);
      if (valid.to.us <= here.at.us) continue;
      const Node to = graph().edge(index).to;
      const bool waits = valid.from.us > here.at.us;
      const Arrival reached{waits ? valid.from : here.at, index, here.changes + 1, true, false};
      Arrival& known = arrivals_[to];
      const bool is_better = !known.is_known || std::pair(reached.at.us, reached.changes) <
                                                    std::pair(known.at.us, known.changes);
      if (known.is_final || !is_better) continue;
      known = reached;
      next.push({{reached.at.us, reached.changes}, to});
    }
  }
  return Status::ok();
}

void JourneyCursor::keep(Node node) {
  const Arrival& arrival = arrivals_[node];
  WalkRow row;
  row.node = node;
  row.at = arrival.at;
  row.edge = arrival.edge;
  if (arrival.edge >= 0) {
    const auto edge = static_cast<uint32_t>(arrival.edge);
    row.parent = graph().edge(edge).from;
    row.valid = graph().valid(edge);
  }
  rows().push_back(row);
}

// Keeps the way from the start to the goal; nothing where the goal cannot be reached.
void JourneyCursor::keep_way_to(Node goal) {
  if (!arrivals_[goal].is_final) return;
  for (int64_t node = goal; node >= 0; node = rows().back().parent) keep(static_cast<Node>(node));
  std::reverse(rows().begin(), rows().end());
}

Status JourneyCursor::walk(const FunctionArguments& arguments, Direction) {
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Value from, required(arguments, kStartOfJourney, kJourneyUsage));
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Value when, required(arguments, kDeparture, kJourneyUsage));
  SPECTRADB_ASSIGN_OR_RETURN(const Node start, graph().node_of(from, "start"));
  SPECTRADB_ASSIGN_OR_RETURN(const Bound departure,
                             to_bound_of(graph().schema(), when, connection().statement_now()));
  SPECTRADB_RETURN_IF_ERROR(check_valid_horizon(graph().table(), departure.us));
  SPECTRADB_RETURN_IF_ERROR(travel(start, departure));
  const temporal::Value to = given_at(arguments, kGoalOfJourney);
  if (!to.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const Node goal, graph().node_of(to, "goal"));
    keep_way_to(goal);
    return Status::ok();
  }
  for (const Node node : order_) keep(node);
  return Status::ok();
}

Status JourneyCursor::column(sqlite3_context* context, int index) {
  switch (index) {
    case kJourneyNode:
      graph().give_node(context, current().node);
      return Status::ok();
    case kArrival:
      graph().give_bound(context, current().at);
      return Status::ok();
    case kJourneyParent:
      if (current().parent >= 0) graph().give_node(context, static_cast<Node>(current().parent));
      return Status::ok();
    case kJourneyFrom:
      if (current().edge >= 0) graph().give_bound(context, current().valid.from);
      return Status::ok();
    case kJourneyTo:
      if (current().edge >= 0) graph().give_bound(context, current().valid.to);
      return Status::ok();
    default:
      return Status::ok();
  }
}

}  // namespace

constinit const TableFunction kJourneyTable = {
    kJourney,
    kJourneyDeclaration,
    kJourneyEdges,
    kJourneyArguments,
    [](FunctionPlanner& planner) { planner.answer(1e5, 10'000, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<JourneyCursor>(connection);
    }};

}  // namespace spectradb::extension::graph
