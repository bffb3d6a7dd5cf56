#include "lsm/block.h"

#include <algorithm>
#include <cassert>

namespace spectradb::lsm {

void BlockBuilder::add(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
                       std::string_view value) {
  assert(recency >= commit);
  if (!group_.empty() && user_key != key_) end_group();
  if (group_.empty()) {
    key_.assign(user_key);
    put_varint(group_, commit);
  } else {
    assert(commit <= commit_);
    put_varint(group_, commit_ - commit);
  }
  commit_ = commit;
  put_varint(group_, ordinal);
  put_varint(group_, recency == kNeverSuperseded ? 0 : recency - commit + 1);
  put_bytes(group_, value);
}

void BlockBuilder::end_group() {
  size_t shared = 0;
  if (restarts_.empty() || groups_since_restart_ == kRestartInterval ||
      groups_.size() - restarts_.back() >= kRestartBytes) {
    restarts_.push_back(static_cast<uint32_t>(groups_.size()));
    groups_since_restart_ = 0;
  } else {
    const size_t limit = std::min(key_.size(), written_key_.size());
    while (shared < limit && key_[shared] == written_key_[shared]) ++shared;
  }
  put_varint(groups_, shared);
  put_varint(groups_, key_.size() - shared);
  put_varint(groups_, group_.size());
  groups_.append(key_, shared);
  groups_.append(group_);
  written_key_.swap(key_);
  group_.clear();
  ++groups_since_restart_;
}

std::string_view BlockBuilder::finish() {
  if (!group_.empty()) end_group();
  for (const uint32_t restart : restarts_) put_fixed32(groups_, restart);
  put_fixed32(groups_, static_cast<uint32_t>(restarts_.size()));
  return groups_;
}

void BlockBuilder::reset() {
  groups_.clear();
  group_.clear();
  restarts_.clear();
  groups_since_restart_ = 0;
}

Block::Block(std::unique_ptr<char[]> bytes, size_t size_bytes)
    : bytes_(std::move(bytes)), size_bytes_(size_bytes) {
  constexpr size_t kWord = sizeof(uint32_t);
  if (size_bytes_ < kWord || size_bytes_ > UINT32_MAX) return;
  const uint32_t count = load_fixed32(bytes_.get() + size_bytes_ - kWord);
  if (count > (size_bytes_ - kWord) / kWord) return;
  restart_count_ = count;
  groups_bytes_ = static_cast<uint32_t>(size_bytes_ - kWord - count * kWord);
  if (restart_count_ > 0) make_directory();
}

void Block::make_directory() {
  BlockReader reader;
  reader.reset(this);
  std::string_view first;  // in the block itself, as all keys of restart points
  std::string_view last;
  if (!reader.restart_key(0, &first) || !reader.restart_key(restart_count_ - 1, &last)) return;
  for (const char* group = groups() + restart(restart_count_ - 1); reader.read_key(group);
       group = reader.group_end_) {
    last = reader.user_key();
  }
  if (reader.is_damaged()) return;
  // Of the first key and the last one, so of all.
  size_t shared = 0;
  while (shared < first.size() && shared < last.size() && first[shared] == last[shared]) ++shared;
  std::vector<Place> places;
  constexpr size_t kLeastGroupBytes = 4;
  places.reserve(
      std::min<size_t>(restart_count_ * size_t{kRestartInterval}, groups_bytes_ / kLeastGroupBytes));
  for (const char* group = groups(); reader.read_key(group); group = reader.group_end_) {
    if (reader.user_key().size() < shared) return;
    places.push_back(
        {KeyHead::load(reader.user_key().substr(shared)), static_cast<uint32_t>(group - groups())});
  }
  if (reader.is_damaged() || places.empty()) return;
  places.shrink_to_fit();
  common_prefix_ = first.substr(0, shared);
  directory_ = std::move(places);
}

void BlockReader::reset(const Block* block) {
  block_ = block;
  limit_ = block->groups() + block->groups_bytes();
  next_ = group_end_ = limit_;
  key_size_ = 0;
  damaged_ = block->restart_count() == 0;
}

void BlockReader::reserve_key(size_t size) {
  if (size <= buffer_size_) return;
  const size_t grown = std::max<size_t>(2 * size, 64);
  std::unique_ptr<char[]> buffer(new char[grown]);
  if (key_ == buffer_.get() && key_size_ > 0) {
    std::memcpy(buffer.get(), key_, key_size_);
    key_ = buffer.get();
  }
  buffer_ = std::move(buffer);
  buffer_size_ = grown;
}

bool BlockReader::read_header(const char* from, GroupHeader* header) {
  uint64_t shared = 0;
  uint64_t unshared = 0;
  uint64_t versions_bytes = 0;
  if ((from = decode_varint(from, limit_, &shared)) == nullptr) return damage();
  if ((from = decode_varint(from, limit_, &unshared)) == nullptr) return damage();
  if ((from = decode_varint(from, limit_, &versions_bytes)) == nullptr) return damage();
  const auto room = static_cast<uint64_t>(limit_ - from);
  if (unshared > room || versions_bytes > room - unshared || shared > UINT32_MAX) return damage();
  *header = {static_cast<uint32_t>(shared), static_cast<uint32_t>(unshared),
             static_cast<uint32_t>(versions_bytes), from};
  return true;
}

bool BlockReader::read_key(const char* from) {
  if (from >= limit_) return false;
  GroupHeader header{};
  if (!read_header(from, &header)) return false;
  if (header.shared > key_size_) return damage();
  if (header.shared == 0) {
    key_ = header.suffix;
    key_size_ = header.unshared;
  } else {
    const size_t size = static_cast<size_t>(header.shared) + header.unshared;
    reserve_key(size);
    if (key_ != buffer_.get()) std::memcpy(buffer_.get(), key_, header.shared);
    std::memcpy(buffer_.get() + header.shared, header.suffix, header.unshared);
    key_ = buffer_.get();
    key_size_ = size;
  }
  next_ = header.suffix + header.unshared;
  group_end_ = next_ + header.versions_bytes;
  return true;
}

bool BlockReader::read_version(bool is_first) {
  uint64_t commit = 0;
  uint64_t ordinal = 0;
  uint64_t recency = 0;
  uint64_t value_size = 0;
  const char* from = decode_varint(next_, group_end_, &commit);
  if (from == nullptr || (from = decode_varint(from, group_end_, &ordinal)) == nullptr ||
      (from = decode_varint(from, group_end_, &recency)) == nullptr ||
      (from = decode_varint(from, group_end_, &value_size)) == nullptr) {
    return damage();
  }
  if (value_size > static_cast<uint64_t>(group_end_ - from) || ordinal > UINT32_MAX) return damage();
  if (!is_first && commit > commit_) return damage();
  commit_ = is_first ? commit : commit_ - commit;
  ordinal_ = static_cast<uint32_t>(ordinal);
  if (recency > kNeverSuperseded - commit_) return damage();
  recency_ = recency == 0 ? kNeverSuperseded : commit_ + (recency - 1);
  value_ = {from, static_cast<size_t>(value_size)};
  next_ = from + value_size;
  return true;
}

bool BlockReader::enter_group(const char* from) { return read_key(from) && read_version(true); }

bool BlockReader::to_first() { return !damaged_ && enter_group(block_->groups()); }

bool BlockReader::next_version() { return next_ < group_end_ && read_version(false); }

bool BlockReader::next_group() { return !damaged_ && enter_group(group_end_); }

bool BlockReader::restart_key(uint32_t index, std::string_view* user_key) {
  const uint32_t offset = block_->restart(index);
  GroupHeader header{};
  if (offset >= block_->groups_bytes() || !read_header(block_->groups() + offset, &header)) return damage();
  if (header.shared != 0) return damage();
  *user_key = {header.suffix, header.unshared};
  return true;
}

// The last restart point whose key is < user_key, or the first one.
bool BlockReader::last_restart_before(std::string_view user_key, uint32_t* index) {
  uint32_t low = 0;
  uint32_t high = block_->restart_count();
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    std::string_view key;
    if (!restart_key(middle, &key)) return false;
    if (key < user_key) {
      low = middle;
    } else {
      high = middle;
    }
  }
  *index = low;
  return true;
}

// A key builds on the one before it, but what both share is mostly in the common prefix and the head.
bool BlockReader::enter_place(size_t place) {
  const auto& [head, offset] = block_->directory()[place];
  const std::string_view prefix = block_->common_prefix();
  const char* const from = block_->groups() + offset;
  GroupHeader header{};
  if (!read_header(from, &header) || header.shared > prefix.size() + sizeof head) return false;
  reserve_key(prefix.size() + sizeof head);
  const uint64_t bytes = __builtin_bswap64(head);
  std::memcpy(buffer_.get(), prefix.data(), prefix.size());
  std::memcpy(buffer_.get() + prefix.size(), &bytes, sizeof bytes);
  key_ = buffer_.get();
  key_size_ = header.shared;
  return read_key(from);
}

// The place of the first key that is not below, as far as the heads tell. False: look at the restart points.
bool BlockReader::seek_in_directory(std::string_view user_key, bool* found) {
  const std::vector<Block::Place>& places = block_->directory();
  const std::string_view prefix = block_->common_prefix();
  if (places.empty() || user_key.substr(0, prefix.size()) != prefix) return false;
  const uint64_t head = KeyHead::load(user_key.substr(prefix.size()));
  const auto place = std::partition_point(places.begin(), places.end(),
                                          [head](const Block::Place& one) { return one.head < head; });
  *found = false;
  if (place == places.end()) return true;
  if (!enter_place(static_cast<size_t>(place - places.begin()))) return damaged_;
  while (this->user_key() < user_key) {
    if (!read_key(group_end_)) return true;
  }
  *found = read_version(true);
  return true;
}

bool BlockReader::seek(std::string_view user_key) {
  bool found = false;
  if (!damaged_ && seek_in_directory(user_key, &found)) return found;
  uint32_t index = 0;
  std::string_view key;
  if (damaged_ || !last_restart_before(user_key, &index) || !restart_key(index, &key)) return false;
  const char* group = block_->groups() + block_->restart(index);
  while (read_key(group)) {
    if (this->user_key() >= user_key) return read_version(true);
    group = group_end_;
  }
  return false;
}

bool BlockReader::seek_before(std::string_view user_key) {
  uint32_t index = 0;
  std::string_view key;
  if (damaged_ || !last_restart_before(user_key, &index) || !restart_key(index, &key)) return false;
  if (key >= user_key) return false;
  const char* start = block_->groups() + block_->restart(index);
  const char* last = nullptr;
  for (const char* group = start; read_key(group) && this->user_key() < user_key; group = group_end_)
    last = group;
  if (damaged_ || last == nullptr) return false;
  for (const char* group = start; read_key(group); group = group_end_) {  // again: keys build on one another
    if (group == last) return read_version(true);
  }
  return damage();
}

}  // namespace spectradb::lsm
