// The order in which a cursor goes through its ranges: as they lie, or by groups of keys that begin with the
// same values. Where a statement wants columns in both directions, the groups are read one after the other,
// each in the opposite direction; where it wants one row of each group, the others are skipped.
#include <algorithm>

#include "extension/read/cursor.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr size_t kIdBytes = sizeof(uint32_t);
constexpr int kStepsInGroup = 8;  // steps before the next group is sought, at most: about what a seek costs

}  // namespace

void Cursor::group_by(const Plan& plan) {
  has_rest_ = false;
  steps_in_group_ = kStepsInGroup;
  turns_ = plan.turn != 0;
  is_distinct_ = plan.distinct != 0 && !ranges_.are_widened() && (entries_ == nullptr || are_entries_rows_);
  const size_t count = turns_ ? plan.turn : is_distinct_ ? plan.distinct : 0;
  group_parts_.clear();
  for (size_t i = 0; i < std::min(count, ranges_.part_count()); ++i) group_parts_.push_back(ranges_.part(i));
}

Status Cursor::seek_range() {
  const KeyRange& range = ranges_.ranges()[range_];
  has_rest_ = false;
  if (range.is_point) {
    rows_->seek_point(range.lower);
    return Status::ok();
  }
  rest_lower_ = range.lower;
  rest_upper_ = range.upper;
  return turns_ ? seek_group() : seek_between(range.lower, range.upper, descending_);
}

Status Cursor::seek_between(std::string_view lower, std::string_view upper, bool descending) {
  if (entries_ == nullptr) {
    if (descending || turns_ || is_distinct_) {
      rows_->seek(lower, upper, descending);
    } else {
      rows_->scan(lower, upper);
    }
    return Status::ok();
  }
  // Where most of what is read ahead would be skipped, it is not.
  entries_->seek(lower, upper, descending, !is_distinct_ || steps_in_group_ == kStepsInGroup);
  return entries_->valid() ? seek_rows_of_entry() : Status::ok();
}

// The current key, or entry, without the id.
std::string_view Cursor::key_in_path() const {
  return entries_ == nullptr ? rows_->row().user_key.substr(kIdBytes) : entries_->entry();
}

// Reads how all keys (or entries) of the current group begin, the id included.
Status Cursor::read_group() {
  const std::string_view key = key_in_path();
  SPECTRADB_ASSIGN_OR_RETURN(temporal::PartsExtent extent, temporal::extent_of_parts(key, group_parts_));
  group_.clear();
  temporal::append_table_id(group_, entries_ == nullptr ? table_.schema().id : entries_->index().id);
  group_.append(key.substr(0, extent.size));
  return Status::ok();
}

// Moves to the first group of the rest of the range.
Status Cursor::seek_group() {
  has_rest_ = false;
  SPECTRADB_RETURN_IF_ERROR(seek_between(rest_lower_, rest_upper_, descending_));
  if (entries_ == nullptr ? !rows_->valid() : !entries_->valid()) return Status::ok();
  SPECTRADB_RETURN_IF_ERROR(read_group());
  const std::string lower = std::max(group_, rest_lower_);
  const std::string upper = std::min(temporal::after_prefix(group_), rest_upper_);
  pass_group();
  return seek_between(lower, upper, !descending_);
}

// Reduces the range to what lies behind the group.
void Cursor::pass_group() {
  if (descending_) {
    rest_upper_ = std::min(rest_upper_, group_);
  } else {
    rest_lower_ = std::max(rest_lower_, temporal::after_prefix(group_));
  }
  has_rest_ = rest_lower_ < rest_upper_;
}

// Moves to the next key outside the current group, or to the end of the range: by steps while groups are small.
// Where they were too large for steps, the next one mostly is as well.
Status Cursor::leave_group() {
  if (ranges_.ranges()[range_].is_point) {
    advance();
    return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(read_group());
  const std::string_view values = std::string_view(group_).substr(kIdBytes);
  for (int step = 0; step < steps_in_group_; ++step) {
    advance();
    if (!is_at_row()) return Status::ok();
    if (key_in_path().starts_with(values)) continue;
    steps_in_group_ = std::min(kStepsInGroup, 2 * steps_in_group_);
    return Status::ok();
  }
  steps_in_group_ = std::max(1, steps_in_group_ / 2);
  pass_group();
  const bool has_rest = has_rest_;
  has_rest_ = false;
  // Without a rest, seeks in an empty range.
  return has_rest ? seek_between(rest_lower_, rest_upper_, descending_)
                  : seek_between(group_, group_, descending_);
}

// A key column that should have one value may have several that SQLite finds equal to it ('5' and '5.0' equal
// the number 5 of an integer column). The columns behind it are then in order only within each value. So the
// keys are collected and sorted.
Status Cursor::put_in_order(const Plan& plan) {
  std::vector<std::pair<std::string, std::string>> keys;  // what to sort by, and the key
  for (range_ = 0; range_ < ranges_.ranges().size(); ++range_) {
    SPECTRADB_RETURN_IF_ERROR(seek_range());
    for (; rows_->valid(); rows_->next()) {
      const std::string_view key = rows_->row().user_key;
      if (!keys.empty() && keys.back().second == key) continue;
      std::vector<std::string_view> parts;
      std::string scratch;
      for (std::string_view rest = key.substr(kIdBytes); !rest.empty();) {
        const std::string_view before = rest;
        if (Result<Value> part = temporal::take_key_value(rest, scratch); !part) return part.status();
        parts.push_back(before.substr(0, before.size() - rest.size()));
      }
      std::string order;
      for (int place : plan.order) order += parts[static_cast<size_t>(place)];
      keys.emplace_back(std::move(order), key);
    }
    SPECTRADB_RETURN_IF_ERROR(rows_->status());
  }
  std::sort(keys.begin(), keys.end());
  if (descending_) std::reverse(keys.begin(), keys.end());
  std::vector<std::string> points;
  points.reserve(keys.size());
  for (auto& [order, key] : keys) points.push_back(std::move(key));
  ranges_.set_points(std::move(points));
  return Status::ok();
}

}  // namespace spectradb::extension
