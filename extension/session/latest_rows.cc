#include "extension/session/latest_rows.h"

#include <utility>

#include "extension/session/outlived_readers.h"

namespace spectradb::extension {

LatestRows::~LatestRows() { let_go(); }

void LatestRows::let_go() {
  if (rows_ == nullptr) return;
  database_.holds_no_more(*this);
  rows_.reset();
  batch_.reset();
}

void LatestRows::let_go(OutlivedReaders& outlived) {
  outlived.keep(std::move(rows_), std::move(batch_));
  database_.holds_no_more(*this);
}

Result<temporal::RowCursor*> LatestRows::at(const temporal::ReadTimes& times) {
  if (rows_ != nullptr && batch_ == database_.batch()) {
    rows_->set_times(times);
    return rows_.get();
  }
  SPECTRADB_ASSIGN_OR_RETURN(auto* store, database_.store());
  lsm::CursorOptions options;
  options.max_commit = database_.own_commit() - 1;
  options.own = database_.batch().get();
  options.own_commit = database_.own_commit();
  auto rows = std::make_unique<temporal::RowCursor>(database_.shown(store->new_cursor(options)), times);
  if (rows_ == nullptr) database_.holds(*this);
  rows_ = std::move(rows);
  batch_ = database_.batch();
  return rows_.get();
}

Result<temporal::RowCursor*> LatestRows::in(const temporal::Period& window) {
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kWindow;
  times.window = window;
  return at(times);
}

Result<temporal::RowCursor*> LatestRows::at_instant(int64_t us) {
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAt;
  times.at_us = us;
  return at(times);
}

Result<temporal::RowCursor*> LatestRows::at_all_valid_time() {
  temporal::ReadTimes times;
  times.valid = temporal::ValidMode::kAll;
  return at(times);
}

Result<temporal::RowCursor*> LatestRows::ever() {
  temporal::ReadTimes times;
  times.system = temporal::SystemMode::kAll;
  times.valid = temporal::ValidMode::kAll;
  return at(times);
}

}  // namespace spectradb::extension
