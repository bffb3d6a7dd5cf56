// The facts of one database as one execution of a statement sees them: those of its snapshot, and those that
// the open transaction had written when the execution began. Keeps what its cursors read alive. One thread.
#pragma once

#include <cstdint>
#include <memory>

#include "extension/session/database.h"
#include "extension/times/system_time.h"
#include "lsm/base/version_cursor.h"
#include "temporal/row_cursor.h"

namespace spectradb::extension {

class FactReader {
 public:
  Status open(std::shared_ptr<Database> database);
  // From here on the valid time of tables begins at these horizons, and not at their own; null: all that is stored is
  // shown.
  void show_from(const temporal::ValidHorizons* horizons) { horizons_ = horizons; }
  // From here on facts are shown as they are stored, which rows of some tables are encrypted; but nothing of subjects whose
  // keys were dropped.
  void show_as_written() { shown_ = temporal::Shown::kAsWritten; }

  Database& database() const { return *database_; }
  uint64_t snapshot() const { return snapshot_; }
  // Facts of later commits are not shown; facts of the open transaction have the next number.
  uint64_t last_commit() const { return own_ == nullptr ? snapshot_ : own_commit_; }
  // Whether this fact was written after open().
  bool is_later(uint64_t commit, uint32_t ordinal) const {
    return own_ != nullptr && commit == own_commit_ && ordinal >= own_mark_;
  }

  // Call it at each step of a long read: kInterrupted once the user wants it to end.
  Status check_interrupted() const;

  // Shows all versions, but may leave out those of commits before `min_commit`.
  std::unique_ptr<lsm::VersionCursor> versions(uint64_t min_commit, uint64_t max_commit) const;
  // Reads what was visible at a commit, at the given valid times.
  std::unique_ptr<temporal::RowCursor> rows(uint64_t commit, const temporal::ReadTimes& times) const;

 private:
  lsm::CursorOptions options(uint64_t max_commit) const;
  std::unique_ptr<lsm::VersionCursor> shown(std::unique_ptr<lsm::VersionCursor> versions) const;

  std::shared_ptr<Database> database_;
  lsm::Store* store_ = nullptr;  // the database's
  const temporal::ValidHorizons* horizons_ = nullptr;
  temporal::Shown shown_ = temporal::Shown::kRows;
  uint64_t snapshot_ = 0;
  std::shared_ptr<lsm::WriteBatch> own_;
  uint64_t own_commit_ = 0;
  uint32_t own_mark_ = 0;
  mutable uint32_t steps_ = 0;
};

}  // namespace spectradb::extension
