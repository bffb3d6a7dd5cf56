// Where the values of an altered table's columns lie in its rows, as SQLite keeps it:
//
//   _spectradb_columns(table_id, place, name, is_added, value, PRIMARY KEY (table_id, place))
//
// One row for each value of a row (temporal::TableSchema::payload): the column's name, NULL for one that was
// dropped, whether ALTER TABLE added it, and what rows from before show. Tables that were never altered have
// none. Made with the first one. Used by the thread that uses the connection.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "extension/session/database.h"
#include "temporal/schema.h"

namespace spectradb::extension {

class ColumnCatalog {
 public:
  explicit ColumnCatalog(Database& database) : database_(database) {}

  // Fills in `payload` and the columns' `before`.
  Status load(temporal::TableSchema& schema);
  // In place of what is there.
  Status store(const temporal::TableSchema& schema);
  Status remove_all(uint32_t table_id);

 private:
  Result<bool> is_there();

  Database& database_;
};

}  // namespace spectradb::extension
