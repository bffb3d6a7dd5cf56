// The last commits that a store has published, with the tokens of their frames. What the database says
// about its commits is compared with them, since a database file that was replaced can have other commits
// with the same numbers. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

namespace spectradb::lsm {

struct CommitToken {
  uint64_t commit = 0;
  uint64_t frame = 0;  // the token of its frame, 0 for commit 0
};

class RecentCommits {
 public:
  // Adds the commit that follows the last one.
  void add(CommitToken next) {
    const std::lock_guard lock(mutex_);
    last_ = next;
    tokens_[next.commit % tokens_.size()] = next;
  }
  // Forgets all commits and begins anew with this one: the older ones belong to another history, or are
  // unknown.
  void begin_at(CommitToken last) {
    const std::lock_guard lock(mutex_);
    last_ = last;
    tokens_ = {};
    tokens_[last.commit % tokens_.size()] = last;
  }
  CommitToken last() const {
    const std::lock_guard lock(mutex_);
    return last_;
  }
  // Returns nothing when the commit is not among the last kCommits ones.
  std::optional<uint64_t> frame_of(uint64_t commit) const {
    if (commit == 0) return 0;
    const std::lock_guard lock(mutex_);
    const CommitToken& known = tokens_[commit % tokens_.size()];
    return known.commit == commit ? std::optional(known.frame) : std::nullopt;
  }

 private:
  static constexpr size_t kCommits = 512;  // readers of older snapshots ask the database
  mutable std::mutex mutex_;
  CommitToken last_;
  std::array<CommitToken, kCommits> tokens_{};
};

}  // namespace spectradb::lsm
