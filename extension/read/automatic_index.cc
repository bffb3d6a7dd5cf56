#include "extension/read/automatic_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

namespace spectradb::extension {

using temporal::Value;

namespace {

constexpr uint64_t kMultiplier = 0x9e3779b97f4a7c15u;

uint64_t hash_number(double number) {
  return std::bit_cast<uint64_t>(number == 0 ? 0.0 : number) * kMultiplier;  // -0.0 equals 0.0
}

uint64_t hash_text(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  uint64_t hash = text.size();
  for (const char byte : text) {
    const bool is_capital = byte >= 'A' && byte <= 'Z';
    hash = (hash ^ static_cast<uint64_t>(is_capital ? byte - 'A' + 'a' : byte)) * kMultiplier;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

uint64_t AutomaticIndex::mix(uint64_t hash, const Value& value) {
  std::string scratch;
  const Value loose = temporal::apply_affinity(value, temporal::Affinity::kNumeric, scratch);
  uint64_t own = 0;
  switch (loose.type) {
    case Value::Type::kNull:
      break;
    case Value::Type::kInteger:
      own = hash_number(static_cast<double>(loose.integer));
      break;
    case Value::Type::kReal:
      own = hash_number(loose.real);
      break;
    case Value::Type::kText:
      own = hash_text(loose.bytes);
      break;
    case Value::Type::kBlob:
      own = std::hash<std::string_view>()(loose.bytes);
      break;
  }
  hash = (hash ^ own) * kMultiplier;
  return hash ^ (hash >> 29);
}

void AutomaticIndex::clear() {
  keys_ = {};
  entries_ = {};
}

void AutomaticIndex::add(uint64_t hash, std::string_view user_key) {
  // The rows of one key follow one another.
  if (entries_.empty() || key_at(entries_.back().offset) != user_key) {
    entries_.push_back({hash, keys_.size()});
    const auto size = static_cast<uint32_t>(user_key.size());
    keys_.append(reinterpret_cast<const char*>(&size), sizeof size);
    keys_.append(user_key);
  } else if (entries_.back().hash != hash) {
    entries_.push_back({hash, entries_.back().offset});
  }
}

void AutomaticIndex::finish() {
  std::sort(entries_.begin(), entries_.end());
  entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());
}

std::vector<std::string> AutomaticIndex::find(uint64_t hash) const {
  std::vector<std::string> keys;
  for (auto entry = std::lower_bound(entries_.begin(), entries_.end(), Entry{hash, 0});
       entry != entries_.end() && entry->hash == hash; ++entry) {
    keys.emplace_back(key_at(entry->offset));
  }
  return keys;
}

uint64_t AutomaticIndex::size_bytes() const { return keys_.capacity() + entries_.capacity() * sizeof(Entry); }

std::string_view AutomaticIndex::key_at(uint64_t offset) const {
  uint32_t size = 0;
  std::memcpy(&size, keys_.data() + offset, sizeof size);
  return std::string_view(keys_).substr(offset + sizeof size, size);
}

}  // namespace spectradb::extension
