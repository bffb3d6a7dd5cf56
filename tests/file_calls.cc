#include "tests/file_calls.h"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string_view>

namespace spectradb::tests {
namespace {

using Kind = FileCall::Kind;

class Recorder {
 public:
  // The recorder is never destroyed, because files are closed until the very end of the process.
  static Recorder& instance() {
    static Recorder* recorder = new Recorder;
    return *recorder;
  }

  void watch(const std::string& directory, FileNumbers files) {
    const std::lock_guard lock(mutex_);
    directory_ = directory;
    files_ = std::move(files);
    next_file_ = 0;
    for (const auto& [path, number] : files_) next_file_ = std::max(next_file_, number + 1);
  }

  FileCalls end() {
    const std::lock_guard lock(mutex_);
    directory_.clear();
    open_.clear();
    return std::move(calls_);
  }

  void mark(uint64_t number) { add({Kind::kMark, -1, {}, number, {}}); }

  void start_machine() {
    const std::lock_guard lock(mutex_);
    ++starts_;
  }

  int open(const char* path, int flags, mode_t mode) {
    const std::lock_guard lock(mutex_);
    if (std::strcmp(path, "/proc/sys/kernel/random/boot_id") == 0) return open_start();
    const auto fd = static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
    std::string inside;
    if (fd < 0 || !is_watched(path, &inside)) return fd;
    struct stat info {};
    if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
      open_[fd] = {-1, inside};
      return fd;
    }
    const auto [found, is_new] = files_.try_emplace(inside, next_file_);
    if (is_new) ++next_file_;
    open_[fd] = {found->second, inside};
    if (is_new) {
      calls_.push_back({Kind::kCreate, found->second, inside, 0, {}});
    } else if ((flags & O_TRUNC) != 0) {
      calls_.push_back({Kind::kTruncate, found->second, inside, 0, {}});
    }
    return fd;
  }

  int close(int fd) {
    const std::lock_guard lock(mutex_);
    open_.erase(fd);
    return static_cast<int>(syscall(SYS_close, fd));
  }

  ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
    const std::lock_guard lock(mutex_);
    const auto written = static_cast<ssize_t>(syscall(SYS_pwrite64, fd, bytes, size, offset));
    const auto file = open_.find(fd);
    if (written > 0 && file != open_.end()) {
      calls_.push_back({Kind::kWrite, file->second.number, file->second.path, static_cast<uint64_t>(offset),
                        std::string(static_cast<const char*>(bytes), static_cast<size_t>(written))});
    }
    return written;
  }

  ssize_t write(int fd, const void* bytes, size_t size) {
    off_t offset = 0;
    {
      const std::lock_guard lock(mutex_);
      if (!open_.contains(fd)) return static_cast<ssize_t>(syscall(SYS_write, fd, bytes, size));
      offset = static_cast<off_t>(syscall(SYS_lseek, fd, 0, SEEK_CUR));
    }
    const ssize_t written = pwrite(fd, bytes, size, offset);
    if (written > 0) (void)syscall(SYS_lseek, fd, written, SEEK_CUR);
    return written;
  }

  int truncate(int fd, off_t size) {
    const std::lock_guard lock(mutex_);
    const auto result = static_cast<int>(syscall(SYS_ftruncate, fd, size));
    const auto file = open_.find(fd);
    if (result == 0 && file != open_.end()) {
      calls_.push_back(
          {Kind::kTruncate, file->second.number, file->second.path, static_cast<uint64_t>(size), {}});
    }
    return result;
  }

  int sync(int fd) {
    const std::lock_guard lock(mutex_);
    ++syncs_;
    const auto file = open_.find(fd);
    if (file == open_.end()) return 0;
    const bool is_directory = file->second.number < 0;
    calls_.push_back(
        {is_directory ? Kind::kSyncDirectory : Kind::kSync, file->second.number, file->second.path, 0, {}});
    return 0;
  }

  int unlink(const char* path) {
    const std::lock_guard lock(mutex_);
    const auto result = static_cast<int>(syscall(SYS_unlink, path));
    std::string inside;
    if (result != 0 || !is_watched(path, &inside)) return result;
    calls_.push_back({Kind::kUnlink, files_[inside], inside, 0, {}});
    files_.erase(inside);
    return result;
  }

  int rename(const char* from, const char* to) {
    const std::lock_guard lock(mutex_);
    const auto result = static_cast<int>(syscall(SYS_rename, from, to));
    std::string from_inside;
    std::string to_inside;
    if (result != 0 || !is_watched(from, &from_inside) || !is_watched(to, &to_inside)) return result;
    calls_.push_back({Kind::kRename, files_[from_inside], from_inside, 0, to_inside});
    files_[to_inside] = files_[from_inside];
    files_.erase(from_inside);
    return result;
  }

  int make_directory(const char* path, mode_t mode) {
    const std::lock_guard lock(mutex_);
    const auto result = static_cast<int>(syscall(SYS_mkdir, path, mode));
    std::string inside;
    if (result == 0 && is_watched(path, &inside)) calls_.push_back({Kind::kMakeDirectory, -1, inside, 0, {}});
    return result;
  }

  uint64_t syncs() {
    const std::lock_guard lock(mutex_);
    return syncs_;
  }

 private:
  struct Open {
    int number;  // -1: a directory
    std::string path;
  };

  void add(FileCall call) {
    const std::lock_guard lock(mutex_);
    if (!directory_.empty()) calls_.push_back(std::move(call));
  }

  bool is_watched(std::string_view path, std::string* inside) const {
    if (directory_.empty() || !path.starts_with(directory_)) return false;
    path.remove_prefix(directory_.size());
    if (!path.empty() && path.front() != '/') return false;
    while (path.starts_with('/')) path.remove_prefix(1);
    *inside = path;
    return true;
  }

  std::mutex mutex_;
  std::string directory_;  // empty: nothing is watched
  FileNumbers files_;
  int next_file_ = 0;
  int open_start() const {
    const std::string start = std::to_string(starts_) + "\n";
    const int fd = ::memfd_create("boot_id", MFD_CLOEXEC);
    if (fd < 0 || syscall(SYS_pwrite64, fd, start.data(), start.size(), 0) < 0) return -1;
    return fd;
  }

  uint64_t starts_ = 0;
  std::map<int, Open> open_;
  FileCalls calls_;
  uint64_t syncs_ = 0;
};

}  // namespace

void watch_directory(const std::string& directory, FileNumbers files) {
  Recorder::instance().watch(directory, std::move(files));
}
FileCalls end_watching() { return Recorder::instance().end(); }
void start_machine() { Recorder::instance().start_machine(); }
void mark(uint64_t number) { Recorder::instance().mark(number); }
uint64_t synced_calls() { return Recorder::instance().syncs(); }

}  // namespace spectradb::tests

// All libraries of the process find these functions before those of the C library.
#define SPECTRADB_SYSTEM_CALL extern "C" __attribute__((visibility("default")))

using spectradb::tests::Recorder;

namespace {
mode_t mode_argument(int flags, va_list arguments) {
  const bool has_mode = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  return has_mode ? va_arg(arguments, mode_t) : 0;
}
}  // namespace

SPECTRADB_SYSTEM_CALL int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return Recorder::instance().open(path, flags, mode);
}
SPECTRADB_SYSTEM_CALL int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = mode_argument(flags, arguments);
  va_end(arguments);
  return Recorder::instance().open(path, flags, mode);
}

SPECTRADB_SYSTEM_CALL int close(int fd) { return Recorder::instance().close(fd); }
SPECTRADB_SYSTEM_CALL ssize_t write(int fd, const void* bytes, size_t size) {
  return Recorder::instance().write(fd, bytes, size);
}
SPECTRADB_SYSTEM_CALL ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return Recorder::instance().pwrite(fd, bytes, size, offset);
}
SPECTRADB_SYSTEM_CALL ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return Recorder::instance().pwrite(fd, bytes, size, offset);
}
SPECTRADB_SYSTEM_CALL int ftruncate(int fd, off_t size) noexcept {
  return Recorder::instance().truncate(fd, size);
}
SPECTRADB_SYSTEM_CALL int ftruncate64(int fd, off64_t size) noexcept {
  return Recorder::instance().truncate(fd, size);
}
SPECTRADB_SYSTEM_CALL int fsync(int fd) { return Recorder::instance().sync(fd); }
SPECTRADB_SYSTEM_CALL int fdatasync(int fd) { return Recorder::instance().sync(fd); }
SPECTRADB_SYSTEM_CALL int unlink(const char* path) noexcept { return Recorder::instance().unlink(path); }
SPECTRADB_SYSTEM_CALL int rename(const char* from, const char* to) noexcept {
  return Recorder::instance().rename(from, to);
}
SPECTRADB_SYSTEM_CALL int mkdir(const char* path, mode_t mode) noexcept {
  return Recorder::instance().make_directory(path, mode);
}
