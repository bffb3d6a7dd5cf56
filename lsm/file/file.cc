#include "lsm/file/file.h"

#include <algorithm>
#include <utility>

namespace spectradb::lsm {
namespace {

class ReopenedFile final : public GrowingFile {
 public:
  ReopenedFile(FileSystem& file_system, std::string path)
      : file_system_(file_system), path_(std::move(path)) {}

  Result<std::string_view> read_from(uint64_t offset) override {
    auto file = file_system_.open(path_);
    if (!file) return file.status();
    file_ = std::move(*file);
    const std::string_view bytes = file_->bytes();
    return bytes.substr(static_cast<size_t>(std::min<uint64_t>(offset, bytes.size())));
  }

 private:
  FileSystem& file_system_;
  const std::string path_;
  std::unique_ptr<ReadableFile> file_;
};

}  // namespace

Status FileSystem::link(const std::string& from, const std::string&) {
  return Status::invalid("cannot link " + from);
}

Result<std::unique_ptr<GrowingFile>> FileSystem::open_growing(const std::string& path) {
  if (const auto file = open(path); !file) return file.status();
  return std::unique_ptr<GrowingFile>(std::make_unique<ReopenedFile>(*this, path));
}

}  // namespace spectradb::lsm
