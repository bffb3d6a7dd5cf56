// Test support: a disk that shows, after each of its operations, what a power failure at that moment may
// leave. Bytes are safe once their file is synced, names once their directory is. Of everything else a
// crash image has nothing, all, or random parts: any sector of a file may be as at the last sync, as
// written since, or zero, and any operation on names may have happened or not. Directories themselves are
// taken to be durable at once. Tests only; one thread.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lsm/file/file.h"

namespace spectradb::lsm {

class PowerCutFileSystem final : public FileSystem {
 public:
  enum class Kept : uint8_t { kNothing, kAll, kRandom };
  enum Operation : uint8_t { kWrite, kCut, kSync, kCreate, kRename, kRemove, kSyncDirectory, kOperations };
  using OperationCounts = std::array<uint64_t, kOperations>;

  PowerCutFileSystem() = default;
  // Starts from what a power failure left, all of which is durable.
  PowerCutFileSystem(FileSystem& left, const std::string& directory) {
    directories_.insert(directory);
    (void)base_->make_directory(directory);
    const auto names = left.list(directory);
    for (const std::string& name : *names) {
      const std::string path = directory + "/" + name;
      auto file = base_->create(path);
      const auto content = left.read_whole(path);
      (void)(*file)->append(*content);
      names_[path] = std::make_shared<Inode>();
      names_[path]->now = *content;
      names_[path]->durable = names_[path]->now;
    }
    durable_names_ = names_;
  }

  // The observer is called after every operation that changes or syncs something.
  void set_observer(std::function<void()> observer) { observer_ = std::move(observer); }
  const OperationCounts& operations() const { return operations_; }
  void allow_links(bool are_allowed) { has_links_ = are_allowed; }

  // Whether something is not synced, so that images may differ.
  bool is_in_doubt() const {
    if (!changes_.empty()) return true;
    for (const auto& [path, inode] : names_) {
      if (!inode->is_synced()) return true;
    }
    return false;
  }

  std::shared_ptr<FileSystem> crash_image(Kept kept, std::mt19937_64& random) const {
    auto image = new_memory_file_system();
    for (const std::string& directory : directories_) (void)image->make_directory(directory);
    for (const auto& [path, inode] : kept_names(kept, random)) {
      auto file = image->create(path);
      (void)(*file)->append(inode->kept_bytes(kept, random));
    }
    return image;
  }

  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, base_->create(path));
    auto& inode = names_[path];
    if (inode == nullptr) {
      inode = std::make_shared<Inode>();
      changes_.push_back({Change::kCreated, path, {}, inode});
    } else {
      inode->truncate(0);
    }
    happened(kCreate);
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, inode, std::move(file)));
  }
  Result<std::unique_ptr<WritableFile>> append_to(const std::string& path) override {
    SPECTRADB_ASSIGN_OR_RETURN(auto file, base_->append_to(path));
    return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, names_[path], std::move(file)));
  }
  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override { return base_->open(path); }
  Result<bool> exists(const std::string& path) override { return base_->exists(path); }
  Result<std::vector<std::string>> list(const std::string& directory) override {
    return base_->list(directory);
  }
  Status rename(const std::string& from, const std::string& to) override {
    SPECTRADB_RETURN_IF_ERROR(base_->rename(from, to));
    changes_.push_back({Change::kRenamed, to, from, names_[from]});
    names_[to] = names_[from];
    names_.erase(from);
    happened(kRename);
    return Status::ok();
  }
  // A copy below, as immutable files need no more.
  Status link(const std::string& from, const std::string& to) override {
    if (!has_links_) return Status::invalid("there are no links");
    SPECTRADB_ASSIGN_OR_RETURN(const auto content, base_->read_whole(from));
    SPECTRADB_ASSIGN_OR_RETURN(auto file, base_->create(to));
    SPECTRADB_RETURN_IF_ERROR(file->append(content));
    changes_.push_back({Change::kCreated, to, {}, names_[from]});
    names_[to] = names_[from];
    happened(kCreate);
    return Status::ok();
  }
  Status remove(const std::string& path) override {
    SPECTRADB_RETURN_IF_ERROR(base_->remove(path));
    changes_.push_back({Change::kRemoved, path, {}, nullptr});
    names_.erase(path);
    happened(kRemove);
    return Status::ok();
  }
  Status make_directory(const std::string& path) override {
    directories_.insert(path);
    return base_->make_directory(path);
  }
  Status sync_directory(const std::string&) override {
    durable_names_ = names_;
    changes_.clear();
    happened(kSyncDirectory);
    return Status::ok();
  }
  Result<std::unique_ptr<FileLock>> lock(const std::string& path, LockMode mode) override {
    return base_->lock(path, mode);
  }

 private:
  static constexpr size_t kSectorBytes = 512;

  struct Inode {
    std::string durable;             // at the last sync
    std::vector<std::string> since;  // what the file held before each cut since then
    std::string now;

    bool is_synced() const { return since.empty() && now == durable; }
    void truncate(size_t size_bytes) {
      since.push_back(now);
      now.resize(size_bytes);
    }
    void sync() {
      durable = now;
      since.clear();
    }

    std::string kept_bytes(Kept kept, std::mt19937_64& random) const {
      if (kept == Kept::kNothing) return durable;
      if (kept == Kept::kAll || is_synced()) return now;
      std::vector<const std::string*> contents{&durable, &now};
      for (const std::string& content : since) contents.push_back(&content);
      const size_t low = std::min(durable.size(), now.size());
      const size_t high = std::max(durable.size(), now.size());
      // The size is one that some write gave the file, or any between; each sector has the bytes of one of
      // the contents.
      const size_t size = random() % 2 == 0 ? contents[random() % contents.size()]->size()
                                            : low + random() % (high - low + 1);
      std::string bytes(size, '\0');
      for (size_t at = 0; at < size; at += kSectorBytes) {
        const std::string& content = *contents[random() % contents.size()];
        if (content.size() > at) content.copy(bytes.data() + at, std::min(kSectorBytes, size - at), at);
        restore_synced(&bytes, at);
      }
      return bytes;
    }

    // Bytes that no write has touched since the sync are as they were at the sync.
    void restore_synced(std::string* bytes, size_t at) const {
      size_t untouched = std::min(durable.size(), now.size());
      for (const std::string& content : since) untouched = std::min(untouched, content.size());
      const size_t end = std::min({at + kSectorBytes, untouched, bytes->size()});
      for (size_t byte = at; byte < end && now[byte] == durable[byte]; ++byte) (*bytes)[byte] = durable[byte];
    }
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  struct Change {
    enum Kind : uint8_t { kCreated, kRenamed, kRemoved } kind;
    std::string path;
    std::string from;  // of a rename
    std::shared_ptr<Inode> inode;
  };

  Names kept_names(Kept kept, std::mt19937_64& random) const {
    if (kept == Kept::kNothing) return durable_names_;
    if (kept == Kept::kAll) return names_;
    Names names = durable_names_;
    for (const Change& change : changes_) {
      if (random() % 2 == 0) continue;
      if (change.kind != Change::kCreated)
        names.erase(change.kind == Change::kRenamed ? change.from : change.path);
      if (change.kind != Change::kRemoved) names[change.path] = change.inode;
    }
    return names;
  }

  void happened(Operation operation) {
    operations_[operation] += 1;
    if (observer_) observer_();
  }

  class File final : public WritableFile {
   public:
    File(PowerCutFileSystem& disk, std::shared_ptr<Inode> inode, std::unique_ptr<WritableFile> base)
        : disk_(disk), inode_(std::move(inode)), base_(std::move(base)) {}
    Status append(std::string_view bytes) override {
      SPECTRADB_RETURN_IF_ERROR(base_->append(bytes));
      inode_->now.append(bytes);
      disk_.happened(kWrite);
      return Status::ok();
    }
    Status truncate(uint64_t size_bytes) override {
      SPECTRADB_RETURN_IF_ERROR(base_->truncate(size_bytes));
      inode_->truncate(static_cast<size_t>(size_bytes));
      disk_.happened(kCut);
      return Status::ok();
    }
    uint64_t size() const override { return base_->size(); }
    Status sync() override {
      inode_->sync();
      disk_.happened(kSync);
      return Status::ok();
    }

   private:
    PowerCutFileSystem& disk_;
    std::shared_ptr<Inode> inode_;
    std::unique_ptr<WritableFile> base_;
  };

  std::shared_ptr<FileSystem> base_ = new_memory_file_system();
  std::set<std::string> directories_;
  Names names_;  // as processes see them
  Names durable_names_;
  std::vector<Change> changes_;  // of names, since the directory was synced
  std::function<void()> observer_;
  OperationCounts operations_{};
  bool has_links_ = false;
};

}  // namespace spectradb::lsm
