// The store's flushes and compactions, in the background or inline.
#include <algorithm>
#include <cassert>
#include <chrono>

#include "lsm/file_names.h"
#include "lsm/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr auto kRetryPause = std::chrono::seconds(1);
constexpr int kFlushLevel = 1;  // of zstd: fast, flushed files are merged soon
constexpr int kCompactionLevel = 3;
constexpr uint32_t kVersionsBetweenLooks = 1024;  // a compaction looks for waiting memtables so often

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

}  // namespace

void StoreImpl::start_background() {
  if (options_.background && !options_.read_only) background_ = std::thread([this] { run_background(); });
}

void StoreImpl::stop_background() {
  if (!background_.joinable()) return;
  stopping_.store(true);
  wake();
  background_.join();
}

void StoreImpl::wake() {
  {
    const std::lock_guard lock(wake_mutex_);
    has_work_ = true;
  }
  wake_signal_.notify_one();
}

void StoreImpl::run_background() {
  bool failed = false;
  for (;;) {
    {
      std::unique_lock lock(wake_mutex_);
      const auto is_called = [this] { return has_work_; };
      if (failed) {
        wake_signal_.wait_for(lock, kRetryPause, is_called);
      } else {
        wake_signal_.wait(lock, is_called);
      }
      has_work_ = false;
    }
    if (stopping_.load()) return;
    const std::lock_guard working(work_mutex_);
    const Status worked = work();
    remember(worked);
    failed = !worked && has_immutables();
  }
}

bool StoreImpl::has_immutables() const {
  const std::lock_guard lock(state_mutex_);
  return !immutables_.empty();
}

void StoreImpl::remember(const Status& status) {
  const std::lock_guard lock(state_mutex_);
  background_error_ = status;
}

Status StoreImpl::work() {
  for (;;) {
    SPECTRADB_RETURN_IF_ERROR(flush_immutables());
    if (stopping_.load()) return Status::ok();
    const auto compaction = pick_compaction(*files_, options_.sstable_max_bytes, cursor_keys_);
    if (!compaction) return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(run_compaction(*compaction));
  }
}

TableOutputOptions StoreImpl::output_options(bool split_keys, int compression_level) const {
  return {options_.file_system,
          options_.directory,
          {options_.sstable_block_bytes, options_.bloom_bits_per_key, compression_level, seed_},
          options_.sstable_max_bytes,
          split_keys,
          options_.properties};
}

Status StoreImpl::flush_immutables() {
  std::vector<Immutable> waiting;
  {
    const std::lock_guard lock(state_mutex_);
    waiting = immutables_;
  }
  if (waiting.empty()) return Status::ok();
  auto files = std::make_shared<FileSet>(*files_);
  std::vector<std::unique_ptr<TableOutput>> outputs;
  for (size_t shard = 0; shard < files->shards.size(); ++shard) {
    outputs.push_back(std::make_unique<TableOutput>(output_options(false, kFlushLevel),
                                                    [this] { return next_file_.fetch_add(1); }));
  }
  const uint64_t old_segment = manifest_.oldest_segment;
  Status flushed = write_flush(waiting, outputs, files.get());
  if (flushed) {
    const Manifest before = manifest_;
    manifest_.oldest_segment = waiting.back().next_segment;
    manifest_.flushed_commit = waiting.back().last_commit;
    manifest_.flushed_frame = waiting.back().last_frame;
    flushed = install(std::move(files), waiting.size(), outputs);
    if (!flushed) manifest_ = before;
  }
  {
    const std::lock_guard lock(state_mutex_);
    if (!flushed) {
      background_error_ = flushed;
      flush_failures_ += 1;
    } else {
      flushes_ += 1;
    }
  }
  work_done_.notify_all();
  if (!flushed) return flushed;
  std::vector<std::string> names;
  for (uint64_t segment = old_segment; segment < manifest_.oldest_segment; ++segment)
    names.push_back(log_name(segment));
  remove_files(names);
  return Status::ok();
}

Status StoreImpl::write_flush(const std::vector<Immutable>& waiting,
                              const std::vector<std::unique_ptr<TableOutput>>& outputs, FileSet* files) {
  const ReadLimits everything{UINT64_MAX, std::nullopt};
  std::vector<std::unique_ptr<VersionListIterator>> sources;
  for (const Immutable& immutable : waiting) {
    sources.push_back(std::make_unique<VersionListIterator>(&everything));
    sources.back()->reset(*immutable.memtable);
    sources.back()->seek({});
  }
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  while (!heap.is_empty()) {
    VersionIterator* version = heap.top();
    const uint32_t shard = outputs.size() == 1 ? 0 : shard_of(hash_key(version->user_key()), outputs.size());
    SPECTRADB_RETURN_IF_ERROR(outputs[shard]->add(*version));
    version->next();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
  }
  for (uint32_t shard = 0; shard < outputs.size(); ++shard) {
    SPECTRADB_RETURN_IF_ERROR(outputs[shard]->finish());
    const std::vector<FileMeta>& written = outputs[shard]->files();
    if (written.empty()) continue;
    uint64_t size_bytes = 0;
    for (const FileMeta& meta : written) size_bytes += meta.size_bytes;
    const uint32_t level =
        is_merging_ ? 0
                    : level_for_flush(files->shards[shard], written.front().first_key,
                                      written.back().last_key, size_bytes, options_.sstable_max_bytes);
    SPECTRADB_RETURN_IF_ERROR(place(files, shard, level, written));
  }
  return Status::ok();
}

Status StoreImpl::place(FileSet* files, uint32_t shard, uint32_t level,
                        const std::vector<FileMeta>& metas) const {
  ShardLevels& levels = files->shards[shard];
  if (levels.size() <= level) levels.resize(level + 1);
  SstableList tables;
  for (const FileMeta& meta : metas) {
    auto table = Sstable::open(*options_.file_system, path_in(options_.directory, sstable_name(meta.number)),
                               meta, seed_, &states_->cache());
    if (!table) return table.status();
    tables.push_back(std::move(*table));
  }
  levels[level].insert(levels[level].begin(), tables.begin(), tables.end());  // newest first
  if (level > 0) std::sort(levels[level].begin(), levels[level].end(), ByLevelOrder());
  return Status::ok();
}

// Makes the new file set the store's: on disk, then for cursors. With work_mutex_ held.
Status StoreImpl::install(std::shared_ptr<const FileSet> files, size_t flushed_immutables,
                          const std::vector<std::unique_ptr<TableOutput>>& outputs) {
  manifest_.next_file = next_file_.load();
  Manifest edit = manifest_;
  for (uint32_t shard = 0; shard < files->shards.size(); ++shard) {
    const ShardLevels& levels = files->shards[shard];
    for (uint32_t level = 0; level < levels.size(); ++level) {
      for (const auto& table : levels[level]) edit.files.push_back({shard, level, table->meta()});
    }
  }
  SPECTRADB_RETURN_IF_ERROR(edit.stage(*options_.file_system, options_.directory));
  for (const auto& output : outputs) output->keep();
  SPECTRADB_RETURN_IF_ERROR(Manifest::put_in_place(*options_.file_system, options_.directory));
  const std::lock_guard lock(state_mutex_);
  files_ = std::move(files);
  immutables_.erase(immutables_.begin(), immutables_.begin() + static_cast<ptrdiff_t>(flushed_immutables));
  publish_state();
  return Status::ok();
}

void StoreImpl::publish_state() {
  auto state = std::make_shared<ReadState>();
  state->memtables.push_back(active_);
  for (auto immutable = immutables_.rbegin(); immutable != immutables_.rend(); ++immutable) {
    state->memtables.push_back(immutable->memtable);
  }
  state->files = files_;
  states_->set_current(std::move(state));
}

void StoreImpl::remove_files(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    (void)options_.file_system->remove(
        path_in(options_.directory, name));  // what stays, the next open removes
  }
}

Status StoreImpl::run_compaction(const Compaction& compaction) {
  auto files = std::make_shared<FileSet>(*files_);
  std::vector<std::unique_ptr<TableOutput>> outputs;
  outputs.push_back(std::make_unique<TableOutput>(output_options(true, kCompactionLevel),
                                                  [this] { return next_file_.fetch_add(1); }));
  TableOutput& output = *outputs.front();
  SstableList moved;
  if (compaction.is_move) {
    moved = compaction.runs.front();
  } else {
    is_merging_ = true;
    const Status merged = merge(compaction, output);
    is_merging_ = false;
    if (!merged) return merged;
    if (stopping_.load()) return Status::ok();
    files = std::make_shared<FileSet>(*files_);  // a flush may have added some meanwhile
  }
  std::vector<std::string> inputs;
  ShardLevels& levels = files->shards[compaction.shard];
  for (SstableList& level : levels) {
    std::erase_if(level, [&](const std::shared_ptr<const Sstable>& table) {
      if (!compaction.contains(table.get())) return false;
      inputs.push_back(sstable_name(table->meta().number));
      return true;
    });
  }
  SPECTRADB_RETURN_IF_ERROR(place(files.get(), compaction.shard, compaction.target_level, output.files()));
  SstableList& target = levels[compaction.target_level];
  target.insert(target.end(), moved.begin(), moved.end());
  std::sort(target.begin(), target.end(), ByLevelOrder());
  SPECTRADB_RETURN_IF_ERROR(install(std::move(files), 0, outputs));
  if (!compaction.is_move) remove_files(inputs);
  const std::lock_guard lock(state_mutex_);
  compactions_ += 1;
  return Status::ok();
}

Status StoreImpl::merge(const Compaction& compaction, TableOutput& output) {
  const ReadLimits everything{UINT64_MAX, std::nullopt};
  Decompressor decompressor(&states_->decompressors());
  std::vector<std::unique_ptr<VersionIterator>> sources;
  for (const auto& table : compaction.newest_first) {
    auto iterator = std::make_unique<SstableIterator>(&everything, &decompressor);
    iterator->reset(table.get());
    sources.push_back(std::move(iterator));
  }
  for (const SstableList& run : compaction.runs) {
    auto iterator = std::make_unique<LevelIterator>(&everything, &decompressor);
    iterator->reset(&run);
    sources.push_back(std::move(iterator));
  }
  for (const auto& source : sources) source->seek({});
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  for (uint32_t count = 1; !heap.is_empty(); ++count) {
    SPECTRADB_RETURN_IF_ERROR(output.add(*heap.top()));
    heap.top()->next();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
    if (count % kVersionsBetweenLooks != 0) continue;
    if (stopping_.load()) return Status::ok();
    SPECTRADB_RETURN_IF_ERROR(flush_immutables());
  }
  return output.finish();
}

Status StoreImpl::compact() {
  SPECTRADB_RETURN_IF_ERROR(flush());
  const std::lock_guard working(work_mutex_);
  for (uint32_t shard = 0; shard < files_->shards.size(); ++shard) {
    const auto compaction = pick_whole_shard(*files_, shard, options_.sstable_max_bytes);
    if (compaction) SPECTRADB_RETURN_IF_ERROR(run_compaction(*compaction));
  }
  return Status::ok();
}

}  // namespace spectradb::lsm
