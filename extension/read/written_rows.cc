// Scans rows that a statement wrote, for RETURNING and ON CONFLICT DO UPDATE.
#include "extension/host/values.h"
#include "extension/read/cursor.h"
#include "extension/schema/hidden_columns.h"
#include "extension/session/row_set.h"

namespace spectradb::extension {

Status Cursor::read_written_rows(sqlite3_value* number) {
  written_ = table_.connection().part<RowSets>().take(sqlite3_value_int64(number), table_);
  if (written_ == nullptr) {
    return Status::invalid("_written of table " + table_.schema().name +
                           " takes what spectradb_write() gives, not " + spelled(from_sqlite(number)));
  }
  written_row_ = 0;
  at_end_ = written_->rows().empty();
  return Status::ok();
}

Status Cursor::written_column(sqlite3_context* context, int index) const {
  const RowSet::Row& row = written_->rows()[written_row_];
  const int visible = table_.visible_columns();
  if (index < visible) {
    if (row.is_large(static_cast<size_t>(index)))
      table_.connection().part<RowSets>().show(written_, written_row_);
    row.give(context, static_cast<size_t>(index));
    return Status::ok();
  }
  switch (index - visible) {
    case kSystemFrom:
      sqlite3_result_int64(context, static_cast<sqlite3_int64>(row.system_from));
      break;
    case kValidFrom:
      give_bound(context, row.period.from);
      break;
    case kValidTo:
      give_bound(context, row.period.to);
      break;
    case kRowid:
      if (table_.schema().has_integer_key) sqlite3_result_int64(context, row.integer_key);
      break;
    default:
      break;
  }
  return Status::ok();
}

}  // namespace spectradb::extension
