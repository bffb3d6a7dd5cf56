// Ranks nodes by where somebody is who goes along the edges at random, and now and then jumps to any node:
// PageRank by power iteration. Sums are made in the order of the nodes, so that the same rows always give
// the same ranks.
#include <algorithm>
#include <cmath>

#include "extension/facets/graph/walk.h"
#include "extension/facets/graph/walks.h"
#include "extension/host/values.h"

namespace spectradb::extension::graph {

using temporal::Value;

namespace {

constexpr const char* kPageRank = "spectradb_pagerank";

enum PageRankColumn : int { kRankedNode, kRank, kRankEdges };
enum PageRankArgument : int { kWeightOfRank = 1, kDamping, kPageRankArguments = 8 };

constexpr const char* kPageRankDeclaration =
    "CREATE TABLE x(node PRIMARY KEY, rank REAL, edges HIDDEN, weight_column HIDDEN, damping HIDDEN, "
    "from_column HIDDEN, to_column HIDDEN, as_of HIDDEN, valid_at HIDDEN, schema HIDDEN) WITHOUT ROWID";

constexpr double kUsualDamping = 0.85;
constexpr double kTolerance = 1e-13;  // of the sum of what all ranks still change by
constexpr int kMostRounds = 10'000;

class PageRankCursor final : public WalkCursor {
 public:
  explicit PageRankCursor(Connection& connection)
      : WalkCursor(connection, kPageRank,
                   {.from_column = 3,
                    .to_column = 4,
                    .weight_column = kWeightOfRank,
                    .as_of = 5,
                    .valid_at = 6,
                    .schema = 7}) {}

  Status column(sqlite3_context* context, int index) override;

 private:
  Status walk(const FunctionArguments& arguments, Direction direction) override;
  static Result<double> damping_of(const FunctionArguments& arguments);
  Status share_out();
  double next_round(double damping);

  std::vector<double> shares_;  // for each edge, how often it is taken where its node is left
  std::vector<bool> is_end_;    // for each node, whether no edge leads away from it
  std::vector<double> ranks_;
  std::vector<double> next_;
};

Result<double> PageRankCursor::damping_of(const FunctionArguments& arguments) {
  const Value given = given_at(arguments, kDamping);
  if (given.is_null()) return kUsualDamping;
  std::string scratch;
  const Value value = temporal::apply_affinity(given, temporal::Affinity::kReal, scratch);
  if (value.type == Value::Type::kReal && value.real >= 0 && value.real < 1) return value.real;
  return Status::invalid(std::string(kPageRank) + ": the damping is a number from 0 to below 1, not " +
                         spelled(given));
}

// Weights are compared with the greatest first, since their sum may be no number any more.
Status PageRankCursor::share_out() {
  shares_.assign(graph().edge_count(), 0);
  is_end_.assign(graph().node_count(), true);
  for (Node node = 0; node < graph().node_count(); ++node) {
    double greatest = 0;
    for (const uint32_t index : graph().from(node)) greatest = std::max(greatest, graph().weight(index));
    if (std::isinf(greatest))
      return Status::invalid(std::string(kPageRank) +
                             ": the weight of an edge is infinite; ranks need numbers");
    if (greatest == 0) continue;
    is_end_[node] = false;
    double sum = 0;
    for (const uint32_t index : graph().from(node)) sum += graph().weight(index) / greatest;
    for (const uint32_t index : graph().from(node)) shares_[index] = graph().weight(index) / greatest / sum;
  }
  return Status::ok();
}

// Returns by how much all ranks changed. Who is at an end jumps.
double PageRankCursor::next_round(double damping) {
  const auto count = static_cast<double>(ranks_.size());
  double jumping = 0;
  for (Node node = 0; node < ranks_.size(); ++node)
    if (is_end_[node]) jumping += ranks_[node];
  const double least = (1 - damping) / count + damping * jumping / count;
  double change = 0;
  for (Node node = 0; node < ranks_.size(); ++node) {
    double sum = 0;
    for (const uint32_t index : graph().into(node)) sum += shares_[index] * ranks_[graph().edge(index).from];
    next_[node] = least + damping * sum;
    change += std::abs(next_[node] - ranks_[node]);
  }
  ranks_.swap(next_);
  return change;
}

Status PageRankCursor::walk(const FunctionArguments& arguments, Direction direction) {
  static_cast<void>(direction);
  SPECTRADB_RETURN_IF_ERROR(check_one_time());
  SPECTRADB_ASSIGN_OR_RETURN(const double damping, damping_of(arguments));
  if (graph().node_count() == 0) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(share_out());
  ranks_.assign(graph().node_count(), 1 / static_cast<double>(graph().node_count()));
  next_ = ranks_;
  for (int round = 0; round < kMostRounds && next_round(damping) > kTolerance; ++round)
    SPECTRADB_RETURN_IF_ERROR(graph().check_interrupted());
  for (Node node = 0; node < ranks_.size(); ++node) {
    WalkRow row;
    row.node = node;
    row.cost = ranks_[node];
    rows().push_back(row);
  }
  std::stable_sort(rows().begin(), rows().end(),
                   [](const WalkRow& a, const WalkRow& b) { return a.cost > b.cost; });
  return Status::ok();
}

Status PageRankCursor::column(sqlite3_context* context, int index) {
  if (index == kRankedNode) graph().give_node(context, current().node);
  if (index == kRank) sqlite3_result_double(context, current().cost);
  return Status::ok();
}

}  // namespace

constinit const TableFunction kPageRankTable = {
    kPageRank,
    kPageRankDeclaration,
    kRankEdges,
    kPageRankArguments,
    [](FunctionPlanner& planner) { planner.answer(1e6, 10'000, 0); },
    [](Connection& connection) -> std::unique_ptr<FunctionCursor> {
      return std::make_unique<PageRankCursor>(connection);
    }};

}  // namespace spectradb::extension::graph
