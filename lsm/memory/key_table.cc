#include "lsm/memory/key_table.h"

#include "base/assert.h"

namespace spectradb::lsm {
namespace {

// At most two slots of three are taken: a search then passes two keys on average.
bool is_full_with(size_t count, size_t slots) { return 3 * count > 2 * slots; }

}  // namespace

KeyTable::KeyTable(bool is_of_one_thread) : is_of_one_thread_(is_of_one_thread), slots_(&first_) {
  first_.mask = kFirstSlots - 1;
  first_.keys = first_keys_;
}

void KeyTable::place(const Slots& slots, KeyNode* key) {
  size_t at = key->short_hash() & slots.mask;
  while (slots.keys[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) & slots.mask;
  slots.keys[at].store(key, std::memory_order_release);
}

void KeyTable::make_room() {
  const Slots& old = *slots_.load(std::memory_order_relaxed);
  const size_t old_size = old.mask + 1;
  if (!is_full_with(count_ + 1, old_size)) return;
  auto larger = std::make_unique<Slots>();
  larger->mask = 2 * old_size - 1;
  larger->owned = std::make_unique<Slot[]>(2 * old_size);
  larger->keys = larger->owned.get();
  for (size_t at = 0; at < old_size; ++at) {
    if (KeyNode* const key = old.keys[at].load(std::memory_order_relaxed)) place(*larger, key);
  }
  const size_t larger_bytes = 2 * old_size * sizeof(Slot);
  if (is_of_one_thread_ && !grown_.empty()) {
    grown_.back() = std::move(larger);
    size_bytes_ = larger_bytes;
  } else {
    grown_.push_back(std::move(larger));
    size_bytes_ += larger_bytes;
  }
  slots_.store(grown_.back().get(), std::memory_order_release);
}

void KeyTable::add(KeyNode* key) {
  const Slots& slots = *slots_.load(std::memory_order_relaxed);
  SPECTRADB_ASSERT(!is_full_with(count_ + 1, slots.mask + 1));
  place(slots, key);
  ++count_;
}

}  // namespace spectradb::lsm
