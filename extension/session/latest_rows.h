// The latest state of one key space, own writes of the open transaction included, for the checks that a write
// makes. The cursor is kept from row to row until the transaction ends: it holds the transaction's facts, and the
// files that were the store's when it was made. Used by the thread that uses the connection.
#pragma once

#include <memory>

#include "extension/session/database.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class OutlivedReaders;

class LatestRows {
 public:
  explicit LatestRows(Database& database) : database_(database) {}
  ~LatestRows();
  LatestRows(const LatestRows&) = delete;
  LatestRows& operator=(const LatestRows&) = delete;

  // Call it inside a write transaction. Returns the same cursor each time; the caller seeks it.
  Result<temporal::RowCursor*> at(const temporal::ReadTimes& times);
  Result<temporal::RowCursor*> in(const temporal::Period& window);
  Result<temporal::RowCursor*> at_instant(int64_t us);  // at an instant of valid time
  Result<temporal::RowCursor*> at_all_valid_time();
  Result<temporal::RowCursor*> ever();  // every version that ever was, this transaction's included

  // Gives back what the cursor holds: facts that have gone to files meanwhile stay in memory for it.
  void let_go();
  // The same at the end of the transaction, which a function that is called in the midst of a write may bring.
  void let_go(OutlivedReaders& outlived);

 private:
  Database& database_;
  std::unique_ptr<temporal::RowCursor> rows_;
  std::shared_ptr<lsm::WriteBatch> batch_;  // the batch that rows_ reads
};

}  // namespace spectradb::extension
