// Test support: the rows of a store that lives in a database. The database is made of maps, with
// transactions and savepoints; connections see what was committed, and the one that writes sees its own
// writes. Tests only.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lsm/store/store_rows.h"

namespace spectradb::lsm {

struct MemoryRows {
  struct Frame {
    uint64_t token = 0;
    std::string bytes;  // empty once it was forgotten
  };
  std::map<std::pair<uint64_t, uint64_t>, std::string> blocks;
  std::map<uint64_t, StoreRows::File> files;
  std::map<uint64_t, Frame> frames;
};

// One connection. Its transaction works on a copy; savepoints are copies, too.
class MemoryStoreRows final : public StoreRows {
 public:
  explicit MemoryStoreRows(std::shared_ptr<MemoryRows> database) : database_(std::move(database)) {}

  void begin() { own_ = std::make_unique<MemoryRows>(*database_); }
  void commit() { *database_ = std::move(*std::exchange(own_, nullptr)); }
  void rollback() { own_.reset(); }
  MemoryRows savepoint() const { return *own_; }
  void rollback_to(const MemoryRows& savepoint) { *own_ = savepoint; }
  // Fails every write after this many; negative: none.
  void fail_after(int64_t writes) { writes_left_ = writes; }

  MemoryRows& shown() { return own_ == nullptr ? *database_ : *own_; }

  size_t row_bytes() const override { return 100; }
  Status put(uint64_t file, uint64_t offset, std::string_view bytes) override {
    SPECTRADB_RETURN_IF_ERROR(write());
    own_->blocks[{file, offset}] = std::string(bytes);
    return Status::ok();
  }
  Result<size_t> read(uint64_t file, uint64_t offset, char* to, size_t capacity) override {
    auto row = shown().blocks.find({file, offset});
    if (row == shown().blocks.end()) return Status::missing("no such block");
    size_t filled = 0;
    for (; row != shown().blocks.end() && filled < capacity; ++row) {
      if (row->first != std::pair{file, offset + filled}) break;
      const size_t size = std::min(capacity - filled, row->second.size());
      std::memcpy(to + filled, row->second.data(), size);
      filled += size;
    }
    return filled;
  }
  Result<uint64_t> size_of(uint64_t file) override {
    auto behind = shown().blocks.lower_bound({file + 1, 0});
    if (behind == shown().blocks.begin() || (--behind)->first.first != file)
      return Status::missing("no blocks");
    return behind->first.second + behind->second.size();
  }
  Status remove(uint64_t file) override {
    SPECTRADB_RETURN_IF_ERROR(write());
    own_->blocks.erase(own_->blocks.lower_bound({file, 0}), own_->blocks.lower_bound({file + 1, 0}));
    return Status::ok();
  }
  Result<uint64_t> version() override {
    const auto head = shown().files.find(0);
    if (head == shown().files.end()) return Status::missing("no head");
    return head->second.place;
  }
  Result<std::vector<File>> files() override {
    std::vector<File> all;
    for (const auto& [number, file] : shown().files) all.push_back(file);
    return all;
  }
  Status put_file(const File& file) override {
    SPECTRADB_RETURN_IF_ERROR(write());
    own_->files[file.number] = file;
    return Status::ok();
  }
  Status remove_file(uint64_t number) override {
    SPECTRADB_RETURN_IF_ERROR(write());
    own_->files.erase(number);
    return Status::ok();
  }
  Result<std::optional<uint64_t>> find_misfit(uint64_t file) override {
    auto row = shown().blocks.lower_bound({file, 0});
    while (row != shown().blocks.end() && row->first.first == file) {
      const auto [place, bytes] = *row++;
      const bool is_last = row == shown().blocks.end() || row->first.first != file;
      if (!is_last && row->first.second != place.second + bytes.size()) return std::optional(place.second);
    }
    return std::optional<uint64_t>();
  }
  Result<std::optional<uint64_t>> next_with_blocks(uint64_t number) override {
    const auto next = shown().blocks.lower_bound({number, 0});
    return next == shown().blocks.end() ? std::nullopt : std::optional(next->first.first);
  }
  Status frames_behind(uint64_t commit, const VisitFrame& visit) override {
    for (auto frame = shown().frames.upper_bound(commit); frame != shown().frames.end(); ++frame)
      SPECTRADB_RETURN_IF_ERROR(visit(frame->first, frame->second.token, frame->second.bytes));
    return Status::ok();
  }
  Result<std::optional<uint64_t>> token_of(uint64_t commit) override {
    const auto frame = shown().frames.find(commit);
    return frame == shown().frames.end() ? std::nullopt : std::optional(frame->second.token);
  }
  Result<uint64_t> forget_frames(uint64_t up_to_commit, uint64_t at_most) override {
    SPECTRADB_RETURN_IF_ERROR(write());
    uint64_t count = 0;
    for (auto& [commit, frame] : own_->frames) {
      if (commit > up_to_commit || count == at_most) break;
      if (frame.bytes.empty()) continue;
      frame.bytes.clear();
      ++count;
    }
    return count;
  }

 private:
  Status write() {
    if (own_ == nullptr) return Status::read_only("no transaction writes");
    if (writes_left_ == 0) return {Code::kFull, "the database is full"};
    if (writes_left_ > 0) --writes_left_;
    return Status::ok();
  }

  const std::shared_ptr<MemoryRows> database_;
  std::unique_ptr<MemoryRows> own_;
  int64_t writes_left_ = -1;
};

}  // namespace spectradb::lsm
