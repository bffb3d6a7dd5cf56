// The keys of a version list by their hash. One writer, any number of readers at the same time without locks: a
// reader finds every key whose add() it has heard of, and slots that were too few stay until all die, unless one
// thread alone uses the table.
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
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    const uint32_t short_hash = KeyNode::shortened(hash);
    for (size_t at = short_hash & slots.mask;; at = (at + 1) & slots.mask) {
      KeyNode* const key = slots.keys[at].load(std::memory_order_acquire);
      if (key == nullptr) return nullptr;
      if (key->short_hash() == short_hash && key->user_key() == user_key) return key;
    }
  }

  // Has the processor fetch the slot of a key that find() will be asked for.
  void prefetch(uint64_t hash) const {
    const Slots& slots = *slots_.load(std::memory_order_acquire);
    __builtin_prefetch(slots.keys + (KeyNode::shortened(hash) & slots.mask));
  }

  // Only the writer calls what follows. make_room() before each add(), which then needs no memory.
  void make_room();
  size_t size_bytes() const { return size_bytes_; }  // held beside the object itself
  void add(KeyNode* key);

 private:
  using Slot = std::atomic<KeyNode*>;
  struct Slots {
    size_t mask = 0;
    Slot* keys = nullptr;
    std::unique_ptr<Slot[]> owned;
  };
  static constexpr size_t kFirstSlots = 16;  // inside the table: small batches take no memory for it

  static void place(const Slots& slots, KeyNode* key);

  const bool is_of_one_thread_;
  size_t count_ = 0;
  size_t size_bytes_ = 0;
  Slot first_keys_[kFirstSlots] = {};
  Slots first_;
  std::vector<std::unique_ptr<Slots>> grown_;
  std::atomic<const Slots*> slots_;
};

}  // namespace spectradb::lsm
