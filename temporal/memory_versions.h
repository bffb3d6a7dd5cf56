// Versions in a map behind the interface of the store's cursor, to test code that reads versions. Every view
// is a block of its own that is freed when the cursor moves, so that a sanitizer finds code that keeps one
// for too long. Under valid_at the cursor leaves out everything that it may leave out. It counts the versions
// that it has shown.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lsm/base/version_cursor.h"
#include "temporal/fact.h"

namespace spectradb::temporal {

struct MemoryVersion {
  uint64_t commit;
  uint32_t ordinal;
  std::string value;
};

// The versions of each key stand in the order of their commits and ordinals.
using MemoryVersions = std::map<std::string, std::vector<MemoryVersion>, std::less<>>;

class MemoryCursor final : public lsm::VersionCursor {
 public:
  MemoryCursor(const MemoryVersions& versions, uint64_t max_commit)
      : versions_(&versions), max_commit_(max_commit) {}

  void seek(std::string_view user_key) override { ascend(versions_->lower_bound(user_key)); }
  void seek_before(std::string_view user_key) override {
    for (auto it = versions_->lower_bound(user_key); it != versions_->begin();) {
      if (enter(--it)) return;
    }
    clear();
  }
  bool find_stretch_before(std::string_view user_key, std::string* from) override {
    auto it = versions_->lower_bound(user_key);
    if (it == versions_->begin() || stretch_keys_ == 0) return false;
    for (size_t keys = 0; keys < stretch_keys_ && it != versions_->begin(); ++keys) --it;
    *from = it->first;
    clear();
    return true;
  }
  void set_stretch_keys(size_t keys) { stretch_keys_ = keys; }  // 0: find_stretch_before() returns false
  void seek_key(std::string_view user_key) override {
    const auto it = versions_->find(user_key);
    if (it == versions_->end() || !enter(it)) clear();
    only_this_key_ = true;
  }
  void seek_key_until(std::string_view user_key, uint64_t commit) override {
    const uint64_t max_commit = max_commit_;
    max_commit_ = std::min(max_commit_, commit);
    seek_key(user_key);
    max_commit_ = max_commit;
  }
  void next() override {
    if (index_ + 1 < visible_.size()) {
      ++index_;
      show();
    } else if (only_this_key_) {
      clear();
    } else {
      next_key();
    }
  }
  void next_key() override { ascend(std::next(key_)); }
  bool valid() const override { return index_ < visible_.size(); }
  Status status() const override { return Status::ok(); }
  std::string_view user_key() const override { return {shown_key_.get(), key_->first.size()}; }
  uint64_t commit() const override { return visible_[index_]->commit; }
  uint32_t ordinal() const override { return visible_[index_]->ordinal; }
  std::string_view value() const override { return {shown_value_.get(), visible_[index_]->value.size()}; }
  void set_valid_at(std::optional<lsm::ValidRange> range) override { valid_at_ = range; }
  void set_max_commit(uint64_t max_commit) override { max_commit_ = max_commit; }
  bool is_current() const override { return true; }
  void set_all_versions(bool) override {}  // it shows all anyway
  void set_superseded_by(uint64_t) override {}
  void set_min_commit(uint64_t min_commit) override { min_commit_ = min_commit; }

  uint64_t shown_count() const { return shown_count_; }
  std::optional<lsm::ValidRange> valid_at() const { return valid_at_; }

 private:
  using Iterator = MemoryVersions::const_iterator;

  void clear() {
    visible_.clear();
    index_ = 0;
    shown_key_.reset();
    shown_value_.reset();
  }
  void ascend(Iterator it) {
    for (; it != versions_->end(); ++it) {
      if (enter(it)) return;
    }
    clear();
  }
  // Moves to the newest visible version of the key; false when it has none.
  bool enter(Iterator it) {
    visible_.clear();
    index_ = 0;
    only_this_key_ = false;
    for (auto version = it->second.rbegin(); version != it->second.rend(); ++version) {
      if (version->commit <= max_commit_ && !may_be_left_out(*version)) visible_.push_back(&*version);
    }
    if (visible_.empty()) return false;
    key_ = it;
    show();
    return true;
  }
  bool may_be_left_out(const MemoryVersion& version) const {
    if (version.commit < min_commit_) return true;
    if (!valid_at_) return false;
    const Result<lsm::VersionBounds> bounds = fact_properties().bounds(version.value);
    return bounds.is_ok() && !valid_at_->overlaps(bounds->valid_from, bounds->valid_to);
  }
  void show() {
    shown_key_ = copy(key_->first);
    shown_value_ = copy(visible_[index_]->value);
    ++shown_count_;
  }
  static std::unique_ptr<char[]> copy(const std::string& bytes) {
    auto block = std::make_unique<char[]>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), block.get());
    return block;
  }

  const MemoryVersions* versions_;
  uint64_t max_commit_;
  uint64_t min_commit_ = 0;
  std::optional<lsm::ValidRange> valid_at_;
  size_t stretch_keys_ = 5;
  Iterator key_;
  bool only_this_key_ = false;
  std::vector<const MemoryVersion*> visible_;  // of the key, newest first
  size_t index_ = 0;
  std::unique_ptr<char[]> shown_key_;
  std::unique_ptr<char[]> shown_value_;
  uint64_t shown_count_ = 0;
};

}  // namespace spectradb::temporal
