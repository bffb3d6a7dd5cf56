#include "extension/schema/checked_columns.h"

#include "extension/host/values.h"

namespace spectradb::extension {

using temporal::TableSchema;
using temporal::Value;

namespace {

Status of_column(const TableSchema& schema, int column, const Status& status, const std::string& row) {
  return Status(status.code(), schema.name + "." + schema.columns[static_cast<size_t>(column)].name + ": " +
                                   status.message() + row);
}

// Returns " (in the row where doc = 5, model = 'a')"; empty where the key has no column, or is long.
template <typename ValueOf>
std::string row_by_key(const TableSchema& schema, const ValueOf& value_of) {
  constexpr size_t kMostBytes = 100;
  std::string key;
  for (const int column : schema.key_columns) {
    const Result<Value> value = value_of(column);
    if (!value) return {};
    key += (key.empty() ? "" : ", ") + schema.columns[static_cast<size_t>(column)].name + " = " +
           spelled(*value);
  }
  return key.empty() || key.size() > kMostBytes ? std::string() : " (in the row where " + key + ")";
}

}  // namespace

std::string named_row(const TableSchema& schema, const std::vector<Value>& row) {
  return row_by_key(schema, [&row](int column) { return Result<Value>(row[static_cast<size_t>(column)]); });
}

std::string named_row(const TableSchema& schema, temporal::RowReader& row) {
  return row_by_key(schema, [&row](int column) { return row.column(column); });
}

Status check_types(const Definition& definition, const std::vector<Value>& row) {
  for (const CheckedColumn& checked : definition.checked_columns) {
    const Value& value = row[static_cast<size_t>(checked.column)];
    if (value.is_null()) continue;
    if (const Status status = checked.check->check(value); !status)
      return of_column(definition.schema, checked.column, status, named_row(definition.schema, row));
  }
  return Status::ok();
}

Status check_types_of_older_rows(const Definition& definition) {
  for (const CheckedColumn& checked : definition.checked_columns) {
    const temporal::StoredValue* before =
        definition.schema.columns[static_cast<size_t>(checked.column)].before.get();
    if (before == nullptr) continue;
    if (const Status status = checked.check->check(before->value); !status)
      return of_column(definition.schema, checked.column, status, " (in its DEFAULT)");
  }
  return Status::ok();
}

}  // namespace spectradb::extension
