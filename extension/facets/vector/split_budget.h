// Bounds what a commit does to divide lists that have grown too long. Splitting a list moves all of its entries, so each
// write pays for a few vectors, and a list is split only while something is left of what was paid. The last split
// may cost more than is left: the next one waits until that is paid, too. Lists wait meanwhile, which makes a search
// that reads them slower, but no answer wrong.
//
// So n writes split at most kPaid * n vectors, those of one full list that were saved, and those of one list more.
// One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace spectradb::extension {

class SplitBudget {
 public:
  // Vectors that a write pays for. A list of n entries comes from one that left its children n / 8 each, so that in the
  // long run a write needs 8 / 7 of a vector, and more where lists are divided unevenly.
  static constexpr int64_t kPaid = 2;
  static constexpr size_t kMostWaiting = 256;  // lists beyond that are asked for again by their next writes

  struct List {
    std::string partition;  // the bytes before the list's number
    int64_t list = 0;
    size_t dimensions = 0;
    bool operator==(const List&) const = default;
  };

  // `saved`: how many vectors may be paid for in advance.
  explicit SplitBudget(size_t saved)
      : most_(static_cast<int64_t>(std::max<size_t>(saved, 1))), left_(most_) {}

  void pay() { left_ = std::min(left_ + kPaid, most_); }
  void spend(size_t vectors) { left_ -= static_cast<int64_t>(vectors); }

  void add(List list) {
    const bool waits = std::find(waiting_.begin(), waiting_.end(), list) != waiting_.end();
    if (!waits && waiting_.size() < kMostWaiting) waiting_.push_back(std::move(list));
  }
  // Returns the list that has waited longest; nothing while there is none, or nothing is left to pay for it.
  std::optional<List> take() {
    if (left_ <= 0 || waiting_.empty()) return std::nullopt;
    List list = std::move(waiting_.front());
    waiting_.pop_front();
    return list;
  }

 private:
  const int64_t most_;
  int64_t left_;  // below 0: more was split than is paid
  std::deque<List> waiting_;
};

}  // namespace spectradb::extension
