// What a cursor reads: memtables and SSTables at one moment, and the place where the store publishes the
// newest such state. A ReadState never changes, except that its first memtable grows. Cursors hold the
// states, so memtables, mappings and the cache live on after the store is gone. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "lsm/memory/memtable.h"
#include "lsm/table/block_cache.h"
#include "lsm/table/history.h"
#include "lsm/table/level_iterator.h"

namespace spectradb::lsm {

// The current versions of one shard: level 0 holds whole flushes, newest first, whose keys overlap; each
// deeper level is one sorted run. For any key, what lies in an earlier place (recent sources, level 0 from
// its front, level 1 …) is newer than what lies in a later one.
using ShardLevels = std::vector<SstableList>;

// The order of files in a level; level 0 has its own.
struct ByLevelOrder {
  bool operator()(const std::shared_ptr<const Sstable>& left,
                  const std::shared_ptr<const Sstable>& right) const {
    const FileMeta& a = left->meta();
    const FileMeta& b = right->meta();
    if (a.last_key != b.last_key) return a.last_key < b.last_key;
    if (a.last_commit != b.last_commit) return a.last_commit > b.last_commit;
    return a.last_ordinal > b.last_ordinal;
  }
};

struct FileSet {
  std::vector<ShardLevels> shards;
  std::vector<ShardHistory> history;  // of each shard

  template <typename Visit>
  void for_each(Visit visit) const {  // table of levels and history
    for (const ShardLevels& levels : shards) {
      for (const SstableList& level : levels) std::for_each(level.begin(), level.end(), visit);
    }
    for (const ShardHistory& shard : history) {
      for (const HistoryGroup& group : shard.groups) {
        for (const HistoryRun& run : group) std::for_each(run.tables.begin(), run.tables.end(), visit);
      }
    }
  }
};

inline uint32_t shard_of(uint64_t key_hash, uint64_t shard_count) {
  return static_cast<uint32_t>(((key_hash >> 32) * shard_count) >> 32);
}

// A source that no manifest names yet: a memtable, or a table of a spilled commit.
struct RecentSource {
  std::shared_ptr<const Memtable> memtable;  // null where there is a table
  std::shared_ptr<const Sstable> table;
};

struct ReadState {
  std::vector<RecentSource> recent;  // newest first; [0] is the active memtable
  std::shared_ptr<const FileSet> files;
};

class ReadStates {
 public:
  // `properties` may be null; they outlive the states.
  ReadStates(uint64_t cache_bytes, const VersionProperties* properties)
      : properties_(properties), cache_(cache_bytes) {}

  uint64_t published() const { return published_.load(std::memory_order_acquire); }
  void set_published(uint64_t commit) { published_.store(commit, std::memory_order_release); }

  uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<const ReadState> current() const {
    const std::lock_guard lock(mutex_);
    return state_;
  }
  void set_current(std::shared_ptr<const ReadState> state) {
    const std::lock_guard lock(mutex_);
    state_.swap(state);
    version_.fetch_add(1, std::memory_order_release);
  }

  void count(const ReadCounters& counters) {
    history_blocks_read_.fetch_add(counters.history_blocks_read, std::memory_order_relaxed);
    history_files_skipped_.fetch_add(counters.history_files_skipped, std::memory_order_relaxed);
    blocks_skipped_.fetch_add(counters.blocks_skipped, std::memory_order_relaxed);
    bloom_negatives_.fetch_add(counters.bloom_negatives, std::memory_order_relaxed);
  }
  // The sum over all cursors, up to the last seek of each. Filter negatives of cursors that are still open
  // may be missing.
  ReadCounters counters() const {
    return {history_blocks_read_.load(std::memory_order_relaxed),
            history_files_skipped_.load(std::memory_order_relaxed),
            blocks_skipped_.load(std::memory_order_relaxed),
            bloom_negatives_.load(std::memory_order_relaxed)};
  }

  const VersionProperties* properties() const { return properties_; }
  DecompressorPool& decompressors() const { return decompressors_; }
  BlockCache& cache() { return cache_; }
  const BlockCache& cache() const { return cache_; }

 private:
  const VersionProperties* const properties_;
  BlockCache cache_;
  mutable DecompressorPool decompressors_;
  std::atomic<uint64_t> published_{0};
  std::atomic<uint64_t> version_{0};  // moves with every set_current()
  std::atomic<uint64_t> history_blocks_read_{0};
  std::atomic<uint64_t> history_files_skipped_{0};
  std::atomic<uint64_t> blocks_skipped_{0};
  std::atomic<uint64_t> bloom_negatives_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const ReadState> state_;
};

}  // namespace spectradb::lsm
