// A store beside other processes: their commits, their flushes, and who may flush and compact.
#include <chrono>
#include <thread>
#include <utility>

#include "lsm/file/file_names.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr auto kCatchUpPause = std::chrono::milliseconds(1);
constexpr int kReloadAttempts = 20;  // others may replace files meanwhile

}  // namespace

// Reads the frames behind the log's end, up to this commit's. What stands behind that frame may be
// half-written.
bool StoreImpl::follow(uint64_t commit, uint64_t frame) {
  if (is_torn_) return false;
  prepared_.reset();  // its commit never came to be, or another process's frame overwrote its own
  LogPosition end = log_.end();
  log_tail_.refresh();
  bool is_whole = true;
  while (is_whole && published() < commit) {
    const auto next = log_tail_.frame_at(end);
    if (!next || next->commit != published() + 1) return false;
    if (next->commit == commit && frame != 0 && next->token != frame) return false;
    is_torn_ = true;  // stays set if memory runs out before everything is in the memtable
    const auto named = spilled_tables(*next, cursor_keys_.size());
    if (!named) return false;
    auto spilled = open_spilled(*named);
    if (!spilled) return false;
    is_whole = for_each_record(*next, [&](uint32_t ordinal, std::string_view key, std::string_view value) {
      active_->put(key, next->commit, ordinal, value, options_.properties->bounds_or_all(value));
    });
    if (!is_whole) break;
    end = position_behind(end.segment, *next);
    log_.follow(*next);
    const uint64_t frame_before = std::exchange(published_frame_, next->token);
    if (!spilled->empty()) {
      try {
        rotate(nullptr, std::move(*spilled));
      } catch (...) {
        published_frame_ = frame_before;
        throw;
      }
    }
    recent_.add({next->commit, next->token});
    states_->set_published(next->commit);
    is_torn_ = false;
  }
  return is_whole;
}

// Frames that follow() reads vanish only when another process trims the log, and none can while this process
// works. So this waits for its own work only as long as follow() finds nothing.
Status StoreImpl::catch_up(uint64_t commit, uint64_t frame) {
  for (;; std::this_thread::sleep_for(kCatchUpPause)) {
    const std::unique_lock working(work_mutex_, std::try_to_lock);
    const std::lock_guard lock(write_mutex_);
    if (published() >= commit || follow(commit, frame)) return Status::ok();
    if (working.owns_lock()) return reload(commit, frame);
  }
}

// Makes files anew from the manifest, and memtables from all commits in the log behind the flushed ones.
Status StoreImpl::reload(uint64_t commit, uint64_t frame) {
  FileSystem& file_system = *options_.file_system;
  if (commit <= published()) {  // the reload does not take commits away
    commit = published();
    frame = published_frame_;
  }
  std::shared_ptr<const Manifest> installed_before;
  {
    const std::lock_guard lock(state_mutex_);
    installed_before = installed_;
  }
  for (int attempt = 1;; ++attempt) {
    SPECTRADB_ASSIGN_OR_RETURN(auto manifest, Manifest::read(file_system, options_.directory));
    // A repair, which may take the store back, waits until nobody has it open who could write it.
    // What it has to follow is the last manifest in force: manifest_ may be one that could not be put in place.
    if (!options_.read_only)
      SPECTRADB_RETURN_IF_ERROR(FilesOnDisk::check_follows(options_.directory, *installed_before, manifest));
    const uint64_t checksum = manifest.checksum();
    auto recovery = plan_recovery(file_system, options_.directory, manifest,
                                  Committed{id_, commit, frame, {}}, LogUse::kShared);
    auto files = recovery ? open_files(manifest) : recovery.status();
    auto parts = files ? open_parts(*recovery) : files.status();
    if (!parts) {
      const auto now = Manifest::read(file_system, options_.directory);
      if (attempt < kReloadAttempts && now && now->checksum() != checksum) continue;
      return parts.status();
    }
    auto state = state_of(recovery->memtable, *parts, *files);
    auto installed = std::make_shared<const Manifest>(manifest);
    log_.follow_to(recovery->end, recovery->last_frame, recovery->full);
    published_frame_ = recovery->last_frame;
    is_torn_ = false;
    next_file_ = manifest.next_file;
    manifest.files.clear();
    manifest_ = std::move(manifest);
    manifest_checksum_ = checksum;
    {
      const std::lock_guard lock(state_mutex_);
      active_ = std::move(recovery->memtable);
      immutables_ = std::move(*parts);
      files_ = std::move(*files);
      installed_ = std::move(installed);
      take_kept(manifest_.knobs, options_, &knobs_);
      states_->set_current(std::move(state));
    }
    if (recovery->last_commit > published()) recent_.begin_at({recovery->last_commit, recovery->last_frame});
    states_->set_published(std::max(published(), recovery->last_commit));
    work_done_.notify_all();
    return Status::ok();
  }
}

Status StoreImpl::refresh() {
  SPECTRADB_ASSIGN_OR_RETURN(const auto manifest, Manifest::read(*options_.file_system, options_.directory));
  if (manifest.checksum() == manifest_checksum_) return Status::ok();
  const std::lock_guard writing(write_mutex_);
  return reload(published(), published_frame_);
}

// Refreshes even where another process is working: what that process has flushed need not stay in memory.
Result<StoreImpl::Work> StoreImpl::begin_work() {
  Work work;
  work.mutex = std::unique_lock(work_mutex_);
  SPECTRADB_RETURN_IF_ERROR(on_disk_.check_directory());
  SPECTRADB_RETURN_IF_ERROR(on_disk_.check_lock());
  const std::string path = path_in(options_.directory, kWorkLockName);
  auto lock = options_.file_system->lock(path, LockMode::kExclusive);
  SPECTRADB_RETURN_IF_ERROR(refresh());
  if (!lock) return lock.status();
  work.lock = std::move(*lock);
  return work;
}

Result<std::unique_ptr<Backup>> StoreImpl::begin_backup(const AskSnapshot& snapshot) {
  for (int attempt = 1;; ++attempt) {
    SstableList tables;
    std::shared_ptr<const Manifest> manifest;
    {
      const std::lock_guard lock(state_mutex_);
      files_->for_each([&](const std::shared_ptr<const Sstable>& table) { tables.push_back(table); });
      manifest = installed_;
    }
    const auto commit = snapshot();  // asked after reading the manifest, so the tables have nothing beyond it
    if (!commit) return commit.status();
    auto backup = Backup::make(*options_.file_system, options_.directory, std::move(manifest),
                               std::move(tables), *commit);
    if (backup || backup.status().code() != Code::kMissing || attempt == kReloadAttempts) return backup;
    std::this_thread::sleep_for(kCatchUpPause);
    // Otherwise this process itself has flushed.
    const std::unique_lock working(work_mutex_, std::try_to_lock);
    if (working.owns_lock()) SPECTRADB_RETURN_IF_ERROR(refresh());
  }
}

// Nobody can open the store meanwhile, so nobody can append to the segment that is removed. The log goes on
// in the next segment before the manifest says so: if writing the manifest fails, recovery finds the new
// segment anyway.
Status StoreImpl::trim_log() {
  FileSystem& file_system = *options_.file_system;
  const auto opening = file_system.lock(path_in(options_.directory, kOpeningLockName), LockMode::kExclusive);
  if (!opening) return Status::ok();
  const auto work = begin_work();
  if (!work) return Status::ok();
  const std::lock_guard writing(write_mutex_);
  const LogPosition end = log_.end();
  if (is_torn_ || prepared_ || active_->count() > 0 || has_immutables() || end.offset == 0 ||
      end != manifest_.log_start)
    return Status::ok();
  const Status alone = presence_->change_to(LockMode::kExclusive);
  Status trimmed;
  if (alone) trimmed = remove_segment(end);
  if (Status shared = presence_->change_to(LockMode::kShared); !shared) return shared;
  return trimmed;
}

Status StoreImpl::remove_segment(LogPosition end) {
  const std::string path = path_in(options_.directory, log_name(end.segment));
  SPECTRADB_ASSIGN_OR_RETURN(auto file, options_.file_system->append_to(path));
  SPECTRADB_RETURN_IF_ERROR(file->truncate(end.offset));  // the rest of an attempt would seem to end the log
  SPECTRADB_RETURN_IF_ERROR(file->sync());
  const LogPosition next{end.segment + 1, 0};
  log_.follow_to(next, published_frame_, {});
  manifest_.log_start = next;
  if (Status installed = install(files_, 0, {}); !installed) {
    manifest_.log_start = end;
    return installed;
  }
  remove_files({log_name(end.segment)});
  return Status::ok();
}

bool StoreImpl::is_waited_for() const {
  const auto lock =
      options_.file_system->lock(path_in(options_.directory, kWaitingLockName), LockMode::kExclusive);
  return !lock && lock.status().code() == Code::kBusy;
}

}  // namespace spectradb::lsm
