#include "extension/write/unchanged_columns.h"

#include <algorithm>

namespace spectradb::extension {

Result<bool> UnchangedColumns::find(const temporal::TableSchema& schema, sqlite3_value** columns,
                                    const RowIdentity& row) {
  const auto is_kept_back = [&](const temporal::Column& column) {
    return !column.is_generated && sqlite3_value_nochange(columns[&column - schema.columns.data()]) != 0;
  };
  if (std::none_of(schema.columns.begin(), schema.columns.end(), is_kept_back)) return true;
  rows_.emplace(database_);
  SPECTRADB_ASSIGN_OR_RETURN(temporal::RowCursor* const rows, rows_->in(row.piece));
  rows->seek_point(row.user_key);
  SPECTRADB_RETURN_IF_ERROR(rows->status());
  if (!rows->valid()) return false;
  reader_.emplace(schema);
  reader_->bind(row.user_key, rows->row().payload);
  return true;
}

void UnchangedColumns::let_go() {
  reader_.reset();
  rows_.reset();
}

}  // namespace spectradb::extension
