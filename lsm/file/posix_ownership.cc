#include "lsm/file/posix_ownership.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string_view>

#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

constexpr mode_t kAll = 0777;
constexpr mode_t kGroup = 070;
constexpr int kGroupShift = 3;

// Adds the right to search a directory for everybody who may read the file.
mode_t with_search(mode_t mode) { return mode | (mode & 0444) >> 2; }

mode_t wanted_mode(const struct stat& file, const FileOwner& owner) {
  mode_t mode = static_cast<mode_t>(owner.mode) & kAll;
  if (S_ISDIR(file.st_mode)) mode = with_search(mode);
  const mode_t of_others = (mode << kGroupShift) & kGroup;
  if (file.st_gid != owner.group) mode &= of_others | ~kGroup;
  return mode;
}

bool is_settled(const struct stat& file, const FileOwner& owner) {
  return file.st_uid == owner.user && file.st_gid == owner.group &&
         (file.st_mode & kAll) == wanted_mode(file, owner);
}

// Leaves a file with a second name alone: it belongs to another store as well, or is not the store's at all.
void mend_file(int directory, const char* name, const FileOwner& owner) {
  struct stat file {};
  const bool may_be = ::fstatat(directory, name, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(file.st_mode) &&
                      file.st_nlink == 1 && !is_settled(file, owner);
  if (!may_be || (::geteuid() != 0 && ::geteuid() != file.st_uid)) return;
  const int descriptor = ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return;
  if (::fstat(descriptor, &file) == 0 && S_ISREG(file.st_mode) && file.st_nlink == 1)
    settle(descriptor, owner);
  ::close(descriptor);
}

}  // namespace

void settle(int descriptor, const FileOwner& owner) {
  struct stat file {};
  if (::fstat(descriptor, &file) != 0 || is_settled(file, owner)) return;
  const bool is_root = ::geteuid() == 0;
  if (file.st_gid != owner.group || (is_root && file.st_uid != owner.user)) {
    const uid_t user = is_root ? static_cast<uid_t>(owner.user) : static_cast<uid_t>(-1);
    if (::fchown(descriptor, user, static_cast<gid_t>(owner.group)) == 0) file.st_gid = owner.group;
  }
  (void)::fchmod(descriptor, wanted_mode(file, owner));
}

void mend_ownership(const std::string& directory, const FileOwner& owner) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return;
  struct stat own {};
  DIR* stream = nullptr;
  if (::fstat(descriptor, &own) == 0 && (::geteuid() == 0 || ::geteuid() == own.st_uid)) {
    settle(descriptor, owner);
    stream = ::fdopendir(descriptor);
  }
  if (stream == nullptr) {
    ::close(descriptor);
    return;
  }
  while (const dirent* entry = ::readdir(stream)) {
    if (is_store_file(entry->d_name)) mend_file(descriptor, entry->d_name, owner);
  }
  ::closedir(stream);
}

}  // namespace spectradb::lsm
