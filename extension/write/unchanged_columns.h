// The large columns that an UPDATE leaves alone. SQLite is not given them (Cursor::column), since it would keep a copy
// of each row's in a table of temporary rows until it has found them all; they are read when their row is written.
// Used by the thread that uses the connection.
#pragma once

#include <optional>

#include "extension/host/api.h"
#include "extension/schema/row_identity.h"
#include "extension/session/latest_rows.h"
#include "temporal/row_codec.h"

namespace spectradb::extension {

class UnchangedColumns {
 public:
  explicit UnchangedColumns(Database& database) : database_(database) {}

  // Finds the row where one of xUpdate's columns was kept back. Returns false when the row is gone: what the same
  // statement wrote before has removed it.
  Result<bool> find(const temporal::TableSchema& schema, sqlite3_value** columns, const RowIdentity& row);
  // Whether the column was kept back, and can be read until let_go().
  bool has(sqlite3_value* column) const { return rows_ && sqlite3_value_nochange(column) != 0; }
  Result<temporal::Value> column(size_t index) { return reader_->column(static_cast<int>(index)); }
  void let_go();  // of the row, whose bytes may be many

 private:
  Database& database_;
  std::optional<LatestRows> rows_;
  std::optional<temporal::RowReader> reader_;
};

}  // namespace spectradb::extension
