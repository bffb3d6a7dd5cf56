// The keys of a version list by their hash. One writer, any number of readers at the same time without locks: a
// reader finds every key whose add() it has heard of, and slots that were too few stay until all die, unless one
// thread alone uses the table. The hashes of the keys stand apart, closer together: a search that passes other keys,
// or finds none, reads no key, each of which is a cache miss in a table of some size.
//
// Where one thread alone uses the table, and keys come in ascending order, as a load by an INTEGER PRIMARY KEY brings
// them, they are only put one behind the other, and found by halves. The first one that breaks the order hashes all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "lsm/memory/key_node.h"

namespace spectradb::lsm {

class KeyTable {
 public:
  explicit KeyTable(bool is_of_one_thread);
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;

  // Any thread may call it. Null where there is no such key.
  KeyNode* find(std::string_view user_key, uint64_t hash) const {
    if (is_ascending_) return find_ascending(user_key);
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    const uint32_t short_hash = KeyNode::shortened(hash);
    for (size_t at = short_hash & slots.mask;; at = (at + 1) & slots.mask) {
      const uint32_t mark = slots.marks[at].load(std::memory_order_acquire);
      if (mark == kEmpty) return nullptr;
      if (mark != mark_of(short_hash)) continue;
      KeyNode* const key = slots.keys[at].load(std::memory_order_relaxed);  // was there before its mark
      if (key->user_key() == user_key) return key;
    }
  }

  // Has the processor fetch what find() will read first of a key.
  void prefetch(uint64_t hash) const {
    if (is_ascending_) return;
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    __builtin_prefetch(slots.marks + (KeyNode::shortened(hash) & slots.mask));
  }

  // Only the writer calls what follows. make_room() before the add() of this key, which then needs no memory.
  void make_room(std::string_view user_key);
  size_t size_bytes() const { return size_bytes_; }  // held beside the object itself
  void add(KeyNode* key);

 private:
  using Slot = std::atomic<KeyNode*>;
  using Mark = std::atomic<uint32_t>;
  struct Slots {
    size_t mask = 0;
    Slot* keys = nullptr;
    Mark* marks = nullptr;
    std::unique_ptr<Slot[]> owned_keys;
    std::unique_ptr<Mark[]> owned_marks;
  };
  static constexpr size_t kFirstSlots = 16;  // inside the table: small batches take no memory for it
  static constexpr uint32_t kEmpty = 0;

  // The key's hash, as the mark of a taken slot: a short hash leaves the highest bits free.
  static uint32_t mark_of(uint32_t short_hash) { return ~short_hash; }
  static void place(const Slots& slots, KeyNode* key, uint32_t short_hash);
  KeyNode* find_ascending(std::string_view user_key) const;
  void hash_ascending();
  static std::unique_ptr<Slots> new_slots(size_t size);
  void use(std::unique_ptr<Slots> larger);

  const bool is_of_one_thread_;
  bool is_ascending_;  // all keys are in ascending_, and none in a slot
  std::vector<KeyNode*> ascending_;
  size_t count_ = 0;
  size_t size_bytes_ = 0;
  Slot first_keys_[kFirstSlots] = {};
  Mark first_marks_[kFirstSlots] = {};
  Slots first_;
  std::vector<std::unique_ptr<Slots>> grown_;
  std::atomic<const Slots*> slots_;
};

}  // namespace spectradb::lsm
