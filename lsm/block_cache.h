// Uncompressed blocks in memory, within a byte budget: sharded LRU. Any thread. A block that a cursor pins
// (holds) lives on after its eviction until the cursor lets go. Nothing fails.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "lsm/block.h"

namespace spectradb::lsm {

struct BlockAddress {
  uint64_t file_number;
  uint64_t offset;  // in the file, bytes
  bool operator==(const BlockAddress&) const = default;
};

class BlockCache {
 public:
  explicit BlockCache(uint64_t budget_bytes);

  std::shared_ptr<const Block> find(const BlockAddress& address);
  // Evicts what was used longest ago to make room. A block larger than a shard's part of the budget is not
  // kept.
  void insert(const BlockAddress& address, std::shared_ptr<const Block> block);
  // Whether a block of this size fits without evicting another: a long scan only fills free room.
  bool has_room(const BlockAddress& address, uint64_t size_bytes) const;

  uint64_t budget_bytes() const { return shard_budget_bytes_ * kShards; }
  uint64_t used_bytes() const;
  uint64_t hits() const;
  uint64_t misses() const;

 private:
  static constexpr size_t kShards = 8;
  static constexpr uint64_t kEntryOverheadBytes = 160;  // list and map nodes, block header

  struct Entry {
    BlockAddress address;
    std::shared_ptr<const Block> block;
  };
  struct AddressHash {
    size_t operator()(const BlockAddress& address) const { return mix(address); }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::list<Entry> entries;  // used most recently first
    std::unordered_map<BlockAddress, std::list<Entry>::iterator, AddressHash> by_address;
    uint64_t used_bytes = 0;
    uint64_t hits = 0;
    uint64_t misses = 0;
  };

  static uint64_t mix(const BlockAddress& address) {
    uint64_t hash = (address.file_number * 0x9e3779b97f4a7c15u) ^ (address.offset * 0xd6e8feb86659fd93u);
    return hash ^ (hash >> 32);
  }
  Shard& shard_of(const BlockAddress& address) { return shards_[mix(address) >> 20 & (kShards - 1)]; }
  const Shard& shard_of(const BlockAddress& address) const {
    return shards_[mix(address) >> 20 & (kShards - 1)];
  }

  uint64_t shard_budget_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace spectradb::lsm
