// The disk. Appends go straight to write(2) (callers hand over whole frames or buffered blocks), reads are
// mappings, locks are flock(2) on descriptors of their own, so that two locks of one process exclude each
// other too. Every descriptor is O_CLOEXEC.
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "lsm/file/file.h"

namespace spectradb::lsm {
namespace {

constexpr mode_t kFileMode = 0666;  // the umask narrows it, as it does for SQLite's own files
constexpr mode_t kDirectoryMode = 0777;
constexpr size_t kMostBytesAtOnce = 1u << 30;  // Linux transfers at most 2 GiB at once

Status failure(const char* verb, const std::string& path, int error) {
  Code code = Code::kIo;
  if (error == ENOSPC || error == EDQUOT) code = Code::kFull;
  if (error == ENOENT) code = Code::kMissing;
  if (error == EROFS || error == EACCES || error == EPERM) code = Code::kReadOnly;
  if (error == ENOMEM) code = Code::kNoMemory;
  return {code, std::string("cannot ") + verb + " " + path + ": " + std::strerror(error)};
}

template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

int open_file(const std::string& path, int flags) {
  return retry_interrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, kFileMode); });
}

class PosixWritableFile final : public WritableFile {
 public:
  PosixWritableFile(std::string path, int fd, uint64_t size) : path_(std::move(path)), fd_(fd), size_(size) {}

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

 private:
  std::string path_;
  Descriptor fd_;
  uint64_t size_;
};

class PosixReadableFile final : public ReadableFile {
 public:
  PosixReadableFile(void* mapping, size_t size) : mapping_(mapping), size_(size) {}
  ~PosixReadableFile() override {
    if (mapping_ != nullptr) ::munmap(mapping_, size_);
  }
  std::string_view bytes() const override { return {static_cast<const char*>(mapping_), size_}; }

 private:
  void* mapping_;  // null when the file is empty
  size_t size_;
};

class PosixGrowingFile final : public GrowingFile {
 public:
  PosixGrowingFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  // Read, not mapped: a file that is cut off meanwhile ends the bytes, and not the process.
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
  PosixFileLock(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  Status change_to(LockMode mode) override {
    const int operation = (mode == LockMode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    if (retry_interrupted([&] { return ::flock(fd_.get(), operation); }) == 0) return Status::ok();
    if (errno == EWOULDBLOCK) return Status::busy(path_ + " is locked by another process");
    return failure("lock", path_, errno);
  }

 private:
  std::string path_;
  Descriptor fd_;  // closing it releases the lock
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const int fd = open_file(path, O_RDWR | O_CREAT | O_TRUNC);
    if (fd < 0) return failure("create", path, errno);
    return std::unique_ptr<WritableFile>(std::make_unique<PosixWritableFile>(path, fd, 0));
  }

  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    const int fd = open_file(path, O_RDWR);
    if (fd < 0) return failure("open", path, errno);
    struct stat info {};
    if (::fstat(fd, &info) != 0) {
      const int error = errno;
      ::close(fd);
      return failure("read the size of", path, error);
    }
    return std::unique_ptr<WritableFile>(
        std::make_unique<PosixWritableFile>(path, fd, static_cast<uint64_t>(info.st_size)));
  }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    const Descriptor fd(open_file(path, O_RDONLY));
    if (!fd.is_open()) return failure("open", path, errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return failure("read the size of", path, errno);
    if (!S_ISREG(info.st_mode)) return Status::io("cannot open " + path + ": it is not a regular file");
    const auto size = static_cast<size_t>(info.st_size);
    void* mapping = nullptr;
    if (size > 0) {
      mapping = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
      if (mapping == MAP_FAILED) return failure("map", path, errno);
    }
    return std::unique_ptr<ReadableFile>(std::make_unique<PosixReadableFile>(mapping, size));
  }

  Result<std::unique_ptr<GrowingFile>> open_growing(const std::string& path) override {
    const int fd = open_file(path, O_RDONLY);
    if (fd < 0) return failure("open", path, errno);
    return std::unique_ptr<GrowingFile>(std::make_unique<PosixGrowingFile>(path, fd));
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return failure("look at", path, errno);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return failure("list", directory, errno);
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
    if (::link(from.c_str(), to.c_str()) != 0) return failure("link", from, errno);
    return Status::ok();
  }

  Status make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), kDirectoryMode) == 0) return Status::ok();
    const int error = errno;
    struct stat info {};
    if (error == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return Status::ok();
    return failure("make directory", path, error);
  }

  Status sync_directory(const std::string& path) override {
    const Descriptor fd(open_file(path, O_RDONLY | O_DIRECTORY));
    if (!fd.is_open()) return failure("open", path, errno);
    if (retry_interrupted([&] { return ::fsync(fd.get()); }) != 0) return failure("sync", path, errno);
    return Status::ok();
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) override {
    const int fd = open_file(path, O_RDWR | O_CREAT);
    if (fd < 0) return failure("open", path, errno);
    auto lock = std::make_unique<PosixFileLock>(path, fd);
    if (Status locked = lock->change_to(mode); !locked) return locked;
    return std::unique_ptr<FileLock>(std::move(lock));
  }
};

}  // namespace

std::shared_ptr<FileSystem> posix_file_system() {
  static const std::shared_ptr<FileSystem> instance = std::make_shared<PosixFileSystem>();
  return instance;
}

}  // namespace spectradb::lsm
