#include "extension/session/unfinished_backup.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "lsm/store/store.h"

namespace spectradb::extension {

namespace {

constexpr mode_t kPrivate = 0700;  // nobody who may not read the database may read its contents
constexpr std::string_view kLock = "LOCK";
constexpr std::array<const char*, 8> kNames = {"LOCK",         "replacing",    "database", "database-journal",
                                               "database-wal", "database-shm", "store",    "earlier"};

bool is_directory(const std::string& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0 && S_ISDIR(there.st_mode);
}

Status rename(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return Status::ok();
  return Status::io("cannot rename '" + from + "' to '" + to + "': " + std::strerror(errno));
}

void remove_folder(const std::string& folder) {
  lsm::FileSystem& files = *lsm::posix_file_system();
  if (is_directory(folder)) {
    if (const auto names = files.list(folder)) {
      for (const std::string& name : *names) ::unlink((folder + "/" + name).c_str());
    }
  }
  ::rmdir(folder.c_str());
}

}  // namespace

bool is_there(const std::string& path) {
  struct stat there {};
  return ::lstat(path.c_str(), &there) == 0;
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// Another user's folder may hold anything.
Status UnfinishedBackup::check_names() const {
  struct stat there {};
  if (::lstat(folder_.c_str(), &there) != 0 || !S_ISDIR(there.st_mode) ||
      (there.st_uid != ::geteuid() && ::geteuid() != 0))
    return Status::invalid("cannot back up to '" + target_ + "': '" + folder_ +
                           "' is there, and is no folder of an interrupted backup; move it away");
  SPECTRADB_ASSIGN_OR_RETURN(const auto names, lsm::posix_file_system()->list(folder_));
  for (const std::string& name : names) {
    bool is_known = false;
    for (const char* known : kNames) is_known = is_known || name == known;
    if (!is_known)
      return Status::invalid("cannot back up to '" + target_ + "': '" + folder_ + "' holds " + name +
                             ", which is no part of a backup; move it away");
  }
  return Status::ok();
}

UnfinishedBackup::Lock::~Lock() { ::close(descriptor_); }

Result<std::unique_ptr<UnfinishedBackup::Lock>> UnfinishedBackup::lock() const {
  if (::mkdir(folder_.c_str(), kPrivate) != 0 && errno != EEXIST)
    return Status::io("cannot make the folder '" + folder_ + "': " + std::strerror(errno));
  SPECTRADB_RETURN_IF_ERROR(check_names());
  const std::string path = folder_ + "/" + std::string(kLock);
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, kPrivate & 0666);
  if (descriptor < 0) return Status::io("cannot open '" + path + "': " + std::strerror(errno));
  auto lock = std::make_unique<Lock>(descriptor);
  struct stat own {};
  struct stat named {};
  const bool is_held = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ::fstat(descriptor, &own) == 0 &&
                       ::lstat(path.c_str(), &named) == 0 && own.st_ino == named.st_ino;
  if (!is_held) return Status::busy("another backup to '" + target_ + "' is under way");
  return lock;
}

Status UnfinishedBackup::announce(const std::string& store_id) const {
  lsm::FileSystem& files = *lsm::posix_file_system();
  SPECTRADB_ASSIGN_OR_RETURN(auto file, files.create(announcement()));
  SPECTRADB_RETURN_IF_ERROR(file->append(store_id));
  SPECTRADB_RETURN_IF_ERROR(file->sync());
  return files.sync_directory(folder_);
}

bool UnfinishedBackup::announces(const std::string& store_id) const {
  const auto announced = lsm::posix_file_system()->read_whole(announcement());
  return announced && *announced == store_id;
}

Result<bool> UnfinishedBackup::undo() const {
  if (!is_there(announcement()) || !is_there(database())) return false;
  lsm::FileSystem& files = *lsm::posix_file_system();
  SPECTRADB_ASSIGN_OR_RETURN(const auto announced, files.read_whole(announcement()));
  const auto id = lsm::Store::identify(files, target_store());
  const bool is_ours = id && *id == announced;
  // Without an earlier store there was no target either: a file that exists by now has come with its own
  // store.
  const bool is_pending = is_there(earlier()) || !is_there(target_);
  if (is_pending && is_ours && !is_there(store())) SPECTRADB_RETURN_IF_ERROR(rename(target_store(), store()));
  if (is_there(earlier())) {
    if (is_there(target_store())) return false;
    SPECTRADB_RETURN_IF_ERROR(rename(earlier(), target_store()));
  }
  SPECTRADB_RETURN_IF_ERROR(files.sync_directory(directory_of(target_)));
  SPECTRADB_RETURN_IF_ERROR(files.sync_directory(folder_));
  SPECTRADB_RETURN_IF_ERROR(files.remove(announcement()));
  return true;
}

void UnfinishedBackup::clear() const {
  remove_folder(store());
  remove_folder(earlier());
  for (const char* name : kNames) {
    if (name != kLock) ::unlink((folder_ + "/" + name).c_str());
  }
}

void UnfinishedBackup::remove() const {
  clear();
  ::unlink((folder_ + "/" + std::string(kLock)).c_str());
  ::rmdir(folder_.c_str());
}

Result<bool> undo_interrupted_backup(const std::string& database_file) {
  const UnfinishedBackup backup(database_file);
  if (!is_directory(backup.folder()) || !is_there(backup.database())) return false;
  const auto lock = backup.lock();
  if (!lock) return lock.status();
  return backup.undo();
}

}  // namespace spectradb::extension
