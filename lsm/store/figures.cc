// What a store reports about itself: versions, files, bytes, and what reading and merging did.
#include "lsm/store/figures.h"

#include "lsm/merge/compaction.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

struct HistoryTotals {
  uint64_t groups = 0;
  uint64_t runs = 0;
  uint64_t files = 0;
  uint64_t bytes = 0;  // on disk
  uint64_t versions = 0;
};

HistoryTotals history_totals(const FileSet& files) {
  HistoryTotals totals;
  for (const ShardHistory& shard : files.history) {
    totals.groups += shard.groups.size();
    for (const HistoryGroup& group : shard.groups) {
      totals.runs += group.size();
      for (const HistoryRun& run : group) {
        totals.files += run.tables.size();
        for (const auto& table : run.tables) {
          totals.bytes += table->meta().size_bytes;
          totals.versions += table->meta().version_count;
        }
      }
    }
  }
  return totals;
}

uint64_t bytes_with_retired_keys(const RetiredKeys& retired, const FileSet& files) {
  uint64_t bytes = 0;
  files.for_each([&](const std::shared_ptr<const Sstable>& table) {
    const FileMeta& meta = table->meta();
    if (retired.overlaps(meta.first_key, meta.last_key)) bytes += meta.size_bytes;
  });
  return bytes;
}

}  // namespace

uint64_t versions_of(const ReadState& state) {
  uint64_t count = 0;
  for (const RecentSource& recent : state.recent)
    count += recent.table != nullptr ? recent.table->meta().version_count : recent.memtable->count();
  for (const ShardLevels& levels : state.files->shards) {
    for (const SstableList& level : levels) {
      for (const auto& table : level) count += table->meta().version_count;
    }
  }
  return count + history_totals(*state.files).versions;
}

Figures figures_of(const ReadStates& states, const Knobs& knobs, const RetiredKeys& retired) {
  const auto state = states.current();
  Figures pairs;
  const auto add = [&](std::string name, uint64_t value) {
    pairs.emplace_back(std::move(name), std::to_string(value));
  };
  uint64_t memtable_bytes = 0;
  uint64_t memtable_versions = 0;
  uint64_t memtables = 0;
  uint64_t files = 0;
  uint64_t file_bytes = 0;
  uint64_t raw_bytes = 0;
  for (const RecentSource& recent : state->recent) {
    if (recent.table != nullptr) {
      files += 1;
      file_bytes += recent.table->meta().size_bytes;
      raw_bytes += recent.table->meta().raw_bytes;
      continue;
    }
    memtables += 1;
    memtable_bytes += recent.memtable->size_bytes();
    memtable_versions += recent.memtable->count();
  }
  std::vector<uint64_t> files_at(kMaxLevels);
  std::vector<uint64_t> bytes_at(kMaxLevels);
  uint64_t debt_bytes = 0;
  for (const ShardLevels& levels : state->files->shards) {
    debt_bytes += compaction_debt_bytes(levels, knobs);
    for (size_t level = 0; level < levels.size(); ++level) {
      for (const auto& table : levels[level]) {
        files += 1;
        files_at[level] += 1;
        bytes_at[level] += table->meta().size_bytes;
        file_bytes += table->meta().size_bytes;
        raw_bytes += table->meta().raw_bytes;
      }
    }
  }
  const uint64_t retired_bytes = bytes_with_retired_keys(retired, *state->files);
  add("published_commit", states.published());
  const HistoryTotals history = history_totals(*state->files);
  const ReadCounters counters = states.counters();
  const uint64_t versions = versions_of(*state);
  add("versions", versions);
  add("versions_current", versions - history.versions);
  add("versions_superseded", history.versions);
  add("shards", state->files->shards.size());
  add("memtables", memtables);
  add("memtable_bytes", memtable_bytes);
  add("memtable_versions", memtable_versions);
  add("files", files);
  add("file_bytes", file_bytes);
  add("uncompressed_bytes", raw_bytes);
  for (size_t level = 0; level < kMaxLevels; ++level)
    add("files_at_level_" + std::to_string(level), files_at[level]);
  for (size_t level = 0; level < kMaxLevels; ++level)
    add("bytes_at_level_" + std::to_string(level), bytes_at[level]);
  add("compaction_debt_bytes", debt_bytes);
  add("retired_bytes", retired_bytes);
  add("history_groups", history.groups);
  add("history_runs", history.runs);
  add("history_files", history.files);
  add("history_file_bytes", history.bytes);
  add("history_blocks_read", counters.history_blocks_read);
  add("history_files_skipped", counters.history_files_skipped);
  add("blocks_skipped_by_bounds", counters.blocks_skipped);
  add("bloom_negatives", counters.bloom_negatives);
  add("cache_budget_bytes", states.cache().budget_bytes());
  add("cache_used_bytes", states.cache().used_bytes());
  add("cache_index_bytes", states.cache().index_bytes());
  add("cache_hits", states.cache().hits());
  add("cache_misses", states.cache().misses());
  return pairs;
}

uint64_t StoreImpl::version_count() const { return versions_of(*states_->current()); }

Figures StoreImpl::stats() const {
  std::shared_ptr<const Manifest> manifest;
  {
    const std::lock_guard lock(state_mutex_);
    manifest = installed_;
  }
  Figures pairs = figures_of(*states_, knobs_in_force(), manifest->retired);
  const auto add = [&](std::string name, uint64_t value) {
    pairs.emplace_back(std::move(name), std::to_string(value));
  };
  const std::lock_guard lock(state_mutex_);
  add("flushes", flushes_);
  add("compactions", compactions_);
  add("history_merges", history_merges_);
  add("flushed_bytes", flushed_bytes_);
  add("merged_bytes", merged_bytes_);
  const auto microseconds = [](std::chrono::nanoseconds time) {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
  };
  add("writes_slowed_us", microseconds(pace_.slept()));
  add("writes_stopped_us", microseconds(stopped_));
  pairs.emplace_back("background_error", background_error_.message());
  return pairs;
}

}  // namespace spectradb::lsm
