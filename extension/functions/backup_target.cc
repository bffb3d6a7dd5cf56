#include "extension/functions/backup_target.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/platform.h"
#include "extension/host/errors.h"
#include "extension/host/file_uri.h"
#include "extension/host/query.h"
#include "extension/session/commit_table.h"
#include "lsm/file/file.h"
#include "lsm/file/file_names.h"
#include "lsm/file/posix_ownership.h"

namespace spectradb::extension {

namespace {

// Returns a URI that makes SQLite open the file without locks, journals and writes.
std::string untouched(const std::string& path) {
  std::string uri = "file:";
  append_escaped(uri, path);
  return uri + "?immutable=1&mode=ro";
}

// Returns the database file that is there and whose journal or store would have this name; empty where there is none.
std::string database_beside(const std::string& path) {
  for (const std::string_view suffix : {"-journal", "-wal", "-shm", "-spectra"}) {
    if (path.size() <= suffix.size() || !path.ends_with(suffix)) continue;
    std::string database = path.substr(0, path.size() - suffix.size());
    struct stat there {};
    if (::stat(database.c_str(), &there) == 0 && S_ISREG(there.st_mode)) return database;
  }
  return {};
}

// Returns the database in whose store this directory is.
std::string database_around(const std::string& directory) {
  char resolved[PATH_MAX];
  if (::realpath(directory.c_str(), resolved) == nullptr) return {};
  std::string outer = resolved;
  while (outer.size() > 1) {
    if (std::string database = database_beside(outer); !database.empty()) return database;
    outer = directory_of(outer);
  }
  return {};
}

struct Closing {
  sqlite3* db = nullptr;
  Closing() = default;
  ~Closing() { sqlite3_close(db); }
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
};

}  // namespace

BackupTarget::BackupTarget(const Source& source, const std::string& target)
    : source_(source), target_(target), unfinished_(target) {}

BackupTarget::~BackupTarget() {
  sqlite3_close(earlier_);
  if (lock_ != nullptr) unfinished_.remove();
}

Status BackupTarget::refusal(const std::string& reason) const {
  return Status::invalid("cannot back up to '" + target_ + "': " + reason);
}

Result<std::unique_ptr<BackupTarget>> BackupTarget::claim(const Source& source, const std::string& target) {
  if (target.empty()) return Status::invalid("spectradb_backup needs the name of a file to write");
  if (target.find('\0') != std::string::npos)
    return Status::invalid("spectradb_backup: the name of a file has no zero byte");
  std::unique_ptr<BackupTarget> claimed(new BackupTarget(source, target));
  SPECTRADB_RETURN_IF_ERROR(claimed->check_place());
  SPECTRADB_ASSIGN_OR_RETURN(auto lock, claimed->unfinished_.lock());
  claimed->lock_ = std::move(lock);
  if (claimed->is_half_updated()) SPECTRADB_RETURN_IF_ERROR(claimed->recover_earlier());
  if (const Result<bool> undone = claimed->unfinished_.undo(); !undone) return undone.status();
  if (claimed->is_onto_earlier_) {
    SPECTRADB_RETURN_IF_ERROR(claimed->open_earlier());
  } else {
    SPECTRADB_RETURN_IF_ERROR(claimed->check_nothing_beside());
  }
  claimed->unfinished_.clear();  // what an interrupted backup has left behind
  SPECTRADB_RETURN_IF_ERROR(claimed->make_database());
  return claimed;
}

// Users who may not read the database may not read its copy either.
Status BackupTarget::make_database() {
  constexpr mode_t kUsual = 0644;  // the mode that SQLite uses
  const int descriptor =
      ::open(database().c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kUsual);
  if (descriptor < 0) return Status::io("cannot make '" + database() + "': " + std::strerror(errno));
  if (owner_) lsm::settle(descriptor, *owner_);
  struct stat made {};
  const bool is_known = ::fstat(descriptor, &made) == 0;
  ::close(descriptor);
  if (!is_known) return Status::io("cannot look at '" + database() + "'");
  files_ = lsm::posix_file_system(lsm::FileOwner{made.st_mode, made.st_uid, made.st_gid});
  return Status::ok();
}

// Does not touch what is there.
Status BackupTarget::check_place() {
  struct stat there {};
  if (::stat(directory_of(target_).c_str(), &there) != 0 || !S_ISDIR(there.st_mode))
    return refusal("there is no directory '" + directory_of(target_) + "'");
  if (const std::string database = database_beside(target_); !database.empty())
    return refusal("a file of '" + database + "' has that name; choose another one");
  if (const std::string database = database_around(directory_of(target_)); !database.empty())
    return refusal("that is in the store of '" + database + "'; choose another directory");
  struct stat own {};
  if (::stat(target_.c_str(), &there) == 0 && !source_.file.empty() &&
      ::stat(source_.file.c_str(), &own) == 0 && own.st_dev == there.st_dev && own.st_ino == there.st_ino)
    return refusal("that is the database itself");
  if (!source_.file.empty() && ::stat(source_.file.c_str(), &own) == 0)
    owner_ = lsm::FileOwner{own.st_mode, own.st_uid, own.st_gid};
  if (::lstat(target_.c_str(), &there) != 0) {
    if (errno == ENOENT) return Status::ok();
    return Status::io("cannot look at '" + target_ + "': " + std::strerror(errno));
  }
  if (S_ISLNK(there.st_mode)) return refusal("it is a symbolic link; name the file that it leads to");
  if (!S_ISREG(there.st_mode)) return refusal("it is not a file");
  is_onto_earlier_ = true;
  owner_ = lsm::FileOwner{there.st_mode, there.st_uid, there.st_gid};
  device_ = there.st_dev;
  inode_ = there.st_ino;
  if (source_.store_id.empty())
    return refusal("there is a file already; a database without temporal tables does not know its backups");
  if (is_half_updated()) return Status::ok();  // looked at once it is recovered
  Closing found;
  const int code = sqlite3_open_v2(untouched(target_).c_str(), &found.db,
                                   SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return refusal("there is a file already, and it cannot be read");
  return check_is_earlier(found.db);
}

Status BackupTarget::check_is_earlier(sqlite3* there) const {
  Status other = refusal(
      "there is a file already, and it is no earlier backup of this database; "
      "name another file");
  Query id(there, "SELECT value FROM _spectradb_meta WHERE name = 'store_id'");
  Result<bool> row = id.step();
  if (row.status().code() == Code::kBusy) return row.status();
  if (!row || !*row || id.text(0) != source_.store_id) return other;
  id.reset();
  const Result<CommitTable::Commit> newest = CommitTable(there, "main").newest();
  if (!newest) return newest.status().code() == Code::kBusy ? newest.status() : other;
  if (newest->number == 0) return Status::ok();
  Query known(source_.db,
              "SELECT frame FROM " + CommitTable::relation(source_.schema) + " WHERE commit_no = ?1");
  row = known.bind(1, static_cast<int64_t>(newest->number)).step();
  if (!row) return row.status();
  if (*row && static_cast<uint64_t>(known.integer(0)) == newest->frame) return Status::ok();
  return refusal("what is there has commit " + std::to_string(newest->number) +
                 ", which this database does not have: it is newer, or was written to; name another file");
}

// Whether another backup was updating the file, and is doing it still or was interrupted.
bool BackupTarget::is_half_updated() const {
  return is_onto_earlier_ && is_there(target_ + "-journal") && unfinished_.announces(source_.store_id);
}

// Makes SQLite roll back what the interrupted update has written.
Status BackupTarget::recover_earlier() const {
  Closing found;
  const int code =
      sqlite3_open_v2(target_.c_str(), &found.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(found.db, code);
  sqlite3_busy_timeout(found.db, source_.busy_timeout_ms);
  return execute(found.db, "SELECT 1 FROM sqlite_master LIMIT 1");
}

// A leftover journal of another database would be taken for the copy's.
Status BackupTarget::check_nothing_beside() const {
  for (const char* suffix : {"-journal", "-wal", "-spectra"}) {
    if (is_there(target_ + suffix))
      return refusal("there is '" + target_ + suffix + "', without its database; move it away");
  }
  return Status::ok();
}

Status BackupTarget::check_unlocked() const {
  Query query(earlier_, "BEGIN EXCLUSIVE");
  Status begun = query.run();
  if (!begun && begun.code() == Code::kBusy)
    return Status::busy("cannot back up to '" + target_ + "': somebody has it open (database is locked)");
  return begun;
}

Status BackupTarget::open_earlier() {
  const int code =
      sqlite3_open_v2(target_.c_str(), &earlier_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(earlier_, code);
  sqlite3_busy_timeout(earlier_, source_.busy_timeout_ms);
  SPECTRADB_RETURN_IF_ERROR(execute(earlier_, "PRAGMA locking_mode = EXCLUSIVE"));
  SPECTRADB_RETURN_IF_ERROR(check_unlocked());
  SPECTRADB_RETURN_IF_ERROR(check_is_earlier(earlier_));
  const std::string store = unfinished_.target_store();
  struct stat there {};
  if (::lstat(store.c_str(), &there) != 0) return Status::ok();
  if (!S_ISDIR(there.st_mode)) return refusal("'" + store + "' is not a directory; move it away");
  earlier_store_ = store;
  return Status::ok();
}

Status BackupTarget::lock_earlier_store() {
  if (earlier_store_.empty()) return Status::ok();
  const auto lock = [this](std::string_view name) {
    return files_->lock(earlier_store_ + "/" + std::string(name), lsm::LockMode::kExclusive);
  };
  SPECTRADB_ASSIGN_OR_RETURN(opening_, lock(lsm::kOpeningLockName));
  SPECTRADB_ASSIGN_OR_RETURN(alone_, lock(lsm::kLockName));
  return Status::ok();
}

// When SQLite closes the earlier file, it would remove a journal by name, at a time when the name is the
// copy's.
Status BackupTarget::release_journal() {
  SPECTRADB_RETURN_IF_ERROR(execute(earlier_, "COMMIT"));
  Query mode(earlier_, "PRAGMA journal_mode = DELETE");
  SPECTRADB_ASSIGN_OR_RETURN(const bool row, mode.step());
  if (!row || mode.text(0) != "delete")
    return Status::io("cannot back up to '" + target_ + "': its journal cannot be closed");
  return Status::ok();
}

Status BackupTarget::check_same_file() const {
  struct stat there {};
  if (::lstat(target_.c_str(), &there) != 0 || there.st_dev != device_ || there.st_ino != inode_)
    return refusal("somebody has replaced it meanwhile");
  return Status::ok();
}

// The exclusive lock is still held, since it outlives transactions in this locking mode. What an open
// connection sees next is another commit of SQLite's, and so another state of the same store.
Status BackupTarget::update_earlier() {
  SPECTRADB_RETURN_IF_ERROR(check_same_file());
  Closing made;
  int code = sqlite3_open_v2(untouched(database()).c_str(), &made.db,
                             SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return status_of_sqlite(made.db, code);
  sqlite3_backup* update = sqlite3_backup_init(earlier_, "main", made.db, "main");
  if (update != nullptr) {
    sqlite3_backup_step(update, -1);
    code = sqlite3_backup_finish(update);
  } else {
    code = sqlite3_errcode(earlier_);
  }
  const Status updated = code == SQLITE_OK ? Status::ok() : status_of_sqlite(earlier_, code);
  // In this locking mode the empty journal stays until the journal mode changes in the other one.
  for (const char* sql :
       {"PRAGMA locking_mode = NORMAL", "PRAGMA journal_mode = TRUNCATE", "PRAGMA journal_mode = DELETE"})
    (void)execute(earlier_, sql);
  return updated;
}

Status BackupTarget::put_database() const {
  const std::string from = database();
  if (is_onto_earlier_) {
    SPECTRADB_RETURN_IF_ERROR(check_same_file());
    if (std::rename(from.c_str(), target_.c_str()) == 0) return Status::ok();
  } else {
    if (rename_to_new(from.c_str(), target_.c_str())) return Status::ok();
    if (errno == EINVAL || errno == ENOSYS) {  // the file system does not support it
      if (::link(from.c_str(), target_.c_str()) == 0) return Status::ok();
      if (errno != EEXIST && !is_there(target_) && std::rename(from.c_str(), target_.c_str()) == 0)
        return Status::ok();
    }
    if (errno == EEXIST) return refusal("somebody has made a file there meanwhile");
  }
  return Status::io("cannot rename '" + from + "' to '" + target_ + "': " + std::strerror(errno));
}

Status BackupTarget::replace() {
  lsm::FileSystem& files = *lsm::posix_file_system();
  if (earlier_ != nullptr) SPECTRADB_RETURN_IF_ERROR(release_journal());
  SPECTRADB_RETURN_IF_ERROR(unfinished_.announce(source_.store_id));
  if (is_onto_earlier_ && earlier_store_.empty() && !source_.has_directory) return update_earlier();
  const std::string store = unfinished_.target_store();
  Status status;
  if (!earlier_store_.empty()) status = files.rename(store, unfinished_.earlier());
  if (status && source_.has_directory) status = files.rename(unfinished_.store(), store);
  // The store's new name must not become durable later than the file's.
  if (status) status = files.sync_directory(unfinished_.folder());
  if (status) status = files.sync_directory(directory_of(target_));
  if (status) status = put_database();
  if (!status) {
    const Result<bool> undone = unfinished_.undo();
    return undone ? status : undone.status();
  }
  return files.sync_directory(directory_of(target_));
}

}  // namespace spectradb::extension
