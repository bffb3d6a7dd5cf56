// Versions that are published but not yet in SSTables: either collected commit by commit, or the list of one
// large write batch taken over whole. One writer (the store, under its write lock), any number of readers
// without locks. A memtable that has been rotated out never changes again. Nothing fails.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "lsm/base/version_iterator.h"
#include "lsm/memory/version_list.h"
#include "lsm/memory/write_batch_rep.h"

namespace spectradb::lsm {

class Memtable {
 public:
  Memtable() : list_(std::make_shared<VersionList>()) {}
  // Takes over the list of a batch as the versions of one commit.
  Memtable(const WriteBatch::Rep& batch, uint64_t commit)
      : list_(batch.list), commit_(commit), dead_(batch.dead), count_(batch.living), min_commit_(commit) {}

  // Calls must come in ascending order of commits (equal ones are allowed).
  void put(std::string_view user_key, uint64_t commit, uint32_t ordinal, std::string_view value,
           const VersionBounds& valid = {INT64_MIN, INT64_MAX}) {
    if (list_->count() == 0) min_commit_.store(commit, std::memory_order_relaxed);
    list_->put(user_key, commit, ordinal, value, valid);
  }

  const VersionList& list() const { return *list_; }
  uint64_t commit() const { return commit_; }  // of all versions, or zero when each has its own
  uint64_t min_commit() const {
    return min_commit_.load(std::memory_order_relaxed);
  }  // zero while it is empty
  const std::vector<DeadRange>& dead() const { return dead_; }
  uint64_t count() const { return commit_ == 0 ? list_->count() : count_; }
  uint64_t size_bytes() const { return list_->size_bytes(); }

 private:
  std::shared_ptr<VersionList> list_;
  uint64_t commit_ = 0;
  std::vector<DeadRange> dead_;  // only of a batch
  uint64_t count_ = 0;           // living versions of a batch
  std::atomic<uint64_t> min_commit_{0};
};

// Walks a memtable, or a write batch that may grow and be rolled back meanwhile. All arguments outlive the
// iterator or the next reset(). One key's versions are found by its hash: only walks from key to key bring the
// keys into order.
class VersionListIterator final : public VersionIterator {
 public:
  explicit VersionListIterator(const ReadLimits* limits) : limits_(limits) {}

  void reset(const Memtable& memtable);
  void reset(const WriteBatch::Rep& batch, uint64_t commit);  // shows all, whatever max_commit says

  void seek(std::string_view user_key) override;
  void seek_before(std::string_view user_key) override;
  void seek_exact(std::string_view user_key) override;
  void seek_exact(std::string_view user_key, uint64_t hash);  // as hash_key() has it
  void next() override;
  void next_key() override;

  // To the first shown version behind a place in the order, or behind all versions of a key.
  void seek_after(const VersionPosition& position);
  void seek_after_key(std::string_view user_key);

 private:
  bool shows_nothing() const;  // whatever there is
  // Returns the first shown version of those from this one to the key's oldest; null for none.
  const VersionNode* shown_from(const VersionNode* version) const;
  // Shows the first version that may be shown at or behind this one of the key.
  void show(const KeyNode* key, const VersionNode* version);
  void show_key(const KeyNode* key) { show(key, key == nullptr ? nullptr : key->newest_version()); }
  void show_exactly(const KeyNode* key);
  void expose(const KeyNode* key, const VersionNode* version);

  const ReadLimits* limits_;
  const VersionList* list_ = nullptr;
  const std::vector<DeadRange>* dead_ = nullptr;
  uint64_t commit_of_all_ = 0;  // zero: each node has its own
  uint64_t min_commit_ = 0;     // no version is older
  bool is_own_ = false;         // a batch of the reader's own
  bool is_exact_ = false;       // since seek_exact()
  const KeyNode* key_ = nullptr;
  const VersionNode* version_ = nullptr;
};

}  // namespace spectradb::lsm
