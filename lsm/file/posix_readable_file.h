// Reads files of the disk. Nothing that happens to a file meanwhile ends the process: loads from a mapping
// would (SIGBUS) when somebody cuts the file off. So files are read by pread(2), which needs a descriptor
// that stays open. The number of these is limited; files beyond the limit are mapped and copied from by
// process_vm_readv(2), which returns EFAULT where a load would raise the signal. Any thread.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>

#include "lsm/file/file.h"

namespace spectradb::lsm {

inline constexpr size_t kMostBytesAtOnce = 1u << 30;  // Linux transfers at most 2 GiB at once

Status failure(const char* verb, const std::string& path, int error);

template <typename Call>
auto retry_interrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
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

// Makes a reader of an open, regular file.
Result<std::unique_ptr<ReadableFile>> make_readable(const std::string& path, Descriptor descriptor);

// Makes a reader as if no descriptor could be kept; only tests call it.
Result<std::unique_ptr<ReadableFile>> make_mapped(const std::string& path, Descriptor descriptor);

}  // namespace spectradb::lsm
