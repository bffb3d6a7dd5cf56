// Uncompressed blocks, and the indexes of tables, within one byte budget. Blocks are sharded and evicted by
// CLOCK (a block that was used since the hand last passed stays for one more round), so that a hit writes at
// most one byte and moves nothing. Indexes lie in their tables; they may have up to seven eighths of the
// budget, and blocks have what they leave. Any thread. A block or an index that a cursor holds lives on after
// its eviction until the cursor lets go.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "lsm/table/block.h"

namespace spectradb::lsm {

struct BlockAddress {
  uint64_t table;   // Sstable::id()
  uint64_t offset;  // in the file, bytes
  bool operator==(const BlockAddress&) const = default;
};

// A table with an index in memory.
class IndexOwner {
 public:
  virtual ~IndexOwner() = default;
  // False when it was used since the last call. Must not call the cache.
  virtual bool drop_index() const = 0;
};

class BlockCache {
 public:
  explicit BlockCache(uint64_t budget_bytes);

  // *is_hot: the block was used before since it was inserted, or since the hand last passed.
  std::shared_ptr<const Block> find(const BlockAddress& address, bool* is_hot = nullptr);
  // Evicts others to make room. A block larger than a shard's part of the budget is not kept.
  void insert(const BlockAddress& address, std::shared_ptr<const Block> block);
  // Whether a block of this size fits without evicting another: a long scan only fills free room.
  bool has_room(const BlockAddress& address, uint64_t size_bytes) const;

  // A cached block has grown. Other blocks, or this one itself, may be evicted for that.
  void add_to(const BlockAddress& address, uint64_t size_bytes);

  // An owner's index is in memory now; indexes are dropped where they take too much of the budget.
  void add_index(const IndexOwner* owner, uint64_t size_bytes);
  void remove_index(const IndexOwner* owner);  // if it was added: the owner goes

  // Evicts at once what exceeds the new budget.
  void set_budget(uint64_t budget_bytes);
  uint64_t budget_bytes() const { return budget_bytes_.load(std::memory_order_relaxed); }
  uint64_t used_bytes() const;  // indexes included
  uint64_t index_bytes() const;
  uint64_t hits() const;
  uint64_t misses() const;

 private:
  static constexpr size_t kShards = 8;
  static constexpr uint64_t kEntryOverheadBytes = 112;  // entry, its place in the index, block header

  struct Entry {
    BlockAddress address;
    std::shared_ptr<const Block> block;
    uint64_t charge;  // what it takes of the budget
    bool was_used;    // since the hand last passed
  };

  // A hash table (open addressing, linear probing, at most half full) of places in a list of entries. An
  // entry that is evicted gives its place to the one that it made room for, or to the last one.
  class Shard {
   public:
    std::shared_ptr<const Block> find(const BlockAddress& address, uint64_t hash, bool* is_hot);
    void insert(const BlockAddress& address, uint64_t hash, std::shared_ptr<const Block> block,
                uint64_t budget_bytes);
    void add_to(const BlockAddress& address, uint64_t hash, uint64_t size_bytes, uint64_t budget_bytes);
    void shrink(uint64_t budget_bytes);

    mutable std::mutex mutex;
    uint64_t used_bytes = 0;
    uint64_t hits = 0;
    uint64_t misses = 0;

   private:
    size_t bucket_of(const BlockAddress& address, uint64_t hash) const;  // its own, or the free one for it
    size_t bucket_of(uint32_t entry) const;
    void evict_one();
    void forget(size_t bucket);
    void grow();

    std::vector<Entry> entries_;
    std::vector<uint32_t> buckets_;  // a power of two; place in entries_ plus one, zero when free
    size_t hand_ = 0;
  };

  static uint64_t mix(const BlockAddress& address) {
    uint64_t hash = (address.table * 0x9e3779b97f4a7c15u) ^ (address.offset * 0xd6e8feb86659fd93u);
    return hash ^ (hash >> 32);
  }
  static size_t shard_number(uint64_t hash) { return hash >> 48 & (kShards - 1); }

  struct Index {
    const IndexOwner* owner;
    uint64_t size_bytes;
  };

  uint64_t shard_budget_bytes() const { return shard_budget_bytes_.load(std::memory_order_relaxed); }
  void drop_indexes(const IndexOwner* but);  // needs index_mutex_, as the next one does
  void divide_budget();

  std::atomic<uint64_t> budget_bytes_;
  std::atomic<uint64_t> shard_budget_bytes_;  // the part that indexes leave
  std::array<Shard, kShards> shards_;

  mutable std::mutex index_mutex_;
  std::vector<Index> indexes_;
  size_t index_hand_ = 0;
  uint64_t index_bytes_ = 0;
};

}  // namespace spectradb::lsm
