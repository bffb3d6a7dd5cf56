// An attempt to commit the open transaction: its frame in the log first, then the commit's row in SQLite, which names
// the frame. COMMIT may fail with SQLITE_BUSY after both, and be tried again; what the transaction writes in
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
    kPrepared,  // the frame is
    kRecorded,  // and its row is in SQLite
  };

  Phase phase() const { return phase_; }
  bool is_prepared() const { return phase_ != Phase::kNone; }
  bool is_recorded() const { return phase_ == Phase::kRecorded; }
  // Whether the frame holds all of the batch.
  bool holds(const lsm::WriteBatch& batch) const {
    return is_prepared() && mark_ == batch.mark() && count_ == batch.count();
  }

  uint64_t frame() const { return frame_; }          // its token
  const std::string& copy() const { return copy_; }  // of the frame, when the database is to keep one
  bool is_synced() const { return is_synced_; }
  // Whether a row of this commit may be in SQLite, of this attempt or of an earlier one.
  bool may_have_row() const { return may_have_row_; }

  void prepared(const lsm::PreparedFrame& frame, bool is_synced, const lsm::WriteBatch& batch) {
    copy_.assign(frame.copy);
    frame_ = frame.token;
    is_synced_ = is_synced;
    mark_ = batch.mark();
    count_ = batch.count();
    phase_ = Phase::kPrepared;
  }
  // The statements that write the row were run, whatever became of them.
  void row_was_tried() { may_have_row_ = true; }
  void recorded() {
    SPECTRADB_ASSERT(is_prepared() && may_have_row_);
    phase_ = Phase::kRecorded;
  }
  // A savepoint was opened or rolled back to: the row may be gone with it.
  void doubt_row() {
    if (phase_ == Phase::kRecorded) phase_ = Phase::kPrepared;
  }
  void withdraw() { phase_ = Phase::kNone; }  // the frame is no more
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
  uint32_t mark_ = 0;  // of the batch, as it was
  uint64_t count_ = 0;
};

}  // namespace spectradb::extension
