#include "lsm/store.h"

#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

#include "lsm/file_names.h"
#include "lsm/store_cursor.h"
#include "lsm/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr size_t kStoreIdBytes = 16;
constexpr uint64_t kAdoptedPart =
    4;  // a batch of a quarter of the memtables' budget is taken over, not copied
constexpr size_t kMaxImmutables = 4;  // more of them hold up the writer
constexpr int kReadOnlyAttempts = 5;  // a writer may replace files while a read-only store is opened

Result<StoreId> new_store_id() {
  unsigned char bytes[kStoreIdBytes];
  size_t filled = 0;
  while (filled < sizeof bytes) {
    const ssize_t got = ::getrandom(bytes + filled, sizeof bytes - filled, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::io("the system gives no random numbers for a new store's id");
    filled += static_cast<size_t>(got);
  }
  constexpr char kDigits[] = "0123456789abcdef";
  StoreId id;
  for (const unsigned char byte : bytes) {
    id.push_back(kDigits[byte >> 4]);
    id.push_back(kDigits[byte & 15]);
  }
  return id;
}

Status check_options(const StoreOptions& options) {
  assert(options.file_system != nullptr && options.properties != nullptr && !options.directory.empty());
  if (options.shard_count < 1 || options.shard_count > kMaxShards) {
    return Status::invalid("a store has 1 to " + std::to_string(kMaxShards) + " shards, not " +
                           std::to_string(options.shard_count));
  }
  return Status::ok();
}

std::string parent_of(const std::string& directory) {
  const size_t slash = directory.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : directory.substr(0, slash);
}

// Leftovers of a creation that did not come to its end may lie there.
Status check_empty(FileSystem& file_system, const std::string& directory) {
  const auto names = file_system.list(directory);
  if (!names) return names.status();
  for (const std::string& name : *names) {
    if (name == kLockName || name == kNewManifestName) continue;
    return Status::invalid("cannot make a new store in " + directory + ": it holds " + name +
                           " already; move the directory away or restore the database that it belongs to");
  }
  return Status::ok();
}

Status remove_orphans(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
                      const Recovery& recovery) {
  const auto names = file_system.list(directory);
  if (!names) return names.status();
  for (const std::string& name : *names) {
    const auto number = sstable_number_of(name);
    bool is_orphan = name == kNewManifestName;
    if (number) {
      is_orphan = std::none_of(manifest.files.begin(), manifest.files.end(),
                               [&](const Manifest::File& file) { return file.meta.number == *number; });
    }
    if (is_orphan) SPECTRADB_RETURN_IF_ERROR(file_system.remove(path_in(directory, name)));
  }
  for (const uint64_t segment : recovery.old_segments) {
    SPECTRADB_RETURN_IF_ERROR(file_system.remove(path_in(directory, log_name(segment))));
  }
  return Status::ok();
}

Result<std::shared_ptr<Store>> open_read_only(const StoreOptions& options, const Committed& committed) {
  FileSystem& file_system = *options.file_system;
  for (int attempt = 1;; ++attempt) {
    auto manifest = Manifest::read(file_system, options.directory);
    if (!manifest) return manifest.status();
    const std::string before = manifest->encode();
    Result<std::shared_ptr<Store>> opened = Status::ok();
    if (auto recovery = plan_recovery(file_system, options.directory, *manifest, committed)) {
      opened = StoreImpl::make(options, std::move(*manifest), std::move(*recovery), nullptr);
    } else {
      opened = recovery.status();
    }
    if (opened || attempt == kReadOnlyAttempts) return opened;
    const auto after = Manifest::read(file_system, options.directory);
    if (!after || after->encode() == before) return opened;
  }
}

}  // namespace

Result<std::shared_ptr<Store>> Store::create(const StoreOptions& options) {
  SPECTRADB_RETURN_IF_ERROR(check_options(options));
  FileSystem& file_system = *options.file_system;
  const std::string& directory = options.directory;
  if (options.read_only)
    return Status::read_only("cannot make the store " + directory + ": it is to be only read");
  SPECTRADB_RETURN_IF_ERROR(file_system.make_directory(directory));
  SPECTRADB_RETURN_IF_ERROR(check_empty(file_system, directory));
  auto lock = file_system.lock(path_in(directory, kLockName));
  if (!lock) return lock.status();
  SPECTRADB_RETURN_IF_ERROR(check_empty(file_system, directory));
  auto id = new_store_id();
  if (!id) return id.status();
  Manifest manifest;
  manifest.store_id = *id;
  manifest.shard_count = options.shard_count;
  SPECTRADB_RETURN_IF_ERROR(manifest.stage(file_system, directory));
  SPECTRADB_RETURN_IF_ERROR(Manifest::put_in_place(file_system, directory));
  SPECTRADB_RETURN_IF_ERROR(file_system.sync_directory(parent_of(directory)));
  Recovery recovery;
  recovery.segment = manifest.oldest_segment;
  return StoreImpl::make(options, std::move(manifest), std::move(recovery), std::move(*lock));
}

Result<std::shared_ptr<Store>> Store::open(const StoreOptions& options, const Committed& committed) {
  return open(options, [&]() -> Result<Committed> { return committed; });
}

Result<std::shared_ptr<Store>> Store::open(const StoreOptions& options, const AskCommitted& ask_committed) {
  SPECTRADB_RETURN_IF_ERROR(check_options(options));
  if (options.read_only) {
    auto committed = ask_committed();
    if (!committed) return committed.status();
    return open_read_only(options, *committed);
  }
  FileSystem& file_system = *options.file_system;
  const std::string& directory = options.directory;
  const auto has_manifest = file_system.exists(path_in(directory, kManifestName));
  if (!has_manifest) return has_manifest.status();
  if (!*has_manifest) return Status::missing("there is no store in " + directory);
  auto lock = file_system.lock(path_in(directory, kLockName));
  if (!lock) return lock.status();
  auto manifest = Manifest::read(file_system, directory);
  if (!manifest) return manifest.status();
  const auto committed = ask_committed();
  if (!committed) return committed.status();
  auto recovery = plan_recovery(file_system, directory, *manifest, *committed);
  if (!recovery) return recovery.status();
  SPECTRADB_RETURN_IF_ERROR(apply_cut(file_system, directory, *recovery));
  // What a process left unsynced, with copies or without, is synced before copies begin anew.
  if (!committed->copies.empty() || recovery->last_commit > manifest->flushed_commit)
    SPECTRADB_RETURN_IF_ERROR(write_restored(file_system, directory, manifest->seed(), *recovery));
  SPECTRADB_RETURN_IF_ERROR(remove_orphans(file_system, directory, *manifest, *recovery));
  return StoreImpl::make(options, std::move(*manifest), std::move(*recovery), std::move(*lock));
}

Result<StoreId> Store::identify(FileSystem& file_system, const std::string& directory) {
  const auto manifest = Manifest::read(file_system, directory);
  if (!manifest) return manifest.status();
  return manifest->store_id;
}

Result<StoreSummary> Store::summarize(FileSystem& file_system, const std::string& directory) {
  const auto manifest = Manifest::read(file_system, directory);
  if (!manifest) return manifest.status();
  StoreSummary summary{manifest->store_id, false};
  if (!manifest->files.empty()) return summary;
  const auto recovery =
      plan_recovery(file_system, directory, *manifest, Committed{manifest->store_id, 0, 0, {}});
  summary.is_empty = recovery && !recovery->has_cut;
  return summary;
}

Result<std::shared_ptr<Store>> StoreImpl::make(const StoreOptions& options, Manifest manifest,
                                               Recovery recovery, std::unique_ptr<FileLock> lock) {
  std::shared_ptr<StoreImpl> store(
      new StoreImpl(options, std::move(manifest), std::move(recovery), std::move(lock)));
  SPECTRADB_RETURN_IF_ERROR(store->open_files());
  store->start_background();
  return std::shared_ptr<Store>(std::move(store));
}

StoreImpl::StoreImpl(const StoreOptions& options, Manifest manifest, Recovery recovery,
                     std::unique_ptr<FileLock> lock)
    : options_(options),
      id_(manifest.store_id),
      seed_(manifest.seed()),
      lock_(std::move(lock)),
      states_(std::make_shared<ReadStates>(options.block_cache_bytes)),
      log_(options.file_system, options.directory, seed_, recovery.segment, recovery.segment_exists),
      active_(std::move(recovery.memtable)),
      published_frame_(recovery.last_frame),
      manifest_(std::move(manifest)),
      next_file_(manifest_.next_file),
      cursor_keys_(manifest_.shard_count, std::vector<std::string>(kMaxLevels)) {
  states_->set_published(recovery.last_commit);
}

StoreImpl::~StoreImpl() { stop_background(); }

Status StoreImpl::open_files() {
  auto files = std::make_shared<FileSet>();
  files->shards.assign(manifest_.shard_count, ShardLevels(1));
  files->history.resize(manifest_.shard_count);
  std::vector<std::vector<HistoryGroup>> groups(manifest_.shard_count);
  for (const Manifest::File& file : manifest_.files) {
    auto table =
        Sstable::open(*options_.file_system, path_in(options_.directory, sstable_name(file.meta.number)),
                      file.meta, seed_, &states_->cache());
    if (!table) return table.status();
    if (file.level == kHistoryLevel) {
      std::vector<HistoryGroup>& shard = groups[file.shard];
      if (shard.size() <= file.group) shard.resize(file.group + 1);
      if (shard[file.group].size() <= file.run) shard[file.group].resize(file.run + 1);
      shard[file.group][file.run].tables.push_back(std::move(*table));
      continue;
    }
    ShardLevels& levels = files->shards[file.shard];
    if (levels.size() <= file.level) levels.resize(file.level + 1);
    levels[file.level].push_back(std::move(*table));
  }
  for (size_t shard = 0; shard < groups.size(); ++shard) {
    for (HistoryGroup& group : groups[shard]) files->history[shard].add(std::move(group));
  }
  manifest_.files.clear();
  const std::lock_guard lock(state_mutex_);
  files_ = std::move(files);
  publish_state();
  return Status::ok();
}

Status StoreImpl::wait_for_room() {
  std::unique_lock lock(state_mutex_);
  if (immutables_.size() < kMaxImmutables) return Status::ok();
  if (!options_.background) {
    lock.unlock();
    const std::lock_guard working(work_mutex_);
    return flush_immutables();
  }
  const uint64_t failures = flush_failures_;
  wake();
  work_done_.wait(lock, [&] { return immutables_.size() < kMaxImmutables || flush_failures_ != failures; });
  return immutables_.size() < kMaxImmutables ? Status::ok() : background_error_;
}

Result<PreparedFrame> StoreImpl::prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch,
                                         Sync sync) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  SPECTRADB_RETURN_IF_ERROR(wait_for_room());
  const std::lock_guard lock(write_mutex_);
  if (commit != published() + 1) {
    return Status::invalid("commit " + std::to_string(commit) + " cannot follow commit " +
                           std::to_string(published()) + " in the store " + options_.directory);
  }
  if (prepared_) {
    prepared_.reset();
    SPECTRADB_RETURN_IF_ERROR(log_.cut_last());
  }
  auto frame = log_.append(commit, *batch->rep(), sync);
  if (!frame) return frame.status();
  prepared_ = Prepared{commit, frame->token, std::move(batch)};
  return *frame;
}

Status StoreImpl::abort(uint64_t commit) {
  const std::lock_guard lock(write_mutex_);
  if (!prepared_ || prepared_->commit != commit) return Status::ok();
  prepared_.reset();
  return log_.cut_last();
}

Status StoreImpl::publish(uint64_t commit) {
  bool is_rotated = false;
  {
    const std::lock_guard lock(write_mutex_);
    if (commit <= published()) return Status::ok();
    if (!prepared_ || prepared_->commit != commit) {
      return Status::invalid("the store " + options_.directory + " does not know commit " +
                             std::to_string(commit) + " yet; open it again to see it");
    }
    is_rotated = show_prepared();
  }
  if (!is_rotated) return Status::ok();
  if (options_.background) {
    wake();
  } else {
    const std::lock_guard working(work_mutex_);
    remember(work());
  }
  return Status::ok();
}

bool StoreImpl::show_prepared() {
  const Prepared prepared = std::move(*prepared_);
  prepared_.reset();
  const WriteBatch::Rep& batch = *prepared.batch->rep();
  published_frame_ = prepared.frame;
  if (batch.list->size_bytes() >= options_.memtable_max_bytes / kAdoptedPart && batch.living > 0) {
    rotate(std::make_shared<Memtable>(batch, prepared.commit));
    states_->set_published(prepared.commit);
    return true;
  }
  prepared.batch->for_each([&](uint32_t ordinal, std::string_view user_key, std::string_view value) {
    active_->put(user_key, prepared.commit, ordinal, value);
  });
  states_->set_published(prepared.commit);
  const bool is_full = active_->size_bytes() >= options_.memtable_max_bytes && active_->count() > 0;
  if (is_full) rotate(nullptr);
  return is_full;
}

void StoreImpl::rotate(std::shared_ptr<Memtable> adopted) {
  log_.rotate();
  const uint64_t last_commit = adopted != nullptr ? adopted->commit() : published();
  const std::lock_guard lock(state_mutex_);
  for (const std::shared_ptr<Memtable>& full : {active_, adopted}) {
    if (full == nullptr || full->count() == 0) continue;
    immutables_.push_back({full, log_.next_segment(), last_commit, published_frame_});
  }
  active_ = std::make_shared<Memtable>();
  publish_state();
}

std::unique_ptr<VersionCursor> StoreImpl::new_cursor(const CursorOptions& options) {
  return std::make_unique<StoreCursor>(states_, options);
}

Status StoreImpl::flush() {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  {
    const std::lock_guard lock(write_mutex_);
    if (prepared_) {  // its frame is in the log's present segment, which a rotation would give up
      return Status::busy("the store " + options_.directory + " cannot be flushed while commit " +
                          std::to_string(prepared_->commit) + " is being committed; try again after it");
    }
    if (active_->count() > 0) rotate(nullptr);
  }
  if (!options_.background) {
    const std::lock_guard working(work_mutex_);
    Status flushed = flush_immutables();
    remember(flushed);
    return flushed;
  }
  std::unique_lock lock(state_mutex_);
  const uint64_t failures = flush_failures_;
  if (immutables_.empty()) return Status::ok();
  wake();
  work_done_.wait(lock, [&] { return immutables_.empty() || flush_failures_ != failures; });
  return immutables_.empty() ? Status::ok() : background_error_;
}

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

}  // namespace

uint64_t StoreImpl::version_count() const {
  const auto state = states_->current();
  uint64_t count = 0;
  for (const auto& memtable : state->memtables) count += memtable->count();
  for (const ShardLevels& levels : state->files->shards) {
    for (const SstableList& level : levels) {
      for (const auto& table : level) count += table->meta().version_count;
    }
  }
  return count + history_totals(*state->files).versions;
}

std::vector<std::pair<std::string, std::string>> StoreImpl::stats() const {
  const auto state = states_->current();
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto add = [&](std::string name, uint64_t value) {
    pairs.emplace_back(std::move(name), std::to_string(value));
  };
  uint64_t memtable_bytes = 0;
  uint64_t memtable_versions = 0;
  for (const auto& memtable : state->memtables) {
    memtable_bytes += memtable->size_bytes();
    memtable_versions += memtable->count();
  }
  uint64_t files = 0;
  uint64_t file_bytes = 0;
  uint64_t raw_bytes = 0;
  std::vector<uint64_t> files_at(kMaxLevels);
  for (const ShardLevels& levels : state->files->shards) {
    for (size_t level = 0; level < levels.size(); ++level) {
      for (const auto& table : levels[level]) {
        files += 1;
        files_at[level] += 1;
        file_bytes += table->meta().size_bytes;
        raw_bytes += table->meta().raw_bytes;
      }
    }
  }
  add("published_commit", published());
  const HistoryTotals history = history_totals(*state->files);
  const ReadCounters counters = states_->counters();
  add("versions", version_count());
  add("versions_current", version_count() - history.versions);
  add("versions_superseded", history.versions);
  add("shards", state->files->shards.size());
  add("memtables", state->memtables.size());
  add("memtable_bytes", memtable_bytes);
  add("memtable_versions", memtable_versions);
  add("files", files);
  add("file_bytes", file_bytes);
  add("uncompressed_bytes", raw_bytes);
  for (size_t level = 0; level < kMaxLevels; ++level)
    add("files_at_level_" + std::to_string(level), files_at[level]);
  add("history_groups", history.groups);
  add("history_runs", history.runs);
  add("history_files", history.files);
  add("history_file_bytes", history.bytes);
  add("history_blocks_read", counters.history_blocks_read);
  add("history_files_skipped", counters.history_files_skipped);
  add("blocks_skipped_by_bounds", counters.blocks_skipped);
  add("cache_budget_bytes", states_->cache().budget_bytes());
  add("cache_used_bytes", states_->cache().used_bytes());
  add("cache_hits", states_->cache().hits());
  add("cache_misses", states_->cache().misses());
  const std::lock_guard lock(state_mutex_);
  add("flushes", flushes_);
  add("compactions", compactions_);
  add("history_merges", history_merges_);
  pairs.emplace_back("background_error", background_error_.message());
  return pairs;
}

}  // namespace spectradb::lsm
