// The latest state of one key space, the open transaction's own writes included, for the checks that writing
// makes. The cursor is kept from row to row. Used by the thread that uses the connection.
#pragma once

#include <memory>

#include "extension/session/database.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class LatestRows {
 public:
  explicit LatestRows(Database& database) : database_(database) {}

  // Inside a write transaction. To be sought before use; the same cursor each time.
  Result<temporal::RowCursor*> at(const temporal::ReadTimes& times);
  Result<temporal::RowCursor*> in(const temporal::Period& window);
  Result<temporal::RowCursor*> at_instant(int64_t us);  // of valid time
  Result<temporal::RowCursor*> at_all_valid_time();
  Result<temporal::RowCursor*> ever();  // all that ever was, by commits before this and by this one

 private:
  Database& database_;
  std::unique_ptr<temporal::RowCursor> rows_;
  std::shared_ptr<lsm::WriteBatch> batch_;  // that rows_ reads
};

}  // namespace spectradb::extension
