// The smallest of several sorted sources, by the order of versions. The sources must outlive the heap, and
// only the top may move, before settle(). The first bytes of each source's key stand in the heap itself, as
// numbers: most comparisons read nothing of the sources. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "lsm/base/key_head.h"
#include "lsm/base/key_order.h"
#include "lsm/base/version_iterator.h"

namespace spectradb::lsm {

class MergeHeap {
 public:
  void clear() { heap_.clear(); }

  // Starts over with those sources that are valid; returns the first failure among the sources, if any.
  template <typename Sources>
  Status build(const Sources& sources) {
    heap_.clear();
    for (const auto& source : sources) {
      if (source->valid()) {
        heap_.push_back(standing(&*source));
      } else if (!source->status().is_ok()) {
        heap_.clear();
        return source->status();
      }
    }
    for (size_t index = heap_.size() / 2; index > 0;) sift_down(--index);
    if (heap_.size() == 2) order_pair();
    return Status::ok();
  }

  void push(VersionIterator* source) {                                      // the source must be valid
    if (heap_.size() == 1) heap_.front() = standing(heap_.front().source);  // it may have moved
    const Entry pushed = standing(source);
    size_t index = heap_.size();
    heap_.push_back(pushed);
    for (; index > 0 && pushed.is_before(heap_[(index - 1) / 2]); index = (index - 1) / 2)
      heap_[index] = heap_[(index - 1) / 2];
    heap_[index] = pushed;
    if (heap_.size() == 2) order_pair();
  }

  bool is_empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  VersionIterator* top() const { return heap_.front().source; }
  // Returns the least key of all sources but the top; there are at least two.
  std::string_view second_key() const {
    const bool is_right = heap_.size() > 2 && heap_[2].is_before(heap_[1]);
    return heap_[is_right ? 2 : 1].source->user_key();
  }
  bool has_key_once() const {  // whether no other source stands at the top's key
    if (heap_.size() == 2) return is_pair_apart_;
    const auto differs = [this](size_t index) {
      return index >= heap_.size() || !heap_[index].has_key_of(heap_.front());
    };
    return differs(1) && differs(2);
  }

  // Restores the order after the top has moved. When the top has failed, the heap is emptied.
  Status settle() {
    Entry& moved = heap_.front();
    if (moved.source->valid()) {
      if (heap_.size() > 1) moved = standing(moved.source);
      settle_valid();
      return Status::ok();
    }
    if (!moved.source->status().is_ok()) {
      Status failure = moved.source->status();
      heap_.clear();
      return failure;
    }
    moved = heap_.back();
    heap_.pop_back();
    settle_valid();
    return Status::ok();
  }

 private:
  struct Entry {
    uint64_t first;  // bytes of the key, zeros behind its end
    uint64_t second;
    VersionIterator* source;

    bool has_head_of(const Entry& other) const { return first == other.first && second == other.second; }
    bool has_key_of(const Entry& other) const {
      return has_head_of(other) && are_equal_keys(source->user_key(), other.source->user_key());
    }
    bool is_before(const Entry& other) const {
      if (first != other.first) return first < other.first;
      if (second != other.second) return second < other.second;
      return source->is_before(*other.source);
    }
  };

  static Entry standing(VersionIterator* source) {
    constexpr size_t kWord = sizeof(uint64_t);
    const std::string_view key = source->user_key();
    if (key.size() <= kWord) return {KeyHead::load(key), 0, source};
    const uint64_t first = key_order::load<uint64_t>(key.data());
    if (key.size() >= 2 * kWord) return {first, key_order::load<uint64_t>(key.data() + kWord), source};
    // The key's last word has bytes of the first one: these are shifted out.
    const uint64_t last = key_order::load<uint64_t>(key.data() + key.size() - kWord);
    return {first, last << (2 * kWord - key.size()) * 8, source};
  }

  void settle_valid() {
    if (heap_.size() == 2) {
      order_pair();
    } else if (heap_.size() > 2) {
      sift_down(0);
    }
  }

  // Two sources are the usual case: one comparison tells which comes first, and whether both have the key.
  void order_pair() {
    if (!heap_[0].has_head_of(heap_[1])) {
      is_pair_apart_ = true;
      if (heap_[1].is_before(heap_[0])) std::swap(heap_[0], heap_[1]);
      return;
    }
    const int order = compare_keys(heap_[1].source->user_key(), heap_[0].source->user_key());
    is_pair_apart_ = order != 0;
    if (order < 0 || (order == 0 && heap_[1].is_before(heap_[0]))) std::swap(heap_[0], heap_[1]);
  }

  void sift_down(size_t index) {
    const size_t size = heap_.size();
    const Entry moving = heap_[index];
    for (;;) {
      size_t child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && heap_[child + 1].is_before(heap_[child])) ++child;
      if (!heap_[child].is_before(moving)) break;
      heap_[index] = heap_[child];
      index = child;
    }
    heap_[index] = moving;
  }

  std::vector<Entry> heap_;
  bool is_pair_apart_ = false;  // with two sources: whether their keys differ
};

}  // namespace spectradb::lsm
