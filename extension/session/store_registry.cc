#include "extension/session/store_registry.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>

#include "extension/host/process.h"
#include "extension/session/unfinished_backup.h"
#include "lsm/store/check.h"
#include "temporal/fact.h"

namespace spectradb::extension {

namespace {

struct Registry {
  std::mutex mutex;
  uint64_t generation = 0;  // of the process that opened the stores below
  std::map<std::string, std::weak_ptr<lsm::Store>> by_identity;
};

// Never destroyed, as the list of connections is not.
Registry& registry() {
  static Registry* all = new Registry;
  return *all;
}

Status sync_path(const std::string& path, int flags) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0 && errno == ENOENT) return Status::ok();
  // A directory that may not be read.
  if (file < 0 && errno == EACCES && (flags & O_DIRECTORY) != 0) return Status::ok();
  if (file < 0) return Status::io("cannot open " + path + ": " + std::strerror(errno));
  // Some file systems cannot sync directories, and say so: that is ignored here, as SQLite ignores it.
  const bool synced =
      ::fsync(file) == 0 || ((flags & O_DIRECTORY) != 0 && (errno == EINVAL || errno == ENOTSUP));
  const int reason = errno;
  ::close(file);
  return synced ? Status::ok() : Status::io("cannot sync " + path + ": " + std::strerror(reason));
}

// At synchronous = NORMAL SQLite leaves commits in a write-ahead log that is not synced; or it leaves the end
// of a journal unsynced, its deletion or truncation, without which a power loss would roll back. SQLite
// itself syncs the database file, which must not be opened here: closing it would give up SQLite's own locks.
Status sync_database(const std::string& database_file) {
  for (const char* file : {"-wal", "-journal"}) SPECTRADB_RETURN_IF_ERROR(sync_path(database_file + file, 0));
  const size_t slash = database_file.find_last_of('/');
  return sync_path(slash == 0 ? "/" : database_file.substr(0, slash), O_DIRECTORY);
}

lsm::StoreOptions options_for(const StoreLocation& location) {
  lsm::StoreOptions options;
  options.file_system =
      location.in_memory ? lsm::new_memory_file_system() : lsm::posix_file_system(location.owner);
  options.directory = location.directory;
  options.properties = &temporal::fact_properties();
  options.read_only = location.read_only;
  if (location.in_memory) {
    options.background = false;
  } else {
    options.sync_coordinator = [file = location.database_file] { return sync_database(file); };
  }
  return options;
}

std::string identity_of(const StoreLocation& location, const lsm::StoreId& id) {
  return location.in_memory ? location.identity + ":" + id : location.identity;
}

std::shared_ptr<lsm::Store> find_open(Registry& all, const std::string& identity) {
  if (all.generation != process_generation()) {  // a forked child: the list is its parent's
    all.generation = process_generation();
    all.by_identity.clear();
  }
  auto found = all.by_identity.find(identity);
  return found == all.by_identity.end() ? nullptr : found->second.lock();
}

Status directory_in_use(const std::string& directory, const std::string& why) {
  return Status::invalid("the directory '" + directory + "' " + why +
                         ": move it away, or put back the database file it belongs to");
}

Status copied_alone(const StoreLocation& location, const Status& status) {
  return Status::missing(
      status.message() + ": the facts of the temporal tables of '" + location.database_file +
      "' are not here. .backup, VACUUM INTO, .clone and cp copy SQLite's file alone, "
      "spectradb_backup() copies both. Put back the directory that belongs to the file, or DROP the "
      "temporal tables to make new ones");
}

Status stayed_elsewhere() {
  return Status::missing(
      "the facts of this database's temporal tables are not here: it was deserialized, or copied into "
      "memory, and "
      "they stayed with the database that it was copied from; spectradb_backup() copies both");
}

}  // namespace

Result<std::shared_ptr<lsm::Store>> acquire_store(const StoreLocation& location, const lsm::StoreId& id,
                                                  const std::function<Result<lsm::Committed>()>& committed) {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  const std::string identity = identity_of(location, id);
  std::shared_ptr<lsm::Store> known = find_open(all, identity);
  if (known != nullptr && known->id() == id) return known;
  if (location.in_memory) return stayed_elsewhere();
  lsm::mend_ownership(location.directory, location.owner);
  Result<std::shared_ptr<lsm::Store>> opened = lsm::Store::open(options_for(location), committed);
  const Code code = opened.status().code();
  const bool may_be_cut_short = code == Code::kMissing || code == Code::kInvalid || code == Code::kCorrupt;
  if (may_be_cut_short) {
    const Result<bool> undone = undo_interrupted_backup(location.database_file);
    if (!undone && undone.status().code() == Code::kBusy) return undone.status();
    if (undone && *undone) opened = lsm::Store::open(options_for(location), committed);
  }
  if (opened) all.by_identity[identity] = *opened;
  if (opened.status().code() == Code::kMissing) return copied_alone(location, opened.status());
  return opened;
}

Result<std::vector<std::string>> check_closed_store(const StoreLocation& location,
                                                    const std::function<Result<lsm::Committed>()>& committed,
                                                    const std::function<bool()>& is_interrupted) {
  return lsm::check_store(options_for(location), committed, is_interrupted);
}

Result<lsm::RepairPlan> repair_store(const StoreLocation& location, lsm::Repair way,
                                     const std::function<Result<lsm::Committed>()>& committed,
                                     const lsm::AskFrame& frame, const lsm::AskRetired& retired,
                                     const std::optional<std::string>& token) {
  return lsm::repair(options_for(location), way, committed, frame, retired, token);
}

Result<std::shared_ptr<lsm::Store>> create_store(const StoreLocation& location, const lsm::Knobs& knobs) {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  if (std::shared_ptr<lsm::Store> known = find_open(all, location.identity)) {
    if (known->published() == 0) return known;
    return directory_in_use(location.directory, "holds the facts of a database that is no longer there");
  }
  lsm::StoreOptions options = options_for(location);
  options.shard_count = knobs.shard_count;
  if (!location.in_memory) lsm::mend_ownership(location.directory, location.owner);
  SPECTRADB_ASSIGN_OR_RETURN(const bool exists, options.file_system->exists(location.directory));
  // A CREATE TABLE that was interrupted or rolled back leaves a directory without a store, or a store without
  // facts.
  Result<lsm::StoreSummary> summary = lsm::Store::summarize(*options.file_system, location.directory);
  if (exists && !summary && summary.status().code() != Code::kMissing) {
    return directory_in_use(location.directory, "is there already and holds a store that cannot be read");
  }
  if (summary) {
    if (!summary->is_empty)
      return directory_in_use(location.directory, "holds the facts of another database");
    auto nothing_yet = [&]() -> Result<lsm::Committed> { return lsm::Committed{summary->id, 0, 0, {}}; };
    Result<std::shared_ptr<lsm::Store>> opened = lsm::Store::open(options, nothing_yet);
    if (opened) all.by_identity[location.identity] = *opened;
    return opened;
  }
  Result<std::shared_ptr<lsm::Store>> made = lsm::Store::create(options);
  if (!made && exists && made.status().code() == Code::kInvalid) {
    return directory_in_use(location.directory, "is there already and is not an empty store");
  }
  if (made) all.by_identity[identity_of(location, (*made)->id())] = *made;
  return made;
}

}  // namespace spectradb::extension
