// The groups of an aggregation while rows are added, and then one by one as a cursor shows them: in the order in
// which their first rows came.
//
// Memory grows with the number of groups, so the rewriter leaves GROUP BY over very large tables to SQLite.
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
  // `db` says what texts are as numbers.
  Groups(Aggregation how, const temporal::TableSchema& schema, Adding adding, sqlite3* db);

  // Adds a row, if it meets the conditions. find(column, &value) gives the row's values, as RowReader::find does.
  template <typename Find>
  Status add(Find&& find);

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

  void append_to_key(const temporal::Value& value, temporal::Collation collation);
  void append_kept(const temporal::Value& value);
  size_t find_group(std::string_view key);
  template <typename Find>
  Status keep(size_t group, Find&& find);
  void grow();
  Status add_to(State& state, const Aggregation::Aggregate& aggregate, const temporal::Value& value);
  Status add_number(Sum& sum, const temporal::Value& value);
  void take_best(State& state, const Aggregation::Aggregate& aggregate, const temporal::Value& value);

  const Aggregation how_;
  const temporal::TableSchema& schema_;
  const Adding adding_;
  std::vector<int> kept_;  // columns of groups and conditions
  Query as_number_;

  size_t count_ = 0;
  size_t shown_ = 0;
  size_t last_ = kNone;  // the group of the last row: neighbours are often of one group
  std::vector<Group> groups_;
  std::vector<State> states_;  // of each group one for each aggregate
  std::vector<size_t> slots_;  // a hash table of groups, kNone where a slot is free
  std::string bytes_;          // of each group its key, and its packed values of kept_
  std::vector<std::string> best_bytes_;
  std::string key_;  // of the row at hand
};

template <typename Find>
Status Groups::add(Find&& find) {
  const temporal::Value* value = nullptr;
  for (const Aggregation::Condition& condition : how_.conditions) {
    SPECTRADB_RETURN_IF_ERROR(find(condition.column, &value));
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
