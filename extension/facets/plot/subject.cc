#include "extension/facets/plot/subject.h"

#include <algorithm>

#include "temporal/instant.h"
#include "temporal/row_json.h"

namespace spectradb::extension::plot {

using temporal::Value;

namespace {

constexpr size_t kToTheSecond = 19;  // the length of 2026-01-01 10:00:00

std::string text_of_value(const Value& value) {
  if (value.is_null()) return "NULL";
  if (value.type == Value::Type::kText) return std::string(value.bytes);
  std::string json;
  temporal::append_json(json, value);
  return value.type == Value::Type::kBlob ? json.substr(1, json.size() - 2) : json;
}

}  // namespace

Result<std::unique_ptr<Subject>> Subject::open(Connection& connection, const Value& table, Options options,
                                               const char* function) {
  if (!options.schema.empty() && sqlite3_db_filename(connection.handle(), options.schema.c_str()) == nullptr)
    return Status::invalid(std::string(function) + ": there is no database named '" + options.schema +
                           "' on this connection");
  SPECTRADB_ASSIGN_OR_RETURN(TemporalTable found,
                             find_temporal_table(connection, table, options.schema, function));
  std::unique_ptr<Subject> subject(new Subject(std::move(found), std::move(options)));
  SPECTRADB_RETURN_IF_ERROR(subject->choose_columns());
  SPECTRADB_RETURN_IF_ERROR(subject->reader_.open(subject->table_.database));
  return subject;
}

Status Subject::choose_columns() {
  const std::vector<temporal::Column>& columns = table_.schema.columns;
  for (const std::string& name : options_.columns) {
    const auto column = std::find_if(columns.begin(), columns.end(), [&](const temporal::Column& candidate) {
      return !candidate.is_hidden && sqlite3_stricmp(candidate.name.c_str(), name.c_str()) == 0;
    });
    if (column == columns.end())
      return Status::invalid("table " + table_.schema.name + " has no column '" + name + "'");
    columns_.push_back(static_cast<int>(column - columns.begin()));
  }
  if (!options_.columns.empty()) return Status::ok();
  for (size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].is_hidden && columns[i].key_position < 0) columns_.push_back(static_cast<int>(i));
  return Status::ok();
}

Result<std::optional<std::string>> Subject::find_key(const Value& key) {
  if (table_.hides_key())
    return Status::invalid("the key of table " + table_.schema.name + " may not be read: not authorized");
  SPECTRADB_ASSIGN_OR_RETURN(KeyWanted wanted, key_of_argument(table_.schema, key));
  return std::move(wanted.user_key);
}

Result<std::vector<std::string>> Subject::lines(std::string_view user_key, std::string_view payload) {
  row_.bind(user_key, payload);
  std::vector<std::string> lines;
  for (const int column : columns_) {
    Value value;
    if (!is_hidden(column)) {
      SPECTRADB_ASSIGN_OR_RETURN(value, row_.column(column));
    }
    const std::string name =
        columns_.size() == 1 ? std::string() : table_.schema.columns[static_cast<size_t>(column)].name + ": ";
    lines.push_back(name + text_of_value(value));
  }
  if (lines.empty()) lines.emplace_back("there");
  return lines;
}

Result<std::string> Subject::key_text(std::string_view user_key) {
  row_.bind(user_key, {});
  if (table_.schema.key_columns.empty()) {
    SPECTRADB_ASSIGN_OR_RETURN(const int64_t number, row_.hidden_key());
    return std::to_string(number);
  }
  std::string text;
  for (const int column : table_.schema.key_columns) {
    Value value;
    if (!is_hidden(column)) {
      SPECTRADB_ASSIGN_OR_RETURN(value, row_.column(column));
    }
    text += (text.empty() ? "" : ", ") + text_of_value(value);
  }
  return text;
}

Result<std::string> Subject::time_text(uint64_t commit) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::optional<int64_t> time, table_.database->commit_time_us(commit));
  return time ? temporal::format_instant(*time).substr(0, kToTheSecond) : std::string();
}

Result<std::string> Subject::commit_text(uint64_t commit) {
  SPECTRADB_ASSIGN_OR_RETURN(const std::string time, time_text(commit));
  return "commit " + std::to_string(commit) + (time.empty() ? std::string() : ", " + time);
}

size_t colour_of(std::vector<std::vector<std::string>>& known, const std::vector<std::string>& lines) {
  const auto place = std::find(known.begin(), known.end(), lines);
  const auto colour = static_cast<size_t>(place - known.begin());
  if (place == known.end()) known.push_back(lines);
  return colour;
}

}  // namespace spectradb::extension::plot
