#include "lsm/table_index.h"

#include <algorithm>
#include <cstring>

namespace spectradb::lsm {
namespace {

// Blocks that this holds are compared one by one before find_block() starts to halve.
constexpr size_t kGallopBlocks = 2;

bool is_at_or_after(const TableIndex::Entry& entry, const VersionPosition& position) {
  const int order = entry.last_key.compare(position.user_key);
  if (order != 0) return order > 0;
  if (entry.last_commit != position.commit) return entry.last_commit < position.commit;
  return entry.last_ordinal <= position.ordinal;
}

}  // namespace

void TableIndexBuilder::add(uint32_t size, const VersionPosition& last, const Bounds& bounds) {
  const std::string_view key = last.user_key;
  size_t shared = 0;
  while (shared < key.size() && shared < last_key_.size() && key[shared] == last_key_[shared]) ++shared;
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

std::shared_ptr<const TableIndex> TableIndex::decode(std::string_view bytes, const FileMeta& meta,
                                                     uint64_t first_offset,
                                                     std::unique_ptr<const Dictionary> dictionary) {
  constexpr size_t kColumns = 14;
  std::shared_ptr<TableIndex> index(new TableIndex);
  std::vector<Entry>& entries = index->entries_;
  ByteReader reader(bytes);
  const uint64_t count = reader.varint();
  if (count == 0 || count > reader.remaining() / kColumns) return nullptr;
  entries.resize(static_cast<size_t>(count));
  std::vector<uint64_t> shared_sizes(entries.size());
  std::vector<uint64_t> unshared_sizes(entries.size());
  uint64_t offset = first_offset;
  for (Entry& entry : entries) {
    entry.handle = {offset, reader.varint()};
    offset += entry.handle.stored_size + kStoredTrailerBytes;
  }
  for (Entry& entry : entries) entry.size = reader.varint32();
  for (uint64_t& size : shared_sizes) size = reader.varint32();
  for (uint64_t& size : unshared_sizes) size = reader.varint32();
  for (Entry& entry : entries) entry.last_commit = meta.bounds.min_commit + reader.varint();
  for (Entry& entry : entries) entry.last_ordinal = reader.varint32();
  bool are_within = true;
  const auto read_column = [&]<typename Number>(Number Bounds::*least, Number Bounds::*most) {
    const uint64_t low = static_cast<uint64_t>(meta.bounds.*least);
    const uint64_t high = static_cast<uint64_t>(meta.bounds.*most);
    const auto within = [&] {
      const uint64_t distance = reader.varint();
      are_within = are_within && distance <= high - low;
      return distance;
    };
    for (Entry& entry : entries) entry.bounds.*least = static_cast<Number>(low + within());
    for (Entry& entry : entries) entry.bounds.*most = static_cast<Number>(high - within());
  };
  read_column(&Bounds::min_commit, &Bounds::max_commit);
  read_column(&Bounds::min_recency, &Bounds::max_recency);
  read_column(&Bounds::min_valid_from, &Bounds::max_valid_from);
  read_column(&Bounds::min_valid_to, &Bounds::max_valid_to);
  if (!are_within || !index->decode_keys(reader, shared_sizes, unshared_sizes)) return nullptr;
  const std::string_view first = meta.first_key;
  const std::string_view last = meta.last_key;
  size_t shared = 0;
  while (shared < first.size() && shared < last.size() && first[shared] == last[shared]) ++shared;
  index->common_prefix_ = first.substr(0, shared);
  index->heads_.reserve(index->entries_.size());
  for (const Entry& entry : index->entries_)
    index->heads_.push_back(KeyHead::load(entry.last_key.substr(std::min(shared, entry.last_key.size()))));
  index->dictionary_ = std::move(dictionary);
  return index;
}

bool TableIndex::decode_keys(ByteReader& reader, const std::vector<uint64_t>& shared,
                             const std::vector<uint64_t>& unshared) {
  uint64_t all = 0;
  uint64_t before = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    if (shared[i] > before) return false;
    before = shared[i] + unshared[i];
    all += before;
    if (all > UINT32_MAX) return false;
  }
  keys_bytes_ = static_cast<size_t>(all);
  keys_.reset(new char[std::max<size_t>(keys_bytes_, 1)]);
  char* at = keys_.get();
  const char* last = at;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view suffix = reader.raw(static_cast<size_t>(unshared[i]));
    if (!reader.ok()) return false;
    std::memcpy(at, last, static_cast<size_t>(shared[i]));
    if (!suffix.empty()) std::memcpy(at + shared[i], suffix.data(), suffix.size());
    entries_[i].last_key = {at, static_cast<size_t>(shared[i] + unshared[i])};
    last = at;
    at += entries_[i].last_key.size();
  }
  return reader.at_end();
}

size_t TableIndex::find_block(const VersionPosition& position, size_t from) const {
  for (size_t step = 0; step < kGallopBlocks && from > 0 && from < entries_.size(); ++step, ++from) {
    if (is_at_or_after(entries_[from], position)) return from;
  }
  if (from >= entries_.size()) return entries_.size();
  size_t low = from;
  size_t high = entries_.size();
  if (position.user_key.substr(0, common_prefix_.size()) == common_prefix_) {
    const uint64_t head = KeyHead::load(position.user_key.substr(common_prefix_.size()));
    const auto begin = heads_.begin();
    const auto range = std::equal_range(begin + static_cast<ptrdiff_t>(low), heads_.end(), head);
    low = static_cast<size_t>(range.first - begin);
    high = static_cast<size_t>(range.second - begin);
  }
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (is_at_or_after(entries_[middle], position)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

uint64_t TableIndex::size_bytes() const {
  return sizeof(TableIndex) + keys_bytes_ + common_prefix_.capacity() + entries_.capacity() * sizeof(Entry) +
         heads_.capacity() * sizeof(uint64_t) + (dictionary_ == nullptr ? 0 : dictionary_->size_bytes());
}

}  // namespace spectradb::lsm
