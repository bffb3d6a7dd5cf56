#include "extension/aggregate/groups.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "extension/aggregate/packed_values.h"
#include "lsm/base/checksum.h"
#include "temporal/key_codec.h"

namespace spectradb::extension {

using temporal::Value;

namespace {

using AggregateFunction = Aggregation::Function;

constexpr size_t kFirstSlots = 64;  // a power of two

std::vector<int> columns_to_keep(const Aggregation& how) {
  std::vector<int> columns = how.groups;
  for (const Aggregation::Condition& condition : how.conditions)
    columns.push_back(condition.comparison.column);
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

}  // namespace

Groups::Groups(Aggregation how, const temporal::TableSchema& schema, Adding adding, sqlite3* db,
               uint64_t expected_rows)
    : how_(std::move(how)),
      schema_(schema),
      adding_(adding),
      kept_(columns_to_keep(how_)),
      as_number_(db, "SELECT sum(?1)"),
      expected_rows_(expected_rows),
      next_judged_(std::max<size_t>(kRowsBeforeJudging, expected_rows / kPartBeforeJudging)),
      slots_(kFirstSlots, kNone) {}

bool Groups::counts_rows() const {
  return how_.groups.empty() && how_.conditions.empty() &&
         std::all_of(how_.aggregates.begin(), how_.aggregates.end(),
                     [](const auto& aggregate) { return aggregate.column == Aggregation::kNoColumn; });
}

void Groups::add_count(int64_t rows) {
  if (rows == 0) return;
  const size_t group = find_group({});
  for (size_t i = 0; i < how_.aggregates.size(); ++i)
    states_[group * how_.aggregates.size() + i].sum.count += rows;
}

// Integers need not be in order.
void Groups::append_to_key(const Value& value, temporal::Collation collation) {
  constexpr char kInteger = '\xff';  // begins no value of a key
  if (value.type != Value::Type::kInteger) return temporal::append_key_value(key_, value, collation);
  key_.push_back(kInteger);
  key_.append(reinterpret_cast<const char*>(&value.integer), sizeof(value.integer));
}

void Groups::append_kept(const Value& value) { append_packed(bytes_, value); }

// Makes the group where there is none.
size_t Groups::find_group(std::string_view key) {
  const auto is_of = [&](size_t group) {
    const Group& known = groups_[group];
    return std::string_view(bytes_).substr(known.key_begin, known.kept_begin - known.key_begin) == key;
  };
  if (last_ != kNone && is_of(last_)) return last_;
  size_t slot = lsm::hash_key(key) & (slots_.size() - 1);
  while (slots_[slot] != kNone && !is_of(slots_[slot])) slot = (slot + 1) & (slots_.size() - 1);
  if (slots_[slot] != kNone) return last_ = slots_[slot];
  slots_[slot] = last_ = count_++;
  Group group;
  group.key_begin = bytes_.size();
  bytes_.append(key);
  group.kept_begin = group.end = bytes_.size();
  groups_.push_back(group);
  states_.resize(states_.size() + how_.aggregates.size());
  if (count_ * 2 > slots_.size()) grow();
  if (count_ > kMostGroups || bytes_.size() > kMostBytes) are_too_many_ = true;
  return last_;
}

// Groups of few rows are no gain. Where they grow as rows do, they will soon be too many to keep.
void Groups::judge() {
  const bool grows_with_rows = count_ > count_when_judged_ * 2 - count_when_judged_ / 4;
  const double expected =
      static_cast<double>(count_) * static_cast<double>(expected_rows_) / static_cast<double>(rows_);
  if (count_ * kRowsOfGroup > rows_) are_too_many_ = true;
  if (count_when_judged_ > 0 && grows_with_rows && expected > kMostGroups) are_too_many_ = true;
  count_when_judged_ = count_;
  next_judged_ *= 2;
}

void Groups::grow() {
  slots_.assign(slots_.size() * 4, kNone);
  for (size_t group = 0; group < count_; ++group) {
    const Group& known = groups_[group];
    const auto key = std::string_view(bytes_).substr(known.key_begin, known.kept_begin - known.key_begin);
    size_t slot = lsm::hash_key(key) & (slots_.size() - 1);
    while (slots_[slot] != kNone) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = group;
  }
}

Status Groups::add_to(State& state, const Aggregation::Aggregate& aggregate, const Value& value) {
  switch (aggregate.function) {
    case AggregateFunction::kCount:
      ++state.sum.count;
      return Status::ok();
    case AggregateFunction::kMin:
    case AggregateFunction::kMax:
      take_best(state, aggregate, value);
      return Status::ok();
    default:
      return add_number(state.sum, value);
  }
}

// What a text or a blob is as a number, SQLite says: a sum of one.
Status Groups::add_number(Sum& sum, const Value& value) {
  if (value.type == Value::Type::kInteger) {
    sum.add(value.integer, adding_);
    return Status::ok();
  }
  if (value.type == Value::Type::kReal) {
    sum.add(value.real, adding_);
    return Status::ok();
  }
  const QueryScope scope(as_number_);
  as_number_.bind(1, value);
  SPECTRADB_RETURN_IF_ERROR(as_number_.step().status());
  if (sqlite3_column_type(as_number_.statement(), 0) == SQLITE_INTEGER) {
    sum.add(as_number_.integer(0), adding_);
  } else {
    sum.add(sqlite3_column_double(as_number_.statement(), 0), adding_);
  }
  return Status::ok();
}

// Of equal values the first one stays.
void Groups::take_best(State& state, const Aggregation::Aggregate& aggregate, const Value& value) {
  if (!state.best.is_null()) {
    if (state.bytes != kNone) state.best.bytes = best_bytes_[state.bytes];
    const auto collation = schema_.columns[static_cast<size_t>(aggregate.column)].collation;
    const int order = compare(value, state.best, collation);
    if (aggregate.function == AggregateFunction::kMin ? order >= 0 : order <= 0) return;
  }
  state.best = value;
  if (value.type != Value::Type::kText && value.type != Value::Type::kBlob) {
    state.bytes = kNone;
    return;
  }
  if (state.bytes == kNone) {
    state.bytes = best_bytes_.size();
    best_bytes_.emplace_back();
  }
  std::string& kept = best_bytes_[state.bytes];
  best_size_ -= kept.size();
  kept.assign(value.bytes);
  best_size_ += kept.size();
  if (best_size_ > kMostBytes && count_ > 1) are_too_many_ = true;
}

Value Groups::column(int column) const {
  SPECTRADB_ASSERT(!is_at_end());
  const Group& group = groups_[shown_];
  std::string_view kept = std::string_view(bytes_).substr(group.kept_begin, group.end - group.kept_begin);
  for (const int each : kept_) {
    const std::optional<PackedValue> value = take_packed(kept);
    SPECTRADB_ASSERT(value.has_value());
    if (each == column) return value->value;
  }
  return Value::null();
}

std::string_view Groups::key() const {
  const Group& group = groups_[shown_];
  return std::string_view(bytes_).substr(group.key_begin, group.kept_begin - group.key_begin);
}

std::string Groups::result() const {
  SPECTRADB_ASSERT(!is_at_end());
  std::string packed;
  const State* state = &states_[shown_ * how_.aggregates.size()];
  for (const Aggregation::Aggregate& aggregate : how_.aggregates) {
    const Sum& sum = state->sum;
    switch (aggregate.function) {
      case AggregateFunction::kCount:
        append_packed(packed, Value::of_integer(sum.count));
        break;
      case AggregateFunction::kSum:
        if (sum.is_overflow) {
          append_overflow(packed);
        } else if (sum.count == 0) {
          append_packed(packed, Value::null());
        } else {
          append_packed(packed, sum.is_approximate ? Value::of_real(sum.total(adding_))
                                                   : Value::of_integer(sum.integer));
        }
        break;
      case AggregateFunction::kTotal:
        append_packed(packed, Value::of_real(sum.total(adding_)));
        break;
      case AggregateFunction::kAvg:
        append_packed(packed, sum.count == 0
                                  ? Value::null()
                                  : Value::of_real(sum.total(adding_) / static_cast<double>(sum.count)));
        break;
      case AggregateFunction::kMin:
      case AggregateFunction::kMax: {
        Value best = state->best;
        if (state->bytes != kNone) best.bytes = best_bytes_[state->bytes];
        append_packed(packed, best);
      }
    }
    ++state;
  }
  return packed;
}

}  // namespace spectradb::extension
