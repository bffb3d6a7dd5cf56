#include "extension/read/ranked_scan.h"

#include <algorithm>
#include <utility>

#include "extension/facet/function_error.h"

namespace spectradb::extension {

Result<double> RankedMeasure::distance(const temporal::Value& value) const {
  if (value.is_null()) return of_null;
  Result<double> measured = failure ? query->distance(value) : Result<double>(failure);
  if (measured || call == nullptr || measured.status().code() != Code::kInvalid) return measured;
  return in_function(call->said.function, measured.status());
}

void RankedScan::add(RankedRow row) {
  if (count && rows_.size() >= *count) {  // a heap with the farthest row on top
    if (rows_.empty() || !(row < rows_.front())) return;
    std::pop_heap(rows_.begin(), rows_.end());
    rows_.pop_back();
  }
  rows_.push_back(std::move(row));
  if (count) std::push_heap(rows_.begin(), rows_.end());
}

void RankedScan::finish() {
  sorted_ = std::is_sorted(rows_.begin(), rows_.end()) ? rows_.size() : 0;
  if (sorted_ == 0) sort_more();
}

// Most statements read few rows, so not all of them are sorted at once.
void RankedScan::sort_more() {
  const auto from = rows_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  const size_t end = sorted_ == 0 ? std::min(kSortedFirst, rows_.size()) : rows_.size();
  std::partial_sort(from, rows_.begin() + static_cast<std::ptrdiff_t>(end), rows_.end());
  sorted_ = end;
}

void RankedScan::want(uint64_t rows) { wave_ = std::clamp<uint64_t>(rows, 1, kLargestWave); }

Result<const RankedRow*> RankedScan::next(const RankedSearch::Measure& measure) {
  const RankedRow* const end = nullptr;
  if (count && given_ >= *count) return end;
  if (next_ == rows_.size()) {
    if (search == nullptr) return end;
    rows_.clear();
    next_ = sorted_ = 0;
    const uint64_t wanted = count ? std::min(wave_, *count - given_) : wave_;
    if (nulls == Nulls::kFirst) {
      SPECTRADB_RETURN_IF_ERROR(search->next_nulls(wanted, RankedRow::kNullFirst, &rows_));
      if (rows_.empty()) nulls = Nulls::kNone;
    }
    if (rows_.empty()) SPECTRADB_RETURN_IF_ERROR(search->next_wave(wanted, measure, &rows_));
    if (rows_.empty() && nulls == Nulls::kLast)
      SPECTRADB_RETURN_IF_ERROR(search->next_nulls(wanted, RankedRow::kNullLast, &rows_));
    wave_ = std::min(2 * wave_, kLargestWave);
    if (rows_.empty()) return end;
    sorted_ = rows_.size();
  }
  if (next_ == sorted_) sort_more();
  const RankedRow& row = rows_[next_++];
  ++given_;
  distance_ = row.distance;
  return &row;
}

}  // namespace spectradb::extension
