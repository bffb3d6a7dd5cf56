#include "temporal/ascending_rows.h"

#include <algorithm>
#include <utility>

namespace spectradb::temporal {

namespace {

constexpr int kSteps = 4;  // to the next key that is asked for, at most: what a seek costs
constexpr int kFirstPatience = 4;
constexpr int kLastPatience = 1024;

}  // namespace

AscendingRows::AscendingRows(std::unique_ptr<RowCursor> scan, std::unique_ptr<RowCursor> points,
                             std::string upper)
    : scan_(std::move(scan)),
      points_(std::move(points)),
      upper_(std::move(upper)),
      patience_(kFirstPatience) {}

// Moves the scan to the key, or behind it where it has no rows. False: by seeking it is found sooner.
bool AscendingRows::reach(std::string_view user_key) {
  if (!is_placed_) {
    if (sought_ > 0) {
      --sought_;
      return false;
    }
    scan_->seek(user_key, upper_, false);
    is_placed_ = true;
    return true;
  }
  for (int step = 0; scan_->valid() && scan_->row().user_key < user_key; ++step) {
    if (step == kSteps) {
      is_placed_ = false;
      sought_ = patience_;
      patience_ = std::min(patience_ * 2, kLastPatience);
      return false;
    }
    scan_->next();
  }
  patience_ = kFirstPatience;
  return true;
}

Status AscendingRows::read(std::string_view user_key, RowsOfKey& rows) {
  if (!reach(user_key)) return rows.read(*points_, user_key);
  const bool has_rows = scan_->valid() && scan_->row().user_key == user_key;
  if (!has_rows) {
    SPECTRADB_RETURN_IF_ERROR(scan_->status());
    rows.clear(user_key);
    return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(rows.take(*scan_, user_key));
  if (rows.has_left_out()) is_placed_ = false;  // it was let go of
  return Status::ok();
}

}  // namespace spectradb::temporal
