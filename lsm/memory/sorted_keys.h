// The keys of a version list in order: a skip list that the first ordered read brings up to date, so that what
// is only written, and found by its hash, is never sorted key by key. One writer adds keys; any number of
// readers look at the same time. A reader that finds keys not yet in order sorts them and links them in, with a
// lock that no other reader waits for once that is done; all else is without locks: a key is complete before a
// release store links it, and none is ever unlinked. Nothing fails.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "lsm/memory/key_node.h"

namespace spectradb::lsm {

class SortedKeys {
 public:
  static constexpr uint32_t kMaxHeight = 14;
  static constexpr uint32_t kBranching = 4;  // one key in four is a level higher

  SortedKeys();
  SortedKeys(const SortedKeys&) = delete;
  SortedKeys& operator=(const SortedKeys&) = delete;

  // Only the writer calls these two. The key has random_height() links.
  uint32_t random_height();
  void add(KeyNode* key);

  // Any thread may call what follows. Each sees all keys whose add() it has heard of.
  const KeyNode* first() const;
  const KeyNode* at_or_after(std::string_view user_key) const;
  const KeyNode* last_before(std::string_view user_key) const;  // null where there is none
  // Calls visit(key, weight) for keys of [from, to) that are spread evenly, each standing for so many; with weight
  // 1 it is all of them. There are `wanted` at least, where the range has them.
  template <typename Visit>
  void sample(std::string_view from, std::string_view to, uint64_t wanted, const Visit& visit) const {
    const KeyNode* key = nullptr;
    const uint32_t level = level_of_sample(from, to, wanted, &key);
    for (; key != nullptr && key->user_key() < to; key = key->next(level)) visit(*key, weight_of(level));
  }

 private:
  struct Unsorted;  // a key that waits for its place

  static uint64_t weight_of(uint32_t level) {
    uint64_t weight = 1;
    for (uint32_t below = 0; below < level; ++below) weight *= kBranching;
    return weight;
  }
  void put_in_order() const {
    if (in_order_.load(std::memory_order_acquire) < added_.load(std::memory_order_acquire)) link_added();
  }
  static void sort(Unsorted* keys, size_t count);
  void link_added() const;
  void link(KeyNode* key) const;
  void find_splice(std::string_view target) const;
  bool splice_fits(uint32_t level, std::string_view target) const;
  uint32_t level_of_sample(std::string_view from, std::string_view to, uint64_t wanted,
                           const KeyNode** first) const;

  // The node before all keys, with its links.
  struct Root {
    KeyNode node;
    KeyNode::Link more[kMaxHeight - 1];
  };
  mutable Root root_;
  uint64_t random_state_ = 0x9e3779b97f4a7c15u;
  std::atomic<uint64_t> added_{0};
  mutable std::atomic<KeyNode*> last_added_{nullptr};  // not in order yet; links[0] leads to the one before
  mutable std::atomic<uint64_t> in_order_{0};          // how many of the added keys, from the first on
  mutable std::atomic<uint32_t> height_{1};            // of the highest key in order
  mutable std::mutex mutex_;                           // of who brings keys into order, with:
  mutable std::array<KeyNode*, kMaxHeight> before_;    // where the last key went: sorted ones go on here
};

}  // namespace spectradb::lsm
