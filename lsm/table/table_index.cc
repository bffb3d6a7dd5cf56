#include "lsm/table/table_index.h"

#include <algorithm>
#include <cstring>

#include "lsm/base/key_head.h"
#include "lsm/base/key_order.h"

namespace spectradb::lsm {
namespace {

// find_block() compares this many blocks one by one before it starts to halve.
constexpr size_t kGallopBlocks = 2;

}  // namespace

void TableIndexBuilder::add(uint32_t size, const VersionPosition& last, const Bounds& bounds) {
  const std::string_view key = last.user_key;
  const size_t shared = shared_prefix(key, last_key_);
  suffixes_.append(key.substr(shared));
  last_key_.assign(key);
  entries_.push_back({size, static_cast<uint32_t>(shared), static_cast<uint32_t>(key.size() - shared),
                      last.ordinal, last.commit, bounds});
}

std::string TableIndexBuilder::encode(const FileMeta& meta) const {
  std::string index;
  put_varint(index, entries_.size());
  for (const uint64_t size : stored_sizes_) put_varint(index, size);
  for (const Entry& entry : entries_) put_varint(index, entry.size);
  for (const Entry& entry : entries_) put_varint(index, entry.shared);
  for (const Entry& entry : entries_) put_varint(index, entry.unshared);
  for (const Entry& entry : entries_) put_varint(index, entry.last_commit - meta.bounds.min_commit);
  for (const Entry& entry : entries_) put_varint(index, entry.last_ordinal);
  const auto put_column = [&](auto least, auto most) {
    for (const Entry& entry : entries_)
      put_varint(index,
                 static_cast<uint64_t>(entry.bounds.*least) - static_cast<uint64_t>(meta.bounds.*least));
    for (const Entry& entry : entries_)
      put_varint(index, static_cast<uint64_t>(meta.bounds.*most) - static_cast<uint64_t>(entry.bounds.*most));
  };
  put_column(&Bounds::min_commit, &Bounds::max_commit);
  put_column(&Bounds::min_recency, &Bounds::max_recency);
  put_column(&Bounds::min_valid_from, &Bounds::max_valid_from);
  put_column(&Bounds::min_valid_to, &Bounds::max_valid_to);
  return index + suffixes_;
}

std::vector<PackedNumbers*> TableIndex::columns() {
  return {&offsets_,        &sizes_,        &key_ends_,      &last_commits_,  &last_ordinals_,
          &min_commits_,    &max_commits_,  &min_recencies_, &max_recencies_, &min_valid_from_,
          &max_valid_from_, &min_valid_to_, &max_valid_to_};
}

std::shared_ptr<const TableIndex> TableIndex::decode(std::string_view bytes, const FileMeta& meta,
                                                     uint64_t first_offset,
                                                     std::shared_ptr<const Dictionary> dictionary) {
  std::shared_ptr<TableIndex> index(new TableIndex);
  ByteReader reader(bytes);
  const uint64_t count = reader.varint();
  if (count == 0 || count > reader.remaining() / kStoredColumns) return nullptr;
  // Memory for each follows, and an index of zeros compresses to nothing.
  if (count > meta.size_bytes / kStoredTrailerBytes + 1) return nullptr;
  const auto read = [&](auto number) {
    Numbers column(static_cast<size_t>(count));
    for (uint64_t& each : column) each = number();
    return column;
  };
  bool are_within = true;
  const auto plain = [&] { return reader.varint(); };
  const auto small = [&] { return uint64_t{reader.varint32()}; };
  std::vector<Numbers> numbers;
  Numbers offsets = read([&, end = first_offset]() mutable {
    const uint64_t offset = end;
    const uint64_t size = reader.varint();
    are_within = are_within && size <= meta.size_bytes && offset <= meta.size_bytes;
    end += size + kStoredTrailerBytes;
    return end;
  });
  offsets.insert(offsets.begin(), first_offset);
  numbers.push_back(std::move(offsets));
  numbers.push_back(read([&, left = meta.raw_bytes]() mutable {
    const uint64_t size = reader.varint32();
    are_within = are_within && size <= left;
    left -= std::min(size, left);
    return size;
  }));
  const Numbers& sizes = numbers.back();
  const Numbers shared = read(small);
  const Numbers unshared = read(small);
  for (size_t block = 0; block < count; ++block)  // a block holds its last key whole
    are_within = are_within && shared[block] + unshared[block] <= sizes[block];
  const size_t keys = numbers.size();
  numbers.emplace_back();
  numbers.push_back(read([&] { return meta.bounds.min_commit + plain(); }));
  numbers.push_back(read(small));
  const auto read_bounds = [&](auto least, auto most) {
    const auto low = static_cast<uint64_t>(meta.bounds.*least);
    const auto high = static_cast<uint64_t>(meta.bounds.*most);
    const auto within = [&] {
      const uint64_t distance = reader.varint();
      are_within = are_within && distance <= high - low;
      return distance;
    };
    numbers.push_back(read([&] { return low + within(); }));
    numbers.push_back(read([&] { return high - within(); }));
  };
  read_bounds(&Bounds::min_commit, &Bounds::max_commit);
  read_bounds(&Bounds::min_recency, &Bounds::max_recency);
  read_bounds(&Bounds::min_valid_from, &Bounds::max_valid_from);
  read_bounds(&Bounds::min_valid_to, &Bounds::max_valid_to);
  if (!are_within || !index->decode_keys(reader, meta, shared, unshared, &numbers[keys])) return nullptr;
  index->pack(numbers);
  index->measure_stretches(static_cast<size_t>(count));
  const size_t common = shared_prefix(meta.first_key, meta.last_key);
  index->common_prefix_ = meta.first_key.substr(0, common);
  index->take_heads(static_cast<size_t>(count));
  if (dictionary != nullptr && dictionary.use_count() == 1)
    index->dictionary_bytes_ = dictionary->size_bytes();
  index->dictionary_ = std::move(dictionary);
  return index;
}

void TableIndex::pack(const std::vector<Numbers>& numbers) {
  const std::vector<PackedNumbers*> columns = this->columns();
  std::vector<size_t> begins;
  for (size_t i = 0; i < columns.size(); ++i) {
    begins.push_back(packed_.size());
    *columns[i] =
        PackedNumbers::append(packed_, numbers[i].size(), [&](size_t at) { return numbers[i][at]; });
  }
  packed_.append(sizeof(uint64_t), '\0');
  packed_.shrink_to_fit();
  for (size_t i = 0; i < columns.size(); ++i) columns[i]->packed = packed_.data() + begins[i];
}

void TableIndex::measure_stretches(size_t block_count) {
  for (size_t block = 0; block < block_count; ++block) {
    const ValidStretch bounds = valid_bounds(block);
    if (block % kStretchBlocks == 0) {
      valid_stretches_.push_back(bounds);
      continue;
    }
    ValidStretch& stretch = valid_stretches_.back();
    stretch = {std::min(stretch.from, bounds.from), std::max(stretch.to, bounds.to)};
  }
  const bool is_all_time = std::all_of(valid_stretches_.begin(), valid_stretches_.end(), [](const auto& one) {
    return one.from == INT64_MIN && one.to == INT64_MAX;
  });
  if (is_all_time) valid_stretches_.clear();
  valid_stretches_.shrink_to_fit();
}

size_t TableIndex::find_overlapping(const ValidRange& range, size_t from, size_t end) const {
  if (valid_stretches_.empty()) return std::min(from, end);
  for (size_t block = from; block < end;) {
    const ValidStretch& stretch = valid_stretches_[block / kStretchBlocks];
    const size_t behind = std::min((block / kStretchBlocks + 1) * kStretchBlocks, end);
    if (!range.overlaps(stretch.from, stretch.to)) {
      block = behind;
      continue;
    }
    for (; block < behind; ++block) {
      const ValidStretch bounds = valid_bounds(block);
      if (range.overlaps(bounds.from, bounds.to)) return block;
    }
  }
  return end;
}

bool TableIndex::decode_keys(ByteReader& reader, const FileMeta& meta, const Numbers& shared,
                             const Numbers& unshared, Numbers* ends) {
  const uint64_t most_bytes = meta.size_bytes * kMostExpansion + kExpansionFloorBytes;
  ends->assign(1, 0);
  uint64_t before = 0;
  for (size_t i = 0; i < shared.size(); ++i) {
    if (shared[i] > before) return false;
    before = shared[i] + unshared[i];
    ends->push_back(ends->back() + before);
    if (ends->back() > std::min<uint64_t>(most_bytes, UINT32_MAX)) return false;
  }
  keys_bytes_ = static_cast<size_t>(ends->back());
  keys_.reset(new char[std::max<size_t>(keys_bytes_, 1)]);
  char* at = keys_.get();
  const char* last = at;
  for (size_t i = 0; i < shared.size(); ++i) {
    const std::string_view suffix = reader.raw(static_cast<size_t>(unshared[i]));
    if (!reader.ok()) return false;
    std::memcpy(at, last, static_cast<size_t>(shared[i]));
    if (!suffix.empty()) std::memcpy(at + shared[i], suffix.data(), suffix.size());
    last = at;
    at += shared[i] + unshared[i];
  }
  return reader.at_end();
}

Bounds TableIndex::bounds(size_t block) const {
  Bounds bounds;
  bounds.min_commit = min_commits_.at(block);
  bounds.max_commit = max_commits_.at(block);
  bounds.min_recency = min_recencies_.at(block);
  bounds.max_recency = max_recencies_.at(block);
  bounds.min_valid_from = static_cast<int64_t>(min_valid_from_.at(block));
  bounds.max_valid_from = static_cast<int64_t>(max_valid_from_.at(block));
  bounds.min_valid_to = static_cast<int64_t>(min_valid_to_.at(block));
  bounds.max_valid_to = static_cast<int64_t>(max_valid_to_.at(block));
  return bounds;
}

void TableIndex::take_heads(size_t block_count) {
  heads_.resize(block_count);
  for (size_t block = 0; block < block_count; ++block) {
    const std::string_view key = last_key(block);
    heads_[block] = KeyHead::load(key.substr(std::min(common_prefix_.size(), key.size())));
  }
  for (size_t from = 0; from < block_count;) {
    size_t end = from + 1;
    while (end < block_count && heads_[end] == heads_[from]) ++end;
    if (end - from > kGallopBlocks) {
      second_heads_.resize(block_count);
      const size_t shared = shared_prefix(last_key(from), last_key(end - 1));
      for (size_t block = from; block < end; ++block)
        second_heads_[block] =
            KeyHead::load(last_key(block).substr(std::min(shared, last_key(block).size())));
    }
    from = end;
  }
}

void TableIndex::narrow(std::string_view user_key, size_t* low, size_t* high) const {
  const std::string_view first = last_key(*low);
  const std::string_view shared = first.substr(0, shared_prefix(first, last_key(*high - 1)));
  const int order = user_key.substr(0, shared.size()).compare(shared);
  if (order < 0) *high = *low;
  if (order > 0) *low = *high;
  if (order != 0) return;
  const uint64_t head = KeyHead::load(user_key.substr(shared.size()));
  const auto begin = second_heads_.begin();
  const auto range =
      std::equal_range(begin + static_cast<ptrdiff_t>(*low), begin + static_cast<ptrdiff_t>(*high), head);
  *low = static_cast<size_t>(range.first - begin);
  *high = static_cast<size_t>(range.second - begin);
}

bool TableIndex::is_at_or_after(size_t block, const VersionPosition& position) const {
  const int order = compare_keys(last_key(block), position.user_key);
  if (order != 0) return order > 0;
  const VersionPosition last = this->last(block);
  if (last.commit != position.commit) return last.commit < position.commit;
  return last.ordinal <= position.ordinal;
}

size_t TableIndex::find_block(const VersionPosition& position, size_t from) const {
  for (size_t step = 0; step < kGallopBlocks && from > 0 && from < block_count(); ++step, ++from) {
    if (is_at_or_after(from, position)) return from;
  }
  if (from >= block_count()) return block_count();
  size_t low = from;
  size_t high = block_count();
  if (position.user_key.substr(0, common_prefix_.size()) == common_prefix_) {
    const uint64_t head = KeyHead::load(position.user_key.substr(common_prefix_.size()));
    const auto begin = heads_.begin();
    const auto range = std::equal_range(begin, heads_.end(), head);
    low = static_cast<size_t>(range.first - begin);
    high = static_cast<size_t>(range.second - begin);
    if (high - low > kGallopBlocks && !second_heads_.empty()) narrow(position.user_key, &low, &high);
    low = std::max(low, from);
    high = std::max(high, from);
  }
  // A key with many blocks is mostly sought at its first or last version.
  if (low < high && is_at_or_after(low, position)) return low;
  if (low < high && !is_at_or_after(high - 1, position)) return high;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (is_at_or_after(middle, position)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

uint64_t TableIndex::size_bytes() const {
  return sizeof(TableIndex) + keys_bytes_ + packed_.capacity() + common_prefix_.capacity() +
         (heads_.capacity() + second_heads_.capacity()) * sizeof(uint64_t) +
         valid_stretches_.capacity() * sizeof(ValidStretch) + dictionary_bytes_;
}

}  // namespace spectradb::lsm
