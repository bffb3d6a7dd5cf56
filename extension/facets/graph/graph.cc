#include "extension/facets/graph/graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "extension/host/values.h"
#include "extension/times/horizon.h"
#include "extension/times/session_time.h"
#include "extension/times/system_time.h"
#include "extension/times/valid_forms.h"
#include "temporal/key_codec.h"
#include "temporal/row_json.h"

namespace spectradb::extension::graph {

using temporal::Value;

namespace {

std::string encoded(const Value& value) {
  std::string bytes;
  temporal::append_key_value(bytes, value, temporal::Collation::kBinary);
  return bytes;
}

}  // namespace

Graph::Graph(TemporalTable table)
    : table_(std::make_unique<TemporalTable>(std::move(table))), row_(table_->schema) {}

Result<std::unique_ptr<Graph>> Graph::read(Connection& connection, const GraphRequest& request) {
  SPECTRADB_ASSIGN_OR_RETURN(
      TemporalTable table, find_temporal_table(connection, request.table, request.schema, request.function));
  std::unique_ptr<Graph> graph(new Graph(std::move(table)));
  Columns columns;
  SPECTRADB_ASSIGN_OR_RETURN(columns.from, graph->column_of(request, request.from_column, "src"));
  SPECTRADB_ASSIGN_OR_RETURN(columns.to, graph->column_of(request, request.to_column, "dst"));
  if (!request.weight_column.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(columns.weight, graph->column_of(request, request.weight_column, ""));
  }
  SPECTRADB_RETURN_IF_ERROR(graph->reader_.open(graph->table_->database));
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::ReadTimes times, graph->valid_time(connection, request));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t commit, graph->system_time(connection, request));
  SPECTRADB_RETURN_IF_ERROR(check_horizon(*graph->table_, commit));
  const auto rows = graph->reader_.rows(commit, times);
  SPECTRADB_RETURN_IF_ERROR(graph->read_edges(*rows, columns, request.needs_edge_keys));
  graph->integers_.clear();
  graph->number_in_order();
  graph->lay_out();
  return graph;
}

Result<int> Graph::column_of(const GraphRequest& request, const std::string& given, const char* usual) const {
  const std::string name = given.empty() ? usual : given;
  const std::vector<temporal::Column>& columns = table_->schema.columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].is_hidden || sqlite3_stricmp(columns[i].name.c_str(), name.c_str()) != 0) continue;
    if (!table_->hidden.empty() && table_->hidden[i])
      return Status::invalid("column " + name + " of table " + table_->schema.name +
                             " may not be read: not authorized");
    return static_cast<int>(i);
  }
  return Status::invalid(
      std::string(request.function) + ": table " + table_->schema.name + " has no column " + name +
      (given.empty() ? ": say the columns of the two nodes, as from_column and to_column" : ""));
}

Result<temporal::ReadTimes> Graph::valid_time(Connection& connection, const GraphRequest& request) {
  temporal::ReadTimes times;
  Value given = request.valid_at;
  if (given.is_null()) given = connection.part<SessionTimes>().valid_at.value();
  is_all_valid_time_ = request.reads_all_valid_time || is_all(given);
  if (is_all_valid_time_) {
    times.valid = temporal::ValidMode::kAll;
    return times;
  }
  times.valid = temporal::ValidMode::kAt;
  times.at_us = connection.statement_now();
  if (given.is_null()) return times;
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at,
                             to_bound_of(table_->schema, given, connection.statement_now()));
  times.at_us = at.us;
  return times;
}

Result<uint64_t> Graph::system_time(Connection& connection, const GraphRequest& request) const {
  Value given = request.as_of;
  if (given.is_null()) given = connection.part<SessionTimes>().as_of.value();
  if (given.is_null()) return reader_.last_commit();
  SPECTRADB_ASSIGN_OR_RETURN(
      const SystemTime time,
      to_system_time(reader_.database(), given, reader_.snapshot(), connection.statement_now()));
  if (time.is_all)
    return Status::invalid(std::string(request.function) +
                           ": 'all' is no system time; name a commit, or a time as text");
  return time.commit;
}

Result<std::optional<Node>> Graph::take_node(int column) {
  SPECTRADB_ASSIGN_OR_RETURN(const Value value, row_.column(column));
  if (value.is_null()) return std::optional<Node>();
  const bool is_integer = value.type == Value::Type::kInteger;
  if (is_integer) {
    if (const auto known = integers_.find(value.integer); known != integers_.end())
      return std::optional(known->second);
  }
  std::string bytes = encoded(value);
  const auto [place, is_new] = numbers_.try_emplace(bytes, static_cast<Node>(values_.size()));
  if (is_new) values_.push_back(std::move(bytes));
  if (is_integer) integers_.emplace(value.integer, place->second);
  return std::optional(place->second);
}

Result<std::string> Graph::key_json(std::string_view user_key) {
  std::string text;
  if (table_->schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row_.hidden_key());
    return encoded(Value::of_integer(number));
  }
  if (table_->schema.key_columns.size() == 1) {
    SPECTRADB_ASSIGN_OR_RETURN(const Value key, row_.column(table_->schema.key_columns[0]));
    return encoded(key);
  }
  static_cast<void>(user_key);
  SPECTRADB_RETURN_IF_ERROR(temporal::append_key_json(text, table_->schema, row_, table_->hidden));
  return encoded(Value::text(text));
}

Result<double> Graph::take_weight(const Columns& columns) {
  if (columns.weight < 0) return 1.0;
  SPECTRADB_ASSIGN_OR_RETURN(const Value value, row_.column(columns.weight));
  const bool is_number = value.type == Value::Type::kInteger || value.type == Value::Type::kReal;
  const double weight = value.type == Value::Type::kInteger ? static_cast<double>(value.integer) : value.real;
  if (is_number && weight >= 0) {
    has_whole_weights_ = has_whole_weights_ && value.type == Value::Type::kInteger;
    return weight;
  }
  SPECTRADB_ASSIGN_OR_RETURN(const Value from, row_.column(columns.from));
  SPECTRADB_ASSIGN_OR_RETURN(const Value to, row_.column(columns.to));
  return Status::invalid("the edge from " + spelled(from) + " to " + spelled(to) + " of table " +
                         table_->schema.name + " has the weight " + spelled(value) +
                         ": weights are numbers from 0 on");
}

Status Graph::read_edges(temporal::RowCursor& rows, const Columns& columns, bool with_keys) {
  std::string lower;
  temporal::append_table_id(lower, table_->schema.id);
  for (rows.seek(lower, temporal::after_prefix(lower), false); rows.valid(); rows.next()) {
    SPECTRADB_RETURN_IF_ERROR(reader_.check_interrupted());
    row_.bind(rows.row().user_key, rows.row().payload);
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<Node> from, take_node(columns.from));
    SPECTRADB_ASSIGN_OR_RETURN(const std::optional<Node> to, take_node(columns.to));
    if (!from || !to) continue;  // an end that is NULL is no node
    Edge edge;
    edge.from = *from;
    edge.to = *to;
    edge.valid = rows.row().valid;
    SPECTRADB_ASSIGN_OR_RETURN(edge.weight, take_weight(columns));
    edge.row = static_cast<uint32_t>(edges_.size());
    if (with_keys) {
      SPECTRADB_ASSIGN_OR_RETURN(std::string key, key_json(rows.row().user_key));
      edge_keys_.push_back(std::move(key));
    }
    edges_.push_back(edge);
  }
  return rows.status();
}

// Encoded values sort as the values do.
void Graph::number_in_order() {
  std::vector<Node> order(values_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Node a, Node b) { return values_[a] < values_[b]; });
  std::vector<Node> place(order.size());
  std::vector<std::string> values(order.size());
  for (Node i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    values[i] = std::move(values_[order[i]]);
  }
  values_ = std::move(values);
  for (auto& [bytes, number] : numbers_) number = place[number];
  for (Edge& edge : edges_) {
    edge.from = place[edge.from];
    edge.to = place[edge.to];
  }
}

void Graph::lay_out() {
  const auto gather = [&](Ends& ends, Node Edge::*own, Node Edge::*other) {
    ends.begins.assign(values_.size() + 1, 0);
    for (const Edge& edge : edges_) ++ends.begins[edge.*own + 1];
    std::partial_sum(ends.begins.begin(), ends.begins.end(), ends.begins.begin());
    ends.edges.resize(edges_.size());
    std::vector<uint32_t> next(ends.begins.begin(), ends.begins.end());
    for (uint32_t i = 0; i < edges_.size(); ++i) ends.edges[next[edges_[i].*own]++] = i;
    for (Node node = 0; node < values_.size(); ++node) {
      std::sort(ends.edges.begin() + ends.begins[node], ends.edges.begin() + ends.begins[node + 1],
                [&](uint32_t a, uint32_t b) {
                  return std::pair(edges_[a].*other, a) < std::pair(edges_[b].*other, b);
                });
    }
  };
  gather(out_, &Edge::from, &Edge::to);
  gather(in_, &Edge::to, &Edge::from);
}

// A number given as text finds the number that the column holds, as a comparison with it would.
Result<Node> Graph::node_of(const Value& value, const char* role) const {
  auto found = numbers_.find(encoded(value));
  for (const temporal::Affinity affinity : {temporal::Affinity::kNumeric, temporal::Affinity::kText}) {
    if (found != numbers_.end()) break;
    std::string scratch;
    found = numbers_.find(encoded(temporal::apply_affinity(value, affinity, scratch)));
  }
  if (found != numbers_.end()) return found->second;
  return Status::invalid("there is no node " + spelled(value) + " to be the " + role + ": no row of table " +
                         table_->schema.name + " has it then");
}

namespace {

void give_encoded(sqlite3_context* context, std::string_view bytes) {
  std::string scratch;
  const Result<Value> value = temporal::take_key_value(bytes, scratch);
  if (value) give(context, *value);
}

}  // namespace

void Graph::give_node(sqlite3_context* context, Node node) const { give_encoded(context, values_[node]); }

void Graph::give_edge_key(sqlite3_context* context, const Edge& edge) const {
  if (edge.row < edge_keys_.size()) give_encoded(context, edge_keys_[edge.row]);
}

void Graph::give_bound(sqlite3_context* context, const temporal::Bound& bound) const {
  extension::give_bound(context, in_form(bound, table_->schema.valid_form));
}

}  // namespace spectradb::extension::graph
