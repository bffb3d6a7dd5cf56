// An attempt to commit the open transaction: first its frame goes to the log, then a row in SQLite names the
// frame. COMMIT may fail with SQLITE_BUSY after both, and be tried again; whatever the transaction writes in
// between makes the attempt stale. Used by the thread that uses the connection.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/assert.h"
#include "lsm/memory/write_batch.h"
#include "lsm/store/store.h"

namespace spectradb::extension {

class CommitAttempt {
 public:
  enum class Phase : uint8_t {
    kNone,      // nothing is in the log
    kPrepared,  // the frame is in the log
    kRecorded,  // the row is in SQLite, too
  };

  Phase phase() const { return phase_; }
  bool is_prepared() const { return phase_ != Phase::kNone; }
  bool is_recorded() const { return phase_ == Phase::kRecorded; }
  // Whether the frame holds all of the batch.
  bool holds(const lsm::WriteBatch& batch) const {
    return is_prepared() && mark_ == batch.mark() && count_ == batch.count();
  }

  uint64_t frame() const { return frame_; }          // the frame's token
  const std::string& copy() const { return copy_; }  // the frame, when the database is to keep a copy of it
  bool is_synced() const { return is_synced_; }
  // Whether this attempt or an earlier one may have left a row of this commit in SQLite.
  bool may_have_row() const { return may_have_row_; }

  void prepared(const lsm::PreparedFrame& frame, bool is_synced, const lsm::WriteBatch& batch) {
    copy_.assign(frame.copy);
    frame_ = frame.token;
    is_synced_ = is_synced;
    mark_ = batch.mark();
    count_ = batch.count();
    phase_ = Phase::kPrepared;
  }
  // The statements that write the row were run, whether or not they succeeded.
  void row_was_tried() { may_have_row_ = true; }
  void recorded() {
    SPECTRADB_ASSERT(is_prepared() && may_have_row_);
    phase_ = Phase::kRecorded;
  }
  // A savepoint was opened or rolled back to: that may have removed the row.
  void doubt_row() {
    if (phase_ == Phase::kRecorded) phase_ = Phase::kPrepared;
  }
  void withdraw() { phase_ = Phase::kNone; }  // the frame is gone
  void end() {
    phase_ = Phase::kNone;
    may_have_row_ = false;
  }

 private:
  Phase phase_ = Phase::kNone;
  bool may_have_row_ = false;
  bool is_synced_ = false;
  uint64_t frame_ = 0;
  std::string copy_;
  uint32_t mark_ = 0;  // the batch's mark when the frame was written
  uint64_t count_ = 0;
};

}  // namespace spectradb::extension
