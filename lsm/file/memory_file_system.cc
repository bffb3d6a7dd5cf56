// Files that live in memory, for private stores and for tests. A file's bytes are shared with its readers; a
// writer that changes them while somebody reads first makes a copy, so a reader's view never moves.
#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "lsm/file/file.h"

namespace spectradb::lsm {
namespace {

struct Inode {
  std::mutex mutex;
  std::shared_ptr<std::string> bytes = std::make_shared<std::string>();

  std::string& writable() {  // with the mutex held
    if (bytes.use_count() > 1) bytes = std::make_shared<std::string>(*bytes);
    return *bytes;
  }
};

class MemoryWritableFile final : public WritableFile {
 public:
  explicit MemoryWritableFile(std::shared_ptr<Inode> inode) : inode_(std::move(inode)) {}

  Status append(std::string_view bytes) override {
    const std::lock_guard lock(inode_->mutex);
    inode_->writable().append(bytes);
    return Status::ok();
  }

  Status sync() override { return Status::ok(); }

  Status truncate(uint64_t size_bytes) override {
    const std::lock_guard lock(inode_->mutex);
    inode_->writable().resize(static_cast<size_t>(size_bytes));
    return Status::ok();
  }

  uint64_t size() const override {
    const std::lock_guard lock(inode_->mutex);
    return inode_->bytes->size();
  }

 private:
  std::shared_ptr<Inode> inode_;
};

class MemoryReadableFile final : public ReadableFile {
 public:
  explicit MemoryReadableFile(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_->size(); }
  Result<std::string_view> read(uint64_t offset, size_t size_bytes, ReadBuffer&) const override {
    if (offset > bytes_->size() || size_bytes > bytes_->size() - offset)
      return Status::io("a file in memory ends at byte " + std::to_string(bytes_->size()));
    return std::string_view(*bytes_).substr(static_cast<size_t>(offset), size_bytes);
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

struct HeldLocks {
  std::mutex mutex;
  std::map<std::string, int> holders;  // for each path, how many hold it shared, or kExclusive
  static constexpr int kExclusive = -1;
};

class MemoryFileLock final : public FileLock {
 public:
  MemoryFileLock(std::shared_ptr<HeldLocks> held, std::string path)
      : held_(std::move(held)), path_(std::move(path)) {}
  ~MemoryFileLock() override {
    const std::lock_guard lock(held_->mutex);
    release();
  }

  Status change_to(LockMode mode) override {
    const std::lock_guard lock(held_->mutex);
    release();
    int& holders = held_->holders[path_];
    const bool is_free = mode == LockMode::kShared ? holders != HeldLocks::kExclusive : holders == 0;
    if (!is_free) return Status::busy(path_ + " is locked already");
    holders = mode == LockMode::kShared ? holders + 1 : HeldLocks::kExclusive;
    is_held_ = true;
    return Status::ok();
  }

 private:
  void release() {
    if (!is_held_) return;
    int& holders = held_->holders[path_];
    holders = holders == HeldLocks::kExclusive ? 0 : holders - 1;
    is_held_ = false;
  }

  bool is_held_ = false;
  std::shared_ptr<HeldLocks> held_;
  std::string path_;
};

class MemoryFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    auto& inode = files_[path];
    inode = std::make_shared<Inode>();
    return std::unique_ptr<WritableFile>(std::make_unique<MemoryWritableFile>(inode));
  }

  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end()) return no_such_file(path);
    return std::unique_ptr<WritableFile>(std::make_unique<MemoryWritableFile>(found->second));
  }

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(path);
    if (found == files_.end()) return no_such_file(path);
    const std::lock_guard inode_lock(found->second->mutex);
    return std::unique_ptr<ReadableFile>(std::make_unique<MemoryReadableFile>(found->second->bytes));
  }

  Result<bool> exists(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    return files_.contains(path) || directories_.contains(path);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    const std::lock_guard lock(mutex_);
    if (!directories_.contains(directory)) return no_such_file(directory);
    const std::string prefix = directory + "/";
    std::vector<std::string> names;
    for (auto entry = files_.lower_bound(prefix); entry != files_.end(); ++entry) {
      if (!entry->first.starts_with(prefix)) break;
      std::string name = entry->first.substr(prefix.size());
      if (name.find('/') == std::string::npos) names.push_back(std::move(name));
    }
    for (auto entry = directories_.lower_bound(prefix); entry != directories_.end(); ++entry) {
      if (!entry->starts_with(prefix)) break;
      std::string name = entry->substr(prefix.size());
      if (name.find('/') == std::string::npos) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  Status rename(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(from);
    if (found == files_.end()) return no_such_file(from);
    auto inode = found->second;
    files_.erase(found);
    files_[to] = std::move(inode);
    return Status::ok();
  }

  Status remove(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    if (files_.erase(path) == 0) return no_such_file(path);
    return Status::ok();
  }

  Status link(const std::string& from, const std::string& to) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(from);
    if (found == files_.end()) return no_such_file(from);
    if (!files_.try_emplace(to, found->second).second)
      return Status::io("cannot link " + from + ": there is a file " + to);
    return Status::ok();
  }

  Status make_directory(const std::string& path) override {
    const std::lock_guard lock(mutex_);
    if (files_.contains(path)) return Status::io("cannot make directory " + path + ": a file has that name");
    directories_.insert(path);
    return Status::ok();
  }

  Status sync_directory(const std::string&) override { return Status::ok(); }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) override {
    {
      const std::lock_guard lock(mutex_);
      files_.try_emplace(path, std::make_shared<Inode>());
    }
    auto lock = std::make_unique<MemoryFileLock>(held_, path);
    if (Status locked = lock->change_to(mode); !locked) return locked;
    return std::unique_ptr<FileLock>(std::move(lock));
  }

 private:
  static Status no_such_file(const std::string& path) { return Status::missing("there is no " + path); }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Inode>> files_;  // by complete path
  std::set<std::string> directories_;
  std::shared_ptr<HeldLocks> held_ = std::make_shared<HeldLocks>();
};

}  // namespace

std::shared_ptr<FileSystem> new_memory_file_system() { return std::make_shared<MemoryFileSystem>(); }

}  // namespace spectradb::lsm
