// Reads the rows of a range of keys at one instant of both times with little work for each, for readers of
// many small rows. While facts are for all time, their newest versions are the rows, so that nothing has to be
// resolved. From the first other fact on, a RowCursor reads what is left of the range, and all of the next
// ones. One thread.
#pragma once

#include <string>
#include <string_view>

#include "lsm/store/run_reader.h"
#include "temporal/fact.h"
#include "temporal/row_cursor.h"

namespace spectradb::temporal {

class RowRun {
 public:
  // Both outlive the run. The cursor reads at one instant of both times.
  RowRun(RowCursor& rows, const ReadCallbacks* callbacks) : rows_(rows), callbacks_(callbacks) {}

  // Calls take(user_key, payload) for each row with a key in [lower, upper); the views end with the call.
  // take() returns a Status: a failure ends the reading, and is returned.
  template <typename Take>
  Status read(std::string_view lower, std::string_view upper, Take&& take);
  // Of the row that take() is called for.
  Period valid() const { return is_plain_ ? Period() : rows_.row().valid; }

 private:
  static constexpr uint32_t kRowsBetweenQuestions = 1024;  // between calls of is_interrupted

  template <typename Take>
  class PlainRows;

  RowCursor& rows_;
  const ReadCallbacks* const callbacks_;
  bool is_plain_ = true;  // until a fact with a bound was met
};

template <typename Take>
class RowRun::PlainRows final : public lsm::RunSink {
 public:
  PlainRows(const ReadCallbacks* callbacks, Take& take) : callbacks_(callbacks), take_(take) {}

  bool take(std::string_view user_key, std::string_view value) override {
    constexpr std::string_view kDeletedForAllTime("\x01", 1);
    if (++count_ % kRowsBetweenQuestions == 0 && callbacks_ != nullptr && callbacks_->is_interrupted &&
        callbacks_->is_interrupted()) {
      status = Status(Code::kInterrupted, "interrupted");
      return false;
    }
    if (is_row_for_all_time(value)) {
      status = take_(user_key, value.substr(1));
      return status.is_ok();
    }
    return value == kDeletedForAllTime;
  }

  Status status;

 private:
  const ReadCallbacks* const callbacks_;
  Take& take_;
  uint32_t count_ = 0;
};

template <typename Take>
Status RowRun::read(std::string_view lower, std::string_view upper, Take&& take) {
  rows_.seek(lower, upper, false);
  if (is_plain_ && rows_.valid()) {
    lsm::VersionCursor& versions = rows_.versions();
    PlainRows<Take> sink(callbacks_, take);
    lsm::read_run(versions, upper, sink);
    SPECTRADB_RETURN_IF_ERROR(sink.status);
    if (!versions.valid()) return versions.status();
    if (versions.user_key() >= upper) return Status::ok();
    is_plain_ = false;
    rows_.seek(std::string(versions.user_key()), upper, false);
  }
  for (; rows_.valid(); rows_.next())
    SPECTRADB_RETURN_IF_ERROR(take(rows_.row().user_key, rows_.row().payload));
  return rows_.status();
}

}  // namespace spectradb::temporal
