#include "lsm/table/block_cache.h"

#include <algorithm>
#include <utility>

namespace spectradb::lsm {

namespace {
constexpr size_t kFirstBuckets = 64;
// One part in kBlocksPart of the budget is for blocks alone; indexes may fill the rest. An index costs as
// much to read as dozens of blocks.
constexpr uint64_t kBlocksPart = 8;
}  // namespace

size_t BlockCache::Shard::bucket_of(const BlockAddress& address, uint64_t hash) const {
  const size_t mask = buckets_.size() - 1;
  size_t bucket = hash & mask;
  while (buckets_[bucket] != 0 && entries_[buckets_[bucket] - 1].address != address)
    bucket = (bucket + 1) & mask;
  return bucket;
}

size_t BlockCache::Shard::bucket_of(uint32_t entry) const {
  const BlockAddress& address = entries_[entry].address;
  return bucket_of(address, mix(address));
}

std::shared_ptr<const Block> BlockCache::Shard::find(const BlockAddress& address, uint64_t hash,
                                                     bool* is_hot) {
  if (!buckets_.empty()) {
    if (const uint32_t place = buckets_[bucket_of(address, hash)]; place != 0) {
      ++hits;
      Entry& entry = entries_[place - 1];
      if (is_hot != nullptr) *is_hot = entry.was_used;
      if (!entry.was_used) entry.was_used = true;
      return entry.block;
    }
  }
  ++misses;
  return nullptr;
}

void BlockCache::Shard::insert(const BlockAddress& address, uint64_t hash, std::shared_ptr<const Block> block,
                               uint64_t budget_bytes) {
  const uint64_t charge = block->size_bytes() + kEntryOverheadBytes;
  if (buckets_.size() < 2 * (entries_.size() + 1)) grow();
  if (buckets_[bucket_of(address, hash)] != 0) return;
  shrink(budget_bytes - charge);
  entries_.push_back({address, std::move(block), charge, false});
  buckets_[bucket_of(address, hash)] = static_cast<uint32_t>(entries_.size());
  used_bytes += charge;
}

void BlockCache::Shard::add_to(const BlockAddress& address, uint64_t hash, uint64_t size_bytes,
                               uint64_t budget_bytes) {
  if (buckets_.empty()) return;
  const uint32_t place = buckets_[bucket_of(address, hash)];
  if (place == 0) return;
  entries_[place - 1].charge += size_bytes;
  used_bytes += size_bytes;
  shrink(budget_bytes);
}

void BlockCache::Shard::shrink(uint64_t budget_bytes) {
  while (used_bytes > budget_bytes) evict_one();
}

// Needs at least one entry. The last entry takes the place of the evicted one.
void BlockCache::Shard::evict_one() {
  for (;; ++hand_) {
    if (hand_ >= entries_.size()) hand_ = 0;
    if (!entries_[hand_].was_used) break;
    entries_[hand_].was_used = false;
  }
  used_bytes -= entries_[hand_].charge;
  forget(bucket_of(static_cast<uint32_t>(hand_)));
  if (const size_t last = entries_.size() - 1; hand_ != last) {
    const size_t bucket = bucket_of(static_cast<uint32_t>(last));
    entries_[hand_] = std::move(entries_[last]);
    buckets_[bucket] = static_cast<uint32_t>(hand_ + 1);
  }
  entries_.pop_back();
  ++hand_;
}

// Frees a bucket, and moves up entries behind it that would no longer be found.
void BlockCache::Shard::forget(size_t bucket) {
  const size_t mask = buckets_.size() - 1;
  for (size_t next = (bucket + 1) & mask; buckets_[next] != 0; next = (next + 1) & mask) {
    const size_t home = mix(entries_[buckets_[next] - 1].address) & mask;
    if (((next - home) & mask) < ((next - bucket) & mask)) continue;
    buckets_[bucket] = buckets_[next];
    bucket = next;
  }
  buckets_[bucket] = 0;
}

void BlockCache::Shard::grow() {
  buckets_.assign(buckets_.empty() ? kFirstBuckets : 2 * buckets_.size(), 0);
  for (uint32_t entry = 0; entry < entries_.size(); ++entry) buckets_[bucket_of(entry)] = entry + 1;
}

BlockCache::BlockCache(uint64_t budget_bytes)
    : budget_bytes_(budget_bytes), shard_budget_bytes_(budget_bytes / kShards) {}

std::shared_ptr<const Block> BlockCache::find(const BlockAddress& address, bool* is_hot) {
  const uint64_t hash = mix(address);
  Shard& shard = shards_[shard_number(hash)];
  const std::lock_guard lock(shard.mutex);
  return shard.find(address, hash, is_hot);
}

void BlockCache::add_to(const BlockAddress& address, uint64_t size_bytes) {
  const uint64_t hash = mix(address);
  Shard& shard = shards_[shard_number(hash)];
  const std::lock_guard lock(shard.mutex);
  shard.add_to(address, hash, size_bytes, shard_budget_bytes());
}

void BlockCache::insert(const BlockAddress& address, std::shared_ptr<const Block> block) {
  const uint64_t hash = mix(address);
  Shard& shard = shards_[shard_number(hash)];
  const std::lock_guard lock(shard.mutex);
  const uint64_t budget_bytes = shard_budget_bytes();
  if (block->size_bytes() + kEntryOverheadBytes > budget_bytes) return;
  shard.insert(address, hash, std::move(block), budget_bytes);
}

bool BlockCache::has_room(const BlockAddress& address, uint64_t size_bytes) const {
  const Shard& shard = shards_[shard_number(mix(address))];
  const std::lock_guard lock(shard.mutex);
  return shard.used_bytes + size_bytes + kEntryOverheadBytes <= shard_budget_bytes();
}

void BlockCache::set_budget(uint64_t budget_bytes) {
  budget_bytes_.store(budget_bytes, std::memory_order_relaxed);
  const std::lock_guard lock(index_mutex_);
  drop_indexes(nullptr);
  divide_budget();
}

void BlockCache::add_index(const IndexOwner* owner, uint64_t size_bytes) {
  const std::lock_guard lock(index_mutex_);
  indexes_.push_back({owner, size_bytes});
  index_bytes_ += size_bytes;
  drop_indexes(owner);
  divide_budget();
}

void BlockCache::remove_index(const IndexOwner* owner) {
  const std::lock_guard lock(index_mutex_);
  const auto is_its = [owner](const Index& index) { return index.owner == owner; };
  const auto found = std::find_if(indexes_.begin(), indexes_.end(), is_its);
  if (found == indexes_.end()) return;
  index_bytes_ -= found->size_bytes;
  *found = indexes_.back();
  indexes_.pop_back();
  divide_budget();
}

// Drops indexes by CLOCK, as blocks are evicted. The hand goes round twice at most: indexes in use right now
// stay.
void BlockCache::drop_indexes(const IndexOwner* but) {
  const uint64_t most = budget_bytes() - budget_bytes() / kBlocksPart;
  for (size_t steps = 2 * indexes_.size(); steps > 0 && index_bytes_ > most; --steps) {
    if (index_hand_ >= indexes_.size()) index_hand_ = 0;
    Index& index = indexes_[index_hand_];
    if (index.owner == but || !index.owner->drop_index()) {
      ++index_hand_;
      continue;
    }
    index_bytes_ -= index.size_bytes;
    index = indexes_.back();
    indexes_.pop_back();
  }
}

void BlockCache::divide_budget() {
  const uint64_t budget_bytes = this->budget_bytes();
  const uint64_t of_shard = (budget_bytes - std::min(budget_bytes, index_bytes_)) / kShards;
  const uint64_t before = shard_budget_bytes_.exchange(of_shard, std::memory_order_relaxed);
  if (of_shard >= before) return;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    shard.shrink(of_shard);
  }
}

uint64_t BlockCache::index_bytes() const {
  const std::lock_guard lock(index_mutex_);
  return index_bytes_;
}

uint64_t BlockCache::used_bytes() const {
  uint64_t sum = index_bytes();
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
