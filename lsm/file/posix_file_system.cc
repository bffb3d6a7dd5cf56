// The disk. Appends go straight to write(2) (callers hand over whole frames or buffered blocks), reads to
// pread(2). Locks are flock(2) on a descriptor of their own, so that two locks of one process exclude each
// other, too. Every descriptor is O_CLOEXEC. Symbolic links, FIFOs and devices in the place of a file are
// refused, and opening them never blocks.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/platform.h"
#include "lsm/file/file.h"
#include "lsm/file/posix_ownership.h"
#include "lsm/file/posix_readable_file.h"

namespace spectradb::lsm {
namespace {

constexpr mode_t kFileMode = 0666;  // the umask narrows it, as it does for SQLite's own files
constexpr mode_t kDirectoryMode = 0777;
Status no_regular_file(const std::string& path) {
  return Status::io("cannot open " + path +
                    ": it is not a regular file, as all of a store's are; remove it, or restore the store");
}

// Opens a regular file. O_NOFOLLOW and O_NONBLOCK keep symbolic links from being followed and FIFOs from
// blocking: the former fail here, the latter are refused as no regular files.
Result<Descriptor> open_file(const char* verb, const std::string& path, int flags, mode_t mode = 0) {
  constexpr int kCareful = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  Descriptor descriptor(retry_interrupted([&] { return ::open(path.c_str(), flags | kCareful, mode); }));
  if (!descriptor.is_open()) {
    if (errno == ELOOP || errno == ENXIO) return no_regular_file(path);
    return failure(verb, path, errno);
  }
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return failure("read the size of", path, errno);
  if (!S_ISREG(info.st_mode)) return no_regular_file(path);
  return descriptor;
}

// Whether the path leads to the file of which `info` was asked.
bool leads_to(const std::string& path, const struct stat& info) {
  struct stat named {};
  if (::stat(path.c_str(), &named) != 0) return errno != ENOENT;
  return named.st_dev == info.st_dev && named.st_ino == info.st_ino;
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(std::string path, Descriptor fd, uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t wanted = std::min(bytes.size(), kMostBytesAtOnce);
      const ssize_t written = retry_interrupted(
          [&] { return ::pwrite(fd_.get(), bytes.data(), wanted, static_cast<off_t>(size_)); });
      if (written < 0) return failure("write to", path_, errno);
      if (written == 0) return failure("write to", path_, ENOSPC);
      size_ += static_cast<uint64_t>(written);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return Status::ok();
  }

  Status sync() override {
    if (retry_interrupted([&] { return ::fdatasync(fd_.get()); }) != 0) return failure("sync", path_, errno);
    return Status::ok();
  }

  Status truncate(uint64_t size_bytes) override {
    if (retry_interrupted([&] { return ::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)); }) != 0) {
      return failure("truncate", path_, errno);
    }
    size_ = size_bytes;
    return Status::ok();
  }

  uint64_t size() const override { return size_; }

  // False, too, where the name is that of another file by now, or somebody has cut this one off.
  bool has_name() const override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return true;
    if (info.st_nlink == 0 || static_cast<uint64_t>(info.st_size) < size_) return false;
    return leads_to(path_, info);
  }

  bool has_at(uint64_t offset, std::string_view bytes) const override {
    std::string there(bytes.size(), '\0');
    const ssize_t read = retry_interrupted(
        [&] { return ::pread(fd_.get(), there.data(), there.size(), static_cast<off_t>(offset)); });
    return read == static_cast<ssize_t>(bytes.size()) && there == bytes;
  }

 private:
  std::string path_;
  Descriptor fd_;
  uint64_t size_;
};

class PosixGrowingFile final : public GrowingFile {
 public:
  PosixGrowingFile(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  // Reads instead of mapping: a file that is cut off meanwhile then ends the bytes, and not the process.
  Result<std::string_view> read_from(uint64_t offset) override {
    if (capacity_ > kMostKeptBytes) grow(0, kFirstBytes);
    size_t size = 0;
    for (;;) {
      if (size == capacity_) grow(size, std::max(kFirstBytes, 2 * capacity_));
      const size_t wanted = std::min(capacity_ - size, kMostBytesAtOnce);
      const ssize_t read = retry_interrupted(
          [&] { return ::pread(fd_.get(), bytes_.get() + size, wanted, static_cast<off_t>(offset + size)); });
      if (read < 0) return failure("read", path_, errno);
      size += static_cast<size_t>(read);
      if (static_cast<size_t>(read) < wanted) return std::string_view(bytes_.get(), size);
    }
  }

 private:
  static constexpr size_t kFirstBytes = 16u << 10;
  static constexpr size_t kMostKeptBytes = 1u << 20;

  void grow(size_t kept_bytes, size_t capacity) {
    std::unique_ptr<char[]> larger(new char[capacity]);
    if (kept_bytes > 0) std::memcpy(larger.get(), bytes_.get(), kept_bytes);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }

  std::string path_;
  Descriptor fd_;
  std::unique_ptr<char[]> bytes_;
  size_t capacity_ = 0;
};

class PosixFileLock final : public FileLock {
 public:
  PosixFileLock(std::string path, Descriptor fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  Status change_to(LockMode mode) override {
    const int operation = (mode == LockMode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    if (retry_interrupted([&] { return ::flock(fd_.get(), operation); }) == 0) return Status::ok();
    if (errno == EWOULDBLOCK) return Status::busy(path_ + " is locked by another process");
    return failure("lock", path_, errno);
  }

  bool has_name() const override {
    struct stat info {};
    return ::fstat(fd_.get(), &info) != 0 || (info.st_nlink > 0 && leads_to(path_, info));
  }

 private:
  std::string path_;
  Descriptor fd_;  // closing it releases the lock
};

class PosixFileSystem final : public FileSystem {
 public:
  explicit PosixFileSystem(std::optional<FileOwner> owner) : owner_(owner) {}

  // An existing file is unlinked, not overwritten: its readers and its other names keep its bytes.
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    auto made = make(path);
    if (!made && made.status().code() == Code::kBusy) {
      struct stat info {};
      if (::lstat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return no_regular_file(path);
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure("replace", path, errno);
      made = make(path);
    }
    if (!made) return made.status();
    return std::unique_ptr<WritableFile>(std::make_unique<PosixWritableFile>(path, std::move(*made), 0));
  }

  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto fd, open_file("open", path, O_RDWR));
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return failure("read the size of", path, errno);
    return std::unique_ptr<WritableFile>(
        std::make_unique<PosixWritableFile>(path, std::move(fd), static_cast<uint64_t>(info.st_size)));
  }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto fd, open_file("open", path, O_RDONLY));
    return make_readable(path, std::move(fd));
  }

  Result<std::unique_ptr<GrowingFile>> open_growing(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto fd, open_file("open", path, O_RDONLY));
    return std::unique_ptr<GrowingFile>(std::make_unique<PosixGrowingFile>(path, std::move(fd)));
  }

  Result<FileStamp> stamp(const std::string& path) override {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return failure("look at", path, errno);
    return FileStamp{{info.st_dev, info.st_ino}, static_cast<uint64_t>(info.st_size), changed_ns(info)};
  }

  const void* place() const override {
    static const char disk = 0;
    return &disk;
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return failure("look at", path, errno);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return failure("list", directory, errno);
    DIR* stream = ::fdopendir(fd);
    if (stream == nullptr) {
      const int error = errno;
      ::close(fd);
      return failure("list", directory, error);
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream)) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    const int error = errno;
    ::closedir(stream);
    if (error != 0) return failure("list", directory, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return failure("rename", from, errno);
    return Status::ok();
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return failure("remove", path, errno);
    return Status::ok();
  }

  Status link(const std::string& from, const std::string& to) override {
    struct stat info {};
    if (::lstat(from.c_str(), &info) != 0) return failure("look at", from, errno);
    const bool is_other = owner_ && (info.st_uid != owner_->user || info.st_gid != owner_->group ||
                                     (info.st_mode & 0777) != (owner_->mode & 0777));
    if (is_other || !S_ISREG(info.st_mode))
      return Status::invalid("cannot link " + from + ": it is to have another owner");
    if (::link(from.c_str(), to.c_str()) != 0) return failure("link", from, errno);
    return Status::ok();
  }

  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), owner_ ? kUnsettledDirectory : kDirectoryMode) != 0) {
      const int error = errno;
      struct stat info {};
      if (error == EEXIST && ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Status::ok();
      return failure("make directory", path, error);
    }
    if (!owner_) return Status::ok();
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd.is_open()) return failure("open", path, errno);
    settle(fd.get(), *owner_);
    return Status::ok();
  }

  // Some file systems cannot sync directories, and say so: that is ignored here, as SQLite ignores it.
  Status sync_directory(const std::string& path) override {
    const Descriptor fd(
        retry_interrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
    if (!fd.is_open()) return failure("open", path, errno);
    if (retry_interrupted([&] { return ::fsync(fd.get()); }) == 0) return Status::ok();
    const bool is_impossible = errno == EINVAL || errno == ENOTSUP || errno == EBADF || errno == EROFS;
    return is_impossible ? Status::ok() : failure("sync", path, errno);
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) override {
    auto fd = open_file("open", path, O_RDWR);
    if (!fd && fd.status().code() == Code::kMissing) {
      fd = make(path);
      if (!fd && fd.status().code() == Code::kBusy) fd = open_file("open", path, O_RDWR);
    }
    if (!fd) return fd.status();
    auto lock = std::make_unique<PosixFileLock>(path, std::move(*fd));
    if (Status locked = lock->change_to(mode); !locked) return locked;
    return std::unique_ptr<FileLock>(std::move(lock));
  }

 private:
  // Makes a new file; kBusy when the name is taken.
  Result<Descriptor> make(const std::string& path) const {
    constexpr int kFlags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    Descriptor fd(
        retry_interrupted([&] { return ::open(path.c_str(), kFlags, owner_ ? kUnsettledFile : kFileMode); }));
    if (!fd.is_open()) {
      if (errno == EEXIST) return Status::busy(path + " is there already");
      return failure("create", path, errno);
    }
    if (owner_) settle(fd.get(), *owner_);
    return fd;
  }

  const std::optional<FileOwner> owner_;  // none: the umask decides
};

}  // namespace

std::shared_ptr<FileSystem> posix_file_system() {
  static const std::shared_ptr<FileSystem> instance = std::make_shared<PosixFileSystem>(std::nullopt);
  return instance;
}

std::shared_ptr<FileSystem> posix_file_system(const FileOwner& owner) {
  return std::make_shared<PosixFileSystem>(owner);
}

}  // namespace spectradb::lsm
