// History: the superseded versions of a shard, apart from its levels. Each group was written by one
// compaction or one merge of groups. It has a few runs, each sorted by key and for a stretch of time of
// its own (TimeNodes). No group is newer or older than another as a whole: readers merge those runs whose
// bounds may hold what they read. Once there are history_fan_in groups of about one size they are merged,
// so a version is rewritten once for each step in size. Plain data and pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "lsm/base/knobs.h"
#include "lsm/base/retired_keys.h"
#include "lsm/table/level_iterator.h"

namespace spectradb::lsm {

inline constexpr uint64_t kMaxTimeLeaves = 64;  // so a group has at most 127 runs

struct HistoryRun {
  SstableList tables;  // one sorted run
  Bounds bounds;       // of all tables
};
using HistoryGroup = std::vector<HistoryRun>;

struct ShardHistory {
  std::vector<HistoryGroup> groups;
  Bounds bounds;  // of all groups

  void add(HistoryGroup group);
};

// Divides commits into at most `leaf_count` stretches of one length, the leaves of a binary tree. A version
// belongs to the smallest subtree whose stretch holds all commits at which it is visible. So what was visible
// at one commit lies in the nodes between its leaf and the root, one for each step, and an inner node holds
// few versions of a key: those visible in its middle.
class TimeNodes {
 public:
  TimeNodes(uint64_t min_commit, uint64_t max_recency, uint64_t leaf_count);
  // The node's level in the tree and its number there, as one number.
  uint64_t node_of(uint64_t commit, uint64_t recency) const;

 private:
  uint64_t begin_;         // of the first leaf
  uint64_t leaf_commits_;  // in each
};

// Returns how many leaves pay off for this much data: a run of less than a few blocks does not. `depth`: how many
// versions there are for one that is visible.
uint64_t time_leaves(uint64_t depth, uint64_t bytes, uint64_t sstable_max_bytes);

bool holds_retired(const HistoryGroup& group, const RetiredKeys& retired);

// Picks the groups of a shard to merge next, as ascending places in ShardHistory::groups; empty when none
// are due.
std::vector<size_t> pick_history_merge(const ShardHistory& history, const Knobs& knobs);

}  // namespace spectradb::lsm
