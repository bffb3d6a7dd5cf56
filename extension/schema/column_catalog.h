// Where the values of an altered table's columns lie in its rows, kept in SQLite:
//
//   _spectradb_columns(table_id, place, name, is_added, value, PRIMARY KEY (table_id, place))
//
// It has one row for each value of a row (temporal::TableSchema::payload): the column's name, NULL for a
// dropped one; whether ALTER TABLE added it; and the value that older rows show. Tables that were never
// altered have no rows. The table is made with the first row. Used by the thread that uses the connection.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "extension/session/database.h"
#include "temporal/schema.h"

namespace spectradb::extension {

class ColumnCatalog {
 public:
  explicit ColumnCatalog(Database& database) : database_(database) {}

  // Sets `payload` and the columns' `before`.
  Status load(temporal::TableSchema& schema);
  // Replaces the table's rows.
  Status store(const temporal::TableSchema& schema);
  Status remove_all(uint32_t table_id);

 private:
  Result<bool> is_there();

  Database& database_;
};

}  // namespace spectradb::extension
