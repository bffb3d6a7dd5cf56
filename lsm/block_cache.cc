#include "lsm/block_cache.h"

namespace spectradb::lsm {

BlockCache::BlockCache(uint64_t budget_bytes) : shard_budget_bytes_(budget_bytes / kShards) {}

std::shared_ptr<const Block> BlockCache::find(const BlockAddress& address) {
  Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.by_address.find(address);
  if (found == shard.by_address.end()) {
    ++shard.misses;
    return nullptr;
  }
  ++shard.hits;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->block;
}

void BlockCache::insert(const BlockAddress& address, std::shared_ptr<const Block> block) {
  const uint64_t charge = block->size_bytes() + kEntryOverheadBytes;
  if (charge > shard_budget_bytes_) return;
  Shard& shard = shard_of(address);
  std::list<Entry> evicted;  // freed after the lock
  const std::lock_guard lock(shard.mutex);
  if (shard.by_address.contains(address)) return;
  while (shard.used_bytes + charge > shard_budget_bytes_) {
    const auto oldest = std::prev(shard.entries.end());
    shard.used_bytes -= oldest->block->size_bytes() + kEntryOverheadBytes;
    shard.by_address.erase(oldest->address);
    evicted.splice(evicted.begin(), shard.entries, oldest);
  }
  shard.entries.push_front({address, std::move(block)});
  shard.by_address.emplace(address, shard.entries.begin());
  shard.used_bytes += charge;
}

bool BlockCache::has_room(const BlockAddress& address, uint64_t size_bytes) const {
  const Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  return shard.used_bytes + size_bytes + kEntryOverheadBytes <= shard_budget_bytes_;
}

uint64_t BlockCache::used_bytes() const {
  uint64_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.used_bytes;
  }
  return sum;
}

uint64_t BlockCache::hits() const {
  uint64_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.hits;
  }
  return sum;
}

uint64_t BlockCache::misses() const {
  uint64_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.misses;
  }
  return sum;
}

}  // namespace spectradb::lsm
