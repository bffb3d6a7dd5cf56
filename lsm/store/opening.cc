// Makes and opens stores: as a process that is alone with the store and recovers it, or beside other
// processes.
#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "base/assert.h"
#include "lsm/file/file_names.h"
#include "lsm/store/last_seen.h"
#include "lsm/store/store_id.h"
#include "lsm/store/store_impl.h"

namespace spectradb::lsm {
namespace {

constexpr int kSharedAttempts = 20;  // others may replace files while a store is opened beside them
constexpr auto kOpeningPatience = std::chrono::seconds(10);
constexpr auto kOpeningPause = std::chrono::milliseconds(1);

Status check_options(const StoreOptions& options) {
  SPECTRADB_ASSERT(options.file_system != nullptr && options.properties != nullptr &&
                   !options.directory.empty());
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

// The directory may hold what an interrupted creation has left, and nothing else.
Status check_empty(FileSystem& file_system, const std::string& directory) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, file_system.list(directory));
  for (const std::string& name : names) {
    if (name.starts_with(kLockName) || name == kNewManifestName) continue;
    return Status::invalid("cannot make a new store in " + directory + ": it holds " + name +
                           " already; move the directory away or restore the database that it belongs to");
  }
  return Status::ok();
}

Status remove_orphans(FileSystem& file_system, const std::string& directory, const Manifest& manifest,
                      const Recovery& recovery) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, file_system.list(directory));
  for (const std::string& name : names) {
    const auto number = sstable_number_of(name);
    bool is_orphan = name == kNewManifestName;
    if (number) {
      is_orphan = std::none_of(manifest.files.begin(), manifest.files.end(),
                               [&](const Manifest::File& file) { return file.meta.number == *number; });
      for (const Recovery::Part& part : recovery.parts) {
        is_orphan = is_orphan &&
                    std::none_of(part.tables.begin(), part.tables.end(),
                                 [&](const SpilledTable& table) { return table.meta.number == *number; });
      }
    }
    if (is_orphan) SPECTRADB_RETURN_IF_ERROR(file_system.remove(path_in(directory, name)));
  }
  for (const uint64_t segment : recovery.old_segments) {
    SPECTRADB_RETURN_IF_ERROR(file_system.remove(path_in(directory, log_name(segment))));
  }
  return Status::ok();
}

// Waits for the lock for a while: a process that opens the store holds it only for a moment, even when others
// wait for the coordinator's locks.
Result<std::unique_ptr<FileLock>> wait_to_open(FileSystem& file_system, const std::string& directory) {
  const auto deadline = std::chrono::steady_clock::now() + kOpeningPatience;
  for (;;) {
    auto lock = file_system.lock(path_in(directory, kOpeningLockName), LockMode::kExclusive);
    if (lock || lock.status().code() != Code::kBusy || std::chrono::steady_clock::now() >= deadline)
      return lock;
    std::this_thread::sleep_for(kOpeningPause);
  }
}

// A single frame behind the database's last commit may be an attempt. Two frames, or a commit that the store
// was seen to have, belong to a newer database, unless the machine has lost power since.
Status check_not_newer(const std::string& directory, const std::optional<CommitToken>& seen,
                       const Recovery& recovery, uint64_t committed) {
  if (!seen) return Status::ok();
  uint64_t has = seen->commit;
  if (recovery.cut_commit > committed + 1) has = std::max(has, recovery.cut_commit);
  if (has <= committed) return Status::ok();
  return newer_than_database(directory, has, committed,
                             "put back the newer database, or set aside what it has not: SELECT "
                             "spectradb_repair('rewind') says how");
}

// Recovers the store; the caller is the only process that has it.
Status recover(const StoreOptions& options, const Committed& committed,
               const std::optional<CommitToken>& seen, std::optional<Manifest>* manifest,
               std::optional<Recovery>* recovery) {
  FileSystem& file_system = *options.file_system;
  const std::string& directory = options.directory;
  SPECTRADB_ASSIGN_OR_RETURN(auto read, Manifest::read(file_system, directory));
  SPECTRADB_ASSIGN_OR_RETURN(auto plan,
                             plan_recovery(file_system, directory, read, committed, LogUse::kAlone));
  SPECTRADB_RETURN_IF_ERROR(check_not_newer(directory, seen, plan, committed.commit));
  SPECTRADB_RETURN_IF_ERROR(apply_cut(file_system, directory, plan));
  // What a process left unsynced, with copies or without, is synced before copies begin anew.
  const bool has_copies = std::any_of(committed.copies.begin(), committed.copies.end(),
                                      [](const Committed::Copy& copy) { return !copy.bytes.empty(); });
  if (has_copies || plan.last_commit > read.flushed_commit)
    SPECTRADB_RETURN_IF_ERROR(write_restored(file_system, directory, read.seed(), plan));
  plan.is_synced = true;
  SPECTRADB_RETURN_IF_ERROR(remove_orphans(file_system, directory, read, plan));
  note_last(file_system, directory, read.seed(), {plan.last_commit, plan.last_frame});
  *manifest = std::move(read);
  *recovery = std::move(plan);
  return Status::ok();
}

// Opens the store beside other processes, or read-only: writes nothing.
Result<std::shared_ptr<Store>> join(const StoreOptions& options, const Committed& committed,
                                    std::unique_ptr<FileLock> presence) {
  FileSystem& file_system = *options.file_system;
  for (int attempt = 1;; ++attempt) {
    SPECTRADB_ASSIGN_OR_RETURN(auto manifest, Manifest::read(file_system, options.directory));
    const uint64_t before = manifest.checksum();
    Status failure;
    if (auto recovery = plan_recovery(file_system, options.directory, manifest, committed, LogUse::kShared)) {
      if (!recovery->restored.empty() && !options.read_only)
        return Status::busy("the store " + options.directory +
                            " is to be recovered, but another process has it open");
      auto opened = StoreImpl::make(options, std::move(manifest), *recovery, &presence);
      if (opened) return opened;
      failure = opened.status();
    } else {
      failure = recovery.status();
    }
    if (attempt == kSharedAttempts) return failure;
    const auto after = Manifest::read(file_system, options.directory);
    if (!after || after->checksum() == before) return failure;
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
  const auto opening = wait_to_open(file_system, directory);
  if (!opening) return opening.status();
  SPECTRADB_RETURN_IF_ERROR(check_empty(file_system, directory));
  SPECTRADB_ASSIGN_OR_RETURN(auto presence,
                             file_system.lock(path_in(directory, kLockName), LockMode::kShared));
  SPECTRADB_ASSIGN_OR_RETURN(auto id, new_store_id());
  Manifest manifest;
  manifest.store_id = id;
  manifest.shard_count = static_cast<uint32_t>(options.shard_count);
  SPECTRADB_RETURN_IF_ERROR(manifest.stage(file_system, directory));
  SPECTRADB_RETURN_IF_ERROR(Manifest::put_in_place(file_system, directory));
  SPECTRADB_RETURN_IF_ERROR(file_system.sync_directory(parent_of(directory)));
  note_last(file_system, directory, manifest.seed(), {});
  Recovery recovery;
  recovery.end = manifest.log_start;
  recovery.is_synced = true;
  return StoreImpl::make(options, std::move(manifest), recovery, &presence);
}

Result<std::shared_ptr<Store>> Store::open(const StoreOptions& options, const Committed& committed) {
  return open(options, [&]() -> Result<Committed> { return committed; });
}

Result<std::shared_ptr<Store>> Store::open(const StoreOptions& options, const AskCommitted& ask_committed) {
  SPECTRADB_RETURN_IF_ERROR(check_options(options));
  if (options.read_only) {
    SPECTRADB_ASSIGN_OR_RETURN(auto committed, ask_committed());
    return join(options, committed, nullptr);
  }
  FileSystem& file_system = *options.file_system;
  const std::string& directory = options.directory;
  SPECTRADB_ASSIGN_OR_RETURN(const auto has_manifest, file_system.exists(path_in(directory, kManifestName)));
  if (!has_manifest) return Status::missing("there is no store in " + directory);
  const auto opening = wait_to_open(file_system, directory);
  if (!opening) return opening.status();
  auto alone = file_system.lock(path_in(directory, kLockName), LockMode::kExclusive);
  if (!alone && alone.status().code() != Code::kBusy) return alone.status();
  SPECTRADB_ASSIGN_OR_RETURN(const auto read, Manifest::read(file_system, directory));
  // This is read before asking the database, which therefore has this commit.
  const auto seen = last_seen(file_system, directory, read.seed());
  SPECTRADB_ASSIGN_OR_RETURN(const auto committed, ask_committed());
  std::optional<Manifest> manifest;
  std::optional<Recovery> recovery;
  if (alone) SPECTRADB_RETURN_IF_ERROR(recover(options, committed, seen, &manifest, &recovery));
  if (alone) alone->reset();  // nobody can take it now: that needs the lock for opening
  SPECTRADB_ASSIGN_OR_RETURN(auto presence,
                             file_system.lock(path_in(directory, kLockName), LockMode::kShared));
  if (!alone) return join(options, committed, std::move(presence));
  return StoreImpl::make(options, std::move(*manifest), *recovery, &presence);
}

Result<StoreId> Store::identify(FileSystem& file_system, const std::string& directory) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto manifest, Manifest::read(file_system, directory));
  return manifest.store_id;
}

Result<StoreSummary> Store::summarize(FileSystem& file_system, const std::string& directory) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto manifest, Manifest::read(file_system, directory));
  StoreSummary summary{manifest.store_id, false};
  if (!manifest.files.empty()) return summary;
  const auto recovery =
      plan_recovery(file_system, directory, manifest, Committed{manifest.store_id, 0, 0, {}}, LogUse::kAlone);
  summary.is_empty = recovery && recovery->cut_frames <= 1;
  return summary;
}

}  // namespace spectradb::lsm
