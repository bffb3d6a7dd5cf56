#include "lsm/table/block.h"

#include <algorithm>

#include "base/assert.h"
#include "lsm/store/store.h"

namespace spectradb::lsm {

namespace {

constexpr size_t kColumns = 3;

constexpr size_t kMostBlockBytesKept = 1u << 20;  // memory for larger blocks is not kept

uint64_t encoded_recency(uint64_t commit, uint64_t recency) {
  return recency == kNeverSuperseded ? 0 : recency - commit + 1;
}

// Whether the key and the versions of a group end before `limit`, and are not more than the block has.
template <typename Header>
bool fits(const Header& header, const char* limit, uint32_t version_count) {
  const auto room = static_cast<uint64_t>(limit - header.suffix);
  return header.unshared <= room && header.versions_bytes <= room - header.unshared && header.count > 0 &&
         header.count <= version_count;
}

template <typename Numbers>
void put_column(std::string& head, std::string& packed, size_t count, Numbers number) {
  const PackedNumbers column = PackedNumbers::append(packed, count, number);
  put_varint(head, column.min);
  head.push_back(static_cast<char>(column.bits));
}

}  // namespace

void BlockBuilder::add(std::string_view user_key, uint64_t commit, uint32_t ordinal, uint64_t recency,
                       std::string_view value) {
  SPECTRADB_ASSERT(recency >= commit);
  if (group_count_ > 0 && user_key != key_) end_group();
  SPECTRADB_ASSERT(group_count_ == 0 || commit <= times_.back().commit);
  if (group_count_ == 0) {
    key_.assign(user_key);
    first_value_bytes_ = value.size();
  }
  group_count_ += 1;
  put_bytes(group_, value);
  times_.push_back({commit, encoded_recency(commit, recency), ordinal});
}

void BlockBuilder::end_group() {
  size_t shared = 0;
  if (restarts_.empty() || groups_since_restart_ == kRestartInterval ||
      groups_.size() - restarts_.back().offset >= kRestartBytes) {
    const size_t version = times_.size() - group_count_;
    restarts_.push_back({static_cast<uint32_t>(groups_.size()), static_cast<uint32_t>(version)});
    groups_since_restart_ = 0;
  } else {
    shared = shared_prefix(key_, written_key_);
  }
  // The only value of a group has no size before it.
  const size_t left_out = group_count_ == 1 ? group_.size() - first_value_bytes_ : 0;
  char header[4 * kMaxVarintBytes];
  char* end = encode_varint(header, shared);
  end = encode_varint(end, key_.size() - shared);
  end = encode_varint(end, group_count_);
  end = encode_varint(end, group_.size() - left_out);
  groups_.append(header, static_cast<size_t>(end - header));
  groups_.append(key_, shared);
  groups_.append(group_, left_out);
  written_key_.swap(key_);
  group_.clear();
  group_count_ = 0;
  ++groups_since_restart_;
}

std::string BlockBuilder::packed_times() const {
  std::string times;
  std::string packed;
  put_varint(times, times_.size());
  put_column(times, packed, times_.size(), [this](size_t i) { return times_[i].commit; });
  put_column(times, packed, times_.size(), [this](size_t i) { return times_[i].ordinal; });
  put_column(times, packed, times_.size(), [this](size_t i) { return times_[i].recency; });
  return times + packed;
}

std::string_view BlockBuilder::finish() {
  if (group_count_ > 0) end_group();
  block_.clear();
  put_bytes(block_, packed_times());
  plain_bytes_ = block_.size();
  block_.append(groups_);
  append_restarts(block_);
  return block_;
}

void BlockBuilder::append_restarts(std::string& out) const {
  for (const Restart& restart : restarts_) {
    put_fixed32(out, restart.offset);
    put_fixed32(out, restart.version);
  }
  put_fixed32(out, static_cast<uint32_t>(restarts_.size()));
}

LoneVersion BlockBuilder::alone(std::string_view user_key, uint64_t commit, uint32_t ordinal,
                                uint64_t recency, std::string_view value) {
  SPECTRADB_ASSERT(is_empty() && recency >= commit);
  times_.push_back({commit, encoded_recency(commit, recency), ordinal});
  restarts_.push_back({0, 0});
  block_.clear();
  put_bytes(block_, packed_times());
  plain_bytes_ = block_.size();
  put_varint(block_, 0);
  put_varint(block_, user_key.size());
  put_varint(block_, 1);
  put_varint(block_, value.size());
  block_.append(user_key);
  groups_.clear();
  append_restarts(groups_);
  const std::string_view before = block_;
  return {before.substr(0, plain_bytes_), before.substr(plain_bytes_), value, groups_};
}

void BlockBuilder::reset() {
  for (std::string* bytes : {&groups_, &group_, &block_}) {
    if (bytes->capacity() >= kMostBlockBytesKept)
      std::string().swap(*bytes);  // assigning would keep the memory
    bytes->clear();
  }
  group_count_ = 0;
  times_.clear();
  restarts_.clear();
  groups_since_restart_ = 0;
}

Block::Block(std::unique_ptr<char[]> bytes, size_t size_bytes)
    : bytes_(std::move(bytes)), size_bytes_(size_bytes), groups_(bytes_.get()) {
  if (size_bytes_ <= UINT32_MAX && open_times() && open_restarts()) return;
  version_count_ = 0;  // else a reader would believe that there are numbers
}

// Each version takes a byte of the groups at least.
bool Block::open_restarts() {
  constexpr size_t kWord = sizeof(uint32_t);
  const auto rest = size_bytes_ - static_cast<size_t>(groups_ - bytes_.get());
  const uint32_t count = load_fixed32(groups_ + rest - kWord);
  if (count > (rest - kWord) / (2 * kWord)) return false;
  const size_t groups_bytes = rest - kWord - size_t{count} * 2 * kWord;
  if (version_count_ > groups_bytes) return false;
  restart_count_ = count;
  groups_bytes_ = static_cast<uint32_t>(groups_bytes);
  return true;
}

size_t Block::plain_bytes(std::string_view stored) {
  ByteReader reader(stored);
  reader.bytes();
  return reader.ok() ? static_cast<size_t>(reader.offset()) : 0;
}

// At least eight bytes, those of a group and its restart, follow the times: so reading eight bytes at any
// number is safe.
bool Block::open_times() {
  ByteReader block({bytes_.get(), size_bytes_});
  ByteReader times(block.bytes());
  if (!block.ok() || block.remaining() < sizeof(uint64_t)) return false;
  version_count_ = times.varint32();
  PackedNumbers* const columns[kColumns] = {&commits_, &ordinals_, &recencies_};
  for (PackedNumbers* column : columns) {
    const uint64_t min = times.varint();
    const std::string_view byte = times.raw(1);
    const uint32_t bits = byte.empty() ? 0 : static_cast<unsigned char>(byte.front());
    if (!PackedNumbers::may_have(bits)) return false;
    column->begin(min, bits);
  }
  for (PackedNumbers* column : columns)
    column->packed = times.raw(PackedNumbers::bytes(version_count_, column->bits)).data();
  if (!times.ok() || !times.at_end()) return false;
  groups_ = bytes_.get() + block.offset();
  return true;
}

bool Block::has_right_restarts() const {
  BlockReader reader;
  reader.reset(this);
  uint32_t index = 0;
  for (const char* group = groups(); reader.read_key(group); group = reader.group_end_) {
    if (index == restart_count_ || restart(index) != static_cast<size_t>(group - groups())) continue;
    if (restart_version(index) != reader.version_) return false;
    ++index;
  }
  return !reader.is_damaged() && index == restart_count_ && reader.group_versions_end_ == version_count_;
}

size_t Block::make_directory() const {
  if (directory() != nullptr) return 0;
  auto made = std::make_unique<const Directory>(restart_count_ > 0 ? directory_of_groups() : Directory{});
  const size_t size_bytes = sizeof(Directory) + made->places.capacity() * sizeof(Place);
  const Directory* there = nullptr;
  if (!directory_.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) return 0;
  (void)made.release();
  return size_bytes;
}

Block::Directory Block::directory_of_groups() const {
  BlockReader reader;
  reader.reset(this);
  std::string_view first;  // points into the block, as do all keys of restart points
  std::string_view last;
  if (!reader.restart_key(0, &first) || !reader.restart_key(restart_count_ - 1, &last)) return {};
  reader.stand_before(restart_version(restart_count_ - 1));
  for (const char* group = groups() + restart(restart_count_ - 1); reader.read_key(group);
       group = reader.group_end_) {
    last = reader.user_key();
  }
  if (reader.is_damaged()) return {};
  // All keys between the first and the last share what these two share.
  const size_t shared = shared_prefix(first, last);
  std::vector<Place> places;
  constexpr size_t kLeastGroupBytes = 4;
  places.reserve(
      std::min<size_t>(restart_count_ * size_t{kRestartInterval}, groups_bytes_ / kLeastGroupBytes));
  reader.stand_before(0);
  for (const char* group = groups(); reader.read_key(group); group = reader.group_end_) {
    if (reader.user_key().size() < shared) return {};
    places.push_back({KeyHead::load(reader.user_key().substr(shared)),
                      static_cast<uint32_t>(group - groups()), reader.version_});
  }
  if (reader.is_damaged()) return {};
  places.shrink_to_fit();
  return {std::move(places), first.substr(0, shared)};
}

size_t Block::make_valid_times(const VersionProperties& properties) const {
  if (valid_times() != nullptr || !was_read_at_instant_.exchange(true, std::memory_order_relaxed)) return 0;
  auto made = std::make_unique<const ValidTimes>(valid_times_of_groups(properties));
  const size_t size_bytes = sizeof(ValidTimes) + made->versions.capacity() * sizeof(ValidTime);
  const ValidTimes* there = nullptr;
  if (!valid_times_.compare_exchange_strong(there, made.get(), std::memory_order_acq_rel)) return 0;
  (void)made.release();
  return size_bytes;
}

Block::ValidTimes Block::valid_times_of_groups(const VersionProperties& properties) const {
  BlockReader reader;
  reader.reset(this);
  if (reader.is_damaged()) return {};
  ValidTimes times;
  times.versions.reserve(version_count_);
  for (const char* group = groups(); reader.read_key(group); group = reader.group_end_) {
    for (bool is_first = true; reader.version_ < reader.group_versions_end_; is_first = false) {
      const auto offset = static_cast<uint32_t>(reader.next_ - groups());
      if (!reader.read_version(is_first)) return {};
      // Who decodes a version reports what is wrong with it, so such a one is never passed over.
      const VersionBounds bounds = properties.bounds_or_all(reader.value_);
      times.versions.push_back({bounds.valid_from, bounds.valid_to, offset});
    }
  }
  // Readers find versions by numbers from the block, which may be wrong.
  if (reader.is_damaged() || times.versions.size() != version_count_) return {};
  return times;
}

void BlockReader::reset(const Block* block) {
  block_ = block;
  limit_ = block->groups() + block->groups_bytes();
  next_ = limit_;
  group_end_ = block->groups();
  stand_before(0);
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
  constexpr size_t kNumbers = 4;
  constexpr uint32_t kContinued = 0x80808080;
  // Mostly each of the four numbers is one byte.
  if (static_cast<size_t>(limit_ - from) >= kNumbers && (load_fixed32(from) & kContinued) == 0) {
    const auto number = [from](size_t i) { return uint32_t{static_cast<unsigned char>(from[i])}; };
    *header = {number(0), number(1), number(2), number(3), from + kNumbers};
    return fits(*header, limit_, block_->version_count()) || damage();
  }
  uint64_t shared = 0;
  uint64_t unshared = 0;
  uint64_t count = 0;
  uint64_t versions_bytes = 0;
  if ((from = decode_varint(from, limit_, &shared)) == nullptr) return damage();
  if ((from = decode_varint(from, limit_, &unshared)) == nullptr) return damage();
  if ((from = decode_varint(from, limit_, &count)) == nullptr) return damage();
  if ((from = decode_varint(from, limit_, &versions_bytes)) == nullptr) return damage();
  if (shared > UINT32_MAX || unshared > UINT32_MAX || count > UINT32_MAX || versions_bytes > UINT32_MAX)
    return damage();
  *header = {static_cast<uint32_t>(shared), static_cast<uint32_t>(unshared), static_cast<uint32_t>(count),
             static_cast<uint32_t>(versions_bytes), from};
  return fits(*header, limit_, block_->version_count()) || damage();
}

bool BlockReader::read_key(const char* from) {
  if (from >= limit_) return false;
  GroupHeader header{};
  if (!read_header(from, &header)) return false;
  if (header.shared > key_size_) return damage();
  if (uint64_t{group_versions_end_} + header.count > block_->version_count()) return damage();
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
  version_ = group_versions_end_;
  group_versions_end_ += header.count;
  is_single_ = header.count == 1;
  return true;
}

bool BlockReader::read_version(bool is_first) {
  if (is_single_) {
    value_ = {next_, static_cast<size_t>(group_end_ - next_)};
    next_ = group_end_;
  } else {
    uint64_t value_size = 0;
    const char* from = decode_varint(next_, group_end_, &value_size);
    if (from == nullptr || value_size > static_cast<uint64_t>(group_end_ - from)) return damage();
    value_ = {from, static_cast<size_t>(value_size)};
    next_ = from + value_size;
  }
  const uint64_t commit = block_->commit(version_);
  const uint64_t ordinal = block_->ordinal(version_);
  const uint64_t recency = block_->recency(version_);
  version_ += 1;
  if ((version_ == group_versions_end_) != (next_ == group_end_)) return damage();
  if (commit == 0 || ordinal > UINT32_MAX || recency > kNeverSuperseded - commit ||
      (!is_first && commit > commit_))
    return damage();
  commit_ = commit;
  ordinal_ = static_cast<uint32_t>(ordinal);
  recency_ = recency == 0 ? kNeverSuperseded : commit + (recency - 1);
  return true;
}

bool BlockReader::enter_group(const char* from) { return read_key(from) && read_version(true); }

bool BlockReader::to_first() {
  stand_before(0);
  return !damaged_ && enter_group(block_->groups());
}

bool BlockReader::next_version() { return version_ < group_versions_end_ && read_version(false); }

bool BlockReader::is_outside(const ValidRange& range) const {
  const Block::ValidTimes* const times = block_->valid_times();
  if (times == nullptr || times->versions.empty()) return false;
  const Block::ValidTime& time = times->versions[version_ - 1];
  return !range.overlaps(time.from, time.to);
}

bool BlockReader::next_version_at(const ValidRange& range) {
  const Block::ValidTimes* const times = block_->valid_times();
  if (times == nullptr || times->versions.empty()) return next_version();
  const auto begin = times->versions.begin();
  const auto end = begin + group_versions_end_;
  const auto found = std::find_if(begin + version_, end, [&range](const Block::ValidTime& time) {
    return range.overlaps(time.from, time.to);
  });
  if (found == end) {
    version_ = group_versions_end_;
    next_ = group_end_;
    return false;
  }
  version_ = static_cast<uint32_t>(found - begin);
  // Where the number of a restart's version is wrong, this is a version of another key.
  const char* const there = block_->groups() + found->offset;
  if (there < next_ || there >= group_end_) return damage();
  next_ = there;
  return read_version(false);
}

bool BlockReader::next_group() { return !damaged_ && enter_group(group_end_); }

bool BlockReader::next_group_since(uint64_t min_commit) {
  if (damaged_) return false;
  return enter_group_of(block_->find_since(min_commit, group_versions_end_));
}

bool BlockReader::next_group_shown(uint64_t max_commit, uint64_t superseded_by) {
  if (damaged_) return false;
  return enter_group_of(block_->find_shown(max_commit, superseded_by, group_versions_end_));
}

bool BlockReader::enter_group_of(uint32_t wanted) {
  if (wanted == group_versions_end_) return next_group();
  if (wanted >= block_->version_count()) {
    next_ = group_end_ = limit_;
    return false;
  }
  if (const Block::Directory* directory = block_->directory(); directory != nullptr) {
    const std::vector<Block::Place>& places = directory->places;
    const auto behind =
        std::partition_point(places.begin(), places.end(),
                             [wanted](const Block::Place& place) { return place.version <= wanted; });
    if (behind != places.begin()) {
      if (enter_place(*directory, static_cast<size_t>(behind - places.begin()) - 1))
        return read_version(true);
      if (damaged_) return false;
    }
  }
  while (read_key(group_end_)) {
    if (wanted < group_versions_end_) return read_version(true);
  }
  return false;
}

bool BlockReader::restart_key(uint32_t index, std::string_view* user_key) {
  const uint32_t offset = block_->restart(index);
  GroupHeader header{};
  if (offset >= block_->groups_bytes() || !read_header(block_->groups() + offset, &header)) return damage();
  if (header.shared != 0) return damage();
  *user_key = {header.suffix, header.unshared};
  return true;
}

// Finds the last restart point whose key is < user_key, or else the first one.
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

// A key builds on the one before it; but what the two share mostly lies in the common prefix and the head.
bool BlockReader::enter_place(const Block::Directory& directory, size_t place) {
  const auto& [head, offset, version] = directory.places[place];
  const std::string_view prefix = directory.common_prefix;
  const char* const from = block_->groups() + offset;
  GroupHeader header{};
  if (!read_header(from, &header) || header.shared > prefix.size() + sizeof head) return false;
  reserve_key(prefix.size() + sizeof head);
  const uint64_t bytes = __builtin_bswap64(head);
  std::memcpy(buffer_.get(), prefix.data(), prefix.size());
  std::memcpy(buffer_.get() + prefix.size(), &bytes, sizeof bytes);
  key_ = buffer_.get();
  key_size_ = header.shared;
  stand_before(version);
  return read_key(from);
}

// Finds the first key that is not below user_key, as far as the heads tell. Returns false where only the
// restart points can tell.
bool BlockReader::seek_in_directory(std::string_view user_key, bool* found) {
  const Block::Directory* directory = block_->directory();
  if (directory == nullptr) return false;
  const std::vector<Block::Place>& places = directory->places;
  const std::string_view prefix = directory->common_prefix;
  if (places.empty() || user_key.substr(0, prefix.size()) != prefix) return false;
  const uint64_t head = KeyHead::load(user_key.substr(prefix.size()));
  const auto place = std::partition_point(places.begin(), places.end(),
                                          [head](const Block::Place& one) { return one.head < head; });
  *found = false;
  if (place == places.end()) return true;
  if (!enter_place(*directory, static_cast<size_t>(place - places.begin()))) return damaged_;
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
  stand_before(block_->restart_version(index));
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
  stand_before(block_->restart_version(index));
  for (const char* group = start; read_key(group) && this->user_key() < user_key; group = group_end_)
    last = group;
  if (damaged_ || last == nullptr) return false;
  stand_before(block_->restart_version(index));
  // Reads from the start again: each key builds on the one before.
  for (const char* group = start; read_key(group); group = group_end_) {
    if (group == last) return read_version(true);
  }
  return damage();
}

}  // namespace spectradb::lsm
