// The smallest of several sorted sources, by the order of versions. The sources must outlive the heap. One
// thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

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
        heap_.push_back(&*source);
      } else if (!source->status().is_ok()) {
        heap_.clear();
        return source->status();
      }
    }
    for (size_t index = heap_.size() / 2; index > 0;) sift_down(--index);
    if (heap_.size() == 2) order_pair();
    return Status::ok();
  }

  void push(VersionIterator* source) {  // the source must be valid
    size_t index = heap_.size();
    heap_.push_back(source);
    for (; index > 0 && source->is_before(*heap_[(index - 1) / 2]); index = (index - 1) / 2)
      heap_[index] = heap_[(index - 1) / 2];
    heap_[index] = source;
    if (heap_.size() == 2) order_pair();
  }

  bool is_empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  VersionIterator* top() const { return heap_.front(); }
  bool has_key_once() const {  // whether no other source stands at the top's key
    if (heap_.size() == 2) return is_pair_apart_;
    const auto differs = [this](size_t index) {
      return index >= heap_.size() || !are_equal_keys(heap_[index]->user_key(), heap_.front()->user_key());
    };
    return differs(1) && differs(2);
  }

  // Restores the order after the top has moved. When the top has failed, the heap is emptied.
  Status settle() {
    if (heap_.front()->valid()) {
      settle_valid();
      return Status::ok();
    }
    if (!heap_.front()->status().is_ok()) {
      Status failure = heap_.front()->status();
      heap_.clear();
      return failure;
    }
    heap_.front() = heap_.back();
    heap_.pop_back();
    settle_valid();
    return Status::ok();
  }

 private:
  void settle_valid() {
    if (heap_.size() == 2) {
      order_pair();
    } else if (heap_.size() > 2) {
      sift_down(0);
    }
  }

  // Two sources are the usual case: one comparison tells which comes first, and whether both have the key.
  void order_pair() {
    const int order = compare_keys(heap_[1]->user_key(), heap_[0]->user_key());
    is_pair_apart_ = order != 0;
    if (order < 0 || (order == 0 && heap_[1]->is_before(*heap_[0]))) std::swap(heap_[0], heap_[1]);
  }

  void sift_down(size_t index) {
    VersionIterator* moving = heap_[index];
    for (;;) {
      size_t child = 2 * index + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && heap_[child + 1]->is_before(*heap_[child])) ++child;
      if (!heap_[child]->is_before(*moving)) break;
      heap_[index] = heap_[child];
      index = child;
    }
    heap_[index] = moving;
  }

  std::vector<VersionIterator*> heap_;
  bool is_pair_apart_ = false;  // with two sources: whether their keys differ
};

}  // namespace spectradb::lsm
