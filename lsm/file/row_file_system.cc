#include "lsm/file/row_file_system.h"

#include <algorithm>

#include "lsm/base/corruption.h"
#include "lsm/file/file_names.h"

namespace spectradb::lsm {
namespace {

Status is_closed(const std::string& path) {
  return Status::io("cannot read " + path +
                    ": the database that has it was closed, or its schema is being read anew");
}

// Returns the number in a table's file name.
Result<uint64_t> number_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  const auto number = sstable_number_of(slash == std::string::npos ? path : path.substr(slash + 1));
  if (!number)
    return Status::invalid(path + " is no table of a store, and a store in a database has no other files");
  if (*number == 0 || *number > kMaxRowFileNumber)
    return Status{Code::kFull, path + " cannot be made: the store has given out all numbers of files"};
  return *number;
}

class RowWritableFile final : public WritableFile {
 public:
  RowWritableFile(std::shared_ptr<BlockRowsLink> link, std::string path, uint64_t number)
      : link_(std::move(link)), path_(std::move(path)), number_(number) {}

  Status append(std::string_view bytes) override {
    if (link_->rows == nullptr) return is_closed(path_);
    if (bytes.size() > kMaxRowFileBytes - size_) return {Code::kFull, path_ + " is too large"};
    const size_t row_bytes = link_->rows->row_bytes();
    for (; !bytes.empty(); bytes.remove_prefix(std::min(row_bytes, bytes.size()))) {
      const std::string_view row = bytes.substr(0, row_bytes);
      SPECTRADB_RETURN_IF_ERROR(link_->rows->put(number_, size_, row));
      size_ += row.size();
    }
    return Status::ok();
  }
  Status sync() override { return Status::ok(); }  // the transaction syncs
  Status truncate(uint64_t) override { return Status::invalid("cannot cut " + path_ + ": its rows stay"); }
  uint64_t size() const override { return size_; }

 private:
  const std::shared_ptr<BlockRowsLink> link_;
  const std::string path_;
  const uint64_t number_;
  uint64_t size_ = 0;
};

class RowReadableFile final : public ReadableFile {
 public:
  RowReadableFile(std::shared_ptr<BlockRowsLink> link, std::string path, uint64_t number, uint64_t size)
      : link_(std::move(link)), path_(std::move(path)), number_(number), size_(size) {}

  uint64_t size() const override { return size_; }

  Result<std::string_view> read(uint64_t offset, size_t size_bytes, ReadBuffer& buffer) const override {
    if (link_->rows == nullptr) return is_closed(path_);
    if (offset > size_ || size_bytes > size_ - offset) return corruption(path_, size_, "it ends there");
    char* bytes = buffer.reserve(size_bytes);
    for (size_t filled = 0; filled < size_bytes;) {
      const auto read = link_->rows->read(number_, offset + filled, bytes + filled, size_bytes - filled);
      if (!read && read.status().code() != Code::kMissing) return read.status();
      if (!read || *read == 0) return corruption(path_, offset + filled, "a row is missing");
      filled += *read;
    }
    return std::string_view(bytes, size_bytes);
  }

 private:
  const std::shared_ptr<BlockRowsLink> link_;
  const std::string path_;
  const uint64_t number_;
  const uint64_t size_;
};

class RowFileSystem final : public FileSystem {
 public:
  explicit RowFileSystem(std::shared_ptr<BlockRowsLink> link) : link_(std::move(link)) {}

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(const auto number, number_of(path));
    if (link_->rows == nullptr) return is_closed(path);
    link_->made.insert(number);
    return std::unique_ptr<WritableFile>(std::make_unique<RowWritableFile>(link_, path, number));
  }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(const auto number, number_of(path));
    if (link_->rows == nullptr) return is_closed(path);
    SPECTRADB_ASSIGN_OR_RETURN(const auto size, link_->rows->size_of(number));
    return std::unique_ptr<ReadableFile>(std::make_unique<RowReadableFile>(link_, path, number, size));
  }

  Status remove(const std::string&) override { return Status::ok(); }
  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override { return refuse(path); }
  Result<bool> exists(const std::string& path) override { return refuse(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override { return refuse(directory); }
  Status rename(const std::string& from, const std::string&) override { return refuse(from); }
  Status make_directory(const std::string& path) override { return refuse(path); }
  Status sync_directory(const std::string&) override { return Status::ok(); }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode) override { return refuse(path); }

 private:
  static Status refuse(const std::string& path) {
    return Status::invalid(path + " is in a database, where a store has tables only");
  }

  const std::shared_ptr<BlockRowsLink> link_;
};

}  // namespace

std::shared_ptr<FileSystem> row_file_system(std::shared_ptr<BlockRowsLink> link) {
  return std::make_shared<RowFileSystem>(std::move(link));
}

}  // namespace spectradb::lsm
