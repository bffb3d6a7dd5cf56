#include "extension/table/sql_catalog.h"

#include <algorithm>
#include <new>
#include <vector>

#include "extension/host/query.h"
#include "extension/schema/index_catalog.h"
#include "extension/session/database.h"
#include "extension/table/table.h"

namespace spectradb::extension {

namespace {

// The schemas in SQLite's order of search for an unqualified name.
std::vector<std::string> schemas_of(sqlite3* db) {
  constexpr int kFirstAttached = 2;
  std::vector<std::string> schemas{"temp", "main"};
  for (int i = kFirstAttached;; ++i) {
    const char* name = sqlite3_db_name(db, i);
    if (name == nullptr) return schemas;
    schemas.push_back(name);
  }
}

// What could not be asked must not pass for "there is none".
void expect_memory(const Status& status) {
  if (status.code() == Code::kNoMemory) throw std::bad_alloc();
}

// In its own collation, as min() wants it. Columns of the key are NOT NULL.
bool is_nullable_first(const Table& table, size_t index) {
  const temporal::Column& column = table.schema().columns[index];
  if (column.not_null || column.key_position >= 0) return false;
  const std::vector<temporal::IndexSchema>& indexes = table.indexes();
  return std::any_of(indexes.begin(), indexes.end(), [&](const temporal::IndexSchema& one) {
    return one.parts[0].column == static_cast<int>(index) && one.parts[0].collation == column.collation;
  });
}

sql::Relation describe(const Table& table, const std::string& schema) {
  sql::Relation relation;
  relation.schema = schema;
  relation.kind = sql::RelationKind::kTemporal;
  relation.known_columns = table.schema().payload.size();
  relation.starts_now = table.schema().valid_default == temporal::ValidDefault::kNow;
  for (const temporal::Column& column : table.schema().columns) {
    const size_t index = relation.columns.size();
    const MadeColumn& made = table.definition().made_columns[index];
    relation.columns.push_back({column.name, column.default_sql.value_or(""), column.is_generated,
                                column.key_position >= 0, is_nullable_first(table, index), made.expression,
                                made.has_collation});
  }
  return relation;
}

}  // namespace

sql::Relation SqlCatalog::find(std::string_view schema, std::string_view name) {
  if (!failure_) return {};  // no later query may become SQLite's last one
  if (!schema.empty()) return find_in(std::string(schema), name);
  for (const std::string& candidate : schemas_of(connection_.handle())) {
    sql::Relation relation = find_in(candidate, name);
    if (relation.kind != sql::RelationKind::kNone) return relation;
  }
  return {};
}

bool SqlCatalog::may_have_column(std::string_view schema, std::string_view table, std::string_view column) {
  const std::string of = std::string(schema);
  const int code = sqlite3_table_column_metadata(connection_.handle(), of.empty() ? nullptr : of.c_str(),
                                                 std::string(table).c_str(), std::string(column).c_str(),
                                                 nullptr, nullptr, nullptr, nullptr, nullptr);
  return code != SQLITE_ERROR;
}

std::optional<sql::IndexPlace> SqlCatalog::find_index(std::string_view schema, std::string_view name) {
  if (!failure_) return std::nullopt;
  const std::vector<std::string> schemas =
      schema.empty() ? schemas_of(connection_.handle()) : std::vector<std::string>{std::string(schema)};
  for (const std::string& candidate : schemas) {
    const std::shared_ptr<Database> database = connection_.database(candidate);
    Result<std::optional<IndexCatalog::Place>> place = IndexCatalog(*database).find(name);
    expect_memory(place.status());
    if (place && place->has_value()) return sql::IndexPlace{candidate, (*place)->table};
  }
  return std::nullopt;
}

sql::Relation SqlCatalog::find_in(const std::string& schema, std::string_view name) {
  sqlite3* db = connection_.handle();
  Query query(db, "SELECT type, sql, rootpage FROM " + quoted(schema) +
                      ".sqlite_master WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')");
  query.bind(1, name);
  Result<bool> row = query.step();
  expect_memory(row.status());
  sql::Relation relation;
  if (!row && row.status().code() != Code::kInvalid) failure_ = row.status();  // an unknown schema is none
  if (!row || !*row) return relation;
  relation.schema = schema;
  if (query.text(0) == "view") {
    relation.kind = sql::RelationKind::kView;
    relation.view_select = query.text(1);
    return relation;
  }
  relation.kind = sql::RelationKind::kOrdinary;
  if (query.integer(2) != 0) return relation;  // only virtual tables have no root page
  if (connection_.find_table(schema, name) == nullptr) {
    // Not used by this connection yet: preparing a statement on it makes SQLite connect it.
    expect_memory(Query(db, "SELECT 1 FROM " + quoted(schema) + "." + quoted(name)).prepare());
  }
  const Table* table = connection_.find_table(schema, name);
  return table == nullptr ? relation : describe(*table, schema);
}

}  // namespace spectradb::extension
