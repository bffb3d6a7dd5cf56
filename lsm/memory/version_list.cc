#include "lsm/memory/version_list.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/assert.h"
#include "lsm/base/checksum.h"

namespace spectradb::lsm {
namespace {

constexpr uint64_t kEstimateSample = 32;  // keys of one level that an estimate rests on at least
constexpr size_t kFirstChunkBytes = 4u << 10;
constexpr size_t kChunkDoublings = 8;
constexpr size_t kMaxChunkBytes = kFirstChunkBytes << kChunkDoublings;

bool is_of_all_time(const VersionBounds& valid) {
  return valid.valid_from == INT64_MIN && valid.valid_to == INT64_MAX;
}

}  // namespace

uint64_t* VersionList::take_words(size_t words) {
  if (words > node_words_left_) {
    const size_t doublings = std::min(node_arena_.size(), kChunkDoublings);
    const size_t piece_words = (kFirstChunkBytes << doublings) / sizeof(uint64_t);
    node_arena_.emplace_back(new uint64_t[piece_words]);
    node_words_left_ = piece_words;
    node_next_ = node_arena_.back().get();
    size_bytes_.fetch_add(piece_words * sizeof(uint64_t), std::memory_order_relaxed);
  }
  uint64_t* const taken = node_next_;
  node_next_ += words;
  node_words_left_ -= words;
  return taken;
}

// Makes the next version of a key, null for a new one; its value is not set yet.
VersionNode* VersionList::new_version(const KeyNode* key, uint64_t commit, uint32_t ordinal,
                                      const VersionBounds& valid) {
  static_assert(sizeof(VersionNode) % sizeof(uint64_t) == 0);
  const VersionNode* const older = key == nullptr ? nullptr : key->newest.load(std::memory_order_relaxed);
  SPECTRADB_ASSERT(older == nullptr || older->commit() < commit ||
                   (older->commit() == commit && older->ordinal() < ordinal));
  const uint32_t number = older == nullptr ? 1 : older->number() + 1;
  const bool is_bounded = (older != nullptr && older->is_bounded()) || !is_of_all_time(valid);
  const size_t words = sizeof(VersionNode) / sizeof(uint64_t) + VersionNode::words_behind(number, is_bounded);
  return new (take_words(words)) VersionNode(older, commit, ordinal, is_bounded, valid);
}

KeyNode* VersionList::new_key(std::string_view user_key, uint64_t hash) {
  static_assert(sizeof(KeyNode) % sizeof(uint64_t) == 0 && sizeof(KeyNode::Link) == sizeof(uint64_t));
  const uint32_t height = sorted_.random_height();
  auto* key = new (take_words(sizeof(KeyNode) / sizeof(uint64_t) + (height - 1))) KeyNode;
  key->key_size = static_cast<uint32_t>(user_key.size());
  key->hash_and_height = KeyNode::shortened(hash) << KeyNode::kHeightBits | height;
  for (uint32_t level = 0; level < height; ++level) new (&key->links[level]) KeyNode::Link(nullptr);
  return key;
}

VersionList::Record VersionList::store_record(std::string_view user_key, uint32_t ordinal, size_t value_bytes,
                                              std::span<const std::string_view> value) {
  SPECTRADB_ASSERT(user_key.size() < UINT32_MAX && value_bytes < UINT32_MAX);
  const size_t record_bytes =
      varint_size(user_key.size()) + user_key.size() + varint_size(value_bytes) + value_bytes;
  if (chunks_.empty() || chunks_.back().capacity_bytes - chunks_.back().used_bytes < record_bytes) {
    const size_t usual =
        chunks_.empty() ? kFirstChunkBytes : std::min(kMaxChunkBytes, 2 * chunks_.back().capacity_bytes);
    const size_t capacity = std::max(usual, record_bytes);
    chunks_.push_back({std::unique_ptr<char[]>(new char[capacity]), capacity, 0, ordinal, 0});
    size_bytes_.fetch_add(capacity, std::memory_order_relaxed);
  }
  Chunk& chunk = chunks_.back();
  char* to = encode_varint(chunk.bytes.get() + chunk.used_bytes, user_key.size());
  const char* const key = to;
  if (!user_key.empty()) std::memcpy(to, user_key.data(), user_key.size());
  const char* const sized_value = to + user_key.size();
  to = encode_varint(to + user_key.size(), value_bytes);
  for (const std::string_view part : value) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
  chunk.used_bytes += record_bytes;
  chunk.count += 1;
  return {key, sized_value};
}

void VersionList::put_parts(std::string_view user_key, uint64_t commit, uint32_t ordinal,
                            std::span<const std::string_view> value, const VersionBounds& valid) {
  size_t value_bytes = 0;
  for (const std::string_view part : value) value_bytes += part.size();
  const uint64_t hash = hash_key(user_key);
  KeyNode* key = table_.find(user_key, hash);
  const bool is_new = key == nullptr;
  if (is_new) {
    const size_t before = table_.size_bytes();
    table_.make_room(user_key);
    size_bytes_.fetch_add(table_.size_bytes() - before, std::memory_order_relaxed);
  }
  VersionNode* const version = new_version(key, commit, ordinal, valid);
  if (is_new) key = new_key(user_key, hash);
  const Record record = store_record(user_key, ordinal, value_bytes, value);
  // From here on no memory is needed.
  version->set_value(record.sized_value);
  if (is_new) key->key = record.key;
  key->newest.store(version, std::memory_order_release);
  if (is_new) {
    table_.add(key);
    sorted_.add(key);
  }
  count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

uint64_t VersionList::estimate_between(std::string_view from, std::string_view to) const {
  uint64_t versions = 0;
  sorted_.sample(from, to, kEstimateSample, [&versions](const KeyNode& key, uint64_t weight) {
    versions += key.newest_version()->number() * weight;
  });
  return versions;
}

}  // namespace spectradb::lsm
