#include "extension/facets/erase/found_keys.h"

#include <algorithm>
#include <set>

#include "extension/facets/copy/user_statement.h"
#include "extension/host/query.h"
#include "extension/host/values.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/fact_reader.h"
#include "extension/times/horizon.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::erase {

namespace {

// As the hidden key of a table without one is called (extension/schema/hidden_columns.h).
std::string key_columns_of(const temporal::TableSchema& schema) {
  std::string names;
  for (const int column : schema.key_columns)
    names += (names.empty() ? "" : ", ") + quoted(schema.columns[static_cast<size_t>(column)].name);
  if (!names.empty()) return names;
  const bool is_taken = std::any_of(
      schema.columns.begin(), schema.columns.end(),
      [](const temporal::Column& column) { return sqlite3_stricmp(column.name.c_str(), "rowid") == 0; });
  return is_taken ? hidden_name(kRowid) : "rowid";
}

// What was retired may still be stored, but no index need lead to it: `+` keeps the condition from indexes.
Status without_indexes(const Status& status, bool has_horizon) {
  if (!has_horizon || status.message().find("function MATCH") == std::string::npos) return status;
  return Status::invalid(status.message() +
                         ": the table has retired history, which no index finds, but which may still be "
                         "stored; name the rows by "
                         "other conditions, or by their keys with spectradb_erase(table, key)");
}

}  // namespace

Result<std::vector<std::string>> keys_where(const TemporalTable& table, const std::string& condition) {
  const temporal::TableSchema& schema = table.schema;
  const bool has_horizon = horizon_of(table) > 0 || valid_horizon_of(table) > temporal::kBeginningOfTime;
  const BehindHorizons reads_all(*table.database);
  copy::UserStatement rows;
  const Status prepared =
      rows.prepare(table.database->connection().handle(),
                   "SELECT " + key_columns_of(schema) + " FROM " + table.database->qualified(schema.name) +
                       " FOR ALL SYSTEM_TIME FOR ALL VALID_TIME WHERE " + (has_horizon ? "+" : "") + "(" +
                       condition + "\n)");
  if (!prepared) return without_indexes(prepared, has_horizon);
  std::set<std::string> keys;
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return without_indexes(row.status(), has_horizon);
    if (!*row) break;
    std::string key;
    temporal::append_table_id(key, schema.id);
    for (int place = 0; place < sqlite3_column_count(rows.statement()); ++place) {
      const bool is_hidden = schema.key_columns.empty();
      const auto column = is_hidden ? 0 : static_cast<size_t>(schema.key_columns[static_cast<size_t>(place)]);
      temporal::append_key_value(key, from_sqlite(sqlite3_column_value(rows.statement(), place)),
                                 is_hidden ? temporal::Collation::kBinary : schema.columns[column].collation);
    }
    keys.insert(std::move(key));
  }
  return std::vector<std::string>(keys.begin(), keys.end());
}

// A subject is the beginning of its rows' keys.
Result<std::vector<std::string>> keys_of_subjects(const std::shared_ptr<Database>& database,
                                                  const std::set<std::string>& subjects) {
  FactReader reader;
  SPECTRADB_RETURN_IF_ERROR(reader.open(database));
  reader.show_from(nullptr);
  std::vector<std::string> user_keys;
  const auto versions = reader.versions(0, UINT64_MAX);
  for (const std::string& subject : subjects) {
    for (versions->seek(subject); versions->valid() && versions->user_key().starts_with(subject);
         versions->next_key())
      user_keys.emplace_back(versions->user_key());
    SPECTRADB_RETURN_IF_ERROR(versions->status());
  }
  return user_keys;
}

}  // namespace spectradb::extension::erase
