#include "extension/facets/plot/options.h"

#include "extension/host/query.h"
#include "extension/host/values.h"

namespace spectradb::extension::plot {

using temporal::Value;

namespace {

constexpr int64_t kMinWidth = 320;
constexpr int64_t kMaxWidth = 4000;
constexpr int64_t kMaxCommits = 1000;

Status no_number(const std::string& name, const Value& value, int64_t least, int64_t greatest) {
  return Status::invalid("the option " + name + " is a number from " + std::to_string(least) + " to " +
                         std::to_string(greatest) + ", not " + spelled(value));
}

Status take_number(const std::string& name, const Value& value, int64_t least, int64_t greatest,
                   int64_t* taken) {
  if (value.type != Value::Type::kInteger || value.integer < least || value.integer > greatest)
    return no_number(name, value, least, greatest);
  *taken = value.integer;
  return Status::ok();
}

Status take_option(Connection& connection, const std::string& name, const Value& value,
                   const std::string& type, Options* options) {
  const bool is_text = value.type == Value::Type::kText && type == "text";
  if (name == "width") return take_number(name, value, kMinWidth, kMaxWidth, &options->width);
  if (name == "commits") return take_number(name, value, 1, kMaxCommits, &options->commits);
  if (name == "schema" && is_text) {
    options->schema = value.bytes;
    return Status::ok();
  }
  if (name == "columns" && is_text) {
    options->columns = {std::string(value.bytes)};
    return Status::ok();
  }
  if (name == "columns" && type == "array") {
    SPECTRADB_ASSIGN_OR_RETURN(const std::vector<Element> columns, read_array(connection, value));
    for (const Element& column : columns) options->columns.push_back(column.bytes);
    return Status::ok();
  }
  if (name == "schema" || name == "columns")
    return Status::invalid("the option " + name + " is " +
                           (name == "schema" ? "the name of a database" : "a name, or an array of names") +
                           ", not " + spelled(value));
  return Status::invalid("there is no option '" + name + "': there are columns, width, commits and schema");
}

bool is_of_type(Connection& connection, const Value& given, const char* type) {
  if (given.type != Value::Type::kText) return false;
  Query query(connection.handle(), "SELECT json_valid(?1) AND json_type(?1) = ?2");
  query.bind(1, given).bind(2, std::string_view(type));
  const Result<bool> row = query.step();
  return row && *row && query.integer(0) != 0;
}

}  // namespace

Result<Options> read_options(Connection& connection, const Value& given) {
  Options options;
  if (given.is_null()) return options;
  if (!is_of_type(connection, given, "object"))
    return Status::invalid(
        "options are a JSON object such as '{\"columns\": \"price\", \"width\": 600}', not " +
        spelled(given));
  Query query(connection.handle(), "SELECT key, value, type FROM json_each(?1)");
  query.bind(1, given);
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return options;
    SPECTRADB_RETURN_IF_ERROR(take_option(connection, query.text(0),
                                          from_sqlite(sqlite3_column_value(query.statement(), 1)),
                                          query.text(2), &options));
  }
}

Result<std::vector<Element>> read_array(Connection& connection, const Value& given) {
  if (!is_of_type(connection, given, "array"))
    return Status::invalid(spelled(given) + " is no JSON array: write json_array(1, 'a')");
  std::vector<Element> elements;
  Query query(connection.handle(), "SELECT value FROM json_each(?1)");
  query.bind(1, given);
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) return elements;
    Element element;
    element.value = from_sqlite(sqlite3_column_value(query.statement(), 0));
    element.bytes = element.value.bytes;
    element.value.bytes = {};
    elements.push_back(std::move(element));
  }
}

}  // namespace spectradb::extension::plot
