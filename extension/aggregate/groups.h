// The groups of an aggregation while rows are added, and then one by one as a cursor shows them: in the order in
// which their first rows came.
//
// Groups take memory, and groups of few rows save nothing: where they are too many, or hardly fewer than rows, no
// more is added, and SQLite is to make them of all rows (are_too_many).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "extension/aggregate/aggregation.h"
#include "extension/aggregate/sum.h"
#include "extension/host/query.h"
#include "temporal/schema.h"
#include "temporal/value.h"

namespace spectradb::extension {

class Groups {
 public:
  // `db` says what texts are as numbers; about `expected_rows` will be added.
  Groups(Aggregation how, const temporal::TableSchema& schema, Adding adding, sqlite3* db,
         uint64_t expected_rows);

  // Adds a row, if it meets the conditions. find(column, &value) gives the row's values, as RowReader::find does.
  // Of no use any more where groups are_too_many().
  template <typename Find>
  Status add(Find&& find);
  bool are_too_many() const { return are_too_many_; }

  // Whether rows are only counted, whatever they have; then add_count() does for all of them.
  bool counts_rows() const;
  void add_count(int64_t rows);

  const Aggregation& how() const { return how_; }

  // The groups that are shown.
  bool is_at_end() const { return shown_ >= count_; }
  void next() { ++shown_; }
  // The value of the group's first row; NULL for columns that neither groups nor conditions have.
  temporal::Value column(int column) const;
  std::string_view key() const;  // tells the group from all others
  std::string result() const;    // packed, in the order of the aggregates

 private:
  struct State {  // of one aggregate in one group
    Sum sum;
    temporal::Value best;  // of min() and max(); text and blobs lie in `best_bytes_`
    size_t bytes = SIZE_MAX;
  };
  struct Group {
    size_t key_begin = 0;  // in bytes_, up to kept_begin
    size_t kept_begin = 0;
    size_t end = 0;
  };
  static constexpr size_t kNone = SIZE_MAX;
  static constexpr size_t kMostGroups = 32768;
  static constexpr size_t kMostBytes = 16U << 20;  // of all keys, and of all texts of min() and max()
  static constexpr size_t kRowsOfGroup = 4;        // on average, or adding up is no gain
  static constexpr size_t kRowsBeforeJudging = 1024;
  static constexpr size_t kPartBeforeJudging = 32;  // of all rows: what is lost where groups are too many

  void append_to_key(const temporal::Value& value, temporal::Collation collation);
  void append_kept(const temporal::Value& value);
  size_t find_group(std::string_view key);
  template <typename Find>
  Status keep(size_t group, Find&& find);
  void grow();
  void judge();
  Status add_to(State& state, const Aggregation::Aggregate& aggregate, const temporal::Value& value);
  Status add_number(Sum& sum, const temporal::Value& value);
  void take_best(State& state, const Aggregation::Aggregate& aggregate, const temporal::Value& value);

  const Aggregation how_;
  const temporal::TableSchema& schema_;
  const Adding adding_;
  std::vector<int> kept_;  // columns of groups and conditions
  Query as_number_;

  size_t count_ = 0;
  const uint64_t expected_rows_;
  size_t rows_ = 0;  // that were added
  size_t next_judged_;
  size_t count_when_judged_ = 0;
  bool are_too_many_ = false;
  size_t shown_ = 0;
  size_t last_ = kNone;  // the group of the last row: neighbours are often of one group
  std::vector<Group> groups_;
  std::vector<State> states_;  // of each group one for each aggregate
  std::vector<size_t> slots_;  // a hash table of groups, kNone where a slot is free
  std::string bytes_;          // of each group its key, and its packed values of kept_
  std::vector<std::string> best_bytes_;
  size_t best_size_ = 0;  // of all of them
  std::string key_;       // of the row at hand
};

template <typename Find>
Status Groups::add(Find&& find) {
  const temporal::Value* value = nullptr;
  for (const Aggregation::Condition& condition : how_.conditions) {
    SPECTRADB_RETURN_IF_ERROR(find(condition.comparison.column, &value));
    if (!condition.is_met_by(*value)) return Status::ok();
  }
  key_.clear();
  for (const int column : how_.groups) {
    SPECTRADB_RETURN_IF_ERROR(find(column, &value));
    append_to_key(*value, schema_.columns[static_cast<size_t>(column)].collation);
  }
  const size_t known = count_;
  const size_t group = find_group(key_);
  if (count_ > known) SPECTRADB_RETURN_IF_ERROR(keep(group, find));
  if (++rows_ == next_judged_) judge();
  State* state = &states_[group * how_.aggregates.size()];
  for (const Aggregation::Aggregate& aggregate : how_.aggregates) {
    if (aggregate.column == Aggregation::kNoColumn) {
      ++state->sum.count;
    } else {
      SPECTRADB_RETURN_IF_ERROR(find(aggregate.column, &value));
      if (!value->is_null()) SPECTRADB_RETURN_IF_ERROR(add_to(*state, aggregate, *value));
    }
    ++state;
  }
  return Status::ok();
}

template <typename Find>
Status Groups::keep(size_t group, Find&& find) {
  const temporal::Value* value = nullptr;
  for (const int column : kept_) {
    SPECTRADB_RETURN_IF_ERROR(find(column, &value));
    append_kept(*value);
  }
  groups_[group].end = bytes_.size();
  return Status::ok();
}

}  // namespace spectradb::extension
