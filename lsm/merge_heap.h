// The smallest of several sorted sources, by the order of versions. The sources outlive the heap's use; one
// thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "lsm/version_iterator.h"

namespace spectradb::lsm {

class MergeHeap {
 public:
  void clear() { heap_.clear(); }

  // Starts over with the valid ones of these sources; the first failure among them, if any.
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
    return Status::ok();
  }

  void push(VersionIterator* source) {  // a valid one
    size_t index = heap_.size();
    heap_.push_back(source);
    for (; index > 0 && source->is_before(*heap_[(index - 1) / 2]); index = (index - 1) / 2)
      heap_[index] = heap_[(index - 1) / 2];
    heap_[index] = source;
  }

  bool is_empty() const { return heap_.empty(); }
  size_t size() const { return heap_.size(); }
  VersionIterator* top() const { return heap_.front(); }
  bool has_key_once() const {  // whether no other source stands at the top's key
    const auto differs = [this](size_t index) {
      return index >= heap_.size() || heap_[index]->user_key() != heap_.front()->user_key();
    };
    return differs(1) && differs(2);
  }

  // After the top moved. Its failure empties the heap.
  Status settle() {
    if (heap_.front()->valid()) {
      if (heap_.size() > 1) sift_down(0);
      return Status::ok();
    }
    if (!heap_.front()->status().is_ok()) {
      Status failure = heap_.front()->status();
      heap_.clear();
      return failure;
    }
    heap_.front() = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sift_down(0);
    return Status::ok();
  }

 private:
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
};

}  // namespace spectradb::lsm
