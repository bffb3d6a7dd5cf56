// Holds the rows of a temporal table as edges, all read at one system time. Nodes are numbered in the order
// of their values, and the edges of each node are ordered by the other end's value and the row's key, so
// that answers always come in the same order. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extension/facets/graph/node_numbers.h"
#include "extension/session/fact_reader.h"
#include "extension/table/temporal_tables.h"
#include "temporal/column_walk.h"
#include "temporal/instant.h"
#include "temporal/row_codec.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension::graph {

enum class Direction : uint8_t { kOut, kIn, kBoth };

// Says what to read, by names and values from the user; empty texts and NULL mean "not given".
struct GraphRequest {
  const char* function = "";  // for messages
  std::string schema;
  temporal::Value table;
  std::string from_column;
  std::string to_column;
  std::string weight_column;
  temporal::Value as_of;
  temporal::Value valid_at;
  bool reads_all_valid_time = false;  // whatever valid_at says
  bool needs_edge_keys = false;
};

struct Edge {
  Node from = 0;
  Node to = 0;
};

class Graph {
 public:
  // Reads the edges. kInvalid names the table, column, time or weight that is wrong; weights must not be
  // negative.
  static Result<std::unique_ptr<Graph>> read(Connection& connection, const GraphRequest& request);

  size_t node_count() const { return nodes_.size(); }
  size_t edge_count() const { return ends_.size() / 2; }
  // Finds a node; kInvalid where no edge has it. `role` is "start" or "goal".
  Result<Node> node_of(const temporal::Value& value, const char* role) const;
  void give_node(sqlite3_context* context, Node node) const { nodes_.give(context, node); }
  void give_edge_key(sqlite3_context* context, uint32_t index) const;
  void give_bound(sqlite3_context* context, const temporal::Bound& bound) const;

  // Return indexes of edges, and the nodes at their other ends. What leads out of nodes, or into them, is laid
  // out when it is first asked for.
  std::span<const uint32_t> from(Node node) const { return slice(out().edges, out(), node); }
  std::span<const uint32_t> into(Node node) const { return slice(in().edges, in(), node); }
  std::span<const Node> nodes_from(Node node) const { return slice(out().others, out(), node); }
  std::span<const Node> nodes_into(Node node) const { return slice(in().others, in(), node); }
  Edge edge(uint32_t index) const { return {ends_[2 * size_t{index}], ends_[2 * size_t{index} + 1]}; }
  double weight(uint32_t index) const { return weights_.empty() ? 1 : weights_[index]; }
  // The piece of valid time in which the row has these values.
  temporal::Period valid(uint32_t index) const { return valid_.empty() ? temporal::Period() : valid_[index]; }

  bool is_all_valid_time() const { return is_all_valid_time_; }
  bool has_whole_weights() const { return has_whole_weights_; }
  temporal::ValidForm valid_form() const { return table_->schema.valid_form; }
  const temporal::TableSchema& schema() const { return table_->schema; }
  const TemporalTable& table() const { return *table_; }
  Status check_interrupted() const { return reader_.check_interrupted(); }

 private:
  struct Ends {  // the edges of each node, one after another
    std::vector<uint32_t> begins;
    std::vector<uint32_t> edges;
    std::vector<Node> others;
  };
  struct Columns {
    int from = -1;
    int to = -1;
    int weight = -1;
    // Places among the key columns, of ends that are both there.
    int from_in_key = -1;
    int to_in_key = -1;
  };

  explicit Graph(TemporalTable table);
  static std::span<const uint32_t> slice(const std::vector<uint32_t>& all, const Ends& ends, Node node) {
    return {all.data() + ends.begins[node], all.data() + ends.begins[node + 1]};
  }
  const Ends& out() const {
    if (out_.begins.empty()) lay_out(out_, 0);
    return out_;
  }
  const Ends& in() const {
    if (in_.begins.empty()) lay_out(in_, 1);
    return in_;
  }
  Result<int> column_of(const GraphRequest& request, const std::string& given, const char* usual) const;
  Result<temporal::ReadTimes> valid_time(Connection& connection, const GraphRequest& request);
  Result<uint64_t> system_time(Connection& connection, const GraphRequest& request) const;
  Status read_edges(temporal::RowCursor& rows, const Columns& columns, bool with_keys);
  Status take_row(std::string_view user_key, std::string_view payload, const temporal::Period& valid,
                  const Columns& columns, bool with_key);
  Result<bool> take_ends(const Columns& columns);
  bool take_ends_of_key(std::string_view user_key, const Columns& columns);
  // Most tables tell nothing of valid time, and nothing is kept for their edges.
  void take_valid(const temporal::Period& valid) {
    if (valid_.empty()) {
      if (valid == temporal::Period()) return;
      valid_.resize(read_);
    }
    valid_.push_back(valid);
  }
  Result<temporal::Value> column(int index);  // of the row that is bound
  Result<double> take_weight(const Columns& columns);
  Result<std::string> key_json();
  Status number_nodes();
  bool is_in_order() const;
  void lay_out(Ends& ends, size_t own) const;

  std::unique_ptr<TemporalTable> table_;
  FactReader reader_;
  temporal::ReadCallbacks callbacks_;
  // Both are bound to a row where its key does not tell all that is asked.
  temporal::RowReader row_;
  temporal::ColumnWalk walk_;  // asked first
  std::string table_id_;       // the bytes that the keys of the table begin with
  bool is_all_valid_time_ = false;
  bool has_whole_weights_ = true;
  NodeNumbers nodes_;
  std::vector<std::string> lone_nodes_;  // as bytes of keys: those whose edge has no other end
  // Of edges in the order of the table's keys.
  uint32_t read_ = 0;                    // how many there are so far
  std::vector<Node> ends_;               // two of each edge: where it leads from, and to
  std::vector<double> weights_;          // empty where each is 1
  std::vector<temporal::Period> valid_;  // empty where each is valid for all time
  std::vector<std::string> edge_keys_;   // as JSON or text; empty where they are not needed
  mutable Ends out_;
  mutable Ends in_;
};

}  // namespace spectradb::extension::graph
