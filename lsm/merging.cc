// The store's compactions: levels are merged, superseded versions go to history, and its groups are merged.
#include <algorithm>

#include "lsm/file_names.h"
#include "lsm/out_of_memory.h"
#include "lsm/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr int kCompactionLevel = 3;                      // of zstd
constexpr uint32_t kVersionsBetweenLooks = 1024;         // a merge looks for waiting memtables so often
constexpr uint32_t kVersionsBetweenGlances = 32u << 10;  // … and for other processes that wait to work
const ReadLimits kEverything{UINT64_MAX, 0, std::nullopt, nullptr};

// What is to be merged, added up from the metadata of files.
struct InputTotals {
  Bounds bounds;
  uint64_t versions = 0;
  uint64_t keys = 0;
  uint64_t bytes = 0;  // on disk

  void add(const SstableList& tables, bool same_keys) {
    uint64_t own_keys = 0;
    for (const auto& table : tables) {
      const FileMeta& meta = table->meta();
      bounds.merge(meta.bounds);
      versions += meta.version_count;
      bytes += meta.size_bytes;
      own_keys += meta.key_count;
    }
    keys = same_keys ? std::max(keys, own_keys) : keys + own_keys;
  }

  TimeNodes nodes(uint64_t max_recency, uint64_t sstable_max_bytes) const {
    return {bounds.min_commit, max_recency, time_leaves(versions, keys, bytes, sstable_max_bytes)};
  }
};

std::vector<std::unique_ptr<VersionIterator>> open_inputs(const Compaction& compaction,
                                                          Decompressor* decompressor) {
  std::vector<std::unique_ptr<VersionIterator>> sources;
  for (const auto& table : compaction.newest_first) {
    auto iterator = std::make_unique<SstableIterator>(&kEverything, decompressor);
    iterator->reset(table.get());
    sources.push_back(std::move(iterator));
  }
  for (const SstableList& run : compaction.runs) {
    auto iterator = std::make_unique<LevelIterator>(&kEverything, decompressor);
    iterator->reset(&run);
    sources.push_back(std::move(iterator));
  }
  for (const auto& source : sources) source->seek({});
  return sources;
}

}  // namespace

// History is read at points of the past more than whole, and a point may look into two or three runs: each
// look should decompress little.
TableOutputOptions StoreImpl::history_options() const {
  TableOutputOptions options = output_options(true, kCompactionLevel);
  options.sstable.block_bytes = static_cast<uint32_t>(knobs_.history_block_bytes);
  return options;
}

Status StoreImpl::run_compaction(const Compaction& compaction) {
  InputTotals totals;
  for (const auto& table : compaction.newest_first) totals.add({table}, true);
  for (const SstableList& run : compaction.runs) totals.add(run, true);
  const auto new_number = [this] { return next_file_.fetch_add(1); };
  HistoryOutput history(history_options(), totals.nodes(totals.bounds.max_commit, knobs_.sstable_max_bytes),
                        new_number);
  auto current = std::make_unique<TableOutput>(output_options(true, kCompactionLevel), new_number);
  SstableList moved;
  if (compaction.is_move) {
    moved = compaction.runs.front();
  } else {
    is_merging_ = true;
    const Status merged = no_memory_as_status([&] { return merge(compaction, *current, history); });
    is_merging_ = false;
    if (!merged) return merged;
    if (stopping_.load()) return Status::ok();
  }
  auto files = std::make_shared<FileSet>(*files_);  // a flush may have added some meanwhile
  std::vector<std::string> inputs;
  ShardLevels& levels = files->shards[compaction.shard];
  for (SstableList& level : levels) {
    std::erase_if(level, [&](const std::shared_ptr<const Sstable>& table) {
      if (!compaction.contains(table.get())) return false;
      inputs.push_back(sstable_name(table->meta().number));
      return true;
    });
  }
  std::vector<std::unique_ptr<TableOutput>> outputs = history.release();
  auto group = open_group(outputs);
  if (!group) return group.status();
  files->history[compaction.shard].add(std::move(*group));
  SPECTRADB_RETURN_IF_ERROR(place(files.get(), compaction.shard, compaction.target_level, current->files()));
  outputs.push_back(std::move(current));
  SstableList& target = levels[compaction.target_level];
  target.insert(target.end(), moved.begin(), moved.end());
  std::sort(target.begin(), target.end(), ByLevelOrder());
  SPECTRADB_RETURN_IF_ERROR(install(std::move(files), 0, outputs));
  if (!compaction.is_move) remove_files(inputs);
  const std::lock_guard lock(state_mutex_);
  compactions_ += 1;
  for (const auto& output : outputs) merged_bytes_ += output->size_bytes();
  return Status::ok();
}

Status StoreImpl::look_around(uint32_t* count) {
  if (++*count % kVersionsBetweenLooks != 0) return Status::ok();
  if (*count % kVersionsBetweenGlances == 0 && is_waited_for())
    return Status::busy("another process is to flush first");
  if (is_interrupted_ && is_interrupted_()) return {Code::kInterrupted, "interrupted"};
  return flush_immutables();
}

// Superseded versions go to history. One that clears its key goes there too, as superseded by itself, where
// it hides nothing: docs/design.md says why this is safe.
Status StoreImpl::merge(const Compaction& compaction, TableOutput& current, HistoryOutput& history) {
  const std::shared_ptr<const FileSet> files = files_;  // flushes meanwhile add only newer versions
  const ShardLevels& levels = files->shards[compaction.shard];
  const auto tracker = options_.properties->new_recency_tracker();
  Decompressor decompressor(&states_->decompressors());
  const auto sources = open_inputs(compaction, &decompressor);
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  std::string key;
  bool is_first = true;
  bool is_retired = false;
  for (uint32_t count = 0; !heap.is_empty();) {
    const VersionIterator& version = *heap.top();
    if (is_first || version.user_key() != key) {
      is_first = false;
      key.assign(version.user_key());
      is_retired = manifest_.retired.contains(key);
      tracker->begin_key();
    }
    if (!is_retired) {
      Standing standing = tracker->add(version.commit(), version.value());
      if (standing.clears_key && !compaction.leaves_older(levels, key)) standing.recency = version.commit();
      if (standing.recency == kNeverSuperseded) {
        SPECTRADB_RETURN_IF_ERROR(current.add(version, standing.recency, standing.valid));
      } else {
        SPECTRADB_RETURN_IF_ERROR(history.add(version, standing.recency, standing.valid));
      }
    }
    heap.top()->next();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
    SPECTRADB_RETURN_IF_ERROR(look_around(&count));
    if (stopping_.load()) return Status::ok();
  }
  SPECTRADB_RETURN_IF_ERROR(history.finish());
  return current.finish();
}

Result<HistoryGroup> StoreImpl::open_group(const std::vector<std::unique_ptr<TableOutput>>& runs) const {
  HistoryGroup group;
  for (const auto& run : runs) {
    auto tables = open_tables(run->files());
    if (!tables) return tables.status();
    group.push_back({std::move(*tables), {}});
  }
  return group;
}

Status StoreImpl::work_on_history() {
  for (uint32_t shard = 0; shard < files_->history.size(); ++shard) {
    for (;;) {
      const std::vector<size_t> groups = pick_history_merge(files_->history[shard], knobs_);
      if (groups.empty()) break;
      SPECTRADB_RETURN_IF_ERROR(run_history_merge(shard, groups));
      if (stopping_.load()) return Status::ok();
    }
  }
  return Status::ok();
}

Status StoreImpl::run_history_merge(uint32_t shard, const std::vector<size_t>& groups) {
  std::vector<HistoryGroup> merging;
  std::vector<std::string> inputs;
  InputTotals totals;
  for (const size_t group : groups) {
    merging.push_back(files_->history[shard].groups[group]);
    for (const HistoryRun& run : merging.back()) {
      totals.add(run.tables, true);
      for (const auto& table : run.tables) inputs.push_back(sstable_name(table->meta().number));
    }
  }
  HistoryOutput output(history_options(), totals.nodes(totals.bounds.max_recency, knobs_.sstable_max_bytes),
                       [this] { return next_file_.fetch_add(1); });
  is_merging_ = true;
  const Status merged = no_memory_as_status([&] { return merge_history(merging, output); });
  is_merging_ = false;
  if (!merged) return merged;
  if (stopping_.load()) return Status::ok();
  auto files = std::make_shared<FileSet>(*files_);
  ShardHistory history;
  for (size_t group = 0; group < files->history[shard].groups.size(); ++group) {
    if (std::find(groups.begin(), groups.end(), group) != groups.end()) continue;
    history.add(files->history[shard].groups[group]);
  }
  std::vector<std::unique_ptr<TableOutput>> outputs = output.release();
  auto group = open_group(outputs);
  if (!group) return group.status();
  history.add(std::move(*group));
  files->history[shard] = std::move(history);
  SPECTRADB_RETURN_IF_ERROR(install(std::move(files), 0, outputs));
  remove_files(inputs);
  const std::lock_guard lock(state_mutex_);
  history_merges_ += 1;
  for (const auto& written : outputs) merged_bytes_ += written->size_bytes();
  return Status::ok();
}

Status StoreImpl::merge_history(const std::vector<HistoryGroup>& groups, HistoryOutput& output) {
  Decompressor decompressor(&states_->decompressors());
  std::vector<std::unique_ptr<LevelIterator>> sources;
  for (const HistoryGroup& group : groups) {
    for (const HistoryRun& run : group) {
      sources.push_back(std::make_unique<LevelIterator>(&kEverything, &decompressor));
      sources.back()->reset(&run.tables);
      sources.back()->seek({});
    }
  }
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  for (uint32_t count = 0; !heap.is_empty();) {
    const VersionIterator& version = *heap.top();
    if (!manifest_.retired.contains(version.user_key())) {
      SPECTRADB_RETURN_IF_ERROR(output.add(version, version.recency(), bounds_of(version.value())));
    }
    heap.top()->next();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
    SPECTRADB_RETURN_IF_ERROR(look_around(&count));
    if (stopping_.load()) return Status::ok();
  }
  return output.finish();
}

Status StoreImpl::compact(const std::function<bool()>& is_interrupted) {
  SPECTRADB_RETURN_IF_ERROR(flush());
  const auto work = begin_work();
  if (!work) return work.status();
  is_interrupted_ = is_interrupted;
  Status compacted = compact_all();
  is_interrupted_ = nullptr;
  return compacted;
}

Status StoreImpl::compact_all() {
  for (uint32_t shard = 0; shard < files_->shards.size(); ++shard) {
    auto compaction = pick_whole_shard(*files_, shard, knobs_);
    if (!compaction) compaction = pick_retired(*files_, shard, manifest_.retired);
    if (compaction) SPECTRADB_RETURN_IF_ERROR(run_compaction(*compaction));
    const ShardHistory& history = files_->history[shard];
    const size_t group_count = history.groups.size();
    if (group_count == 0 || (group_count == 1 && !holds_retired(history.groups[0], manifest_.retired)))
      continue;
    std::vector<size_t> groups;
    for (size_t group = 0; group < group_count; ++group) groups.push_back(group);
    SPECTRADB_RETURN_IF_ERROR(run_history_merge(shard, groups));
  }
  return Status::ok();
}

}  // namespace spectradb::lsm
