#include "lsm/file/posix_readable_file.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "base/platform.h"

namespace spectradb::lsm {
namespace {

constexpr int kMostKeptDescriptors = 256;  // descriptors of files that the process reads
constexpr int kPartOfLimit = 4;            // and at most a quarter of the limit of open files

std::atomic<int> kept_descriptors{0};

int most_kept_descriptors() {
  static const int most = [] {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kMostKeptDescriptors;
    const rlim_t part = limit.rlim_cur / kPartOfLimit;
    return static_cast<int>(std::min<rlim_t>(part, kMostKeptDescriptors));
  }();
  return most;
}

// Sandboxes may forbid process_vm_readv(2), and other systems have none.
bool can_copy_guarded() {
  static const bool can = [] {
    const char from = 'x';
    char to = 0;
    return copy_guarded(&to, &from, 1) == 1 && to == from;
  }();
  return can;
}

Status ends_early(const std::string& path, uint64_t offset) {
  return Status::io("cannot read " + path + " at byte " + std::to_string(offset) +
                    ": it ends there by now; restore the database and its store from a backup");
}

class DescribedFile final : public ReadableFile {
 public:
  DescribedFile(std::string path, Descriptor descriptor, uint64_t size, bool is_counted)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), size_(size), is_counted_(is_counted) {}
  ~DescribedFile() override {
    if (is_counted_) kept_descriptors.fetch_sub(1, std::memory_order_relaxed);
  }

  uint64_t size() const override { return size_; }

  Result<std::string_view> read(uint64_t offset, size_t size_bytes, ReadBuffer& buffer) const override {
    char* bytes = buffer.reserve(size_bytes);
    size_t filled = 0;
    while (filled < size_bytes) {
      const size_t wanted = std::min(size_bytes - filled, kMostBytesAtOnce);
      const ssize_t got = retry_interrupted([&] {
        return ::pread(descriptor_.get(), bytes + filled, wanted, static_cast<off_t>(offset + filled));
      });
      if (got < 0) return failure("read", path_, errno);
      if (got == 0) return ends_early(path_, offset + filled);
      filled += static_cast<size_t>(got);
    }
    return std::string_view(bytes, size_bytes);
  }

 private:
  const std::string path_;
  const Descriptor descriptor_;
  const uint64_t size_;
  const bool is_counted_;
};

class MappedFile final : public ReadableFile {
 public:
  MappedFile(std::string path, void* mapping, size_t size)
      : path_(std::move(path)), mapping_(static_cast<const char*>(mapping)), size_(size) {}
  ~MappedFile() override { ::munmap(const_cast<char*>(mapping_), size_); }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  uint64_t size() const override { return size_; }

  Result<std::string_view> read(uint64_t offset, size_t size_bytes, ReadBuffer& buffer) const override {
    if (offset > size_ || size_bytes > size_ - offset) return ends_early(path_, size_);
    char* bytes = buffer.reserve(size_bytes);
    size_t filled = 0;
    while (filled < size_bytes) {
      const size_t wanted = std::min(size_bytes - filled, kMostBytesAtOnce);
      const ssize_t got = copy_guarded(bytes + filled, mapping_ + offset + filled, wanted);
      if (got < 0 && errno == EFAULT) return ends_early(path_, offset + filled);
      if (got <= 0) return failure("read", path_, errno);
      filled += static_cast<size_t>(got);
    }
    return std::string_view(bytes, size_bytes);
  }

 private:
  const std::string path_;
  const char* const mapping_;
  const size_t size_;
};

}  // namespace

Status failure(const char* verb, const std::string& path, int error) {
  Code code = Code::kIo;
  if (error == ENOSPC || error == EDQUOT) code = Code::kFull;
  if (error == ENOENT) code = Code::kMissing;
  if (error == EROFS || error == EACCES || error == EPERM) code = Code::kReadOnly;
  if (error == ENOMEM) code = Code::kNoMemory;
  return {code, std::string("cannot ") + verb + " " + path + ": " + std::strerror(error)};
}

Result<std::unique_ptr<ReadableFile>> make_mapped(const std::string& path, Descriptor descriptor) {
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) return failure("read the size of", path, errno);
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size == 0 || !can_copy_guarded())
    return std::unique_ptr<ReadableFile>(
        std::make_unique<DescribedFile>(path, std::move(descriptor), size, false));
  void* mapping = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.get(), 0);
  if (mapping == MAP_FAILED) return failure("map", path, errno);
  return std::unique_ptr<ReadableFile>(std::make_unique<MappedFile>(path, mapping, size));
}

Result<std::unique_ptr<ReadableFile>> make_readable(const std::string& path, Descriptor descriptor) {
  if (kept_descriptors.fetch_add(1, std::memory_order_relaxed) >= most_kept_descriptors()) {
    kept_descriptors.fetch_sub(1, std::memory_order_relaxed);
    return make_mapped(path, std::move(descriptor));
  }
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) {
    const int error = errno;
    kept_descriptors.fetch_sub(1, std::memory_order_relaxed);
    return failure("read the size of", path, error);
  }
  return std::unique_ptr<ReadableFile>(std::make_unique<DescribedFile>(
      path, std::move(descriptor), static_cast<uint64_t>(info.st_size), true));
}

}  // namespace spectradb::lsm
