#include "extension/facets/graph/node_numbers.h"

#include <algorithm>

#include "extension/host/numbers.h"
#include "extension/host/values.h"
#include "temporal/key_codec.h"

namespace spectradb::extension::graph {

using temporal::Value;

namespace {

std::string key_bytes(const Value& value) {
  std::string bytes;
  temporal::append_key_value(bytes, value, temporal::Collation::kBinary);
  return bytes;
}

constexpr size_t kLeastSlots = 1024;  // a power of two, as all sizes are

}  // namespace

size_t NodeNumbers::Integers::place_of(int64_t value) const {
  constexpr uint64_t kGolden = 0x9E3779B97F4A7C15;  // spreads numbers that follow one another
  const size_t mask = slots_.size() - 1;
  const uint64_t hash = static_cast<uint64_t>(value) * kGolden;
  size_t place = static_cast<size_t>(hash >> 32) & mask;
  while (slots_[place].node != kNone && slots_[place].value != value) place = (place + 1) & mask;
  return place;
}

void NodeNumbers::Integers::grow() {
  std::vector<Slot> old(std::max(kLeastSlots, 2 * slots_.size()));
  old.swap(slots_);
  for (const Slot& slot : old)
    if (slot.node != kNone) slots_[place_of(slot.value)] = slot;
}

Node NodeNumbers::Integers::take(int64_t value, Node otherwise) {
  if (2 * count_ >= slots_.size()) grow();
  Slot& slot = slots_[place_of(value)];
  if (slot.node != kNone) return slot.node;
  ++count_;
  slot = {value, otherwise};
  return otherwise;
}

Node NodeNumbers::take_integer(int64_t value) {
  const auto next = static_cast<Node>(size_);
  const Node node = taken_integers_.take(value, next);
  if (node != next) return node;
  new_integers_.emplace_back(value, next);
  ++size_;
  return node;
}

Node NodeNumbers::take(const Value& given) {
  const Value value = integral(given);
  if (value.type == Value::Type::kInteger) return take_integer(value.integer);
  const auto [place, is_new] = taken_others_.try_emplace(key_bytes(value), static_cast<Node>(size_));
  if (is_new) ++size_;
  return place->second;
}

std::vector<Node> NodeNumbers::put_in_order() {
  std::vector<Node> numbers(size_);
  if (taken_others_.empty()) {
    sort_integers(numbers);
  } else {
    sort_bytes(numbers);
  }
  taken_integers_ = {};
  taken_others_ = {};
  new_integers_ = {};
  return numbers;
}

void NodeNumbers::sort_integers(std::vector<Node>& numbers) {
  std::sort(new_integers_.begin(), new_integers_.end());
  for (const auto& [value, node] : new_integers_) {
    numbers[node] = static_cast<Node>(integers_.size());
    integers_.push_back(value);
  }
}

// The bytes sort as the values do.
void NodeNumbers::sort_bytes(std::vector<Node>& numbers) {
  std::vector<std::pair<std::string, Node>> order;
  for (const auto& [value, node] : new_integers_)
    order.emplace_back(key_bytes(Value::of_integer(value)), node);
  for (const auto& [bytes, node] : taken_others_) order.emplace_back(bytes, node);
  std::sort(order.begin(), order.end());
  for (auto& [bytes, node] : order) {
    numbers[node] = static_cast<Node>(bytes_.size());
    bytes_.push_back(std::move(bytes));
  }
}

std::optional<Node> NodeNumbers::find(const Value& given) const {
  const auto place_in = [](const auto& all, const auto& one) -> std::optional<Node> {
    const auto found = std::lower_bound(all.begin(), all.end(), one);
    if (found == all.end() || *found != one) return std::nullopt;
    return static_cast<Node>(found - all.begin());
  };
  if (!bytes_.empty()) return place_in(bytes_, key_bytes(given));
  const Value value = integral(given);
  if (value.type != Value::Type::kInteger) return std::nullopt;
  return place_in(integers_, value.integer);
}

void NodeNumbers::give(sqlite3_context* context, Node node) const {
  if (bytes_.empty()) {
    sqlite3_result_int64(context, integers_[node]);
    return;
  }
  std::string_view bytes = bytes_[node];
  std::string scratch;
  const Result<Value> value = temporal::take_key_value(bytes, scratch);
  if (value) extension::give(context, *value);
}

}  // namespace spectradb::extension::graph
