#include "lsm/memory/key_table.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace spectradb::lsm {
namespace {

// At most two slots of three are taken: a search then passes two keys on average.
bool is_full_with(size_t count, size_t slots) { return 3 * count > 2 * slots; }

}  // namespace

KeyTable::KeyTable(bool is_of_one_thread)
    : is_of_one_thread_(is_of_one_thread), is_ascending_(is_of_one_thread), slots_(&first_) {
  first_.mask = kFirstSlots - 1;
  first_.keys = first_keys_;
  first_.marks = first_marks_;
}

void KeyTable::place(const Slots& slots, KeyNode* key, uint32_t short_hash) {
  static_assert(KeyNode::kHeightBits > 0, "the mark of a taken slot would be that of an empty one");
  size_t at = short_hash & slots.mask;
  while (slots.marks[at].load(std::memory_order_relaxed) != kEmpty) at = (at + 1) & slots.mask;
  slots.keys[at].store(key, std::memory_order_relaxed);
  slots.marks[at].store(mark_of(short_hash), std::memory_order_release);
}

KeyNode* KeyTable::find_ascending(std::string_view user_key) const {
  if (ascending_.empty()) return nullptr;
  const int order = user_key.compare(ascending_.back()->user_key());
  if (order >= 0) return order == 0 ? ascending_.back() : nullptr;
  KeyNode* const found =
      *std::lower_bound(ascending_.begin(), ascending_.end(), user_key,
                        [](const KeyNode* key, std::string_view sought) { return key->user_key() < sought; });
  return found->user_key() == user_key ? found : nullptr;
}

void KeyTable::make_room(std::string_view user_key) {
  if (is_ascending_ && (ascending_.empty() || user_key > ascending_.back()->user_key())) {
    if (ascending_.size() == ascending_.capacity())
      ascending_.reserve(std::max(kFirstSlots, 2 * ascending_.size()));
    size_bytes_ = ascending_.capacity() * sizeof(KeyNode*);
    return;
  }
  if (is_ascending_) hash_ascending();
  const Slots& old = *slots_.load(std::memory_order_relaxed);
  const size_t old_size = old.mask + 1;
  if (!is_full_with(count_ + 1, old_size)) return;
  std::unique_ptr<Slots> larger = new_slots(2 * old_size);
  for (size_t at = 0; at < old_size; ++at) {
    const uint32_t mark = old.marks[at].load(std::memory_order_relaxed);
    if (mark != kEmpty) place(*larger, old.keys[at].load(std::memory_order_relaxed), ~mark);
  }
  use(std::move(larger));
}

// Puts the keys into slots. Where memory for these is not to be had, all stays as it was.
void KeyTable::hash_ascending() {
  size_t size = kFirstSlots;
  while (is_full_with(count_ + 1, size)) size *= 2;
  std::unique_ptr<Slots> larger = size == kFirstSlots ? nullptr : new_slots(size);
  const Slots& slots = larger == nullptr ? first_ : *larger;
  for (KeyNode* const key : ascending_) place(slots, key, key->short_hash());
  if (larger != nullptr) use(std::move(larger));
  if (grown_.empty()) size_bytes_ = 0;
  is_ascending_ = false;
  std::vector<KeyNode*>().swap(ascending_);
}

std::unique_ptr<KeyTable::Slots> KeyTable::new_slots(size_t size) {
  auto slots = std::make_unique<Slots>();
  slots->mask = size - 1;
  slots->owned_keys = std::make_unique<Slot[]>(size);
  slots->owned_marks = std::make_unique<Mark[]>(size);
  slots->keys = slots->owned_keys.get();
  slots->marks = slots->owned_marks.get();
  return slots;
}

// From here on searches go to these slots, which have all keys.
void KeyTable::use(std::unique_ptr<Slots> larger) {
  const size_t larger_bytes = (larger->mask + 1) * (sizeof(Slot) + sizeof(Mark));
  if (is_of_one_thread_ && !grown_.empty()) {
    grown_.back() = std::move(larger);
  } else {
    grown_.push_back(std::move(larger));
  }
  size_bytes_ = is_of_one_thread_ ? larger_bytes : size_bytes_ + larger_bytes;
  slots_.store(grown_.back().get(), std::memory_order_release);
}

void KeyTable::add(KeyNode* key) {
  if (is_ascending_) {
    SPECTRADB_ASSERT(ascending_.size() < ascending_.capacity());
    ascending_.push_back(key);
  } else {
    const Slots& slots = *slots_.load(std::memory_order_relaxed);
    SPECTRADB_ASSERT(!is_full_with(count_ + 1, slots.mask + 1));
    place(slots, key, key->short_hash());
  }
  ++count_;
}

}  // namespace spectradb::lsm
