// The store's flushes and compactions, in the background or inline.
#include <algorithm>
#include <cassert>
#include <chrono>
#include <new>
#include <system_error>

#include "base/assert.h"
#include "lsm/base/out_of_memory.h"
#include "lsm/file/file_names.h"
#include "lsm/store/file_sets.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr auto kRetryPause = std::chrono::seconds(1);
constexpr auto kBusyPause = std::chrono::milliseconds(10);  // while another process works
constexpr auto kBusyPatience = std::chrono::seconds(1);     // writers that wait get an error after this
constexpr auto kIdlePause = std::chrono::seconds(1);        // the thread ends after this
constexpr int kFlushLevel = 1;                              // of zstd: fast, flushed files are merged soon

// Sets a flag for as long as the object lives.
class Counting {
 public:
  explicit Counting(bool* flag) : flag_(flag) { *flag_ = true; }
  ~Counting() { *flag_ = false; }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

 private:
  bool* flag_;
};

}  // namespace

void StoreImpl::stop_background() {
  std::thread last;
  {
    const std::lock_guard lock(wake_mutex_);
    stopping_.store(true);
    last.swap(background_);
  }
  wake_signal_.notify_one();
  if (last.joinable()) last.join();
}

bool StoreImpl::wake() {
  if (!options_.background || options_.read_only) return false;
  const std::lock_guard lock(wake_mutex_);
  has_work_ = true;
  wake_signal_.notify_one();
  if (is_running_ || stopping_.load()) return true;
  // The thread is about to return, and takes no lock any more.
  if (background_.joinable()) background_.join();
  try {
    background_ = std::thread([this] { run_background(); });
  } catch (const std::system_error&) {
    return false;  // the machine has no thread to spare
  } catch (const std::bad_alloc&) {
    return false;
  }
  is_running_ = true;
  return true;
}

bool StoreImpl::wait_for_work(std::chrono::milliseconds pause) {
  std::unique_lock lock(wake_mutex_);
  const auto is_called = [this] { return has_work_ || stopping_.load(); };
  const bool called = wake_signal_.wait_for(lock, pause.count() > 0 ? pause : kIdlePause, is_called);
  has_work_ = false;
  const bool goes_on = !stopping_.load() && (called || pause.count() > 0);
  if (!goes_on) is_running_ = false;
  return goes_on;
}

void StoreImpl::run_background() {
  using Clock = std::chrono::steady_clock;
  std::chrono::milliseconds pause{0};           // zero: until there is work
  std::unique_ptr<FileLock> waiting;            // tells a working process that this one wants to work
  Clock::time_point last_begun = Clock::now();  // or found nothing to begin
  while (wait_for_work(pause)) {
    pause = {};
    bool has_begun = false;
    bool has_flushed = false;
    const Status worked = no_memory_as_status([&] {
      const auto right = begin_work();
      waiting.reset();
      if (!right) return right.status();
      has_begun = true;
      const Counting counting(&is_counting_);
      working_since_ = Clock::now();
      SPECTRADB_RETURN_IF_ERROR(flush_immutables());
      has_flushed = true;
      Status done = work();
      count_work(0);
      return done;
    });
    const bool is_busy = worked.code() == Code::kBusy;
    if (!is_busy) remember(worked);
    if (!is_busy && !has_flushed) fail_waiting();
    if (has_begun || !is_busy || !has_immutables()) last_begun = Clock::now();
    if (is_busy && !has_begun) note_busy(Clock::now() - last_begun >= kBusyPatience);
    if (worked || !has_immutables()) continue;
    pause = kRetryPause;
    if (is_busy) pause = kBusyPause;
    if (!is_busy) continue;
    (void)no_memory_as_status([&] {
      auto lock =
          options_.file_system->lock(path_in(options_.directory, kWaitingLockName), LockMode::kShared);
      if (lock) waiting = std::move(*lock);
      return lock.status();
    });
  }
}

Status StoreImpl::flush_here() {
  const auto right = begin_work();
  if (!right) return right.status();
  Status flushed = flush_immutables();
  remember(flushed);
  return flushed;
}

// Writers that wait for room go on waiting for a while: a process that works soon lets others in.
void StoreImpl::note_busy(bool is_long) {
  (void)no_memory_as_status([&] {
    const std::lock_guard lock(state_mutex_);
    ++busy_rounds_;
    if (!is_long) return Status::ok();
    ++flush_failures_;
    background_error_ =
        Status::busy("another process has held " + path_in(options_.directory, kWorkLockName) +
                     " for long, so that nothing is flushed: let it go on, or end it");
    return Status::ok();
  });
  work_done_.notify_all();
}

bool StoreImpl::has_immutables() const {
  const std::lock_guard lock(state_mutex_);
  return !immutables_.empty();
}

void StoreImpl::remember(Status status) {
  const std::lock_guard lock(state_mutex_);
  background_error_ = std::move(status);
}

void StoreImpl::fail_waiting() {
  {
    const std::lock_guard lock(state_mutex_);
    flush_failures_ += 1;
  }
  work_done_.notify_all();
}

Status StoreImpl::work() {
  for (;;) {
    SPECTRADB_RETURN_IF_ERROR(flush_immutables());
    if (stopping_.load()) return Status::ok();
    std::vector<Compaction> compactions = pick_compactions(*files_, knobs_, cursor_keys_);
    if (compactions.empty()) return work_on_history();
    SPECTRADB_RETURN_IF_ERROR(run_compactions(std::move(compactions)));
    SPECTRADB_RETURN_IF_ERROR(work_on_history());
  }
}

TableOutputOptions StoreImpl::output_options(bool split_keys, int compression_level) const {
  return {options_.file_system,
          options_.directory,
          {static_cast<uint32_t>(knobs_.sstable_block_bytes),
           static_cast<uint32_t>(knobs_.bloom_bits_per_key), compression_level, seed_, &dictionaries_},
          knobs_.sstable_max_bytes,
          split_keys};
}

void StoreImpl::count_work(uint64_t flushed_bytes) {
  if (!is_counting_) return;
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(state_mutex_);
  pace_.worked(flushed_bytes, now - std::exchange(working_since_, now));
}

// Returns about as much as a full memtable, so that writers soon find room; commits stay whole.
std::vector<StoreImpl::Immutable> StoreImpl::next_to_flush() const {
  const uint64_t bytes_max = memtable_max_bytes_.load(std::memory_order_relaxed);
  std::vector<Immutable> next;
  uint64_t bytes = 0;
  const std::lock_guard lock(state_mutex_);
  for (const Immutable& waiting : immutables_) {
    if (bytes >= bytes_max && waiting.last_commit != next.back().last_commit) break;
    next.push_back(waiting);
    if (waiting.memtable != nullptr) bytes += waiting.memtable->size_bytes();
  }
  return next;
}

Status StoreImpl::flush_immutables() {
  for (;;) {
    const std::vector<Immutable> waiting = next_to_flush();
    if (waiting.empty()) return Status::ok();
    const uint64_t old_segment = manifest_.log_start.segment;
    const uint64_t new_segment = waiting.back().log_start.segment;
    uint64_t bytes = 0;
    for (const Immutable& one : waiting) bytes += one.memtable == nullptr ? 0 : one.memtable->size_bytes();
    SPECTRADB_RETURN_IF_ERROR(flush_to_files(waiting));
    count_work(bytes);
    work_done_.notify_all();
    std::vector<std::string> names;
    for (uint64_t segment = old_segment; segment < new_segment; ++segment) names.push_back(log_name(segment));
    remove_files(names);
  }
}

Status StoreImpl::flush_to_files(const std::vector<Immutable>& waiting) {
  auto files = std::make_shared<FileSet>(*files_);
  Outputs outputs;
  const LogPosition log_start = waiting.back().log_start;
  for (size_t at = 0; at < waiting.size();) {  // older ones go into the file set first
    if (waiting[at].memtable == nullptr) {
      place_spilled(files.get(), waiting[at++].tables);
      continue;
    }
    std::vector<std::shared_ptr<const Memtable>> memtables;
    for (; at < waiting.size() && waiting[at].memtable != nullptr; ++at)
      memtables.push_back(waiting[at].memtable);
    Outputs written = flush_outputs();
    SPECTRADB_RETURN_IF_ERROR(write_flush(memtables, written, files.get()));
    for (auto& output : written) outputs.push_back(std::move(output));
  }
  if (log_start.offset > 0) SPECTRADB_RETURN_IF_ERROR(sync_log(log_start.segment));
  if (options_.sync_coordinator) SPECTRADB_RETURN_IF_ERROR(options_.sync_coordinator());
  Manifest before = manifest_;
  manifest_.log_start = log_start;
  manifest_.flushed_commit = waiting.back().last_commit;
  manifest_.flushed_frame = waiting.back().last_frame;
  Status installed = no_memory_as_status([&] { return install(std::move(files), waiting.size(), outputs); });
  if (!installed) {
    manifest_ = std::move(before);
    return installed;
  }
  const std::lock_guard lock(state_mutex_);
  flushes_ += 1;
  for (const auto& output : outputs) flushed_bytes_ += output->size_bytes();
  return installed;
}

StoreImpl::Outputs StoreImpl::flush_outputs() {
  Outputs outputs;
  for (size_t shard = 0; shard < files_->shards.size(); ++shard) {
    outputs.push_back(std::make_unique<TableOutput>(output_options(false, kFlushLevel),
                                                    [this] { return next_file_.fetch_add(1); }));
  }
  return outputs;
}

// Stops at level 1: deeper levels hold only what a compaction has split off.
uint32_t StoreImpl::level_of_flush(const FileSet& files, uint32_t shard,
                                   const std::vector<FileMeta>& written) const {
  uint64_t size_bytes = 0;
  bool may_part = false;
  for (const FileMeta& meta : written) {
    size_bytes += meta.size_bytes;
    may_part = may_part || meta.version_count != meta.key_count;
  }
  if (is_merging_ || may_part) return 0;
  return level_for_flush(files.shards[shard], written.front().first_key, written.back().last_key, size_bytes,
                         knobs_);
}

void StoreImpl::place_spilled(FileSet* files, const std::vector<ShardTable>& tables) const {
  for (auto spilled = tables.rbegin(); spilled != tables.rend(); ++spilled) {
    const uint32_t level = level_of_flush(*files, spilled->shard, {spilled->table->meta()});
    add_to_level(&files->shards[spilled->shard], level, {spilled->table});
  }
}

// Recovery starts to read behind what is flushed, so the segment must have everything before that on disk.
Status StoreImpl::sync_log(uint64_t segment) const {
  const auto file = options_.file_system->append_to(path_in(options_.directory, log_name(segment)));
  return file ? (*file)->sync() : file.status();
}

Status StoreImpl::write_flush(const std::vector<std::shared_ptr<const Memtable>>& memtables,
                              const Outputs& outputs, FileSet* files) {
  const ReadLimits everything{UINT64_MAX, 0, std::nullopt, nullptr};
  std::vector<std::unique_ptr<VersionListIterator>> sources;
  for (const auto& memtable : memtables) {
    sources.push_back(std::make_unique<VersionListIterator>(&everything));
    sources.back()->reset(*memtable);
    sources.back()->seek({});
  }
  MergeHeap heap;
  SPECTRADB_RETURN_IF_ERROR(heap.build(sources));
  while (!heap.is_empty()) {
    VersionIterator* version = heap.top();
    const uint32_t shard = outputs.size() == 1 ? 0 : shard_of(hash_key(version->user_key()), outputs.size());
    SPECTRADB_RETURN_IF_ERROR(outputs[shard]->add(*version, kNeverSuperseded,
                                                  options_.properties->bounds_or_all(version->value())));
    version->next();
    SPECTRADB_RETURN_IF_ERROR(heap.settle());
  }
  for (uint32_t shard = 0; shard < outputs.size(); ++shard) {
    SPECTRADB_RETURN_IF_ERROR(outputs[shard]->finish());
    const std::vector<FileMeta>& written = outputs[shard]->files();
    if (written.empty()) continue;
    const uint32_t level = level_of_flush(*files, shard, written);
    SPECTRADB_RETURN_IF_ERROR(place(files, shard, level, written));
  }
  return Status::ok();
}

Result<SstableList> StoreImpl::open_tables(const std::vector<FileMeta>& metas) const {
  SstableList tables;
  for (const FileMeta& meta : metas) {
    SPECTRADB_ASSIGN_OR_RETURN(
        auto table,
        Sstable::open(*options_.file_system, path_in(options_.directory, sstable_name(meta.number)), meta,
                      seed_, &states_->cache()));
    tables.push_back(std::move(table));
  }
  return tables;
}

Status StoreImpl::place(FileSet* files, uint32_t shard, uint32_t level,
                        const std::vector<FileMeta>& metas) const {
  SPECTRADB_ASSIGN_OR_RETURN(const auto tables, open_tables(metas));
  add_to_level(&files->shards[shard], level, tables);
  return Status::ok();
}

// Makes the new file set the store's: on disk, then for cursors. The caller holds work_mutex_.
Status StoreImpl::install(std::shared_ptr<const FileSet> files, size_t flushed_immutables,
                          const std::vector<std::unique_ptr<TableOutput>>& outputs) {
  manifest_.next_file = next_file_.load();
  Manifest edit = manifest_;
  edit.files = list_files(*files);
  // A manifest that the next process would refuse must not be written.
  SPECTRADB_RETURN_IF_ERROR(check_numbers(edit, options_.directory));
  SPECTRADB_RETURN_IF_ERROR(check_order(*files, options_.directory));
  const uint64_t checksum = edit.checksum();
  SPECTRADB_RETURN_IF_ERROR(edit.stage(*options_.file_system, options_.directory));
  auto installed = std::make_shared<const Manifest>(std::move(edit));
  for (const auto& output : outputs) output->keep();
  SPECTRADB_RETURN_IF_ERROR(Manifest::put_in_place(*options_.file_system, options_.directory));
  manifest_checksum_ = checksum;
  const std::lock_guard lock(state_mutex_);
  SPECTRADB_ASSERT(flushed_immutables <= immutables_.size());
  files_ = std::move(files);
  installed_ = std::move(installed);
  immutables_.erase(immutables_.begin(), immutables_.begin() + static_cast<ptrdiff_t>(flushed_immutables));
  // The manifest is in force already. Cursors that do not learn of the new files read the same versions from
  // the old files and memtables.
  (void)no_memory_as_status([&] {
    states_->set_current(state_of(active_, immutables_, files_));
    return Status::ok();
  });
  return Status::ok();
}

std::shared_ptr<const ReadState> StoreImpl::state_of(const std::shared_ptr<const Memtable>& active,
                                                     const std::vector<Immutable>& immutables,
                                                     const std::shared_ptr<const FileSet>& files) {
  auto state = std::make_shared<ReadState>();
  state->recent.push_back({active, nullptr});
  for (auto immutable = immutables.rbegin(); immutable != immutables.rend(); ++immutable) {
    if (immutable->memtable != nullptr) state->recent.push_back({immutable->memtable, nullptr});
    for (const ShardTable& spilled : immutable->tables) state->recent.push_back({nullptr, spilled.table});
  }
  state->files = files;
  return state;
}

void StoreImpl::remove_files(const std::vector<std::string>& names) const {
  for (const std::string& name : names) {
    // The next open removes what stays.
    (void)options_.file_system->remove(path_in(options_.directory, name));
  }
}

}  // namespace spectradb::lsm
