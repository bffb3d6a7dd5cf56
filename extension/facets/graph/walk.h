// Holds what the functions of this facet share: the order of arguments, and rows that are all found before
// the first one is shown. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "extension/facets/graph/graph.h"
#include "extension/functions/table_function.h"

namespace spectradb::extension::graph {

// Says which argument is where; -1: the function lacks the argument.
struct ArgumentPlaces {
  int direction = -1;
  int from_column = -1;
  int to_column = -1;
  int weight_column = -1;
  int as_of = -1;
  int valid_at = -1;
  int schema = -1;
};

// One answer: a node, and how it was reached.
struct WalkRow {
  int64_t path = 0;  // counted from 1
  int64_t step = 0;  // for spectradb_reach() the depth
  Node node = 0;
  int64_t parent = -1;  // a node; -1 for none
  int64_t edge = -1;    // an edge of the graph; -1 for none
  double cost = 0;
  temporal::Bound at;  // the arrival of a journey
  temporal::Period valid;
};

class WalkCursor : public GatheredCursor<WalkRow> {
 public:
  WalkCursor(Connection& connection, const char* function, ArgumentPlaces places)
      : connection_(connection), function_(function), places_(places) {}

  Status filter(const FunctionArguments& arguments) final;

 protected:
  // Finds the rows. Arguments that decide what is read have been checked before.
  virtual Status walk(const FunctionArguments& arguments, Direction direction) = 0;
  virtual void prepare(GraphRequest& request) const { static_cast<void>(request); }

  // Returns an argument that the function needs; kInvalid shows how the function is called.
  Result<temporal::Value> required(const FunctionArguments& arguments, int place, const char* usage) const;
  // Returns a whole number of at least `least`, or `otherwise` where none was given.
  Result<int64_t> number(const FunctionArguments& arguments, int place, const char* name, int64_t least,
                         int64_t otherwise) const;

  // kInvalid where the edges were read over all valid time.
  Status check_one_time() const;

  Connection& connection() { return connection_; }
  const Graph& graph() const { return *graph_; }

 private:
  Result<Direction> direction_of(const FunctionArguments& arguments) const;

  Connection& connection_;
  const char* function_;
  const ArgumentPlaces places_;
  std::unique_ptr<Graph> graph_;
};

// Returns NULL where the argument was not given.
temporal::Value given_at(const FunctionArguments& arguments, int place);

}  // namespace spectradb::extension::graph
