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
constexpr uint64_t kClose = 4;        // places for each value, of integers that lie close together

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

Node NodeNumbers::number_of(int64_t value) {
  const auto next = static_cast<Node>(numbered_);
  const Node node = numbers_of_integers_.take(value, next);
  if (node != next) return node;
  numbered_integers_.emplace_back(value, next);
  ++numbered_;
  return node;
}

void NodeNumbers::take_other(const std::string& bytes) {
  if (!has_others_) {
    for (int64_t& taken : taken_) taken = number_of(taken);
    has_others_ = true;
  }
  const auto [place, is_new] = numbers_of_others_.try_emplace(bytes, static_cast<Node>(numbered_));
  if (is_new) ++numbered_;
  taken_.push_back(place->second);
}

void NodeNumbers::take(const Value& given) {
  const Value value = integral(given);
  if (value.type == Value::Type::kInteger) {
    take_integer(value.integer);
  } else {
    take_other(key_bytes(value));
  }
}

std::vector<Node> NodeNumbers::put_in_order() {
  std::vector<Node> nodes;
  if (has_others_) {
    nodes = put_bytes_in_order();
  } else if (!taken_.empty()) {
    const auto [least, greatest] = std::minmax_element(taken_.begin(), taken_.end());
    const uint64_t width = static_cast<uint64_t>(*greatest) - static_cast<uint64_t>(*least);
    nodes = width < kClose * taken_.size()
                ? put_close_integers_in_order(*least, static_cast<size_t>(width) + 1)
                : put_integers_in_order();
  }
  taken_ = {};
  numbers_of_integers_ = {};
  numbers_of_others_ = {};
  numbered_integers_ = {};
  return nodes;
}

// Has a place for each integer of the range.
std::vector<Node> NodeNumbers::put_close_integers_in_order(int64_t least, size_t count) {
  std::vector<Node> nodes_of_places(count, kNone);
  for (const int64_t value : taken_) nodes_of_places[static_cast<size_t>(value - least)] = 0;
  for (size_t place = 0; place < count; ++place) {
    if (nodes_of_places[place] == kNone) continue;
    nodes_of_places[place] = static_cast<Node>(integers_.size());
    integers_.push_back(least + static_cast<int64_t>(place));
  }
  std::vector<Node> nodes(taken_.size());
  for (size_t i = 0; i < nodes.size(); ++i)
    nodes[i] = nodes_of_places[static_cast<size_t>(taken_[i] - least)];
  return nodes;
}

std::vector<Node> NodeNumbers::renumbered(const std::vector<Node>& order) const {
  std::vector<Node> nodes(taken_.size());
  for (size_t i = 0; i < nodes.size(); ++i) nodes[i] = order[static_cast<size_t>(taken_[i])];
  return nodes;
}

std::vector<Node> NodeNumbers::put_integers_in_order() {
  for (int64_t& taken : taken_) taken = number_of(taken);
  std::sort(numbered_integers_.begin(), numbered_integers_.end());
  std::vector<Node> order(numbered_);
  for (const auto& [value, number] : numbered_integers_) {
    order[number] = static_cast<Node>(integers_.size());
    integers_.push_back(value);
  }
  return renumbered(order);
}

// The bytes sort as the values do.
std::vector<Node> NodeNumbers::put_bytes_in_order() {
  std::vector<std::pair<std::string, Node>> sorted;
  for (const auto& [value, number] : numbered_integers_)
    sorted.emplace_back(key_bytes(Value::of_integer(value)), number);
  for (const auto& [bytes, number] : numbers_of_others_) sorted.emplace_back(bytes, number);
  std::sort(sorted.begin(), sorted.end());
  std::vector<Node> order(numbered_);
  for (auto& [bytes, number] : sorted) {
    order[number] = static_cast<Node>(bytes_.size());
    bytes_.push_back(std::move(bytes));
  }
  return renumbered(order);
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
