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
#include "temporal/plain_integer.h"
#include "temporal/row_json.h"
#include "temporal/row_run.h"

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
    : table_(std::make_unique<TemporalTable>(std::move(table))), row_(table_->schema), walk_(table_->schema) {
  callbacks_.is_interrupted = [this] { return reader_.database().is_interrupted(); };
}

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
  const temporal::TableSchema& schema = graph->table_->schema;
  columns.from_in_key = schema.columns[static_cast<size_t>(columns.from)].key_position;
  columns.to_in_key = schema.columns[static_cast<size_t>(columns.to)].key_position;
  SPECTRADB_RETURN_IF_ERROR(graph->reader_.open(graph->table_->database));
  SPECTRADB_ASSIGN_OR_RETURN(const temporal::ReadTimes times, graph->valid_time(connection, request));
  SPECTRADB_ASSIGN_OR_RETURN(const uint64_t commit, graph->system_time(connection, request));
  SPECTRADB_RETURN_IF_ERROR(check_horizon(*graph->table_, commit));
  const auto rows = graph->reader_.rows(commit, times);
  SPECTRADB_RETURN_IF_ERROR(graph->read_edges(*rows, columns, request.needs_edge_keys));
  SPECTRADB_RETURN_IF_ERROR(graph->number_nodes());
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
  times.callbacks = &callbacks_;
  Value given = request.valid_at;
  if (given.is_null()) given = connection.part<SessionTimes>().valid_at.value();
  is_all_valid_time_ = request.reads_all_valid_time || is_all(given);
  if (is_all_valid_time_) {
    times.valid = temporal::ValidMode::kAll;
    return times;
  }
  times.valid = temporal::ValidMode::kAt;
  times.at_us = connection.statement_now();
  if (!given.is_null()) {
    SPECTRADB_ASSIGN_OR_RETURN(const temporal::Bound at, to_bound_of(table_->schema, given, times.at_us));
    times.at_us = at.us;
  }
  SPECTRADB_RETURN_IF_ERROR(check_valid_horizon(*table_, times.at_us));
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

// Most nodes are integers, and most tables of edges have both in the key: no row is taken apart there.
bool Graph::take_ends_of_key(std::string_view user_key, const Columns& columns) {
  if (columns.from_in_key < 0 || columns.to_in_key < 0) return false;
  const auto count = static_cast<size_t>(std::max(columns.from_in_key, columns.to_in_key)) + 1;
  if (user_key.size() < table_id_.size() + count * temporal::kPlainIntegerBytes) return false;
  const char* at = user_key.data() + table_id_.size();
  int64_t from = 0;
  int64_t to = 0;
  for (int column = 0; column < static_cast<int>(count); ++column, at += temporal::kPlainIntegerBytes) {
    int64_t value = 0;
    if (!temporal::read_plain_integer(at, &value)) return false;
    if (column == columns.from_in_key) from = value;
    if (column == columns.to_in_key) to = value;
  }
  nodes_.take_integer(from);
  nodes_.take_integer(to);
  return true;
}

// Returns false where an end is NULL, which is no node; the other end is one all the same.
Result<bool> Graph::take_ends(const Columns& columns) {
  SPECTRADB_ASSIGN_OR_RETURN(const Value from, column(columns.from));
  SPECTRADB_ASSIGN_OR_RETURN(const Value to, column(columns.to));
  if (from.is_null() || to.is_null()) {
    for (const Value& end : {from, to})
      if (!end.is_null()) lone_nodes_.push_back(encoded(end));
    return false;
  }
  nodes_.take(from);
  nodes_.take(to);
  return true;
}

Status Graph::number_nodes() {
  for (const std::string& node : lone_nodes_) {
    std::string_view bytes = node;
    std::string scratch;
    SPECTRADB_ASSIGN_OR_RETURN(const Value value, temporal::take_key_value(bytes, scratch));
    nodes_.take(value);
  }
  ends_ = nodes_.put_in_order();
  ends_.resize(2 * size_t{read_});  // without the lone ones
  return Status::ok();
}

Result<std::string> Graph::key_json() {
  std::string text;
  if (table_->schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row_.hidden_key());
    return encoded(Value::of_integer(number));
  }
  if (table_->schema.key_columns.size() == 1) {
    SPECTRADB_ASSIGN_OR_RETURN(const Value key, row_.column(table_->schema.key_columns[0]));
    return encoded(key);
  }
  SPECTRADB_RETURN_IF_ERROR(temporal::append_key_json(text, table_->schema, row_, table_->hidden));
  return encoded(Value::text(text));
}

Result<double> Graph::take_weight(const Columns& columns) {
  SPECTRADB_ASSIGN_OR_RETURN(const Value value, column(columns.weight));
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
  temporal::append_table_id(table_id_, table_->schema.id);
  const std::string behind = temporal::after_prefix(table_id_);
  if (is_all_valid_time_) {
    for (rows.seek(table_id_, behind, false); rows.valid(); rows.next()) {
      const temporal::ResolvedRow& row = rows.row();
      SPECTRADB_RETURN_IF_ERROR(take_row(row.user_key, row.payload, row.valid, columns, with_keys));
    }
    return rows.status();
  }
  temporal::RowRun run(rows, &callbacks_);
  return run.read(table_id_, behind, [&](std::string_view user_key, std::string_view payload) {
    return take_row(user_key, payload, run.valid(), columns, with_keys);
  });
}

Status Graph::take_row(std::string_view user_key, std::string_view payload, const temporal::Period& valid,
                       const Columns& columns, bool with_key) {
  const bool has_ends = take_ends_of_key(user_key, columns);
  if (!has_ends || columns.weight >= 0 || with_key) {
    walk_.bind(user_key, payload);
    row_.bind(user_key, payload);
  }
  if (!has_ends) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool is_edge, take_ends(columns));
    if (!is_edge) return Status::ok();
  }
  take_valid(valid);
  if (columns.weight >= 0) {
    SPECTRADB_ASSIGN_OR_RETURN(const double weight, take_weight(columns));
    weights_.push_back(weight);
  }
  if (with_key) {
    SPECTRADB_ASSIGN_OR_RETURN(std::string key, key_json());
    edge_keys_.push_back(std::move(key));
  }
  ++read_;
  return Status::ok();
}

Result<Value> Graph::column(int index) {
  Value value;
  if (walk_.find(index, &value)) return value;
  return row_.column(index);
}

// Edges whose key begins with both ends are read in their order.
bool Graph::is_in_order() const {
  for (size_t i = 2; i < ends_.size(); i += 2) {
    const bool is_behind =
        ends_[i - 2] < ends_[i] || (ends_[i - 2] == ends_[i] && ends_[i - 1] <= ends_[i + 1]);
    if (!is_behind) return false;
  }
  return true;
}

// Sorts by counting, first by the other ends and then by the own ones: what was in order stays so. `own` is 0
// where edges are those that lead from a node, and 1 where they lead to it.
void Graph::lay_out(Ends& ends, size_t own) const {
  const size_t count = edge_count();
  const auto end = [this](size_t edge, size_t which) { return ends_[2 * edge + which]; };
  const auto places = [&](size_t which) {
    std::vector<uint32_t> begins(node_count() + 1);
    for (size_t i = 0; i < count; ++i) ++begins[end(i, which) + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    return begins;
  };
  const bool is_sorted = is_in_order();
  std::vector<uint32_t> by_other(count);
  if (is_sorted) {  // by the ends that edges lead from, and each one's by the others
    std::iota(by_other.begin(), by_other.end(), 0);
  } else {
    std::vector<uint32_t> next = places(1 - own);
    for (uint32_t i = 0; i < count; ++i) by_other[next[end(i, 1 - own)]++] = i;
  }
  ends.begins = places(own);
  ends.others.resize(count);
  if (is_sorted && own == 0) {
    for (size_t i = 0; i < count; ++i) ends.others[i] = end(i, 1);
    ends.edges = std::move(by_other);
    return;
  }
  ends.edges.resize(count);
  std::vector<uint32_t> next = ends.begins;
  for (const uint32_t index : by_other) {
    const uint32_t place = next[end(index, own)]++;
    ends.edges[place] = index;
    ends.others[place] = end(index, 1 - own);
  }
}

// A number given as text finds the number that the column holds, as a comparison with it would.
Result<Node> Graph::node_of(const Value& value, const char* role) const {
  std::optional<Node> found = nodes_.find(value);
  for (const temporal::Affinity affinity : {temporal::Affinity::kNumeric, temporal::Affinity::kText}) {
    if (found) break;
    std::string scratch;
    found = nodes_.find(temporal::apply_affinity(value, affinity, scratch));
  }
  if (found) return *found;
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

void Graph::give_edge_key(sqlite3_context* context, uint32_t index) const {
  if (index < edge_keys_.size()) give_encoded(context, edge_keys_[index]);
}

void Graph::give_bound(sqlite3_context* context, const temporal::Bound& bound) const {
  extension::give_bound(context, in_form(bound, table_->schema.valid_form));
}

}  // namespace spectradb::extension::graph
