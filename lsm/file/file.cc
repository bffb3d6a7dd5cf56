#include "lsm/file/file.h"

#include <algorithm>
#include <utility>

namespace spectradb::lsm {
namespace {

constexpr size_t kMostKeptBytes = 1u << 20;  // what a buffer keeps from one read to the next

class ReopenedFile final : public GrowingFile {
 public:
  ReopenedFile(FileSystem& file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}

  Result<std::string_view> read_from(uint64_t offset) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, file_system_.open(path_));
    file_ = std::move(file);
    const uint64_t from = std::min(offset, file_->size());
    return file_->read(from, static_cast<size_t>(file_->size() - from), buffer_);
  }

 private:
  FileSystem& file_system_;
  const std::string path_;
  std::unique_ptr<ReadableFile> file_;
  ReadBuffer buffer_;
};

}  // namespace

char* ReadBuffer::reserve(size_t size_bytes) {
  const bool is_too_large = capacity_ > kMostKeptBytes && size_bytes <= kMostKeptBytes;
  if (size_bytes > capacity_ || bytes_ == nullptr || is_too_large) {
    bytes_.reset();
    capacity_ = 0;
    bytes_.reset(new char[std::max<size_t>(size_bytes, 1)]);
    capacity_ = size_bytes;
  }
  return bytes_.get();
}

std::unique_ptr<char[]> ReadBuffer::take() {
  capacity_ = 0;
  return std::move(bytes_);
}

Result<std::string> FileSystem::read_whole(const std::string& path) {
  SPECTRADB_ASSIGN_OR_RETURN(const auto file, open(path));
  ReadBuffer buffer;
  SPECTRADB_ASSIGN_OR_RETURN(const auto bytes, file->read(0, static_cast<size_t>(file->size()), buffer));
  return std::string(bytes);
}

Result<FileStamp> FileSystem::stamp(const std::string&) { return FileStamp{}; }

Result<FileIdentity> FileSystem::identify(const std::string& path) {
  SPECTRADB_ASSIGN_OR_RETURN(const FileStamp known, stamp(path));
  return known.identity;
}

Status FileSystem::link(const std::string& from, const std::string&) {
  return Status::invalid("cannot link " + from);
}

Result<std::unique_ptr<GrowingFile>> FileSystem::open_growing(const std::string& path) {
  if (const auto file = open(path); !file) return file.status();
  return std::unique_ptr<GrowingFile>(std::make_unique<ReopenedFile>(*this, path));
}

}  // namespace spectradb::lsm
