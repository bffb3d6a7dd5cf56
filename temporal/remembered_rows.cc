#include "temporal/remembered_rows.h"

#include <cstring>
#include <new>

#include "base/assert.h"

namespace spectradb::temporal {

namespace {

constexpr uint32_t kAskedBeforeSlots = 256;
constexpr size_t kSlots = 8192;  // a power of two
constexpr size_t kWays = 2;      // slots that a key may have
constexpr uint64_t kMostKeptBytes = 1u << 20;
constexpr size_t kMostRowBytes = 1024;

}  // namespace

uint64_t RememberedRows::hash_of(std::string_view user_key) {
  constexpr uint64_t kFactor = 0x9E3779B97F4A7C15u;
  uint64_t hash = user_key.size() * kFactor;
  const auto mix = [&hash](uint64_t word) {
    hash = (hash ^ word) * kFactor;
    hash ^= hash >> 32;
  };
  for (; user_key.size() > sizeof(uint64_t); user_key.remove_prefix(sizeof(uint64_t))) {
    uint64_t word = 0;
    std::memcpy(&word, user_key.data(), sizeof word);
    mix(word);
  }
  uint64_t word = 0;
  if (!user_key.empty()) std::memcpy(&word, user_key.data(), user_key.size());
  mix(word);
  return hash;
}

// The slot that has the key, or else the one that it would get.
RememberedRows::Slot& RememberedRows::slot_of(std::string_view user_key, uint64_t hash) {
  const size_t first = hash % kSlots & ~(kWays - 1);
  for (size_t way = 0; way < kWays; ++way) {
    Slot& slot = slots_[first + way];
    if (slot.hash != hash) continue;
    if (slot.kept == nullptr || std::string_view(slot.kept->bytes(), slot.kept->key_bytes) == user_key)
      return slot;
  }
  // A key that was found once makes room for others sooner than a row.
  for (size_t way = 0; way < kWays; ++way) {
    if (slots_[first + way].kept == nullptr) return slots_[first + way];
  }
  return slots_[first + (hash >> 60) % kWays];
}

bool RememberedRows::find(std::string_view user_key, const Stamp& stamp, Row* row) {
  if (slots_.empty()) return false;
  const uint64_t hash = hash_of(user_key);
  const Slot& slot = slot_of(user_key, hash);
  const Kept* const kept = slot.kept.get();
  if (slot.hash != hash || kept == nullptr || kept->stamp != stamp) return false;
  const std::string_view key(kept->bytes(), kept->key_bytes);
  if (key != user_key) return false;
  *row = {key, {kept->bytes() + kept->key_bytes, kept->payload_bytes}, kept->system_from, kept->ordinal};
  return true;
}

void RememberedRows::add(const Row& row, const Stamp& stamp) {
  if (slots_.empty()) {
    if (++asked_ < kAskedBeforeSlots) return;
    slots_.resize(kSlots);
  }
  const uint64_t hash = hash_of(row.user_key);
  Slot& slot = slot_of(row.user_key, hash);
  if (slot.hash == hash) return keep(slot, row, stamp);
  slot.hash = hash;
  if (slot.kept != nullptr) kept_bytes_ -= sizeof(Kept) + slot.kept->room_bytes;
  slot.kept.reset();
}

void RememberedRows::keep(Slot& slot, const Row& row, const Stamp& stamp) {
  const size_t size = row.user_key.size() + row.payload.size();
  if (slot.kept != nullptr && slot.kept->room_bytes < size) {
    kept_bytes_ -= sizeof(Kept) + slot.kept->room_bytes;
    slot.kept.reset();
  }
  if (slot.kept == nullptr) {
    if (size > kMostRowBytes || kept_bytes_ + sizeof(Kept) + size > kMostKeptBytes) return;
    slot.kept.reset(new (::operator new(sizeof(Kept) + size)) Kept{});
    slot.kept->room_bytes = static_cast<uint32_t>(size);
    kept_bytes_ += sizeof(Kept) + size;
  }
  Kept& kept = *slot.kept;
  kept.system_from = row.system_from;
  kept.stamp = stamp;
  kept.ordinal = row.ordinal;
  kept.key_bytes = static_cast<uint32_t>(row.user_key.size());
  kept.payload_bytes = static_cast<uint32_t>(row.payload.size());
  if (!row.user_key.empty()) std::memcpy(kept.bytes(), row.user_key.data(), row.user_key.size());
  if (!row.payload.empty())
    std::memcpy(kept.bytes() + kept.key_bytes, row.payload.data(), row.payload.size());
  SPECTRADB_ASSERT(kept.key_bytes + kept.payload_bytes <= kept.room_bytes);
}

}  // namespace spectradb::temporal
