#include "lsm/memory/sorted_keys.h"

#include <algorithm>
#include <memory>
#include <new>

#include "lsm/base/key_head.h"

namespace spectradb::lsm {
namespace {

// How many levels are searched around the last place before a search starts from the top.
constexpr uint32_t kSpliceLevels = 4;
constexpr size_t kSortedInPlace = 16;  // so few keys are sorted without memory for it

}  // namespace

// The first bytes behind what all such keys begin with are numbers here that compare as the bytes do, so that
// most comparisons end without reading the key elsewhere in memory.
struct SortedKeys::Unsorted {
  uint64_t first;
  uint64_t second;
  KeyNode* key;

  void read(size_t prefix) {
    const std::string_view rest = key->user_key().substr(prefix);
    first = KeyHead::load(rest);
    second = rest.size() > sizeof first ? KeyHead::load(rest.substr(sizeof first)) : 0;
  }
  bool operator<(const Unsorted& other) const {
    if (first != other.first) return first < other.first;
    if (second != other.second) return second < other.second;
    return key->user_key() < other.key->user_key();
  }
};

SortedKeys::SortedKeys() : root_{} {
  static_assert(sizeof(Root) == sizeof(KeyNode) + (kMaxHeight - 1) * sizeof(KeyNode::Link));
  root_.node.hash_and_height = kMaxHeight;
  static_assert(kMaxHeight < 1u << KeyNode::kHeightBits);
  before_.fill(&root_.node);
}

uint32_t SortedKeys::random_height() {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  uint32_t height = 1;
  for (uint64_t bits = random_state_; height < kMaxHeight && bits % kBranching == 0; bits /= kBranching)
    ++height;
  return height;
}

void SortedKeys::add(KeyNode* key) {
  KeyNode* before = last_added_.load(std::memory_order_relaxed);
  do {
    key->links[0].store(before, std::memory_order_relaxed);
  } while (
      !last_added_.compare_exchange_weak(before, key, std::memory_order_release, std::memory_order_relaxed));
  added_.store(added_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

void SortedKeys::sort(Unsorted* keys, size_t count) {
  size_t prefix = count == 0 ? 0 : keys[0].key->key_size;
  for (size_t at = 1; at < count && prefix > 0; ++at)
    prefix = shared_prefix(keys[0].key->user_key().substr(0, prefix), keys[at].key->user_key());
  for (size_t at = 0; at < count; ++at) keys[at].read(prefix);
  if (!std::is_sorted(keys, keys + count)) std::sort(keys, keys + count);
}

// Keys that came in order stay in it: they are only linked, each behind the one before.
void SortedKeys::link_added() const {
  const std::lock_guard lock(mutex_);
  KeyNode* const last = last_added_.exchange(nullptr, std::memory_order_acquire);
  size_t count = 0;
  for (const KeyNode* key = last; key != nullptr; key = key->links[0].load(std::memory_order_relaxed))
    ++count;
  std::array<Unsorted, kSortedInPlace> few;
  std::unique_ptr<Unsorted[]> many;
  if (count > few.size()) many.reset(new (std::nothrow) Unsorted[count]);
  Unsorted* const keys = count <= few.size() ? few.data() : many.get();
  if (keys == nullptr) {  // takes longer, and no memory
    for (KeyNode* key = last; key != nullptr;) {
      KeyNode* const before = key->links[0].load(std::memory_order_relaxed);
      link(key);
      key = before;
    }
  } else {
    size_t at = count;
    for (KeyNode* key = last; key != nullptr; key = key->links[0].load(std::memory_order_relaxed))
      keys[--at].key = key;
    sort(keys, count);
    for (; at < count; ++at) link(keys[at].key);
  }
  in_order_.store(in_order_.load(std::memory_order_relaxed) + count, std::memory_order_release);
}

void SortedKeys::link(KeyNode* key) const {
  find_splice(key->user_key());
  if (key->height() > height_.load(std::memory_order_relaxed))
    height_.store(key->height(), std::memory_order_relaxed);
  for (uint32_t level = 0; level < key->height(); ++level)
    key->links[level].store(before_[level]->links[level].load(std::memory_order_relaxed),
                            std::memory_order_relaxed);
  for (uint32_t level = 0; level < key->height(); ++level) {
    before_[level]->links[level].store(key, std::memory_order_release);
    before_[level] = key;
  }
}

bool SortedKeys::splice_fits(uint32_t level, std::string_view target) const {
  const KeyNode* before = before_[level];
  if (before != &root_.node && before->user_key() >= target) return false;
  const KeyNode* after = before->links[level].load(std::memory_order_relaxed);
  return after == nullptr || after->user_key() >= target;
}

// Sets before_[level] to the last key before the target, on every level.
void SortedKeys::find_splice(std::string_view target) const {
  uint32_t level = 0;
  while (level < kSpliceLevels && !splice_fits(level, target)) ++level;
  if (level == 0) return;
  KeyNode* key = &root_.node;
  if (level < kSpliceLevels) {
    key = before_[level];
  } else {
    level = kMaxHeight;
    const uint32_t height = height_.load(std::memory_order_relaxed);
    while (level > height) before_[--level] = &root_.node;
  }
  const KeyNode* known_after = nullptr;  // known not to be before the target
  while (level > 0) {
    --level;
    for (;;) {
      KeyNode* next = key->links[level].load(std::memory_order_relaxed);
      if (next == nullptr || next == known_after || next->user_key() >= target) {
        known_after = next;
        break;
      }
      key = next;
    }
    before_[level] = key;
  }
}

const KeyNode* SortedKeys::first() const {
  put_in_order();
  return root_.node.next();
}

const KeyNode* SortedKeys::at_or_after(std::string_view user_key) const {
  put_in_order();
  const KeyNode* key = &root_.node;
  const KeyNode* known_after = nullptr;
  for (uint32_t level = height_.load(std::memory_order_relaxed); level > 0;) {
    --level;
    for (;;) {
      const KeyNode* next = key->next(level);
      if (next == nullptr || next == known_after || next->user_key() >= user_key) {
        known_after = next;
        break;
      }
      key = next;
    }
  }
  return known_after;
}

const KeyNode* SortedKeys::last_before(std::string_view user_key) const {
  put_in_order();
  const KeyNode* key = &root_.node;
  for (uint32_t level = height_.load(std::memory_order_relaxed); level > 0;) {
    --level;
    for (const KeyNode* next = key->next(level); next != nullptr && next->user_key() < user_key;
         next = key->next(level)) {
      key = next;
    }
  }
  return key == &root_.node ? nullptr : key;
}

// The keys of a high level are a sample: one in kBranching of those a level below. Goes down until the range
// holds enough of them.
uint32_t SortedKeys::level_of_sample(std::string_view from, std::string_view to, uint64_t wanted,
                                     const KeyNode** first) const {
  put_in_order();
  const KeyNode* before = &root_.node;
  uint32_t level = height_.load(std::memory_order_relaxed);
  for (;;) {
    --level;
    const KeyNode* key = before->next(level);
    for (; key != nullptr && key->user_key() < from; key = key->next(level)) before = key;
    *first = key;
    if (level == 0) return 0;
    uint64_t seen = 0;
    for (; key != nullptr && seen < wanted && key->user_key() < to; key = key->next(level)) ++seen;
    if (seen >= wanted) return level;
  }
}

}  // namespace spectradb::lsm
