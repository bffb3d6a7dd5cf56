#include "extension/schema/column_catalog.h"

#include <algorithm>

#include "extension/host/query.h"
#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::Column;
using temporal::StoredValue;
using temporal::TableSchema;
using temporal::Value;

namespace {

constexpr const char* kColumns = "_spectradb_columns";

Status inconsistent(const TableSchema& schema) {
  return Status::corrupt("the columns of table " + schema.name + " are not those that " + kColumns +
                         " lists: was its definition changed other than by ALTER TABLE?");
}

}  // namespace

Result<bool> ColumnCatalog::is_there() {
  Query query(database_.connection().handle(), "SELECT 1 FROM " + database_.qualified("sqlite_master") +
                                                   " WHERE type = 'table' AND name = ?1");
  query.bind(1, std::string_view(kColumns));
  return query.step();
}

Status ColumnCatalog::load(TableSchema& schema) {
  Result<bool> there = is_there();
  if (!there || !*there) return there.status();
  Query query(database_.connection().handle(), "SELECT name, value, is_added FROM " +
                                                   database_.qualified(kColumns) +
                                                   " WHERE table_id = ?1 ORDER BY place");
  query.bind(1, int64_t{schema.id});
  size_t found = 0;
  for (;;) {
    SPECTRADB_ASSIGN_OR_RETURN(const bool row, query.step());
    if (!row) break;
    if (query.is_null(0)) {
      schema.payload.push_back(-1);
      continue;
    }
    const std::string name = query.text(0);
    const auto column = std::find_if(
        schema.columns.begin(), schema.columns.end(),
        [&](const Column& candidate) { return sqlite3_stricmp(candidate.name.c_str(), name.c_str()) == 0; });
    const auto index = static_cast<int>(column - schema.columns.begin());
    const bool is_known =
        column != schema.columns.end() && column->key_position < 0 &&
        std::find(schema.payload.begin(), schema.payload.end(), index) == schema.payload.end();
    if (!is_known) return inconsistent(schema);
    schema.payload.push_back(index);
    const Value value = from_sqlite(sqlite3_column_value(query.statement(), 1));
    column->is_added = query.integer(2) != 0;
    if (!value.is_null()) column->before = std::make_shared<const StoredValue>(value);
    ++found;
  }
  const bool is_whole = found + schema.key_columns.size() == schema.columns.size();
  return is_whole || schema.payload.empty() ? Status::ok() : inconsistent(schema);
}

Status ColumnCatalog::store(const TableSchema& schema) {
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  sqlite3* db = database_.connection().handle();
  SPECTRADB_RETURN_IF_ERROR(
      execute(db, "CREATE TABLE IF NOT EXISTS " + database_.qualified(kColumns) +
                      "(table_id INTEGER, place INTEGER, name TEXT, is_added INTEGER NOT NULL, value, "
                      "PRIMARY KEY (table_id, place)) "
                      "WITHOUT ROWID"));
  SPECTRADB_RETURN_IF_ERROR(remove_all(schema.id));
  Query insert(db, "INSERT INTO " + database_.qualified(kColumns) +
                       "(table_id, place, name, value, is_added) VALUES (?1, ?2, ?3, ?4, ?5)");
  for (size_t place = 0; place < schema.payload.size(); ++place) {
    insert.bind(1, int64_t{schema.id}).bind(2, static_cast<int64_t>(place));
    const Column* column =
        schema.payload[place] < 0 ? nullptr : &schema.columns[static_cast<size_t>(schema.payload[place])];
    insert.bind(3, column == nullptr ? Value::null() : Value::text(column->name));
    insert.bind(4, column == nullptr || column->before == nullptr ? Value::null() : column->before->value);
    insert.bind(5, int64_t{column != nullptr && column->is_added});
    SPECTRADB_RETURN_IF_ERROR(insert.run());
  }
  return Status::ok();
}

Status ColumnCatalog::remove_all(uint32_t table_id) {
  Result<bool> there = is_there();
  if (!there || !*there) return there.status();
  SPECTRADB_RETURN_IF_ERROR(database_.catalog_seal().will_change());
  Query query(database_.connection().handle(),
              "DELETE FROM " + database_.qualified(kColumns) + " WHERE table_id = ?1");
  return query.bind(1, int64_t{table_id}).run();
}

}  // namespace spectradb::extension
