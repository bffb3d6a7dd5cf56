// Test support: file systems that fail. FaultyFileSystem lets the N-th operation fail; CrashingFileSystem
// knows what would be on disk if the power went out now. Tests only.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "lsm/file/file.h"

namespace spectradb::lsm {

// What goes wrong, and when. Every operation of the file system and of its writable files counts.
struct Fault {
  std::atomic<int64_t> operations_left{INT64_MAX};  // until the fault
  std::atomic<bool> persists{false};                // every later operation fails too
  std::atomic<bool> short_write{false};             // a failing append writes half of its bytes first
  std::atomic<bool> full{false};                    // kFull instead of kIo
  std::atomic<int64_t> operations{0};               // seen so far
  std::atomic<int64_t> failed_syncs{0};             // of files and directories

  bool strikes() {
    operations.fetch_add(1);
    const int64_t left = operations_left.fetch_sub(1);
    return left == 1 || (left < 1 && persists.load());
  }
  bool strikes_sync() {
    const bool strikes_it = strikes();
    if (strikes_it) failed_syncs.fetch_add(1);
    return strikes_it;
  }
  Status status() const { return {full ? Code::kFull : Code::kIo, "a fault was injected"}; }
};

class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem(std::shared_ptr<FileSystem> base, std::shared_ptr<Fault> fault)
      : base_(std::move(base)), fault_(std::move(fault)) {}

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    if (fault_->strikes()) return fault_->status();
    return wrap(base_->create(path));
  }
  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    if (fault_->strikes()) return fault_->status();
    return wrap(base_->append_to(path));
  }
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    if (fault_->strikes()) return fault_->status();
    return base_->open(path);
  }
  Result<bool> exists(const std::string& path) override {
    if (fault_->strikes()) return fault_->status();
    return base_->exists(path);
  }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    if (fault_->strikes()) return fault_->status();
    return base_->list(directory);
  }
  Status rename(const std::string& from, const std::string& to) override {
    return fault_->strikes() ? fault_->status() : base_->rename(from, to);
  }
  Status remove(const std::string& path) override {
    return fault_->strikes() ? fault_->status() : base_->remove(path);
  }
  Status make_directory(const std::string& path) override {
    return fault_->strikes() ? fault_->status() : base_->make_directory(path);
  }
  Status sync_directory(const std::string& path) override {
    return fault_->strikes_sync() ? fault_->status() : base_->sync_directory(path);
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) override {
    if (fault_->strikes()) return fault_->status();
    return base_->lock(path, mode);
  }

 private:
  class File final : public WritableFile {
   public:
    File(std::unique_ptr<WritableFile> base, std::shared_ptr<Fault> fault)
        : base_(std::move(base)), fault_(std::move(fault)) {}
    Status append(std::string_view bytes) override {
      if (!fault_->strikes()) return base_->append(bytes);
      if (fault_->short_write) (void)base_->append(bytes.substr(0, bytes.size() / 2));
      return fault_->status();
    }
    Status sync() override { return fault_->strikes_sync() ? fault_->status() : base_->sync(); }
    Status truncate(uint64_t size_bytes) override {
      return fault_->strikes() ? fault_->status() : base_->truncate(size_bytes);
    }
    uint64_t size() const override { return base_->size(); }

   private:
    std::unique_ptr<WritableFile> base_;
    std::shared_ptr<Fault> fault_;
  };

  Result<std::unique_ptr<WritableFile>> wrap(Result<std::unique_ptr<WritableFile>> file) {
    if (!file) return file.status();
    return std::unique_ptr<WritableFile>(std::make_unique<File>(std::move(*file), fault_));
  }

  std::shared_ptr<FileSystem> base_;
  std::shared_ptr<Fault> fault_;
};

// Works on a memory file system and remembers what was synced: the bytes of files at their last sync(), the
// names of a directory at its last sync_directory(). Directories themselves are taken to be durable at once.
class CrashingFileSystem final : public FileSystem {
 public:
  CrashingFileSystem() : base_(new_memory_file_system()), disk_(std::make_shared<Disk>()) {}

  // A new file system with what a power failure now would leave: everything that was not synced is lost.
  std::shared_ptr<FileSystem> crash_image() const {
    const std::lock_guard lock(disk_->mutex);
    auto image = new_memory_file_system();
    for (const std::string& directory : disk_->directories) (void)image->make_directory(directory);
    for (const auto& [path, inode] : disk_->durable_names) {
      auto file = image->create(path);
      (void)(*file)->append(inode->durable_bytes);
    }
    return image;
  }

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, base_->create(path));
    const std::lock_guard lock(disk_->mutex);
    auto& inode = disk_->names[path];
    if (inode == nullptr) inode = std::make_shared<Inode>();
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path, inode, std::move(file)));
  }
  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, base_->append_to(path));
    const std::lock_guard lock(disk_->mutex);
    return std::unique_ptr<WritableFile>(
        std::make_unique<File>(*this, path, disk_->names[path], std::move(file)));
  }
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override { return base_->open(path); }
  Result<bool> exists(const std::string& path) override { return base_->exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return base_->list(directory);
  }
  Status rename(const std::string& from, const std::string& to) override {
    SPECTRADB_RETURN_IF_ERROR(base_->rename(from, to));
    const std::lock_guard lock(disk_->mutex);
    disk_->names[to] = disk_->names[from];
    disk_->names.erase(from);
    return Status::ok();
  }
  Status remove(const std::string& path) override {
    SPECTRADB_RETURN_IF_ERROR(base_->remove(path));
    const std::lock_guard lock(disk_->mutex);
    disk_->names.erase(path);
    return Status::ok();
  }
  Status make_directory(const std::string& path) override {
    const std::lock_guard lock(disk_->mutex);
    disk_->directories.push_back(path);
    return base_->make_directory(path);
  }
  Status sync_directory(const std::string&) override {
    const std::lock_guard lock(disk_->mutex);
    disk_->durable_names = disk_->names;
    return Status::ok();
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) override {
    return base_->lock(path, mode);
  }

 private:
  struct Inode {
    std::string durable_bytes;
  };
  struct Disk {
    std::mutex mutex;
    std::vector<std::string> directories;
    std::map<std::string, std::shared_ptr<Inode>> names;  // as processes see them
    std::map<std::string, std::shared_ptr<Inode>> durable_names;
  };

  class File final : public WritableFile {
   public:
    File(CrashingFileSystem& owner, std::string path, std::shared_ptr<Inode> inode,
         std::unique_ptr<WritableFile> base)
        : owner_base_(owner.base_),
          disk_(owner.disk_),
          path_(std::move(path)),
          inode_(std::move(inode)),
          base_(std::move(base)) {}
    Status append(std::string_view bytes) override { return base_->append(bytes); }
    Status truncate(uint64_t size_bytes) override { return base_->truncate(size_bytes); }
    uint64_t size() const override { return base_->size(); }
    Status sync() override {
      auto content = owner_base_->read_whole(path_);
      if (!content) return Status::ok();  // removed meanwhile
      const std::lock_guard lock(disk_->mutex);
      inode_->durable_bytes = std::move(*content);
      return Status::ok();
    }

   private:
    std::shared_ptr<FileSystem> owner_base_;
    std::shared_ptr<Disk> disk_;
    std::string path_;
    std::shared_ptr<Inode> inode_;
    std::unique_ptr<WritableFile> base_;
  };

  std::shared_ptr<FileSystem> base_;
  std::shared_ptr<Disk> disk_;
};

}  // namespace spectradb::lsm
