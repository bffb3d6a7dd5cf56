#include "extension/facets/graph/walk.h"

#include "extension/host/numbers.h"
#include "extension/host/values.h"

namespace spectradb::extension::graph {

using temporal::Value;

Value given_at(const FunctionArguments& arguments, int place) {
  return place < 0 ? Value::null() : arguments.value(place);
}

namespace {

Result<std::string> text_at(const FunctionArguments& arguments, int place, const char* function,
                            const char* name) {
  const Value value = given_at(arguments, place);
  if (value.is_null()) return std::string();
  if (value.type == Value::Type::kText) return std::string(value.bytes);
  return Status::invalid(std::string(function) + " takes the name of a column as " + name + ", not " +
                         spelled(value));
}

}  // namespace

Result<Value> WalkCursor::required(const FunctionArguments& arguments, int place, const char* usage) const {
  const Value value = given_at(arguments, place);
  if (!value.is_null()) return value;
  return Status::invalid(std::string("an argument is missing: ") + usage);
}

Result<int64_t> WalkCursor::number(const FunctionArguments& arguments, int place, const char* name,
                                   int64_t least, int64_t otherwise) const {
  const Value given = given_at(arguments, place);
  if (given.is_null()) return otherwise;
  const Value value = integral(given);
  if (value.type == Value::Type::kInteger && value.integer >= least) return value.integer;
  return Status::invalid(std::string(function_) + ": " + name + " is a whole number from " +
                         std::to_string(least) + " on, not " + spelled(given));
}

Status WalkCursor::check_one_time() const {
  if (!graph_->is_all_valid_time()) return Status::ok();
  return Status::invalid(std::string(function_) +
                         " tells of the edges at one time: name it as valid_at, not 'all'");
}

Result<Direction> WalkCursor::direction_of(const FunctionArguments& arguments) const {
  const Value given = given_at(arguments, places_.direction);
  if (given.is_null()) return Direction::kOut;
  if (given.type == Value::Type::kText) {
    if (given.bytes == "out") return Direction::kOut;
    if (given.bytes == "in") return Direction::kIn;
    if (given.bytes == "both") return Direction::kBoth;
  }
  return Status::invalid(std::string(function_) + ": the direction is 'out', 'in' or 'both', not " +
                         spelled(given));
}

Status WalkCursor::filter(const FunctionArguments& arguments) {
  start_over();
  graph_.reset();
  GraphRequest request;
  request.function = function_;
  sqlite3_value* schema = places_.schema < 0 ? nullptr : arguments.argument(places_.schema);
  SPECTRADB_ASSIGN_OR_RETURN(request.schema,
                             schema_of_argument(connection_, schema, function_, arguments.schema(), ""));
  request.table = given_at(arguments, 0);
  if (request.table.is_null())
    return Status::invalid(std::string(function_) + " needs the name of a table of edges");
  SPECTRADB_ASSIGN_OR_RETURN(request.from_column,
                             text_at(arguments, places_.from_column, function_, "from_column"));
  SPECTRADB_ASSIGN_OR_RETURN(request.to_column,
                             text_at(arguments, places_.to_column, function_, "to_column"));
  SPECTRADB_ASSIGN_OR_RETURN(request.weight_column,
                             text_at(arguments, places_.weight_column, function_, "weight_column"));
  request.as_of = given_at(arguments, places_.as_of);
  request.valid_at = given_at(arguments, places_.valid_at);
  SPECTRADB_ASSIGN_OR_RETURN(const Direction direction, direction_of(arguments));
  prepare(request);
  SPECTRADB_ASSIGN_OR_RETURN(graph_, Graph::read(connection_, request));
  return walk(arguments, direction);
}

}  // namespace spectradb::extension::graph
