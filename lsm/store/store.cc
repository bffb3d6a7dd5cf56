#include "lsm/store/store.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <map>
#include <new>
#include <set>
#include <utility>

#include "base/assert.h"
#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"
#include "lsm/store/file_sets.h"
#include "lsm/store/last_seen.h"
#include "lsm/store/store_cursor.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

// A batch above a quarter of the memtables' budget is taken over, not copied.
constexpr uint64_t kAdoptedPart = 4;
constexpr uint64_t kSecondCommit = 2;

// Checks the first and the last key only; spectradb_check() looks at those between.
bool is_of_shard(const FileMeta& meta, size_t shard, size_t shard_count) {
  return meta.first_key <= meta.last_key && shard_of(hash_key(meta.first_key), shard_count) == shard &&
         shard_of(hash_key(meta.last_key), shard_count) == shard;
}

}  // namespace

Status check_numbers(const Manifest& manifest, const std::string& directory) {
  std::set<uint64_t> numbers;
  for (const Manifest::File& file : manifest.files) {
    const uint64_t number = file.meta.number;
    const bool is_given_out =
        is_spilled_number(number) ? number <= kLastSpilledNumber : number < manifest.next_file;
    if (!is_given_out || !numbers.insert(number).second)
      return corruption(path_in(directory, kManifestName), 0,
                        "it cannot name " + sstable_name(number) + " so");
  }
  return Status::ok();
}

Status check_order(const FileSet& files, const std::string& directory) {
  const size_t shard_count = files.shards.size();
  const auto check_run = [&](const SstableList& run, size_t shard, bool is_sorted) {
    for (size_t i = 0; i < run.size(); ++i) {
      const FileMeta& meta = run[i]->meta();
      if (!is_of_shard(meta, shard, shard_count))
        return corruption(path_in(directory, kManifestName), 0,
                          sstable_name(meta.number) + " cannot be of shard " + std::to_string(shard));
      if (is_sorted && i > 0 && run[i - 1]->meta().last_key > meta.first_key)
        return corruption(
            path_in(directory, kManifestName), 0,
            sstable_name(meta.number) + " cannot stand behind " + sstable_name(run[i - 1]->meta().number));
    }
    return Status::ok();
  };
  for (size_t shard = 0; shard < shard_count; ++shard) {
    for (size_t level = 0; level < files.shards[shard].size(); ++level)
      SPECTRADB_RETURN_IF_ERROR(check_run(files.shards[shard][level], shard, level > 0));
    for (const HistoryGroup& group : files.history[shard].groups) {
      for (const HistoryRun& run : group) SPECTRADB_RETURN_IF_ERROR(check_run(run.tables, shard, true));
    }
  }
  return Status::ok();
}

Result<std::shared_ptr<Store>> StoreImpl::make(const StoreOptions& options, Manifest manifest,
                                               const Recovery& recovery,
                                               std::unique_ptr<FileLock>* presence) {
  std::shared_ptr<StoreImpl> store(new StoreImpl(options, std::move(manifest), recovery));
  SPECTRADB_ASSIGN_OR_RETURN(auto files, store->open_files(store->manifest_));
  SPECTRADB_ASSIGN_OR_RETURN(auto parts, store->open_parts(recovery));
  const bool has_work = !parts.empty();
  {
    const std::lock_guard lock(store->state_mutex_);
    store->immutables_ = std::move(parts);
    store->installed_ = std::make_shared<const Manifest>(store->manifest_);
    store->files_ = std::move(files);
    store->states_->set_current(state_of(store->active_, store->immutables_, store->files_));
  }
  store->manifest_.files.clear();
  store->presence_ = std::move(*presence);
  SPECTRADB_RETURN_IF_ERROR(store->on_disk_.begin(store->manifest_, store->presence_.get()));
  if (has_work) store->wake();
  return std::shared_ptr<Store>(std::move(store));
}

StoreImpl::StoreImpl(const StoreOptions& options, Manifest manifest, const Recovery& recovery)
    : options_(options),
      id_(manifest.store_id),
      seed_(manifest.seed()),
      states_(std::make_shared<ReadStates>(options.block_cache_bytes, options.properties)),
      log_(options.file_system, options.directory, seed_, recovery.end, recovery.is_synced,
           recovery.last_frame, recovery.full),
      log_tail_(options.file_system, options.directory, seed_),
      on_disk_(options.file_system, options.directory),
      active_(recovery.memtable),
      published_frame_(recovery.last_frame),
      memtable_max_bytes_(options.memtable_max_bytes),
      manifest_(std::move(manifest)),
      manifest_checksum_(manifest_.checksum()),
      next_file_(manifest_.next_file),
      cursor_keys_(manifest_.shard_count, std::vector<std::string>(kMaxLevels)),
      knobs_(options),
      files_(std::make_shared<FileSet>()) {
  knobs_.shard_count = manifest_.shard_count;
  take_kept(manifest_.knobs, options_, &knobs_);
  recent_.begin_at({recovery.last_commit, recovery.last_frame});
  states_->set_published(recovery.last_commit);
}

StoreImpl::~StoreImpl() {
  stop_background();
  if (options_.read_only || presence_ == nullptr) return;
  try {
    if (on_disk_.check_directory())
      note_last(*options_.file_system, options_.directory, seed_, recent_.last());
  } catch (const std::bad_alloc&) {  // then the last commit is not recorded
  }
}

// Reuses tables that are already open; opens the rest.
Result<std::shared_ptr<FileSet>> StoreImpl::open_files(const Manifest& manifest) const {
  SPECTRADB_RETURN_IF_ERROR(check_numbers(manifest, options_.directory));
  std::map<uint64_t, std::shared_ptr<const Sstable>> open;
  files_->for_each([&](const std::shared_ptr<const Sstable>& table) { open[table->meta().number] = table; });
  const auto open_file = [&](const FileMeta& meta) -> Result<std::shared_ptr<const Sstable>> {
    if (const auto known = open.find(meta.number); known != open.end()) return known->second;
    return Sstable::open(*options_.file_system, path_in(options_.directory, sstable_name(meta.number)), meta,
                         seed_, &states_->cache());
  };
  auto files = arrange_files(manifest, open_file);
  if (!files) return files;
  SPECTRADB_RETURN_IF_ERROR(check_order(**files, options_.directory));
  return files;
}

// Slows commits down before the memtables are full, so that they seldom get full.
Status StoreImpl::wait_for_room(uint64_t bytes) {
  using Clock = std::chrono::steady_clock;
  std::unique_lock lock(state_mutex_);
  if (immutables_.size() < kMaxImmutables) {
    Backlog backlog{immutables_.size(), 0};
    for (const ShardLevels& levels : files_->shards)
      backlog.level0_files = std::max(backlog.level0_files, levels[0].size());
    const WritePace::Duration pause = pace_.pause(bytes, backlog, knobs_.level0_files);
    if (pause.count() == 0) return Status::ok();
    const auto start = Clock::now();
    lock.unlock();
    std::this_thread::sleep_for(pause);
    lock.lock();
    pace_.slept(Clock::now() - start);
    return Status::ok();
  }
  if (!options_.background) {
    lock.unlock();
    return flush_here();
  }
  const uint64_t failures = flush_failures_;
  if (!wake()) {
    lock.unlock();
    return flush_here();
  }
  const auto start = Clock::now();
  work_done_.wait(lock, [&] { return immutables_.size() < kMaxImmutables || flush_failures_ != failures; });
  stopped_ += Clock::now() - start;
  return immutables_.size() < kMaxImmutables ? Status::ok() : background_error_;
}

// Another process may flush a full segment, and remove it, between the two looks.
Status StoreImpl::check_files() {
  std::shared_ptr<const Manifest> installed;
  {
    const std::lock_guard lock(state_mutex_);
    installed = installed_;
  }
  for (;;) {
    SPECTRADB_RETURN_IF_ERROR(on_disk_.check(*installed));
    const uint64_t first = on_disk_.first_segment();
    Status full = log_.check_full(first);
    if (full) return full;
    SPECTRADB_RETURN_IF_ERROR(on_disk_.check(*installed));
    if (on_disk_.first_segment() == first) return full;
  }
}

Result<bool> StoreImpl::may_salt() {
  {
    const std::lock_guard lock(state_mutex_);
    if (installed_->has_salts) return true;
  }
  const auto work = begin_work();
  if (!work && work.status().code() == Code::kBusy) return false;
  if (!work) return work.status();
  if (manifest_.has_salts) return true;
  manifest_.has_salts = true;
  if (Status installed = install(files_, 0, {}); !installed) {
    manifest_.has_salts = false;
    return installed;
  }
  return true;
}

Result<PreparedFrame> StoreImpl::prepare(uint64_t commit, std::shared_ptr<const WriteBatch> batch, Sync sync,
                                         const std::function<bool()>& wants_sync) {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  SPECTRADB_RETURN_IF_ERROR(wait_for_room(batch->rep()->list->size_bytes()));
  // Once this is done the coordinator knows the store even after a power loss (StoreSummary::is_empty).
  if (commit == kSecondCommit && options_.sync_coordinator && sync != Sync::kNone &&
      (!wants_sync || wants_sync()))
    SPECTRADB_RETURN_IF_ERROR(options_.sync_coordinator());
  SPECTRADB_ASSIGN_OR_RETURN(const bool is_salted, may_salt());
  std::string salt;
  if (is_salted) {
    SPECTRADB_ASSIGN_OR_RETURN(salt, new_frame_salt());
  }
  const std::lock_guard lock(write_mutex_);
  if (commit != published() + 1) {
    return Status::invalid("commit " + std::to_string(commit) + " cannot follow commit " +
                           std::to_string(published()) + " in the store " + options_.directory);
  }
  SPECTRADB_RETURN_IF_ERROR(check_files());
  prepared_.reset();
  const WriteBatch::Rep& rep = *batch->rep();
  if (batch->is_spilled() && rep.list->count() > 0)
    return Status::invalid("a batch of the store " + options_.directory + " is only spilled in part");
  const bool adopts = is_adopted(rep);
  const bool fills_memtable =
      adopts || batch->is_spilled() ||
      active_->size_bytes() + rep.list->size_bytes() >= memtable_max_bytes_.load(std::memory_order_relaxed);
  SPECTRADB_ASSIGN_OR_RETURN(auto frame, log_.append(commit, rep, sync, wants_sync, fills_memtable, salt));
  prepared_ = Prepared{commit, frame.token, adopts, fills_memtable, std::move(batch)};
  return frame;
}

Status StoreImpl::abort(uint64_t commit, uint64_t frame) {
  const std::lock_guard lock(write_mutex_);
  if (prepared_ && prepared_->commit == commit && (frame == 0 || prepared_->frame == frame))
    prepared_.reset();
  return Status::ok();
}

Status StoreImpl::publish(uint64_t commit, uint64_t frame) {
  bool has_work = false;
  bool is_known = true;
  {
    const std::lock_guard lock(write_mutex_);
    if (commit <= published()) return Status::ok();
    if (prepared_ && prepared_->commit == commit && (frame == 0 || prepared_->frame == frame)) {
      has_work = show_prepared();
    } else {
      is_known = follow(commit, frame);
      const bool is_full =
          is_known && active_->size_bytes() >= memtable_max_bytes_.load(std::memory_order_relaxed);
      if (is_full) rotate(nullptr);
      has_work = is_full || has_immutables();
    }
  }
  if (!is_known) SPECTRADB_RETURN_IF_ERROR(catch_up(commit, frame));
  if (!has_work) return Status::ok();
  if (options_.read_only) {
    const std::lock_guard working(work_mutex_);
    return refresh();
  }
  if (options_.background) {
    wake();
  } else if (const auto work = begin_work()) {
    remember(this->work());
  }
  return Status::ok();
}

bool StoreImpl::is_adopted(const WriteBatch::Rep& batch) const {
  return batch.list->size_bytes() >= memtable_max_bytes_.load(std::memory_order_relaxed) / kAdoptedPart &&
         batch.living > 0 && batch.spilled.empty();
}

bool StoreImpl::show_prepared() {
  const Prepared prepared = std::move(*prepared_);
  SPECTRADB_ASSERT(prepared.commit == published() + 1);
  prepared_.reset();
  WriteBatch::Rep& batch = *prepared.batch->rep();
  for (const auto& run : batch.spilled) run->keep();
  is_torn_ = true;  // stays set if memory runs out halfway: then the memtable is made anew from the log
  std::shared_ptr<Memtable> adopted;
  std::vector<ShardTable> spilled;
  if (prepared.is_adopted) {
    adopted = std::make_shared<Memtable>(batch, prepared.commit);
    batch.is_taken = true;
  } else if (!batch.spilled.empty()) {
    for (auto run = batch.spilled.rbegin(); run != batch.spilled.rend(); ++run) {
      for (uint32_t shard = 0; shard < (*run)->shards.size(); ++shard) {
        for (const auto& table : (*run)->shards[shard]) spilled.push_back({shard, table});
      }
    }
  } else {
    prepared.batch->for_each([&](uint32_t ordinal, std::string_view user_key, std::string_view value) {
      active_->put(user_key, prepared.commit, ordinal, value, options_.properties->bounds_or_all(value));
    });
  }
  const uint64_t frame_before = std::exchange(published_frame_, prepared.frame);
  log_.accept();
  const bool is_sealed = adopted != nullptr || !spilled.empty();
  if (is_sealed) {
    try {
      rotate(adopted, std::move(spilled));
    } catch (...) {
      published_frame_ = frame_before;
      throw;
    }
  }
  recent_.add({prepared.commit, prepared.frame});
  states_->set_published(prepared.commit);
  SPECTRADB_ASSERT(published_frame_ == prepared.frame && published() == prepared.commit);
  is_torn_ = false;
  if (is_sealed) return true;
  if (prepared.fills_memtable) rotate(nullptr);
  return prepared.fills_memtable;
}

// Does all of it or, where memory runs out, nothing.
void StoreImpl::rotate(const std::shared_ptr<Memtable>& adopted, std::vector<ShardTable> spilled) {
  const bool has_next = adopted != nullptr || !spilled.empty();
  const uint64_t last_commit = has_next ? published() + 1 : published();
  const std::lock_guard lock(state_mutex_);
  std::vector<Immutable> immutables = immutables_;
  for (const std::shared_ptr<Memtable>& full : {active_, adopted}) {
    if (full == nullptr || full->count() == 0) continue;
    immutables.push_back({full, {}, log_.end(), last_commit, published_frame_});
  }
  if (!spilled.empty())
    immutables.push_back({nullptr, std::move(spilled), log_.end(), last_commit, published_frame_});
  auto active = std::make_shared<Memtable>();
  auto state = state_of(active, immutables, files_);
  immutables_.swap(immutables);
  active_ = std::move(active);
  states_->set_current(std::move(state));
}

std::unique_ptr<VersionCursor> StoreImpl::new_cursor(const CursorOptions& options) {
  return std::make_unique<StoreCursor>(states_, options);
}

Status StoreImpl::flush() {
  if (options_.read_only)
    return Status::read_only("the store " + options_.directory + " is open for reading only");
  {
    const std::lock_guard lock(write_mutex_);
    // A torn memtable is made anew by the next publish.
    if (active_->count() > 0 && !is_torn_) rotate(nullptr);
  }
  Status flushed = flush_all();
  return flushed ? trim_log() : flushed;
}

Status StoreImpl::flush_all() {
  if (!options_.background) return flush_here();
  std::unique_lock lock(state_mutex_);
  const uint64_t failures = flush_failures_;
  const uint64_t busy = busy_rounds_;
  if (immutables_.empty()) return Status::ok();
  if (!wake()) {
    lock.unlock();
    return flush_here();
  }
  work_done_.wait(lock,
                  [&] { return immutables_.empty() || flush_failures_ != failures || busy_rounds_ != busy; });
  if (immutables_.empty()) return Status::ok();
  if (flush_failures_ != failures) return background_error_;
  return Status::busy("another process is working on the store " + options_.directory);
}

}  // namespace spectradb::lsm
