#include "extension/read/ranked_scan.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "extension/facet/function_error.h"

namespace spectradb::extension {

Result<double> RankedMeasure::distance(const temporal::Value& value) const {
  if (value.is_null()) return of_null;
  Result<double> measured = failure ? query->distance(value) : Result<double>(failure);
  if (measured || call == nullptr || measured.status().code() != Code::kInvalid) return measured;
  return in_function(call->said.function, measured.status());
}

void RankedScan::add(RankedRow row) {
  if (count && rows_.size() >= *count - given_) {  // a heap with the farthest row on top
    if (rows_.empty() || !(row < rows_.front())) return;
    std::pop_heap(rows_.begin(), rows_.end());
    rows_.pop_back();
  }
  rows_.push_back(std::move(row));
  if (count) std::push_heap(rows_.begin(), rows_.end());
}

void RankedScan::clear() {
  rows_.clear();
  order_.clear();
  kept = KeptRows();
  partition.reset();
}

void RankedScan::finish() {
  order_.clear();
  sorted_ = rows_.size();
  if (std::is_sorted(rows_.begin(), rows_.end())) return;
  order_.reserve(rows_.size());
  for (size_t i = 0; i < rows_.size(); ++i) order_.push_back({rows_[i].distance, i});
  sorted_ = 0;
  sort_more();
}

// Most statements read few rows, so not all of them are sorted at once.
void RankedScan::sort_more() {
  const auto is_nearer = [this](const Place& a, const Place& b) {
    return a.distance != b.distance ? a.distance < b.distance : rows_[a.row] < rows_[b.row];
  };
  const auto from = order_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  const size_t wanted = sorted_ == 0 ? kSortedFirst : kSortedMore * sorted_;
  sorted_ = std::min(wanted, order_.size());
  const auto end = order_.begin() + static_cast<std::ptrdiff_t>(sorted_);
  std::nth_element(from, end, order_.end(), is_nearer);
  std::sort(from, end, is_nearer);
}

uint64_t RankedScan::most_searched() const {
  return std::max(kLeastSearched, search->row_count() / kRowsOfSearched);
}

bool RankedScan::is_search_over() const {
  if (search == nullptr || next_ < rows_.size() || waved_ < kLeastSearched) return false;
  return waved_ >= most_searched() && (!count || given_ < *count);
}

std::vector<std::string> RankedScan::leave_search() {
  SPECTRADB_ASSERT(is_search_over());
  search.reset();
  rows_.clear();
  next_ = sorted_ = 0;
  std::sort(searched_.begin(), searched_.end());
  return std::move(searched_);
}

void RankedScan::want(uint64_t rows) { wave_ = std::clamp<uint64_t>(rows, 1, kLargestWave); }

Result<const RankedRow*> RankedScan::next(const RankedSearch::Measure& measure) {
  const RankedRow* const end = nullptr;
  if (count && given_ >= *count) return end;
  if (next_ == rows_.size()) {
    if (search == nullptr) return end;
    rows_.clear();
    next_ = sorted_ = 0;
    uint64_t wanted = count ? std::min(wave_, *count - given_) : wave_;
    const uint64_t most = most_searched();
    if (waved_ < most) wanted = std::min(wanted, most - waved_);
    is_wave_ = false;
    if (nulls == Nulls::kFirst) {
      SPECTRADB_RETURN_IF_ERROR(search->next_nulls(wanted, RankedRow::kNullFirst, &rows_));
      if (rows_.empty()) nulls = Nulls::kNone;
    }
    if (rows_.empty()) {
      SPECTRADB_RETURN_IF_ERROR(search->next_wave(wanted, measure, &rows_));
      is_wave_ = !rows_.empty();
    }
    if (rows_.empty() && nulls == Nulls::kLast)
      SPECTRADB_RETURN_IF_ERROR(search->next_nulls(wanted, RankedRow::kNullLast, &rows_));
    wave_ = std::min(2 * wave_, kLargestWave);
    if (rows_.empty()) return end;
    sorted_ = rows_.size();
  }
  if (next_ == sorted_) sort_more();
  const RankedRow& row = row_at(next_++);
  ++given_;
  if (search != nullptr) {
    searched_.push_back(row.key);
    waved_ += is_wave_ ? 1 : 0;
  }
  distance_ = row.distance;
  return &row;
}

}  // namespace spectradb::extension
